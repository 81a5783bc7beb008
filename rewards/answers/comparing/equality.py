"""Comparison of two trees: the number and structure tiers.

Three-valued: True and False are certain, None says that only the symbolic tier can decide. Elements inside
structures are compared by :meth:`AnswerComparison.expressions`, and so reach the symbolic tier where there is
one. When in doubt the answer is False: a right answer in an unusual notation costs a sample, a wrong one that
is accepted is learnt.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.amounts import SILENT, Algebra, Comparison, Judgement, Silent, all_of
from rewards.answers.comparing.families import Families, families, same_families
from rewards.answers.comparing.listings import by_members
from rewards.answers.comparing.naming import is_name
from rewards.answers.comparing.quantities import by_measure
from rewards.answers.comparing.realsets import may_be_real_set, real_set
from rewards.answers.comparing.relations import by_name, by_sides, is_solved
from rewards.answers.comparing.restated import restated
from rewards.answers.comparing.statement import same_statement
from rewards.answers.tree.rewriting import all_signs, renamed, unknowns
from rewards.answers.tree.shapes import as_choice
from rewards.answers.tree.syntax import (
    Choice,
    Degrees,
    Difference,
    Dots,
    Expr,
    Intersection,
    Interval,
    Listing,
    NamedSet,
    Node,
    Number,
    Percent,
    Product,
    Quantity,
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

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RULES", "Algebra", "AnswerComparison", "Rule"]

_NOON: Final = 12
_HOURS: Final = 24
_TEN: Final = 10
_MINUTES: Final = 60
_SET_LIKE: Final = (Interval, Union, Intersection, Difference, NamedSet, SetBuilder, SetOf)


@dataclasses.dataclass(slots=True)
class AnswerComparison(Comparison):
    """One comparison under one policy."""

    def same(self, gold: Node, answer: Node) -> bool | None:
        """Return True if the answer matches the gold, None if undecided."""
        if self.inside:
            return self._same(gold, answer)
        self.inside = True
        try:
            verdict = self._same(gold, answer)
            if verdict is False:
                verdict = self._statements(gold, answer)
            return verdict or self._restated(gold, answer) or verdict
        finally:
            self.inside = False

    def _same(self, gold: Node, answer: Node) -> bool | None:
        if isinstance(gold, Expr) and isinstance(answer, Expr):
            golds, answers = all_signs(gold), all_signs(answer)
            if len(golds) > 1 or len(answers) > 1:
                self.method = Method.STRUCTURE
                return self.unordered(golds, answers)
            return by_measure(self, gold, answer)
        if self.method is Method.NUMBER:
            self.method = Method.STRUCTURE
        for rule in RULES:
            verdict = rule.decide(self, gold, answer)
            if not isinstance(verdict, Silent):
                self.rule = rule.name
                self.steps.append(f"as {rule.name}: {_FOUND[verdict]}")
                return verdict
        return False

    def _statements(self, gold: Node, answer: Node) -> bool | None:
        """Compare what two answers say for every integer, or under conditions; only if the forms differ."""
        ours = families(gold)
        theirs = families(answer, ours.letters) if ours is not None else None
        if ours is not None and theirs is not None and self._may_be_same(ours, theirs):
            equal = functools.partial(self.expressions, free=True)
            if same_families(ours, theirs, equal):
                self.steps.append("as values for every integer: equal")
                return True
        if isinstance(gold, Relation) != isinstance(answer, Relation) and Listing not in {
            type(gold),
            type(answer),
        }:
            return False
        return same_statement(gold, answer, self._same, defaults=self.policy.optional_names)

    def _restated(self, gold: Node, answer: Node) -> bool | None:
        """Compare two answers in one notation, where they have different ones for one thing."""
        for name, ours, theirs in restated(gold, answer):
            verdict = self._same(ours, theirs)
            if verdict is not False:
                self.steps.append(f"restated as {name}: {_FOUND[verdict]}")
                return verdict
        return False

    def _may_be_same(self, ours: Families, theirs: Families) -> bool:
        """Return True unless two families are values of different things, or only one may leave it open."""
        if ours.about is not None and theirs.about is not None:
            named = ours.about == theirs.about
        else:
            name = ours.about or theirs.about
            named = name is None or (is_name(name) and self.policy.optional_names)
        return named and (ours.stated == theirs.stated or self.policy.optional_names)


# --- rules


def _by_form(_judge: Comparison, gold: Node, answer: Node) -> Judgement:
    return True if gold == answer else SILENT


def _by_words(_judge: Comparison, gold: Node, answer: Node) -> Judgement:
    if isinstance(gold, Text) and isinstance(answer, Text):
        return gold.words == answer.words
    if isinstance(gold, Choice) or isinstance(answer, Choice):
        return SILENT
    return False if isinstance(gold, Text) or isinstance(answer, Text) else SILENT


def _by_choice(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Letters of choices; a letter may stand for what is written beside it."""
    if not (isinstance(gold, Choice) or isinstance(answer, Choice)):
        return SILENT
    ours, theirs = as_choice(gold), as_choice(answer)
    if ours is not None and theirs is not None:
        if ours.letters != theirs.letters or ours.content is None or theirs.content is None:
            return ours.letters == theirs.letters
        return judge.same(ours.content, theirs.content)
    one = gold.content if isinstance(gold, Choice) else gold
    other = answer.content if isinstance(answer, Choice) else answer
    return False if one is None or other is None else judge.same(one, other)


