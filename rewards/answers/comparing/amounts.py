"""Comparing values: as exact numbers, and last by algebra; and many of them at once.

Three-valued: True and False are certain, None says that only symbols can decide.
"""

from __future__ import annotations

import dataclasses
import enum
from abc import ABC, abstractmethod
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, TypeVar

from rewards.answers.comparing.order import in_order
from rewards.answers.comparing.unfinished import is_as_finished
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import replaced, unknowns
from rewards.answers.tree.shapes import decimal_places, in_base_ten, is_infinite
from rewards.answers.values.exact import NoValue, ValueTooBig, both, rational
from rewards.answers.values.factored import equal_constants
from rewards.answers.values.magnitudes import magnitude
from rewards.verdict import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rewards.answers.question import Policy

__all__ = ["SILENT", "Algebra", "Comparison", "Judgement", "Silent", "all_of", "any_of", "paired"]

_Item = TypeVar("_Item")
_MAX_PAIRS = 900
_TEN: Final = 10


class Silent(enum.Enum):
    """The result of a rule that does not apply to two trees."""

    SILENT = "silent"


SILENT: Final = Silent.SILENT
Judgement: TypeAlias = bool | Literal[Silent.SILENT] | None
"""The result of one rule of the comparison."""


class Algebra(Protocol):
    """Interface of the symbolic tier (:mod:`~.symbols`, sympy in a worker) to the comparison."""

    def equal_expressions(self, first: s.Expr, second: s.Expr, /) -> bool | None:
        """Return True if two expressions are equal, None if undecided."""

    def proportional(self, first: s.Expr, second: s.Expr, /) -> int | None:
        """The sign of the constant `first / second`, 0 if it is not real; None if there is none."""


