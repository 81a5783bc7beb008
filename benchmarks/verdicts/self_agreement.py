r"""Does a gold equal itself? Every gold of every gold file against ``\\boxed{gold}``.

A gold that is not accepted is a row of training data that can only mislead; the leftovers list them.
Kinds are the files.
"""

from __future__ import annotations

from benchmarks.verdicts.golds import Pair, all_gold_files, golds_of, main

__all__ = ["pairs"]


def pairs() -> list[Pair]:
    """One pair for each distinct gold of each file."""
    return [
        Pair(kind=file, gold=gold, answer=gold)
        for file in all_gold_files()
        for gold in dict.fromkeys(golds_of(file))
    ]


if __name__ == "__main__":
    main("self_agreement", __doc__, pairs, wanted=True)