def _by_real_numbers(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Sets of real numbers, piece by piece."""
    if not (_says_set(gold) or _says_set(answer)) or (isinstance(gold, SetOf) and isinstance(answer, SetOf)):
        return SILENT
    if not (may_be_real_set(gold) and may_be_real_set(answer)):
        return SILENT
    ours = real_set(gold)
    theirs = None if ours is None else real_set(answer)
    if ours is None or theirs is None:
        return SILENT
    name = ours.about if theirs.about is None else theirs.about if ours.about is None else None
    if ours.about != theirs.about and not (judge.policy.optional_names and name and is_name(name)):
        return False
    ends = ours.ends_beside(theirs)
    if ends is None or not is_solved(judge, gold, answer):
        return False
    return all_of(judge.expressions(one, other) for one, other in ends)


def _says_set(node: Node) -> bool:
    """Return True if a node can only mean a set of numbers, so that the other side may be read as one."""
    match node:
        case Relation(_, operators):
            return not set(operators) & {"=", "~"}
        case Listing(items):
            return any(map(_says_set, items))
        case _:
            return isinstance(node, _SET_LIKE)


def _by_parts(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Sets that are no unions of intervals, part by part."""
    match gold, answer:
        case Interval(low, high), Interval(start, end):
            closed = (gold.low_closed, gold.high_closed) == (answer.low_closed, answer.high_closed)
            return closed and judge.all_same((low, high), (start, end))
        case (Union(ours), Union(theirs)) | (Intersection(ours), Intersection(theirs)):
            return judge.unordered(ours, theirs)
        case Difference(whole, removed), Difference(other, taken):
            return judge.all_same((whole, removed), (other, taken))
        case SetBuilder(element, condition), SetBuilder(other, otherwise):
            bound = isinstance(element, Symbol) and isinstance(other, Symbol)
            if bound and element != other and element in unknowns(otherwise):
                return False  # `\{y \mid x < 1\}` says nothing about y
            names: dict[Node, Node] = {other: element} if bound else {}
            return judge.all_same((element, condition), (renamed(other, names), renamed(otherwise, names)))
        case _:
            return SILENT


def _by_ratio(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Ratios up to a factor; one of two parts is a quotient, too, but a whole number is no ratio."""
    match gold, answer:
        case Ratio(ours), Ratio(theirs):
            return _same_ratio(judge, ours, theirs)
        case (Ratio(), Expr()) | (Expr(), Ratio()) if _looks_like_clock(gold) or _looks_like_clock(answer):
            return False
        case (Ratio(), Percent() | Quantity() | Degrees()) | (Percent() | Quantity() | Degrees(), Ratio()):
            return False
        case Ratio((above, below)), Expr() if not _is_whole(answer):
            return judge.expressions(Quotient(above, below), answer)
        case Expr(), Ratio((above, below)) if not _is_whole(gold):
            return judge.expressions(gold, Quotient(above, below), free=True)
        case _:
            return SILENT


def _same_ratio(judge: Comparison, ours: tuple[Expr, ...], theirs: tuple[Expr, ...]) -> bool | None:
    if len(ours) != len(theirs):
        return False
    if any(isinstance(part, Dots) for part in (*ours, *theirs)):
        return judge.all_same(ours, theirs)
    pairs = zip(ours[1:], theirs[1:], strict=True)
    return all_of(
        judge.expressions(Product((ours[0], other)), Product((theirs[0], part)), free=True)
        for part, other in pairs
    )


def _looks_like_clock(node: Node) -> bool:
    """`7:45`, which may be a time, and then no quotient; `3:10` is rather a ratio."""
    match node:
        case Ratio((Number(int(hour)), Number(int(minute)))):
            return hour < _HOURS and _TEN < minute < _MINUTES and minute % 15 == 0
        case _:
            return False


def _is_whole(node: Node) -> bool:
    """A whole number: `4` is no `4:1`."""
    return isinstance(node, Number) and isinstance(node.value, int)


def _by_clock(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Times of day; a gold that does not say morning or afternoon leaves it open."""
    ours, theirs = _time(gold), _time(answer)
    if ours is None or theirs is None or not (isinstance(gold, Time) or isinstance(answer, Time)):
        return SILENT
    if (ours.minute, ours.second or 0) != (theirs.minute, theirs.second or 0):
        return False
    if judge.policy.optional_units and not ours.meridiem and theirs.meridiem and 1 <= ours.hour <= _NOON:
        return ours.hour % _NOON == theirs.hour % _NOON
    return _hour(ours) == _hour(theirs)


def _time(node: Node) -> Time | None:
    match node:
        case Time():
            return node
        case Ratio((Number(int(hour)), Number(int(minute)))) if hour < _HOURS and _TEN <= minute < _MINUTES:
            return Time(hour, minute)
        case _:
            return None


def _hour(time: Time) -> int:
    """The hour on a clock of 24 hours."""
    if time.meridiem:
        return time.hour % _NOON + (_NOON if time.meridiem == "pm" else 0)
    return time.hour % _HOURS


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One way of comparing two trees that are not both expressions; the first that applies decides."""

    name: str
    decide: Callable[[Comparison, Node, Node], Judgement]
    reason: str
    gold: str
    """An example: this gold, and an answer that it decides about."""
    answer: str


RULES: Final = (
    Rule("form", _by_form, "what is written alike is equal", r"\text{March 5}", r"\text{5 March}"),
    Rule("words", _by_words, "words have no value", r"\text{Monday}", r"\text{Tuesday}"),
    Rule("choice", _by_choice, "a choice is its letter, or the text beside it", "(B)", r"\text{B}"),
    Rule("name", by_name, "a value goes by its name, and may go without", "5", "x = 2 + 3 = 5"),
    Rule("real set", _by_real_numbers, "a set has one union of intervals", "(0, 1]", r"0 < x \le 1"),
    Rule("members", by_members, "a collection is its members in its dress", r"\{1, 2\}", "2, 1"),
    Rule("sides", by_sides, "a relation is its sides, up to a factor", "x + 2y = 3", "6 = 2x + 4y"),
    Rule("parts", _by_parts, "another set is what it is made of", r"A \cup B", r"B \cup A"),
    Rule("ratio", _by_ratio, "a ratio is one up to a factor", "2 : 3", "4 : 6"),
    Rule("clock", _by_clock, "a time is one moment of a day", "3:05 pm", "15:05"),
)
"""In the order in which they are asked."""
_FOUND: Final = {None: "open", True: "equal", False: "not equal"}