@dataclasses.dataclass(slots=True)
class Comparison(ABC):
    """Compares expressions, and any trees one by one."""

    policy: Policy
    algebra: Algebra
    method: Method = Method.NUMBER
    """The most expensive tier used."""
    steps: list[str] = dataclasses.field(default_factory=list)
    """Human-readable trace of the intermediate decisions."""
    rule: str = "value"
    """The name of the rule that decided."""
    inside: bool = False
    """True inside a structure, where the integer of a family is the same one for all parts."""

    @abstractmethod
    def same(self, gold: s.Node, answer: s.Node) -> bool | None:
        """Return True if the answer matches the gold, None if undecided; True and False are certain."""

    def expressions(self, gold: s.Expr, answer: s.Expr, *, free: bool = False) -> bool | None:
        """Two expressions without dress: first as exact numbers, then by algebra.

        `free` waives the demand that the answer be worked out, for a form this comparison made itself.
        """
        if isinstance(gold, s.Matrix) or isinstance(answer, s.Matrix):
            return self._matrices(gold, answer)
        if not (free or self.is_worked_out(gold, answer)):
            self.steps.append("the answer is left to be worked out")
            return False
        if isinstance(gold, s.BaseNumeral) or isinstance(answer, s.BaseNumeral):
            return _same_numeral(gold, answer)
        if gold == answer:
            return True
        if is_infinite(gold) or is_infinite(answer):
            return False
        return self._values(gold, answer)

    def _values(self, gold: s.Expr, answer: s.Expr) -> bool | None:
        try:
            value, other = both(lambda: rational(gold), lambda: rational(answer))
        except NoValue:
            return False
        except ValueTooBig:
            return self._large(gold, answer)
        if value is not None and other is not None:
            return self._numbers(gold, value, other)
        if self.policy.rounded_gold and isinstance(gold, (s.Number, s.Negate)) and value is not None:
            return self._about(gold, value, answer)
        return self.algebra_equal(gold, _with_constant_of(gold, answer))

    def _large(self, gold: s.Expr, answer: s.Expr) -> bool | None:
        """Two expressions of which one is too big to be evaluated."""
        try:
            same = equal_constants(gold, answer)
        except NoValue:
            return False
        return self.algebra_equal(gold, answer) if same is None else same

    def is_worked_out(self, gold: s.Expr, answer: s.Expr) -> bool:
        """Return True if the answer is as evaluated as the policy demands."""
        return self.policy.unevaluated or is_as_finished(answer, gold)

    def algebra_equal(self, gold: s.Expr, answer: s.Expr) -> bool | None:
        """Ask the symbolic tier."""
        if any(isinstance(tree, s.Apply) and tree.function == "residue" for tree in (gold, answer)):
            return self._alike(gold, answer)
        if s.holds(gold, s.Dots, s.Text) or s.holds(answer, s.Dots, s.Text):
            return self._alike(gold, answer)
        self.method = Method.SYMBOLIC
        return self.algebra.equal_expressions(*in_order(*_with_terms_called(gold, answer)))

    def _numbers(self, gold: s.Expr, value: s.Exact, other: s.Exact) -> bool:
        if value == other:
            return True
        difference = abs(Fraction(value) - other)
        if self.policy.tolerance and difference <= Fraction(self.policy.tolerance) * abs(Fraction(value)):
            return True
        places = decimal_places(gold)
        return bool(
            self.policy.rounded_gold and places is not None and difference * 2 * _power_of_ten(places) <= 1
        )

    def _about(self, gold: s.Expr, value: s.Exact, answer: s.Expr) -> bool | None:
        places, size = decimal_places(gold), magnitude(answer)
        if places is None or size is None:
            return self.algebra_equal(gold, answer)
        return abs(float(value) - size) <= 0.5 * 10.0**-places * (1 + 1e-9)

    def _alike(self, gold: s.Node, answer: s.Node) -> bool | None:
        r"""The same form, part by part: for what has no value, such as `1, 2, \ldots, n`."""
        if gold == answer:
            return True
        if type(gold) is not type(answer):
            return False
        ours, theirs = s.children(gold), s.children(answer)
        if len(ours) != len(theirs) or _labels(gold) != _labels(answer):
            return False
        return self.all_same(ours, theirs)

    def _matrices(self, gold: s.Expr, answer: s.Expr) -> bool | None:
        self.method = Method.STRUCTURE
        if not (isinstance(gold, s.Matrix) and isinstance(answer, s.Matrix)):
            # 3(1, 2) and determinants, still to be worked out, are for algebra; a matrix is no number.
            plain = any(isinstance(tree, s.Matrix) and not tree.determinant for tree in (gold, answer))
            number = isinstance(gold, s.Number) or isinstance(answer, s.Number)
            return False if plain and number else self.algebra_equal(gold, answer)
        if (gold.determinant, len(gold.rows), len(gold.rows[0])) != (
            answer.determinant,
            len(answer.rows),
            len(answer.rows[0]),
        ):
            return False
        return self.all_same(*([cell for row in matrix.rows for cell in row] for matrix in (gold, answer)))

    # --- many at once

    def all_same(self, ours: Sequence[s.Node], theirs: Sequence[s.Node]) -> bool | None:
        """Pair by pair, in order."""
        if len(ours) != len(theirs):
            return False
        return all_of(self.same(one, other) for one, other in zip(ours, theirs, strict=True))

    def unordered(self, ours: Sequence[s.Node], theirs: Sequence[s.Node]) -> bool | None:
        """As many of each, in any order; a point or an equation said twice is said once, a number is not."""
        if len(ours) != len(theirs) and all(
            isinstance(one, (s.Tuple, s.Relation)) for one in (*ours, *theirs)
        ):
            ours, theirs = tuple(dict.fromkeys(ours)), tuple(dict.fromkeys(theirs))
        if len(ours) != len(theirs):
            return False
        left, right = Counter(ours), Counter(theirs)
        golds = list((left - right).elements())
        answers = list((right - left).elements())
        if len(golds) * len(answers) > _MAX_PAIRS:
            return self._by_value(golds, answers)
        return paired(golds, answers, self.same)

    def _by_value(self, ours: Iterable[s.Node], theirs: Iterable[s.Node]) -> bool:
        """Many numbers, by their exact values."""
        values = []
        for items in (ours, theirs):
            found = []
            for item in items:
                try:
                    found.append(rational(item))
                except NoValue:
                    return False
            values.append(found)
        return None not in values[0] and Counter(values[0]) == Counter(values[1])


