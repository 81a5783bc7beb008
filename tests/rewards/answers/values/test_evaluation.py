"""Every kind of expression in every arithmetic: a value, or an explicit none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flint
import pytest

from rewards.answers.tree import syntax as s
from rewards.answers.values.balls import Balls
from rewards.answers.values.evaluation import METHODS, Evaluation
from rewards.answers.values.exact import NotComparable, Rationals, rational
from rewards.answers.values.factored import equal_constants
from rewards.answers.values.fields import FIELDS
from rewards.answers.values.fingerprints import Fingerprint
from rewards.answers.values.lowering import LOWERED
from rewards.answers.values.magnitudes import magnitude
from rewards.answers.values.normal_form import equal_rational_functions
from rewards.answers.values.precision import Point, WorkLimit, precision
from rewards.answers.values.separation import separation_bits
from rewards.answers.values.sympy_bridge import equal_by_sympy

if TYPE_CHECKING:
    from collections.abc import Callable

TWO, X, N = s.Number(2), s.Symbol("x"), s.Symbol("n")
SEVEN = s.Number(7)

SAMPLES: dict[type[s.Expr], s.Expr] = {
    s.Number: TWO,
    s.BaseNumeral: s.BaseNumeral("FF", 16),
    s.Constant: s.PI,
    s.Symbol: X,
    s.Sum: s.Sum((TWO, SEVEN)),
    s.Negate: s.Negate(TWO),
    s.PlusMinus: s.PlusMinus(TWO),
    s.Product: s.Product((TWO, SEVEN)),
    s.Quotient: s.Quotient(TWO, SEVEN),
    s.Power: s.Power(TWO, SEVEN),
    s.Root: s.Root(s.Number(4)),
    s.Factorial: s.Factorial(SEVEN),
    s.Binomial: s.Binomial(SEVEN, TWO),
    s.Absolute: s.Absolute(s.Negate(TWO)),
    s.Percent: s.Percent(TWO),
    s.Degrees: s.Degrees(TWO),
    s.Apply: s.Apply("max", (TWO, SEVEN)),
    s.Call: s.Call(s.Symbol("f"), (TWO,)),
    s.BigOperator: s.BigOperator("sum", N, N, TWO, SEVEN),
    s.Matrix: s.Matrix(((TWO, SEVEN), (SEVEN, TWO)), determinant=True),
    s.Dots: s.Dots(),
    s.Quantity: s.Quantity(TWO, "cm"),
}


def _fingerprint(node: s.Expr) -> bool:
    fingerprint = Fingerprint(FIELDS[0])
    try:
        fingerprint.of(node)
    except NotComparable:
        return False
    return not fingerprint.opaque


def _ball(node: s.Expr) -> bool:
    point = Point(free=lambda key: flint.arb(key % 100), integers={})
    with precision(100):
        try:
            return bool(Balls(point, WorkLimit()).of(node).is_finite())
        except NotComparable:
            return False


def _generators(node: s.Expr) -> list[s.Expr]:
    found: list[s.Expr] = [part for part in s.walk(node) if isinstance(part, s.Symbol)]
    return [*found, s.Symbol("unit cm"), s.PI]


ARITHMETICS: dict[str, tuple[Callable[[s.Expr], bool], set[type[s.Expr]]]] = {
    "exact": (
        lambda node: rational(node) is not None,
        {s.Constant, s.Symbol, s.PlusMinus, s.Degrees, s.Call, s.BigOperator, s.Matrix, s.Dots, s.Quantity},
    ),
    "factored": (
        lambda node: equal_constants(node, s.Number(99)) is not None,
        {s.Constant, s.Symbol, s.PlusMinus, s.Degrees, s.Call, s.BigOperator, s.Matrix, s.Dots, s.Quantity},
    ),
    "magnitude": (
        lambda node: magnitude(node) is not None,
        {
            *(s.Symbol, s.PlusMinus, s.Factorial, s.Binomial, s.Call, s.BigOperator, s.Matrix),
            *(s.Dots, s.Quantity),
        },
    ),
    "fingerprint": (_fingerprint, {s.Dots, s.PlusMinus}),
    "normal form": (
        lambda node: equal_rational_functions(node, s.Number(99), _generators(node)) is not None,
        {s.PlusMinus, s.Call, s.BigOperator, s.Matrix, s.Dots},
    ),
    "ball": (_ball, {s.Dots, s.PlusMinus}),
    "separation": (
        lambda node: separation_bits(node, s.Number(99)) is not None,
        {s.Constant, s.Symbol, s.PlusMinus, s.Degrees, s.Call, s.BigOperator, s.Matrix, s.Dots, s.Quantity},
    ),
    "sympy": (
        lambda node: equal_by_sympy(node, s.Number(99)) is not None,
        {s.PlusMinus, s.Dots, s.Call},
    ),
}
"""Each arithmetic, and the kinds for which it has no value."""


def test_every_kind_of_expression_is_evaluated_by_a_method_or_lowered() -> None:
    kinds = {kind for kind in s.Expr.__subclasses__() if vars(s).get(kind.__name__) is kind}
    assert kinds == {*METHODS, *LOWERED} == {*SAMPLES}
    assert not METHODS.keys() & LOWERED.keys()


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", ARITHMETICS)
def test_every_arithmetic_has_a_value_for_every_kind_or_says_that_it_has_none(
    name: str, kind: type[s.Expr]
) -> None:
    has_value, without = ARITHMETICS[name]
    assert has_value(SAMPLES[kind]) is (kind not in without)


def test_evaluation_goes_by_the_methods_of_the_subclass() -> None:
    class Signs(Evaluation[str]):
        def number(self, value: s.Exact) -> str:
            return str(value)

        def outside(self, node: s.Node) -> str:
            return type(node).__name__

        def negate(self, value: str) -> str:
            return f"-{value}"

        def symbol(self, node: s.Symbol) -> str:
            return node.name

    found = Signs().of(s.Sum((TWO, s.Negate(X), s.Factorial(TWO), s.BaseNumeral("10", 2))))
    assert found == "2-xFactorial2"


def test_rationals_take_whole_numbers_for_unknowns() -> None:
    assert Rationals({X: 5}).of(s.Product((X, TWO))) == 2 * 5
