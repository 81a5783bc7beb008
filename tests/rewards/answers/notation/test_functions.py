r"""The table of functions: every column of every row, and every spelling in every notation."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import flint
import pytest
import sympy

from rewards.answers.comparing.compare import compare, compare_with_sympy
from rewards.answers.notation.functions import FUNCTIONS, GUARDED, LETTERS, NAMES, Function, applied
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Apply, Call, Number, Quotient, Symbol
from rewards.answers.values.balls import Balls
from rewards.answers.values.exact import rational
from rewards.answers.values.magnitudes import magnitude
from rewards.answers.values.precision import Point, WorkLimit, precision
from rewards.verdict import Status

if TYPE_CHECKING:
    from rewards.answers.tree.syntax import Expr

MARKED = (r"\operatorname{%s}", r"\mathrm{%s}", r"\text{%s}")
NOTATIONS = (r"\%s", *MARKED, "%s")
ROWS = sorted(FUNCTIONS)
EVALUATED = sorted(name for name, row in FUNCTIONS.items() if row.ball is not None)
INVERTED = sorted(name for name, row in FUNCTIONS.items() if row.inverse is not None)
POINTS = {"arcosh": Fraction(7, 3), "artanh": Fraction(1, 3), "zeta": Fraction(5, 2), "li": Fraction(5, 2)}


def correct(answer: str, gold: str) -> bool:
    decision = compare(answer, gold) or compare_with_sympy(answer, gold)
    return decision.status is Status.CORRECT


def point_of(row: Function) -> tuple[Expr, ...]:
    """As many arguments as the function takes, inside its domain."""
    value = POINTS.get(row.name, Fraction(2, 3))
    return tuple(Number(value + place) for place in range(row.arguments[0]))


def ball(node: Expr) -> complex:
    def no_unknown(_: int) -> flint.arb:
        raise AssertionError

    with precision(128):
        value = flint.acb(Balls(Point(free=no_unknown, integers={}), WorkLimit()).of(node))
        return complex(float(value.real.mid()), float(value.imag.mid()))


@pytest.mark.parametrize("name", ROWS)
def test_functions_have_a_value_or_none_in_each_column(name: str) -> None:
    row = FUNCTIONS[name]
    columns = (row.exact, row.size, row.ball, row.meaning)
    assert all(column is None or callable(column) for column in columns)
    assert row.sympy is None or hasattr(sympy, row.sympy)
    assert row.meaning is None or not any((row.exact, row.size, row.ball, row.sympy))
    assert row.is_free is (not any(columns) and not row.kind)
    assert set(row.guarded.split()) <= set(row.spellings)
    assert row.inverse is None or row.inverse in FUNCTIONS


@pytest.mark.parametrize("name", EVALUATED)
def test_functions_agree_in_every_column(name: str) -> None:
    row = FUNCTIONS[name]
    node = Apply(name, point_of(row), Number(3) if name == "log" else None)
    value = ball(node)
    size = magnitude(node)
    assert size is None or size == pytest.approx(value.real, rel=1e-12)
    if row.size is not None:
        assert size is not None
    if row.sympy is not None and name != "log":
        numbers = [sympy.Rational(str(argument.value)) for argument in point_of(row)]  # type: ignore[attr-defined]
        assert complex(getattr(sympy, row.sympy)(*numbers)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("name", sorted(name for name, row in FUNCTIONS.items() if row.exact))
def test_functions_give_exact_values_of_whole_numbers(name: str) -> None:
    row = FUNCTIONS[name]
    arguments = (Number(12), Number(18))[: row.arguments[0]]
    expected = {"gcd": 6, "lcm": 36, "max": 18, "min": 12, "sgn": 1, "Gamma": 39916800}
    assert rational(Apply(name, arguments)) == expected.get(name, 12)  # rounding leaves whole numbers alone


@pytest.mark.parametrize("name", INVERTED)
def test_functions_undo_their_inverse(name: str) -> None:
    inverse = FUNCTIONS[FUNCTIONS[name].inverse or ""]
    assert inverse.inverse in {None, name}
    inverted, direct = (name, inverse.name) if name.startswith("ar") else (inverse.name, name)
    for value in (Fraction(2, 5), Fraction(7, 3)):
        inner = applied(inverted, (Number(value),))
        node = applied(direct, (inner,)) if inner is not None else None
        assert node is not None
        found = ball(node)
        assert found != found or found == pytest.approx(float(value))  # noqa: PLR0124 - outside of the domain


@pytest.mark.parametrize("spelling", sorted(NAMES))
def test_names_are_read_alike_in_five_notations(spelling: str) -> None:
    row = NAMES[spelling]
    arguments = ", ".join("xyz"[: row.arguments[0]])
    expected = applied(row.name, tuple(map(Symbol, "xyz"[: row.arguments[0]])))
    wrong = [form for form in NOTATIONS if read(f"{form % spelling}({arguments})") != expected]
    assert not wrong


@pytest.mark.parametrize("spelling", sorted(NAMES.keys() - GUARDED))
def test_names_apply_without_brackets_unless_guarded(spelling: str) -> None:
    row = NAMES[spelling]
    if row.arguments == (1, 1):
        expected = applied(row.name, (Symbol("x"),))
        assert all(read(f"{form % spelling} x") == expected for form in NOTATIONS)


@pytest.mark.parametrize("letter", sorted(LETTERS))
def test_letters_are_functions_where_marked(letter: str) -> None:
    row = LETTERS[letter]
    arguments = tuple(map(Symbol, "xy"[: row.arguments[0]]))
    text = ", ".join("xy"[: row.arguments[0]])
    assert all(read(f"{form % letter}({text})") == applied(row.name, arguments) for form in MARKED)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\sinh^{-1}(a)", r"\operatorname{arsinh} a"),
        (r"\operatorname{arccot} 3", r"\cot^{-1} 3"),
        (r"\operatorname{artanh}(2x)", r"\tanh^{-1}(2x)"),
        (r"\operatorname{erfc}(x)", r"1 - \operatorname{erf}(x)"),
        (r"\operatorname{erf}(-x)", r"-\operatorname{erf}(x)"),
        ("2i", r"2\operatorname{cis} 90^\circ"),
        (r"\Gamma(5)", "24"),
        (r"\Gamma(\frac12)", r"\sqrt{\pi}"),
        (r"x\Gamma(x)", r"\Gamma(x+1)"),
        (r"\zeta(2)", r"\frac{\pi^2}{6}"),
        (r"\operatorname{Beta}(2, 3)", r"\frac{1}{12}"),
        (r"\operatorname{hcf}(12, 18)", "6"),
        ("Max(3, 5)", "5"),
        (r"e^x", r"\exp x"),
        (r"\mathrm{Arg}(1+i)", r"\frac{\pi}{4}"),
    ],
)
def test_functions_have_their_values(gold: str, answer: str) -> None:
    assert correct(answer, gold)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\sinh^{-1}(a)", r"\frac{1}{\sinh a}"),
        (r"\operatorname{erfc}(x)", r"\operatorname{erf}(x)"),
        (r"\operatorname{erf}(x)", r"\operatorname{erfi}(x)"),
        (r"\operatorname{erf}(ab)", r"\operatorname{erf}(a)b"),
        ("2i", r"2\operatorname{cis} 45^\circ"),
        ("24", r"\Gamma(5)"),
        (r"\frac{\pi^2}{6}", r"\zeta(2)"),
        (r"\Gamma(5)", "120"),
        (r"\Gamma(x+1)", r"\Gamma(x)"),
        (r"\zeta(3)", r"\zeta(2)"),
        (r"\sin(1)", r"\sin(1, 2)"),
        (r"\ln^{-1} x", r"e^x"),
        (r"\operatorname{Beta}(2, 3)", r"\operatorname{Beta}(2, 4)"),
    ],
)
def test_functions_have_no_other_values(gold: str, answer: str) -> None:
    assert not correct(answer, gold)


def test_applied_makes_calls_of_functions_without_meaning() -> None:
    assert applied("tr", (Symbol("A"),)) == Call(Symbol("tr"), (Symbol("A"),))
    assert applied("max", (Symbol("f"),)) == Call(Symbol("max"), (Symbol("f"),))
    assert applied("arcsec", (Symbol("x"),)) == Apply("arccos", (Quotient(Number(1), Symbol("x")),))
    assert applied("Beta", (Symbol("x"),)) is None


TOY = '''
import importlib.util, pathlib, sys
name = "rewards.answers.notation.functions"
path = pathlib.Path(importlib.util.find_spec(name).origin)
row = """
    Function("hav", None, lambda x: (1 - math.cos(x)) / 2, lambda x: (1 - x.cos()) / 2, None,
    also="haversin"),
"""
head = "_ROWS: Final = (\\n"
source = path.read_text("utf-8")
assert source.count(head) == 1
module = importlib.util.module_from_spec(importlib.util.find_spec(name))
sys.modules[name] = module
exec(compile(source.replace(head, head + row), str(path), "exec"), module.__dict__)
from rewards.answers.comparing.compare import compare
for gold, answer in [
    (r"\\hav x", r"\\frac{1-\\cos x}{2}"),
    (r"\\operatorname{haversin}(\\pi)", "1"),
    ("hav(ab)", r"\\mathrm{hav}(a) b"),
]:
    print(compare(answer, gold).status.name)
'''


def test_functions_take_a_new_one_as_one_row() -> None:
    ran = subprocess.run([sys.executable, "-c", TOY], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["CORRECT", "CORRECT", "INCORRECT"]
