"""Sums, products without a sign, powers, and the signs after an operand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from decisions import accepted

from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    r"2\frac{1}{2}": s.Number(Fraction(5, 2)),
    "1/2x": s.Product((s.Quotient(ONE, TWO), X)),
    "-x^2": s.Negate(s.Power(X, TWO)),
    "2^3^2": s.Power(TWO, s.Power(THREE, TWO)),
    "x(y+1)": s.Product((X, s.Sum((Y, ONE)))),
    "x!": s.Factorial(X),
    r"50\%": s.Percent(s.Number(50)),
    "37^{\\circ} 30'": s.Degrees(s.Number(Fraction(75, 2))),
    r"1\pm\sqrt{2}": s.Sum((ONE, s.PlusMinus(s.Root(TWO)))),
    r"e^{i\pi}": s.Power(s.E, s.Product((s.I, s.PI))),
}


@pytest.mark.parametrize("text", TREES)
def test_operators_are_read_by_precedence(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize("text", [r"2(\frac12)", "(2)(1/2)", r"(2)\frac12", r"2\left(\frac{1}{2}\right)"])
def test_mixed_number_has_no_brackets_around_its_parts(text: str) -> None:
    assert read(text) == s.Product((TWO, s.Quotient(ONE, TWO)))
    assert not accepted(text, r"2\frac{1}{2}")


@pytest.mark.parametrize("text", [r"2\frac12", "2 1/2", r"{2}{\frac12}", r"2\text{ }\frac12"])
def test_mixed_number_is_read_with_blanks_and_braces(text: str) -> None:
    assert read(text) == s.Number(Fraction(5, 2))


def test_nought_stands_before_no_fraction_but_in_brackets() -> None:
    assert isinstance(read(r"0\frac{1}{x}"), Unread)
    assert read(r"0(\frac{1}{x})") == s.Product((s.Number(0), s.Quotient(ONE, X)))


def test_ordinal_reads_the_ending_that_belongs_to_the_number() -> None:
    assert read("3rd") == read("3^{rd}") == s.Quantity(THREE, "th")
    assert isinstance(read("3th"), Unread)


@pytest.mark.parametrize("text", ["--5", "x!!!", "(1)'", "1+", "2 3", "3rd^2", "1*/2", r"\pm\pm 1"])
def test_signs_without_an_operand_of_their_own_are_not_read(text: str) -> None:
    assert isinstance(read(text), Unread)


def test_signed_keeps_the_minus_before_an_amount_of_money() -> None:
    assert read(r"-\$5") == s.Quantity(s.Negate(s.Number(5)), "USD")
    assert read(r"-\$5 + \$3") != read(r"\$5 + \$3")


SAME = [
    ("2x-3", "2x + -3"),
    ("14-i", "14.0 + -1.0i"),
    ("2^{n-1}", "2^{n + -1}"),
    ("x+3", "x - -3"),
    ("\\frac{4}{n}\\cos x", "\\frac{1}{n}4\\cos x"),
    ("2(a+b)\\sqrt{c}", "(a+b)2\\sqrt{c}"),
    ("-1 \\bmod 2", "1"),
    ("12.5\\%", "12 1/2 \\%"),
    ("\\frac{dx}{dt} = kx", "dx/dt = kx"),
    ("5 \\text{ ft } 10 \\text{ in}", "5'10''"),
    ("5^{\\prime} 10^{\\prime\\prime}", "5'10''"),
    ("\\vec{a}^{\\prime} + b", "b + \\vec{a}'"),
    ("70\\text{ in}", "5'10''"),
]
DIFFERENT = [
    ("2x-3", "2x - -3"),
    ("2x+3", "2x + -3"),
    ("5", "--5"),
    ("x+3", "x +- 3"),
    ("\\frac{4}{n}\\cos x", "\\frac{4}{n}4\\cos x"),
    ("2", "-1 \\bmod 2"),
    ("-1", "-(5 \\bmod 2) + 1"),
    ("12.5\\%", "12 1/4 \\%"),
    ("\\frac{dx}{dt} = kx", "dt/dx = kx"),
    ("\\frac{x}{t}", "dx/dt"),
    ("12", "\\frac{1}{2}4"),
    ("B", "(B)12"),
    ("5 \\text{ ft } 10 \\text{ in}", "5'11''"),
    ("5", "5'10''"),
    ("\\vec{a}'", "\\vec{a}"),
    ("x'", "(x)'"),
    ("2", "(1)(2)"),
    ("12", "(3)(4)"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_signs_and_factors_are_the_same_in_another_notation(gold: str, answer: str) -> None:
    assert accepted(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_signs_and_factors_with_another_meaning_are_different(gold: str, answer: str) -> None:
    assert not accepted(gold, answer)
