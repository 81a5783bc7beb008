"""Golds rewritten in the ways of :mod:`benchmarks.verdicts.rewritten` with one change of meaning.

Another constant, base or period, a restricting condition added or left out, an end opened or closed, a point
left out, components or labels swapped, another unit: nobody may accept any of them.
"""

from __future__ import annotations

from benchmarks.verdicts.golds import GoldPair, main
from benchmarks.verdicts.rewritten import made

__all__ = ["pairs"]


def pairs() -> list[GoldPair]:
    """Every rewriting that changes the meaning."""
    return made(right=False)


if __name__ == "__main__":
    main("altered", __doc__, pairs, wanted=False)
