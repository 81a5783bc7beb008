"""The symbolic tier on trees that nobody wrote: symmetric, repeatable, never an exception but its own."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from functools import partial

import pytest
from expressions import expression
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import replaced
from rewards.answers.values.symbols import ValueTooBig, equal_expressions, proportional

NUMBERS = st.sampled_from(
    [0, 1, 2, 3, 5, 7, -1, -2, 10, 1000, 10**30, 10**400, Fraction(1, 2), Fraction(-3, 7), Fraction(1, 10**9)]
).map(s.Number)
SYMBOLS = st.sampled_from(
    [
        *map(s.Symbol, "xyanzk"),
        s.Symbol("a", (s.Number(1),)),
        s.Symbol("a", (s.Symbol("n"),)),
        s.Symbol("a", mark="vec"),
    ]
)
CONSTANTS = st.sampled_from([s.PI, s.E, s.I, s.INFINITY])
LEAVES = st.one_of(NUMBERS, SYMBOLS, CONSTANTS)
ONE_ARGUMENT = st.sampled_from(
    [
        *(
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "arcsin",
            "arccos",
            "arctan",
            "arccot",
            "arcsec",
            "arccsc",
        ),
        *(
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "sech",
            "csch",
            "arsinh",
            "arcosh",
            "artanh",
            "ln",
            "log",
            "lg",
            "exp",
        ),
        *("sgn", "arg", "Re", "Im", "det"),
    ]
)
SEVERAL_ARGUMENTS = st.sampled_from(["gcd", "lcm", "max", "min", "mod"])


def grown(below: st.SearchStrategy[s.Expr]) -> st.SearchStrategy[s.Expr]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    row = st.tuples(below, below)
    return st.one_of(
        several.map(s.Sum),
        several.map(s.Product),
        st.builds(s.Quotient, below, below),
        st.builds(s.Power, below, below),
        st.builds(
            s.Power,
            below,
            st.sampled_from([2, 3, -1, 100, 10**9, Fraction(1, 2), Fraction(2, 3)]).map(s.Number),
        ),
        st.builds(s.Root, below, st.one_of(st.sampled_from([2, 3, 4]).map(s.Number), below)),
        st.builds(s.Negate, below),
        st.builds(s.Apply, ONE_ARGUMENT, st.tuples(below), st.none() | below),
        st.builds(s.Apply, SEVERAL_ARGUMENTS, st.tuples(below, below)),
        st.builds(s.Factorial, below, st.sampled_from([1, 2])),
        st.builds(s.Binomial, below, below),
        st.builds(s.Absolute, below),
        st.builds(lambda name, node: s.Apply(name, (node,)), st.sampled_from(["floor", "ceil"]), below),
        st.builds(s.Percent, below),
        st.builds(s.Degrees, below),
        st.builds(s.Call, st.just(s.Symbol("f")), st.tuples(below)),
        st.builds(s.PlusMinus, below, st.sampled_from([-1, 1])),
        st.builds(s.Quantity, below, st.just("cm")),
        st.builds(s.Matrix, st.tuples(row, row), st.booleans()),
        st.builds(
            s.BigOperator,
            st.sampled_from(["sum", "product", "integral", "limit"]),
            below,
            st.none() | SYMBOLS | st.just(s.I),
            st.none() | below,
            st.none() | below,
        ),
        st.just(s.Dots()),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=12)

# Expressions that have a value at every point, so that rewriting them keeps them equal.
TOTAL = st.recursive(
    st.one_of(
        st.integers(-9, 9).map(s.Number),
        st.fractions(-3, 3, max_denominator=9).map(s.Number),
        st.just(s.PI),
        SYMBOLS,
    ),
    lambda below: st.one_of(
        st.lists(below, min_size=2, max_size=3).map(tuple).map(s.Sum),
        st.lists(below, min_size=2, max_size=3).map(tuple).map(s.Product),
        st.builds(s.Power, below, st.integers(1, 4).map(s.Number)),
        st.builds(s.Negate, below),
        st.builds(s.Apply, st.sampled_from(["sin", "cos", "arctan"]), st.tuples(below)),
        st.builds(s.Absolute, below),
        st.builds(lambda inner: s.Root(s.Sum((s.Power(inner, s.Number(2)), s.Number(1)))), below),
    ),
    max_leaves=8,
)

ONE = s.Number(1)
ROOT_TWO = s.Root(s.Number(2))
PYTHAGORAS = s.Sum(
    (
        s.Power(s.Apply("sin", (s.Symbol("x"),)), s.Number(2)),
        s.Power(s.Apply("cos", (s.Symbol("x"),)), s.Number(2)),
    )
)

REWRITINGS = {
    "negated twice": lambda node: s.Negate(s.Negate(node)),
    "something added and taken away": lambda node: s.Sum((node, s.PI, s.Negate(s.PI))),
    "halves": lambda node: s.Sum(
        (s.Quotient(node, s.Number(2)), s.Product((s.Number(Fraction(1, 2)), node)))
    ),
    "thirds of a square": lambda node: s.Quotient(
        s.Product((s.Number(3), node, s.Symbol("q"))), s.Product((s.Symbol("q"), s.Number(3)))
    ),
    "conjugate roots": lambda node: s.Product(
        (s.Sum((ROOT_TWO, ONE)), node, s.Sum((ROOT_TWO, s.Number(-1))))
    ),
    "sine and cosine": lambda node: s.Product((node, PYTHAGORAS)),
    "turned round": lambda node: replaced(node, turned_round),
}


def turned_round(node: s.Node) -> s.Node | None:
    turn = partial(replaced, change=turned_round)
    match node:
        case s.Sum():
            return s.Sum(tuple(map(turn, reversed(node.terms))))  # type: ignore[arg-type]
        case s.Product():
            return s.Product(tuple(map(turn, reversed(node.factors))))  # type: ignore[arg-type]
    return None


def outcome(first: s.Expr, second: s.Expr) -> bool | str | None:
    try:
        return equal_expressions(first, second)
    except ValueTooBig:
        return "too big"


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_equal_expressions_is_symmetric_and_repeatable(first: s.Expr, second: s.Expr) -> None:
    found = outcome(first, second)
    assert outcome(second, first) == found
    assert outcome(first, second) == found


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS)
def test_equal_expressions_is_true_of_a_copy(node: s.Expr) -> None:
    assert equal_expressions(node, node) is True


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_proportional_raises_nothing_but_value_too_big(first: s.Expr, second: s.Expr) -> None:
    try:
        sign = proportional(first, second)
        assert sign in {1, -1, 0, None}
    except ValueTooBig:
        pass


@pytest.mark.parametrize("rewriting", REWRITINGS.values(), ids=REWRITINGS.keys())
@settings(max_examples=60, deadline=None)
@given(node=TOTAL)
def test_equal_expressions_survive_rewriting(rewriting: object, node: s.Expr) -> None:
    assert callable(rewriting)
    assert equal_expressions(node, rewriting(node)) is True
    assert equal_expressions(rewriting(node), node) is True


@settings(max_examples=200, deadline=None)
@given(TOTAL, st.sampled_from([1, -1, Fraction(1, 10**40), s.E, s.Symbol("q")]))
def test_equal_expressions_is_false_after_something_is_added(node: s.Expr, added: object) -> None:
    term = added if isinstance(added, s.Expr) else s.Number(added)  # type: ignore[arg-type]
    assert equal_expressions(node, s.Sum((node, term))) is False


def is_not_zero_somewhere(node: s.Expr) -> bool:
    """True if a value of the expression, at one place for each symbol, is surely not zero."""

    def placed(part: s.Node) -> s.Node | None:
        return s.Number(Fraction(ord(part.name), 64)) if isinstance(part, s.Symbol) else None

    return equal_expressions(replaced(node, placed), s.Number(0)) is False  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(TOTAL, st.fractions(-5, 5, max_denominator=9).filter(bool))
def test_proportional_finds_a_constant_factor(node: s.Expr, factor: Fraction) -> None:
    assume(is_not_zero_somewhere(node))
    scaled = s.Product((s.Number(factor), node))
    assert proportional(scaled, node) == (1 if factor > 0 else -1)


@pytest.mark.parametrize(
    "zero", [s.Number(0), s.Sum((s.Symbol("x"), s.Negate(s.Symbol("x"))))], ids=["0", "x-x"]
)
def test_proportional_to_zero_is_nothing(zero: s.Expr) -> None:
    assert proportional(s.Product((s.Number(3), zero)), zero) is None


@pytest.mark.parametrize(
    ("text", "zero"),
    [
        ("0|x|", True),
        (r"(y-y)\lfloor x \rfloor", True),
        (r"|x|\cdot0+|x-2|-|x-2|", True),
        ("0|x|+x", False),
        (f"{2**61 - 31}|x|", False),
        ("|x|-x", False),
        (r"0\ln0", False),
    ],
)
def test_equal_expressions_knows_zero_times_an_absolute_value(text: str, *, zero: bool) -> None:
    assert equal_expressions(expression(text), s.Number(0)) is zero


def test_equal_expressions_is_the_same_in_every_process() -> None:
    """Hash randomisation, a fresh start and the order of questions change nothing."""
    program = """if True:
        from rewards.answers.reading.reader import read
        from rewards.answers.values.symbols import equal_expressions, proportional

        for pair in ["sin 2x; 2 sin x cos x", "sqrt(x^2 y); x sqrt(y)", "n!; n(n-1)!", "|x-1|; x-1"]:
            print(equal_expressions(*map(read, pair.split("; "))))
        print(proportional(read("2x"), read("-x")))
    """
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert outputs == {"True\nFalse\nTrue\nFalse\n-1\n"}
