r"""Golds rewritten without a change of meaning, which everybody should accept.

The simple ways (slash for a fraction, root as a power, terms, factors and lists in another order, decimals,
mixed numbers, plain text, other notations) and the hard ones: bound
letters renamed, default conditions added, left out and said in words, families over the integers moved and
split, sets of reals in every dress, with lone points and holes, components named and unnamed, groups of
assignments, labels in words, chains, units spelt out, degrees and radians marked. Where real golds of a kind
are few, templates over their real parts stand beside them.
"""

from __future__ import annotations

from benchmarks.verdicts.golds import GoldPair, main
from benchmarks.verdicts.rewriting import (
    caveats,
    components,
    conditions,
    families,
    notations,
    realsets,
    simple,
    units,
)

__all__ = ["made", "pairs"]


def made(*, right: bool) -> list[GoldPair]:
    """The rewritings that keep the meaning, or those that change it; each pair once."""
    sources = (simple, notations, families, conditions, realsets, components, units, caveats)
    found = {
        (one.gold, one.answer): GoldPair(kind=one.kind, gold=one.gold, answer=one.answer)
        for source in sources
        for one in source.rewritings()
        if one.right == right and one.answer != one.gold
    }
    return list(found.values())


def pairs() -> list[GoldPair]:
    """Every rewriting that keeps the meaning."""
    return made(right=True)


if __name__ == "__main__":
    main("rewritten", __doc__, pairs, wanted=True)