def any_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued disjunction; the first True ends it."""
    unsure = False
    for verdict in verdicts:
        if verdict:
            return True
        unsure = unsure or verdict is None
    return None if unsure else False


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued conjunction; the first False ends it."""
    unsure = False
    for verdict in verdicts:
        if verdict is False:
            return False
        unsure = unsure or verdict is None
    return None if unsure else True


def paired(
    ours: Iterable[_Item], theirs: Iterable[_Item], same: Callable[[_Item, _Item], bool | None]
) -> bool | None:
    """Return True if each item of one side is the same as one of its own on the other side."""
    left = list(theirs)
    unsure = False
    for item in ours:
        verdicts = [same(item, other) for other in left]
        if True in verdicts:
            left.pop(verdicts.index(True))
        elif None in verdicts:
            unsure = True
        else:
            return False
    return None if unsure else not left


def _same_numeral(gold: s.Expr, answer: s.Expr) -> bool:
    """A numeral in a base equals the same numeral; a plain number, only a numeral in base ten."""
    bases = [node.base if isinstance(node, s.BaseNumeral) else _TEN for node in (gold, answer)]
    values = [in_base_ten(node) for node in (gold, answer)]
    return bases[0] == bases[1] and isinstance(values[0], s.Number) and values[0] == values[1]


def _with_constant_of(gold: s.Expr, answer: s.Expr) -> s.Expr:
    """The answer with its constant of integration written like the gold's: `+ c` as `+ C`."""
    if isinstance(gold, s.Sum) and isinstance(answer, s.Sum):
        for ours, theirs in ((s.Symbol("C"), s.Symbol("c")), (s.Symbol("c"), s.Symbol("C"))):
            if (
                ours in gold.terms
                and theirs in answer.terms
                and theirs not in unknowns(gold)
                and ours not in unknowns(answer)
            ):
                return s.Sum(tuple(ours if term == theirs else term for term in answer.terms))
    return answer


def _with_terms_called(gold: s.Expr, answer: s.Expr) -> tuple[s.Expr, s.Expr]:
    r"""`\lim a_n` over n as `\lim a(n)`: a term whose index an operator runs over is no constant to it."""
    trees = (gold, answer)
    bound = {part.variable for tree in trees for part in s.walk(tree) if isinstance(part, s.BigOperator)}
    if not bound:
        return trees
    heads = {name.name for tree in trees for name in unknowns(tree) if not bound.isdisjoint(name.index)}

    def change(part: s.Node) -> s.Node | None:
        match part:
            case s.Symbol(name, (_, *_) as index) if name in heads:
                return s.Call(s.Symbol(name), index)
            case _:
                return None

    return (_changed(gold, change), _changed(answer, change)) if heads else trees


def _changed(tree: s.Expr, change: Callable[[s.Node], s.Node | None]) -> s.Expr:
    found = replaced(tree, change)
    return found if isinstance(found, s.Expr) else tree


def _power_of_ten(exponent: int) -> Fraction:
    return Fraction(10**exponent) if exponent >= 0 else Fraction(1, 10**-exponent)


def _labels(node: s.Node) -> tuple[object, ...]:
    """Return the fields of a node that hold no child nodes."""
    return tuple(
        value
        for field in dataclasses.fields(node)  # type: ignore[arg-type]
        if not isinstance(value := getattr(node, field.name), (s.Node, tuple))
    )
