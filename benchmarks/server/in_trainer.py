"""The other way in use today: the trainer itself calls Math-Verify, row after row.

Runs in the peers' environment: rollouts as JSON on standard input, ``python in_trainer.py SECONDS``;
writes how many it judged a second, and how many of them right.
"""

from __future__ import annotations

import itertools
import json
import sys
import time

from math_verify import parse, verify


def main() -> None:
    rows = json.load(sys.stdin)
    seconds = float(sys.argv[1])
    verify(parse("$1$"), parse("$1$"))
    began = time.perf_counter()
    right = done = 0
    for completion, gold in itertools.cycle(rows):
        right += bool(verify(parse(f"${gold}$"), parse(completion)))
        done += 1
        if (spent := time.perf_counter() - began) > seconds:
            break
    print(json.dumps({"rollouts_per_second": done / spent, "right": right / done}))


if __name__ == "__main__":
    main()
