"""Commands, functions and operators with what they apply to."""

from __future__ import annotations

import pytest
from decisions import accepted

from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s

X, K = s.Symbol("x"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    r"\frac{1}{2}": s.Quotient(ONE, TWO),
    r"\frac12x": s.Product((s.Quotient(ONE, TWO), X)),
    r"\frac123": None,
    r"\frac xk": s.Quotient(X, K),
    r"\frac xkx": s.Product((s.Quotient(X, K), X)),
    r"\sqrt[3]{x}": s.Root(X, THREE),
    r"\sum_{k=1}^{3} k": s.BigOperator("sum", K, K, ONE, THREE),
    r"\int_1^2 x\,dx": s.BigOperator("integral", X, X, ONE, TWO),
    r"\lim_{x\to 1} x": s.BigOperator("limit", X, X, ONE),
    r"\lim_{x\to 1^+} x": s.BigOperator("limit", X, X, ONE, side=1),
    r"\lim_{x\to 1^{-}} x": s.BigOperator("limit", X, X, ONE, side=-1),
    r"\lim_{x\to k^2} x": s.BigOperator("limit", X, X, s.Power(K, TWO)),
    r"\sum_{k=1^+}^{3} k": None,
    "1^+": None,
    r"\sin^2 2x": s.Power(s.Apply("sin", (s.Product((TWO, X)),)), TWO),
    r"\sin^{-1} x": s.Apply("arcsin", (X,)),
    r"\log_2 x": s.Apply("log", (X,), TWO),
}


@pytest.mark.parametrize("text", TREES)
def test_commands_are_read_with_their_arguments(text: str) -> None:
    wanted = TREES[text]
    assert read(text) == wanted if wanted is not None else isinstance(read(text), Unread)


SAME = [
    ("\\binom{n}{3}", "{}_nC_3"),
    ("2\\binom{2017}{1008}", "2 {}_{2017}C_{1008}"),
    ("{}_5P_3", "60"),
    ("\\int_a^b x dx", "\\int^b_a x dx"),
    ("\\sum_{k=1}^n a_k", "\\sum^n_{k=1} a_k"),
    ("\\ln 2", "\\ln 2"),
    ("\\int_1^2 \\frac{1}{z} dz", "\\int_1^2 \\frac{dz}{z}"),
    ("\\int_0^4 1 dx", "\\int_0^4 dx"),
    ("\\lim_{x\\to 3^+} f(x)", "\\lim_{x \\to 3^{+}} f(x)"),
    ("f'(x) = 2x", "\\frac{d}{dx}f(x) = 2x"),
    ("\\frac{dy}{dx}=2x", "\\frac{d}{dx}y = 2x"),
]
DIFFERENT = [
    ("\\binom{n}{3}", "{}_nC_4"),
    ("\\binom{n}{3}", "{}_3C_n"),
    ("60", "{}_5C_3"),
    ("\\int_a^b x dx", "\\int^a_b x dx"),
    ("\\sum_{k=1}^n a_k", "\\sum^k_{k=1} a_n"),
    ("\\int_1^2 \\frac{1}{z} dz", "\\int_1^3 \\frac{dz}{z}"),
    ("\\lim_{x\\to 3^+} f(x)", "\\lim_{x\\to 3^-} f(x)"),
    ("\\lim_{x\\to 3} f(x)", "\\lim_{x\\to 3^-} f(x)"),
    ("f'(x) = 2x", "\\frac{d}{dt}f(x) = 2x"),
    ("x", "\\frac{d}{dx} x^2"),
    ("\\frac{x^2}{x}", "\\frac{d}{dx} x^2"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_commands_are_the_same_in_another_notation(gold: str, answer: str) -> None:
    assert accepted(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_commands_with_another_meaning_are_different(gold: str, answer: str) -> None:
    assert not accepted(gold, answer)
