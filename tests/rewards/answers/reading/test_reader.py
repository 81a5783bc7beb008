"""What the reader makes of a text: the tree it reads, and why it does not read the rest."""

# ruff: noqa: FBT003 - open or closed is what an end is

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.answers.reading.reader import Oversized, Unread, read
from rewards.answers.tree import syntax as s

X, Y, K = s.Symbol("x"), s.Symbol("y"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    "5": s.Number(5),
    "1,234.50": s.Number(Fraction(2469, 2), 2),
    "4.7e-3": s.Number(Fraction(47, 10000), 4),
    r"0.1\overline{6}": s.Number(Fraction(1, 6)),
    r"2\frac{1}{2}": s.Number(Fraction(5, 2)),
    r"\frac{1}{2}": s.Quotient(ONE, TWO),
    r"\frac12x": s.Product((s.Quotient(ONE, TWO), X)),
    "1/2x": s.Product((s.Quotient(ONE, TWO), X)),
    "-x^2": s.Negate(s.Power(X, TWO)),
    "2^3^2": s.Power(TWO, s.Power(THREE, TWO)),
    r"\sqrt[3]{x}": s.Root(X, THREE),
    r"\sin^2 2x": s.Power(s.Apply("sin", (s.Product((TWO, X)),)), TWO),
    r"\sin^{-1} x": s.Apply("arcsin", (X,)),
    r"\log_2 x": s.Apply("log", (X,), TWO),
    "f(x)": s.Call(s.Symbol("f"), (X,)),
    "f'(x)": s.Call(s.Symbol("f", primes=1), (X,)),
    "x(y+1)": s.Product((X, s.Sum((Y, ONE)))),
    "|x|": s.Absolute(X),
    "|x||y|": s.Product((s.Absolute(X), s.Absolute(Y))),
    "x!": s.Factorial(X),
    "C_5^2": s.Binomial(s.Number(5), TWO),
    r"50\%": s.Percent(s.Number(50)),
    "37^{\\circ} 30'": s.Degrees(s.Number(Fraction(75, 2))),
    "1010_2": s.BaseNumeral("1010", 2),
    "x_1": s.Symbol("x", (ONE,)),
    r"\vec{a}": s.Symbol("a", (), "vec"),
    r"\angle ABC": s.Symbol("ABC", (), "angle"),
    r"1\pm\sqrt{2}": s.Sum((ONE, s.PlusMinus(s.Root(TWO)))),
    r"e^{i\pi}": s.Power(s.E, s.Product((s.I, s.PI))),
    r"\sum_{k=1}^{3} k": s.BigOperator("sum", K, K, ONE, THREE),
    r"\int_1^2 x\,dx": s.BigOperator("integral", X, X, ONE, TWO),
    r"\lim_{x\to 1} x": s.BigOperator("limit", X, X, ONE),
    "5 cm": s.Quantity(s.Number(5), "cm"),
    r"3\text{ m/s}^2": s.Quantity(THREE, "m*s^-2"),
    r"\$3": s.Quantity(THREE, "USD"),
    "3 red apples": s.Quantity(THREE, "red apple"),
    "(1,2)": s.Tuple((ONE, TWO)),
    "[1,2)": s.Interval(ONE, TWO, True, False),
    r"(1,\infty)": s.Interval(ONE, s.INFINITY, False, False),
    r"\{1,2\}": s.SetOf((ONE, TWO)),
    r"\{x \mid x > 1\}": s.SetBuilder(X, s.Relation((X, ONE), (">",))),
    "1, 2": s.Listing((ONE, TWO)),
    "1 or 2": s.Listing((ONE, TWO), "or"),
    "1, 2; 3": s.Listing((s.Listing((ONE, TWO)), THREE), ";"),
    "1<x<2": s.Relation((ONE, X, TWO), ("<", "<")),
    r"k\in\mathbb{Z}": s.Relation((K, s.NamedSet("Z")), ("in",)),
    "1:2:3": s.Ratio((ONE, TWO, THREE)),
    "3:05 pm": s.Time(3, 5, None, "pm"),
    "March 5, 2021": s.Date(3, 5, 2021),
    "2019-03-07": s.Date(3, 7, 2019),
    "(B)": s.Choice(("B",)),
    "B. 3": s.Choice(("B",), THREE),
    "ABD": s.Choice(("A", "B", "D"), None, False),
    r"\begin{pmatrix}1&2\\3&x\end{pmatrix}": s.Matrix(((ONE, TWO), (THREE, X))),
    "Monday": s.Text("monday"),
    "xy": s.Product((X, Y)),
}

UNREAD = {
    "a word after a number": "5 is wrong",
    "a second value": "5 6",
    "a dangling exponent": "150^",
    "a dangling sign": "5-",
    "two signs": "--5",
    "an open bracket": "(5",
    "brackets of different kinds": "(5]",
    "an open group": r"\frac{1}{",
    "half a fraction": r"\frac{1}",
    "an unknown command": r"\foo 5",
    "a relation without its left side": r"\ge 5",
    "a question mark": "5?",
    "code": "__import__('os')",
    "nothing": "   ",
    "two separators": "1,,2",
    "a digit that its base lacks": "53_4",
    "rows of different length": r"\begin{pmatrix}1&2\\3\end{pmatrix}",
    "a sentence": "the graph is a line",
}


@pytest.mark.parametrize("text", TREES)
def test_tree(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD.keys())
def test_not_understood(text: str) -> None:
    reading = read(text)
    assert isinstance(reading, Unread)
    assert reading.reason


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5_000,
        "1e99999",
        "(" * 200 + "1" + ")" * 200,
        "{" * 20_000,
        "2^{" * 300 + "2" + "}" * 300,
        "9^" * 400 + "9",
        r"\frac{1}{" * 200 + "1" + "}" * 200,
        "|" * 300 + "x" + "|" * 300,
        "1+" * 10_000 + "1",
        "x" * 100_000,
        r"\sqrt" * 5_000 + "2",
    ],
    ids=lambda text: f"{text[:12]}... {len(text)}",
)
def test_too_big_or_not_understood_but_never_an_exception(text: str) -> None:
    assert isinstance(read(text), (Oversized, Unread))


def test_what_is_nested_as_deep_as_people_nest_is_read() -> None:
    text = "1"
    for _ in range(20):
        text = rf"\frac{{1}}{{1+{text}}}"
    assert isinstance(read(text), s.Quotient)
    assert read("(" * 30 + "1" + ")" * 30) == ONE
