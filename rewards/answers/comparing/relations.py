"""Comparing relations: `x = 5` with 5, swapped sides, multiples of one equation, chains of values.

A relation that is true of itself (`x = x`, `0 = 0`) says nothing and meets nothing but its copy; a chain
whose values disagree (`4 = 5`) has no value.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.amounts import SILENT, Comparison, Judgement, any_of
from rewards.answers.comparing.naming import Assignment, asked_for, assignment, is_point
from rewards.answers.comparing.order import in_order
from rewards.answers.comparing.unfinished import is_as_solved
from rewards.answers.notation.symbols import MIRRORED, ORDERS, SYMMETRIC
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import all_signs, free_unknowns, renamed, unknowns
from rewards.answers.tree.shapes import in_base_ten, is_numeral, is_numeric
from rewards.answers.values.magnitudes import magnitude
from rewards.verdict import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["by_name", "by_sides", "is_solved"]

_NAMING: Final = (s.Relation, s.Call)
"""What may give a value to a name."""
_ROUNDING: Final = 0.006
"""The relative difference of a value and of what is written for it after `≈`: half a unit in the third digit
is 0.005 of it at most, and the value may have been rounded before."""


def by_name(judge: Comparison, gold: s.Node, answer: s.Node) -> Judgement:
    """Names against names, and the value of a name or of a chain against a bare value."""
    if not (isinstance(gold, _NAMING) or isinstance(answer, _NAMING)) or is_point(gold) or is_point(answer):
        return SILENT  # bare values; and components, which stand in any order
    ours, theirs = assignment(gold), assignment(answer)
    if not theirs.names and is_numeric(gold) and judge.policy.optional_names:
        theirs = asked_for(answer) or theirs
    if (ours.is_bare and theirs.is_bare) or _are_approximations(ours, theirs):
        return SILENT
    if _is_split(ours) or (_is_split(theirs) and not judge.policy.optional_names):
        whole = min(len(ours.values), len(theirs.values)) == 1 or ours.values[0] == theirs.values[0]
        return whole and _by_terms(judge, ours.values[-1], theirs.values[-1])
    if ours.names and theirs.names:
        return _by_both_names(judge, (gold, ours), (answer, theirs))
    if not (_may_lack_name(judge, ours, theirs) and _may_lack_name(judge, theirs, ours)):
        return SILENT
    return _by_values(judge, ours, theirs, {})


def _by_both_names(
    judge: Comparison, gold: tuple[s.Node, Assignment], answer: tuple[s.Node, Assignment]
) -> Judgement:
    (whole, ours), (other, theirs) = gold, answer
    if ours.is_membership or theirs.is_membership:
        return SILENT
    if _is_estimate(other) and not (_is_estimate(whole) or is_numeric(ours.values[-1])):
        return False  # `f(x) \approx 2x`
    renames = _renames(ours, theirs)
    if renames is None:
        return equivalent(judge, whole, other)
    if any(set(renames.values()) & unknowns(value) for value in theirs.values):
        return False  # `f(t) = x` is no function of t
    if (len(ours.names) > 1 or len(theirs.names) > 1) and set(ours.names) != set(theirs.names):
        return False
    verdict = _by_values(judge, ours, theirs, renames)
    return equivalent(judge, whole, other) if verdict is False and len(unknowns(whole)) > 1 else verdict


def _is_estimate(node: s.Node) -> bool:
    r"""`f(x) \approx 2x`."""
    return isinstance(node, s.Relation) and node.operators[0] == "~"


def _is_split(meaning: Assignment) -> bool:
    """Return True for `2015 = 1551 + 464`: the number was given, and what was asked for is how it splits."""
    first, last = meaning.values[0], meaning.values[-1]
    return (
        not meaning.names
        and isinstance(first, s.Number)
        and isinstance(last, (s.Sum, s.Product))
        and not is_numeral(last)
    )


def _by_terms(judge: Comparison, gold: s.Node, answer: s.Node) -> bool | None:
    """Sums or products term by term, in any order."""
    return type(gold) is type(answer) and judge.unordered(s.children(gold), s.children(answer))


def _are_approximations(ours: Assignment, theirs: Assignment) -> bool:
    r"""Return True for two such as `\pi \approx 3.14`, whose second value is said, too."""
    if ours.names or theirs.names or True not in {*ours.about, *theirs.about}:
        return False
    if ours.is_bare or theirs.is_bare:
        return isinstance(ours.values[0], s.Constant) and not ours.is_bare
    return True


def _may_lack_name(judge: Comparison, meaning: Assignment, bare: Assignment) -> bool:
    """Return True if a bare side can be the value of a name: a list only if that value is one."""
    if meaning.names and not judge.policy.optional_names:
        return False
    if bare.is_bare and isinstance(bare.values[0], (s.Listing, s.Relation)):
        return all(isinstance(value, type(bare.values[0])) for value in meaning.values)
    return True


def _by_values(
    judge: Comparison, ours: Assignment, theirs: Assignment, renames: dict[s.Node, s.Node]
) -> bool | None:
    """Compare what two chains come to."""
    golds = _settled(judge, ours, trusted=bool(ours.names) and judge.policy.optional_names)
    answers = _settled(judge, theirs)
    if golds is None or answers is None:
        return False
    return any_of(judge.same(value, renamed(other, renames)) for value in golds for other in answers)


def _settled(judge: Comparison, meaning: Assignment, *, trusted: bool = False) -> list[s.Node] | None:
    r"""The values that a chain comes to, the last one first; None for `x = 5 = 6`.

    A step to other unknowns, as in `V = \frac43\pi r^3 = 36\pi`, says something about them: only what follows
    it is the value. What follows `\approx` is not; a gold is trusted to be right with all of its values.
    """
    values = meaning.values
    start = 0
    for place, about in enumerate(meaning.about):
        value, other = values[place], values[place + 1]
        if not about and free_unknowns(value) != free_unknowns(other):
            start = place + 1
        elif not (trusted or _follows(judge, value, other, about=about)):
            return None
    end = meaning.about.index(True) + 1 if True in meaning.about and not trusted else len(values)
    return list(dict.fromkeys((values[end - 1], *values[start:end])))


def _follows(judge: Comparison, value: s.Node, other: s.Node, *, about: bool) -> bool:
    if about or not (isinstance(value, s.Expr) and isinstance(other, s.Expr)):
        ours, theirs = magnitude(value), magnitude(other)
        if ours is None or theirs is None:
            return value == other
        return abs(ours - theirs) <= _ROUNDING * max(abs(ours), abs(theirs))
    if value == other:
        return False
    waived = type(judge)(dataclasses.replace(judge.policy, unevaluated=True), judge.algebra, inside=True)
    return waived.same(in_base_ten(value), in_base_ten(other)) is not False


def _renames(ours: Assignment, theirs: Assignment) -> dict[s.Node, s.Node] | None:
    """Map the parameters of one name to those of the other; None if the two name different things."""
    one, other = ours.names[0], theirs.names[0]
    if (
        isinstance(one, s.Call)
        and isinstance(other, s.Call)
        and one.head == other.head
        and len(one.arguments) == len(other.arguments)
        and all(
            isinstance(argument, s.Symbol) and not argument.name.isupper()  # an event is no argument
            for argument in (*one.arguments, *other.arguments)
        )
    ):
        return {new: old for new, old in zip(other.arguments, one.arguments, strict=True) if new != old}
    return {} if set(ours.names) & set(theirs.names) or _both_functions(one, other) else None


def _both_functions(one: s.Node, other: s.Node) -> bool:
    """`y = ...` and `f(x) = ...` name the same thing."""
    names = {one, other}
    return s.Symbol("y") in names and any(
        isinstance(name, s.Call) and name.arguments == (s.Symbol("x"),) for name in names
    )


# --- relations as they are written


def by_sides(judge: Comparison, gold: s.Node, answer: s.Node) -> Judgement:
    """Two relations, side by side, mirrored, or as multiples of each other."""
    if not isinstance(gold, s.Relation) and not isinstance(answer, s.Relation):
        return SILENT
    if not isinstance(gold, s.Relation) or not isinstance(answer, s.Relation):
        return False  # a relation is no value
    signs = all_signs(gold), all_signs(answer)
    if len(signs[0]) > 1 or len(signs[1]) > 1:
        return judge.unordered(*signs)
    for sides, operators in ((answer.sides, answer.operators), _mirrored(answer)):
        if gold.operators == operators and len(gold.sides) == len(sides):
            verdict = _by_each_side(judge, gold.sides, sides)
            if verdict is not False:
                return verdict
    return equivalent(judge, gold, answer)


def _mirrored(node: s.Relation) -> tuple[tuple[s.Node, ...], tuple[str, ...]]:
    """The sides and operators read from the right; no operators where one of them has no mirror image."""
    if not all(operator in MIRRORED or operator in SYMMETRIC for operator in node.operators):
        return node.sides, ()
    return node.sides[::-1], tuple(MIRRORED.get(operator, operator) for operator in reversed(node.operators))


def _by_each_side(judge: Comparison, ours: Sequence[s.Node], theirs: Sequence[s.Node]) -> bool | None:
    """Sides pair by pair, each kept whole: nothing is optional inside a relation."""
    if all(one == ours[0] for one in ours[1:]):
        return tuple(ours) == tuple(theirs)
    return judge.all_same(ours, theirs)


def equivalent(judge: Comparison, gold: s.Node, answer: s.Node) -> bool:
    """Two equations or inequalities that are multiples of each other."""
    ours, theirs = _difference(gold), _difference(answer)
    if ours is None or theirs is None or not unknowns(ours) or unknowns(ours) != unknowns(theirs):
        return False
    operator, other = gold.operators[0], answer.operators[0]  # type: ignore[attr-defined]
    if other not in {operator, MIRRORED.get(operator)} or not is_solved(judge, gold, answer):
        return False
    judge.method = Method.SYMBOLIC
    sign = judge.algebra.proportional(*in_order(ours, theirs))
    if sign is None or operator not in ORDERS:
        return sign is not None
    return sign == (1 if operator == other else -1)


def _difference(node: s.Node) -> s.Expr | None:
    """The difference of the sides of an equation or inequality."""
    match node:
        case s.Relation((s.Expr() as left, s.Expr() as right), ("=" | "!=" | "<" | "<=" | ">" | ">=",)):
            return s.Sum((left, s.Negate(right)))
        case _:
            return None


def is_solved(judge: Comparison, gold: s.Node, answer: s.Node) -> bool:
    """Return True unless the answer is the equation or inequality that was to be solved."""
    if judge.policy.unevaluated or is_as_solved(answer, gold):
        return True
    judge.steps.append("the answer is left to be solved")
    return False
