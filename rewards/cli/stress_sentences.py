"""The findings of a stress test in sentences, each with its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.cli.printable import printable
from rewards.cli.share_tables import counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.analysis.stress.findings import Punishment, Stress

    Sentence = tuple[str, str]
    Punished = tuple[int, tuple[Punishment, ...]]

__all__ = ["sentences", "shown"]

_TRAP = "bold red"
_WEAK = "yellow"
_FINE = "green"
_EXCERPT = 100
_OFTEN = 0.1
_EQUAL = (
    "Weak spot of any judge of values: where a problem asks to simplify, expand or rewrite a formula, a copy "
    "of the formula has the value of the gold and is paid in full. Leave such problems out."
)


def shown(value: float) -> str:
    """Return a reward with at most three decimal places.

    >>> shown(0.5), shown(-1.0), shown(-0.0001), shown(0.4841)
    ('0.5', '-1', '0', '0.484')
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def sentences(found: Stress, punished: Punished | None) -> list[Sentence]:
    """Return the colour and the sentence of each finding; `punished` is about the user's own rollouts."""
    return [
        _trap(found),
        *_cheats(found),
        *_format_alone(found),
        *_weak_spots(found),
        *_punishments(found),
        *_of_yours(punished),
    ]


def _trap(found: Stress) -> Sentence:
    if not found.traps:
        most = found.most_unsolved
        earns = f"{shown(most.mean)} ({percent(most.share)} of the best reward), by {most.family.name!r}"
        return _FINE, f"No reward trap: a policy that never solves anything earns at most {earns}."
    trap = found.traps[0]
    paid = ", ".join(map(printable, trap.paid_by)) or "the recipe's constant terms"
    earns = f"{shown(trap.mean)}, {percent(trap.share)} of the best reward, with zero variance in its groups"
    ways = ", ".join(one.family.name for one in found.traps)
    sentence = f"Reward trap: a policy that never solves anything earns {earns}."
    return _TRAP, f"{sentence} Paid by: {paid}. Ways into it: {ways}."


def _cheats(found: Stress) -> Iterator[Sentence]:
    for one in found.accepted:
        excerpt = printable(one.accepted[0][1][-_EXCERPT:])
        sentence = f"Judged right though it is a cheat: {one.title}, {len(one.accepted)} times"
        yield _TRAP, f"{sentence}, as in {excerpt}"
    for one in found.gaining:
        earns = f"earns up to {shown(one.gain or 0.0)} more than the same completion without it"
        excerpt = printable(one.example[-_EXCERPT:])
        yield _TRAP, f"Pays for {one.family.what}: {one.title} {earns}, as in {excerpt}"
    for one in found.escaping:
        yield _TRAP, f"Escapes judgement: {one.title}, {one.unjudged} times without a reward."


def _format_alone(found: Stress) -> Iterator[Sentence]:
    families = {one.family.name: one for one in found.earnings}
    if {"format only", "wrong in form"} <= families.keys():
        tags, full = families["format only"], families["wrong in form"]
        with_tags = f"{shown(tags.mean)} ({percent(tags.share)} of the best) with tags"
        with_box = f"{shown(full.mean)} ({percent(full.share)}) with a wrong answer in a box"
        yield "", f"Format alone earns {with_tags}, and {with_box}."


def _weak_spots(found: Stress) -> Iterator[Sentence]:
    for one in found.paying:
        earns = (
            f"{shown(one.mean)} ({percent(one.share)} of the best) on average and up to {shown(one.greatest)}"
        )
        yield _WEAK, f"Weak spot: {one.family.name} earns {earns}."
    if found.climbs:
        ways = ", ".join(f"{one.family.name} ({shown(one.mean)})" for one in found.climbs)
        sentence = f"unsolved, these earn more than saying nothing does ({shown(found.nothing)}): {ways}"
        yield _WEAK, f"Weak spot: {sentence}. A policy that solves nothing is led towards them."
    if found.equal:
        yield _WEAK, _EQUAL


def _punishments(found: Stress) -> Iterator[Sentence]:
    for one in found.punished_short:
        yield _WEAK, f"Punishes honest short solutions: {_punishing(one)}."
    for one in found.punished_long:
        yield _WEAK, f"Punishes honest long solutions (divisors tried one by one): {_punishing(one)}."


def _of_yours(punished: Punished | None) -> Iterator[Sentence]:
    if punished is not None:
        rollouts, by = punished
        sentence = "; ".join(map(_punishing, by)) or "no component punishes any"
        yield (
            (_WEAK if any(one.share > _OFTEN for one in by) else ""),
            f"Of {counted(rollouts, 'rollout')} of yours: {sentence}.",
        )


def _punishing(one: Punishment) -> str:
    return f"{printable(one.component)} takes {shown(-one.mean)} on average from {percent(one.share)}"
