"""Comparison of two trees: the number and structure tiers.

Three-valued: True and False are certain, None says that only the symbolic tier can decide. Elements inside
structures are compared by :meth:`AnswerComparison.expressions`, and so reach the symbolic tier where there is
one. When in doubt the answer is False: a right answer in an unusual notation costs a sample, a wrong one that
is accepted is learnt.
"""

# ruff: noqa: PLR0911 - one branch for each kind of thing that is written

from __future__ import annotations

import dataclasses
import functools

from rewards.answers.comparing.amounts import SILENT, Algebra, Judgement, Silent, all_of
from rewards.answers.comparing.families import Families, families, same_families
from rewards.answers.comparing.listings import ListingComparison
from rewards.answers.comparing.realsets import real_set
from rewards.answers.comparing.statement import same_statement, statement
from rewards.answers.tree.rewriting import all_signs, renamed
from rewards.answers.tree.shapes import as_choice
from rewards.answers.tree.syntax import (
    Choice,
    Date,
    Difference,
    Dots,
    Expr,
    Intersection,
    Interval,
    Listing,
    NamedSet,
    Node,
    Number,
    Product,
    Quotient,
    Ratio,
    Relation,
    SetBuilder,
    SetOf,
    Symbol,
    Text,
    Time,
    Union,
)
from rewards.verdict import Method

__all__ = ["Algebra", "AnswerComparison"]

_NOON = 12
_HOURS = 24
_SET_LIKE = (Interval, Union, Intersection, Difference, NamedSet, SetBuilder, SetOf)


