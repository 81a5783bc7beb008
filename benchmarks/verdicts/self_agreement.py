r"""Does a gold equal itself? Every gold of every gold file against ``\\boxed{gold}``.

A gold that is not accepted is a row of training data that can only mislead; the leftovers list them.
Kinds are the files. Beside it, the golds that our judge can only compare as text, by the reason it gives.
"""

from __future__ import annotations

import json
import re

from benchmarks.verdicts.environment import RESULTS
from benchmarks.verdicts.golds import GoldPair, all_gold_files, golds_of, main

__all__ = ["UNREADABLE", "pairs", "unreadable"]

UNREADABLE = RESULTS / "self_agreement" / "unreadable" / "touchstone.json"
"""Where the golds that cannot be read are kept: reason -> golds."""

_PLACE = re.compile(r" (?:at|by) .*", re.DOTALL)
_NUMBER = re.compile(r"\d[\d.]*")


def pairs() -> list[GoldPair]:
    """One pair for each distinct gold of each file."""
    return [
        GoldPair(kind=file, gold=gold, answer=gold)
        for file in all_gold_files()
        for gold in dict.fromkeys(golds_of(file))
    ]


def unreadable() -> dict[str, list[str]]:
    """The distinct golds of all files that are not understood, by reason."""
    from rewards.answers.comparing.compare import check_gold  # noqa: PLC0415  (not in the peers' environment)

    found: dict[str, list[str]] = {}
    for gold in dict.fromkeys(pair.gold for pair in pairs()):
        reason = check_gold(gold)
        if reason is not None:
            found.setdefault(_NUMBER.sub("N", _PLACE.sub("", reason)), []).append(gold)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


if __name__ == "__main__":
    main("self_agreement", __doc__, pairs, wanted=True)
    UNREADABLE.parent.mkdir(parents=True, exist_ok=True)
    UNREADABLE.write_text(json.dumps(unreadable(), indent=1, ensure_ascii=False), encoding="utf-8")
