"""Comparing relations: `x = 5` with 5, swapped sides, multiples of one equation, chains of values.

A relation that is true of itself (`x = x`, `0 = 0`) says nothing and meets nothing but its copy; a chain
whose values disagree (`4 = 5`) has no value.
"""

# ruff: noqa: C901, PLR0911 - one branch for each kind of thing that is written

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING

from rewards.answers.comparing.amounts import SILENT, AmountComparison, Judgement
from rewards.answers.comparing.naming import NamedValue, asked_for, is_point, named
from rewards.answers.comparing.unfinished import is_as_solved
from rewards.answers.notation.symbols import MIRRORED, ORDERS, SYMMETRIC
from rewards.answers.tree.rewriting import all_signs, free_unknowns, renamed, unknowns
from rewards.answers.tree.shapes import in_base_ten, is_numeral, is_numeric
from rewards.answers.values.magnitudes import magnitude
from rewards.verdict import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
from rewards.answers.tree.syntax import (
    BigOperator,
    Call,
    Expr,
    Listing,
    Negate,
    Node,
    Relation,
    Sum,
    Symbol,
    holds,
)

__all__ = ["RelationComparison"]


@dataclasses.dataclass(slots=True)
class RelationComparison(AmountComparison):
    """Compares equations, inequalities and what they name."""

    def meanings(self, gold: Node, answer: Node) -> Judgement:
        """Names against names, and a name's value against a bare value."""
        ours, theirs = named(gold), named(answer)
        if (ours is not None and is_point(gold)) or (theirs is not None and is_point(answer)):
            return SILENT  # components, which stand in any order
        if theirs is None and is_numeric(gold) and self.policy.optional_names:
            theirs = asked_for(answer)
        if ours is None and theirs is None:
            if (
                isinstance(gold, Relation)
                and isinstance(answer, Relation)
                and "~" in gold.operators + answer.operators
            ):
                return SILENT
            bare = self._chained(gold), self._chained(answer)
            if bare[0] is gold and bare[1] is answer:
                return SILENT
            if bare[0] is None or bare[1] is None:
                return False
            verdict = self.same(bare[0], bare[1])
            return None if verdict and self._is_open(answer) else verdict
        if ours is not None and theirs is not None:
            return self._named(gold, ours, answer, theirs)
        if not self.policy.optional_names:
            return SILENT
        if ours is not None and _is_bare(answer, ours):
            return self._any_value(ours, lambda value: self.same(value, answer))
        if theirs is not None and _is_bare(gold, theirs):
            if not self._consistent(theirs):
                return False
            return self._any_value(theirs, lambda value: self.same(gold, value))
        return SILENT

    def _named(self, gold: Node, ours: NamedValue, answer: Node, theirs: NamedValue) -> Judgement:
        renames = _parameters(ours.names[0], theirs.names[0])
        if renames is None and not set(ours.names) & set(theirs.names):
            if not _both_functions(ours.names[0], theirs.names[0]):
                return self._equivalent(gold, answer)
            renames = {}
        if renames and any(set(renames.values()) & unknowns(value) for value in theirs.values):
            return False  # `f(t) = x` is no function of t
        if not (self.policy.optional_names or self._consistent(ours)):
            return False  # under the exact policy a gold is held to what an answer is held to
        if not self._consistent(theirs) or (len(ours.names) > 1) != (len(theirs.names) > 1):
            return False
        if len(ours.names) > 1 and set(ours.names) != set(theirs.names):
            return False
        verdict = self._any_value(
            ours,
            lambda value: self._any_value(
                theirs, lambda other: self.same(value, renamed(other, renames or {}))
            ),
        )
        return self._equivalent(gold, answer) if verdict is False and len(unknowns(gold)) > 1 else verdict

    def _any_value(self, meaning: NamedValue, test: Callable[[Node], bool | None]) -> bool | None:
        verdicts = []
        for value in dict.fromkeys((meaning.values[-1], *meaning.values)):
            verdict = test(value)
            if verdict:
                return True
            verdicts.append(verdict)
        return None if None in verdicts else False

    def _consistent(self, meaning: NamedValue) -> bool:
        """Return True if the values of a chain agree, unlike those of `x = 5 = 6`."""
        for value, other, about in zip(meaning.values, meaning.values[1:], meaning.about, strict=False):
            if not self._follows(value, other, about=about):
                return False
        return True

    def _follows(self, value: Node, other: Node, *, about: bool) -> bool:
        if about or not (isinstance(value, Expr) and isinstance(other, Expr)):
            ours, theirs = magnitude(value), magnitude(other)
            if ours is None or theirs is None:
                return value == other
            return abs(ours - theirs) <= 0.006 * max(abs(ours), abs(theirs))
        return self._agree(value, other) is not False and value != other

    def _agree(self, value: Expr, other: Expr) -> bool | None:
        """Return True if two values of a chain are equal, with evaluation waived; None if undecided."""
        waived = type(self)(dataclasses.replace(self.policy, unevaluated=True), self.algebra, inside=True)
        return waived.same(in_base_ten(value), in_base_ten(other))

    def _chained(self, node: Node) -> Node | None:
        """`2 + 3 = 5` as the last value in it, None if it does not hold; other nodes as they are."""
        if not isinstance(node, Relation) or not set(node.operators) <= {"=", "~"}:
            return node
        if not all(isinstance(side, Expr) and not free_unknowns(side) for side in node.sides):
            return node
        for left, operator, right in zip(node.sides, node.operators, node.sides[1:], strict=False):
            if not self._follows(left, right, about=operator == "~"):
                return None
        if "~" in node.operators:
            return node.sides[0]
        worked_out = [side for side in node.sides if isinstance(side, Expr) and is_numeral(side)]
        return worked_out[-1] if worked_out else node.sides[-1]

    def _is_open(self, node: Node) -> bool:
        r"""Return True if a chain has a step that is still undecided: `\int_0^1 x\,dx = 1`."""
        if not isinstance(node, Relation) or not any(holds(side, BigOperator) for side in node.sides):
            return False
        return any(
            isinstance(left, Expr) and isinstance(right, Expr) and self._agree(left, right) is None
            for left, right in pairwise(node.sides)
        )

    def _equivalent(self, gold: Node, answer: Node) -> bool | None:
        """Two equations or inequalities that are multiples of each other."""
        if not (isinstance(gold, Relation) and isinstance(answer, Relation)):
            return False
        if len(gold.operators) != 1 or len(answer.operators) != 1:
            return False
        ours, theirs = _difference(*gold.sides), _difference(*answer.sides)
        operator, other = gold.operators[0], answer.operators[0]
        if ours is None or theirs is None or operator not in {"=", "!=", *ORDERS}:
            return False
        if (
            other not in {operator, MIRRORED.get(operator)}
            or not unknowns(ours)
            or unknowns(ours) != unknowns(theirs)
        ):
            return False
        if not self.as_solved(gold, answer):
            return False
        self.method = Method.SYMBOLIC
        sign = self.algebra.proportional(ours, theirs)
        if sign is None:
            return False
        if operator in {"=", "!="}:
            return True
        return sign == (1 if operator == other else -1)

    def as_solved(self, gold: Node, answer: Node) -> bool:
        """Return True unless the answer is the equation or inequality that was to be solved."""
        if self.policy.unevaluated or is_as_solved(answer, gold):
            return True
        self.steps.append("the answer is left to be solved")
        return False

    def relations(self, gold: Node, answer: Node) -> Judgement:
        if (
            isinstance(gold, Relation)
            and gold.operators == ("in",)
            and not isinstance(answer, (Relation, Listing))
        ):
            return self.same(gold.sides[1], answer) if self.policy.optional_names else False
        if (
            isinstance(answer, Relation)
            and answer.operators == ("in",)
            and not isinstance(gold, (Relation, Listing))
        ):
            return (
                self.same(gold, answer.sides[1])
                if self.policy.optional_names and not isinstance(gold, Expr)
                else False
            )
        if not (isinstance(gold, Relation) and isinstance(answer, Relation)):
            return (
                SILENT if isinstance(gold, Listing) or isinstance(answer, Listing) else _neither(gold, answer)
            )
        signs = all_signs(gold), all_signs(answer)
        if len(signs[0]) > 1 or len(signs[1]) > 1:
            return self.unordered(*signs)
        return self._chain(gold, answer)

    def _chain(self, gold: Relation, answer: Relation) -> bool | None:
        if len(gold.sides) == len(answer.sides):
            if gold.operators == answer.operators:
                verdict = self._plain_sides(gold.sides, answer.sides)
                if verdict is not False:
                    return verdict
            reverse = tuple(MIRRORED.get(operator, operator) for operator in reversed(answer.operators))
            if gold.operators == reverse and all(
                operator in MIRRORED or operator in SYMMETRIC for operator in answer.operators
            ):
                verdict = self._plain_sides(gold.sides, answer.sides[::-1])
                if verdict is not False:
                    return verdict
        return self._equivalent(gold, answer)

    def _plain_sides(self, ours: Sequence[Node], theirs: Sequence[Node]) -> bool | None:
        """Sides pair by pair, each kept whole: nothing is optional inside a relation."""
        if all(one == ours[0] for one in ours[1:]):
            return tuple(ours) == tuple(theirs)
        return self.all_same(ours, theirs)