@dataclasses.dataclass(slots=True)
class AnswerComparison(ListingComparison):
    """One comparison under one policy."""

    def same(self, gold: Node, answer: Node) -> bool | None:
        """Return True if the answer matches the gold, None if undecided."""
        if self.inside:
            return self._same(gold, answer)
        self.inside = True
        try:
            verdict = self._same(gold, answer)
            return self._statements(gold, answer) if verdict is False else verdict
        finally:
            self.inside = False

    def _same(self, gold: Node, answer: Node) -> bool | None:
        if isinstance(gold, Expr) and isinstance(answer, Expr):
            golds, answers = all_signs(gold), all_signs(answer)
            if len(golds) > 1 or len(answers) > 1:
                self.method = Method.STRUCTURE
                return self.unordered(golds, answers)
            return self.measured(gold, answer)
        if self.method is Method.NUMBER:
            self.method = Method.STRUCTURE
        for rule in (
            self._words,
            self._choices,
            self.meanings,
            self._real_sets,
            self.relations,
            self.collections,
            self._sets,
            self._others,
        ):
            verdict = rule(gold, answer)
            if not isinstance(verdict, Silent):
                found = "open" if verdict is None else "equal" if verdict else "not equal"
                self.steps.append(f"as {rule.__name__.strip('_').replace('_', ' ')}: {found}")
                return verdict
        return False

    def _statements(self, gold: Node, answer: Node) -> bool | None:
        """Compare what two answers say for every integer, or under conditions; only if the forms differ."""
        ours = families(gold)
        theirs = families(answer, ours.letters) if ours is not None else None
        if ours is not None and theirs is not None and self._may_be_same(ours, theirs):
            equal = functools.partial(self.expressions, free=True)
            if same_families(ours, theirs, equal):
                return True
        return same_statement(statement(gold), statement(answer), self._same)

    def _may_be_same(self, ours: Families, theirs: Families) -> bool:
        """Return True unless two families are values of different things, or only one may leave it open."""
        if ours.about is not None and theirs.about is not None:
            named = ours.about == theirs.about
        else:
            named = ours.about is theirs.about or self.policy.optional_names
        return named and (ours.stated == theirs.stated or self.policy.optional_names)

    def _words(self, gold: Node, answer: Node) -> Judgement:
        if isinstance(gold, Text) and isinstance(answer, Text):
            return gold.words == answer.words
        if isinstance(gold, Choice) or isinstance(answer, Choice):
            return SILENT
        if isinstance(gold, Text) or isinstance(answer, Text):
            return False
        return SILENT

    def _choices(self, gold: Node, answer: Node) -> Judgement:
        if isinstance(answer, Listing) and answer.joint == "or" and not isinstance(gold, Choice):
            several = as_choice(gold)
            return False if several is not None and len(several.letters) > 1 else SILENT
        if not (isinstance(gold, Choice) or isinstance(answer, Choice)):
            return SILENT
        ours, theirs = as_choice(gold), as_choice(answer)
        if ours is not None and theirs is not None:
            if ours.letters != theirs.letters or ours.content is None or theirs.content is None:
                return ours.letters == theirs.letters
            return self.same(ours.content, theirs.content)
        if isinstance(gold, Choice) and gold.content is not None:
            return self.same(gold.content, answer)
        if isinstance(answer, Choice) and answer.content is not None:
            return self.same(gold, answer.content)
        return False

    def _real_sets(self, gold: Node, answer: Node) -> Judgement:
        if not (_says_set(gold) or _says_set(answer)):
            return SILENT
        if isinstance(gold, SetOf) and isinstance(answer, SetOf):
            return SILENT
        ours, theirs = real_set(gold), real_set(answer)
        if ours is None or theirs is None:
            return SILENT
        if ours.about is not None and theirs.about is not None and ours.about != theirs.about:
            return False
        if (ours.about is None) != (theirs.about is None) and not self.policy.optional_names:
            return False
        if len(ours.pieces) != len(theirs.pieces):
            return False
        pairs: list[tuple[Expr, Expr]] = []
        for (low, low_in, high, high_in), (start, start_in, end, end_in) in zip(
            ours.pieces, theirs.pieces, strict=True
        ):
            if (low_in, high_in) != (start_in, end_in) or not low.meets(start) or not high.meets(end):
                return False
            pairs += [(low.at, start.at), (high.at, end.at)]
        return self.as_solved(gold, answer) and all_of(self.expressions(one, other) for one, other in pairs)

    def _sets(self, gold: Node, answer: Node) -> Judgement:
        """Sets that are no unions of intervals, part by part."""
        match gold, answer:
            case Interval(), Interval():
                if (gold.low_closed, gold.high_closed) != (answer.low_closed, answer.high_closed):
                    return False
                return self.all_same((gold.low, gold.high), (answer.low, answer.high))
            case Union(ours), Union(theirs):
                return self.unordered(ours, theirs)
            case Intersection(ours), Intersection(theirs):
                return self.unordered(ours, theirs)
            case Difference(), Difference():
                return self.all_same((gold.whole, gold.removed), (answer.whole, answer.removed))
            case SetBuilder(element, condition), SetBuilder(other, otherwise):
                bound = isinstance(element, Symbol) and isinstance(other, Symbol)
                names: dict[Node, Node] = {other: element} if bound else {}
                return self.all_same((element, condition), (renamed(other, names), renamed(otherwise, names)))
            case _:
                return SILENT

    def _others(self, gold: Node, answer: Node) -> Judgement:
        """Ratios, times, dates, and whatever is only equal to itself."""
        match gold, answer:
            case Ratio(ours), Ratio(theirs):
                return self._ratios(ours, theirs)
            case (Ratio((above, below)), Expr()) if not _is_whole(answer):
                return self.same(Quotient(above, below), answer)
            case (Expr(), Ratio((above, below))) if not _is_whole(gold):
                return self.expressions(gold, Quotient(above, below), free=True)
            case Time(), Time():
                return _same_time(gold, answer)
            case Time(), Ratio((Number(int(hour)), Number(int(minute)))) if hour < _HOURS:
                return _same_time(gold, Time(hour, minute))
            case Ratio((Number(int(hour)), Number(int(minute)))), Time() if hour < _HOURS:
                return _same_time(Time(hour, minute), answer)
            case Date(), Date():
                return gold == answer
            case _:
                return gold == answer

    def _ratios(self, ours: tuple[Expr, ...], theirs: tuple[Expr, ...]) -> bool | None:
        if len(ours) != len(theirs):
            return False
        if any(isinstance(part, Dots) for part in (*ours, *theirs)):
            return self.all_same(ours, theirs)
        pairs = zip(ours[1:], theirs[1:], strict=True)
        return all_of(
            self.expressions(Product((ours[0], other)), Product((theirs[0], part)), free=True)
            for part, other in pairs
        )


def _is_whole(node: Node) -> bool:
    """A whole number: `4` is no `4:1`."""
    return isinstance(node, Number) and isinstance(node.value, int)


def _says_set(node: Node) -> bool:
    """Return True if a node can only mean a set of numbers, so that the other side may be read as one."""
    match node:
        case Relation(_, operators):
            return not set(operators) & {"=", "~"}
        case Listing(items, joint):
            return bool(items) and all(
                (isinstance(item, (Relation, Listing)) and _says_set(item))
                or (joint == "or" and isinstance(item, Interval))
                for item in items
            )
        case _:
            return isinstance(node, _SET_LIKE)


def _same_time(gold: Time, answer: Time) -> bool:
    """Equal on a clock of 24 hours; a gold that does not say morning or afternoon leaves it open."""
    if (gold.minute, gold.second or 0) != (answer.minute, answer.second or 0):
        return False
    if not gold.meridiem and answer.meridiem and 1 <= gold.hour <= _NOON:
        return gold.hour % _NOON == answer.hour % _NOON
    return _hour(gold) == _hour(answer)


def _hour(time: Time) -> int:
    if time.meridiem:
        return time.hour % _NOON + (_NOON if time.meridiem == "pm" else 0)
    return time.hour % _HOURS
