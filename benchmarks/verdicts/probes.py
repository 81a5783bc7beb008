r"""Answers that are hardly ever right, for every gold: what is accepted is written down to be read.

Six probes that cost a guesser nothing (``0``, ``1``, ``n``, ``x``, ``k\\pi``, the gold's first letter), and
the twenty golds that look most like this one, by the groups of three characters they share. Nobody knows
beforehand which of these pairs are right, so a reader grants each acceptance or does not.
Ours only.
"""

from __future__ import annotations

import collections
import functools
import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.environment import limited
from benchmarks.verdicts.golds import GoldPair, main
from benchmarks.verdicts.rewriting.material import bare, distinct_golds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["neighbours", "pairs"]

_FIXED = ("0", "1", "n", "x", "k\\pi")
_NEIGHBOURS = 20
_COMMON = 400
"""A group of characters that more golds than this share tells none of them apart."""


def _squeezed(gold: str) -> str:
    """`gold` without layout and spaces: two golds with the same one differ in typography alone."""
    return re.sub(r"[\s{}]|\\text|\\mathrm|\\mbox", "", bare(gold)).lower()


def _groups(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


@functools.cache
def _index() -> tuple[Sequence[set[str]], Mapping[str, Sequence[int]]]:
    """The groups of each gold, and the golds of each group."""
    groups = [_groups(_squeezed(gold)) for gold in distinct_golds()]
    holders: dict[str, list[int]] = collections.defaultdict(list)
    for place, own in enumerate(groups):
        for group in own:
            holders[group].append(place)
    return groups, holders


def neighbours(place: int) -> list[str]:
    """The golds that look most like the one at `place`, by the share of groups that both hold."""
    groups, holders = _index()
    golds = distinct_golds()
    shared = collections.Counter(
        other for group in groups[place] if len(holders[group]) <= _COMMON for other in holders[group]
    )
    del shared[place]
    mine = _squeezed(golds[place])

    def likeness(other: int) -> float:
        both = len(groups[place] & groups[other])
        return both / (len(groups[place]) + len(groups[other]) - both)

    nearest = sorted((other for other, _ in shared.most_common(10 * _NEIGHBOURS)), key=likeness, reverse=True)
    found = [golds[other] for other in nearest if _squeezed(golds[other]) != mine][:_NEIGHBOURS]
    return found or [gold for gold in golds[max(0, place - 10) : place + 10] if _squeezed(gold) != mine]


def _made() -> Iterator[GoldPair]:
    places = {gold: place for place, gold in enumerate(distinct_golds())}
    for gold in limited(distinct_golds()):
        squeezed = _squeezed(gold)
        for probe in _FIXED:
            if _squeezed(probe) not in {squeezed, squeezed.rpartition("=")[2]}:
                yield GoldPair(kind=f"probe {probe}", gold=gold, answer=probe)
        letter = re.search(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])", gold)
        if letter and letter.group() != gold.strip(" $"):
            yield GoldPair(kind="first letter", gold=gold, answer=letter.group())
        for other in neighbours(places[gold]):
            yield GoldPair(kind="neighbour", gold=gold, answer=other)


def pairs() -> list[GoldPair]:
    """Every probe of every gold."""
    return list(_made())


if __name__ == "__main__":
    main("probes", __doc__, pairs, wanted=False, graders=("touchstone",))
