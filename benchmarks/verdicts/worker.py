"""The loop inside a grader's own process: JSON lines in, JSON lines out.

Runs under the peers' interpreter or ours, so it imports nothing but its adapter. What a grader prints
goes to standard error; the protocol keeps the real standard output to itself. The grader runs on the
main thread, where the time limits of those that use signals work.

Asked ``{"pairs": [[gold, text], ...]}`` it answers one verdict a pair, with the seconds each took and
the error, if the grader raised. A process that hangs is the parent's to kill.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings

from benchmarks.verdicts.adapters import ADAPTERS


def main(name: str) -> None:
    """Serve one grader until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    grade = ADAPTERS[name]()
    print(json.dumps({"ready": name}), file=answers, flush=True)
    for line in sys.stdin:
        for gold, text in json.loads(line)["pairs"]:
            verdict, error = None, ""
            begun, cpu = time.perf_counter(), time.process_time()
            try:
                verdict = grade(gold, text)
            except Exception as problem:  # noqa: BLE001  (a grader that raises is a finding, not a failure of ours)
                error = f"{type(problem).__name__}: {problem}"[:200]
            seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
            result = {"verdict": verdict, "seconds": seconds, "cpu": spent, "error": error}
            print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