def _is_bare(node: Node, meaning: NamedValue) -> bool:
    """Return True if a node can be the value of a name: a list or a relation only if that value is one."""
    if isinstance(node, (Listing, Relation)):
        return all(isinstance(value, type(node)) for value in meaning.values)
    return True


def _neither(gold: Node, answer: Node) -> Judgement:
    """A relation is no value: one on one side only is a difference."""
    return False if isinstance(gold, Relation) or isinstance(answer, Relation) else SILENT


def _difference(left: Node, right: Node) -> Expr | None:
    if isinstance(left, Expr) and isinstance(right, Expr):
        return Sum((left, Negate(right)))
    return None


def _parameters(one: Node, other: Node) -> dict[Node, Node] | None:
    """Map the parameters of one function to those of the other; None if the two do not correspond."""
    if one == other:
        return {}
    if (
        isinstance(one, Call)
        and isinstance(other, Call)
        and one.head == other.head
        and len(one.arguments) == len(other.arguments)
        and all(isinstance(argument, Symbol) for argument in (*one.arguments, *other.arguments))
    ):
        return dict(zip(other.arguments, one.arguments, strict=True))
    return None


def _both_functions(one: Node, other: Node) -> bool:
    """`y = ...` and `f(x) = ...` name the same thing."""
    names = {one, other}
    return Symbol("y") in names and any(
        isinstance(name, Call) and name.arguments == (Symbol("x"),) for name in names
    )
