"""Runs of letters: products, names with marks, and names of geometry."""

from __future__ import annotations

import pytest
from decisions import accepted

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO = s.Number(1), s.Number(2)

TREES = {
    "f(x)": s.Call(s.Symbol("f"), (X,)),
    "f'(x)": s.Call(s.Symbol("f", primes=1), (X,)),
    "g(1, 2)": s.Call(s.Symbol("g"), (ONE, TWO)),
    "x_{ab}": s.Symbol("x", (s.Symbol("ab"),)),
    "x_{a+b}": s.Symbol("x", (s.Sum((s.Symbol("a"), s.Symbol("b"))),)),
    r"\vec{\mathbf{a}}": s.Symbol("a", (), "vec"),
    r"\mathbf{i}": s.Symbol("i", (), "unit"),
    r"\mathbf{x}": X,
    "xy": s.Product((X, Y)),
    "x_1": s.Symbol("x", (ONE,)),
    r"\vec{a}": s.Symbol("a", (), "vec"),
    r"\angle ABC": s.Symbol("ABC", (), "angle"),
    "C_5^2": s.Binomial(s.Number(5), TWO),
}


@pytest.mark.parametrize("text", TREES)
def test_letters_are_read_as_products_names_and_calls(text: str) -> None:
    assert read(text) == TREES[text]


SAME = [
    ("x_1^2", "x^2_1"),
    ("x_1^n", "x^n_1"),
    ("\\mathbf{u}_{1}", "\\mathbf{u}_1"),
    ("\\mathbf{u}_1", "u_1"),
    ("2 X^\\top X W", "2X^TXW"),
    ("A^{\\top}", "A^T"),
    ("\\begin{pmatrix} -7 \\\\ 16 \\end{pmatrix}", "(-7,16)^T"),
    ("\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^T"),
    ("\\frac{4 S_{\\triangle} R}{3}", "\\frac43 S_\\triangle R"),
    ("v_\\perp", "v_{\\perp}"),
    ("2L_\\odot", "L_{\\odot}2x/x"),
    ("x^*", "x^{*}"),
    ("P(\\{2\\}) = \\frac16", "\\frac16"),
    ("SL_2(\\mathbb{R})", "SL_{2}(\\mathbb{R})"),
]
DIFFERENT = [
    ("x_1^2", "x^1_2"),
    ("x_1^2", "x_2^1"),
    ("\\mathbf{u}_1", "\\mathbf{u}_2"),
    ("2 X^\\top X W", "2XX^TW"),
    ("A^T", "A"),
    ("A^T", "A^2"),
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^T"),
    ("v_\\perp", "v_\\parallel"),
    ("x^*", "x"),
    ("x^*", "x_*"),
    ("P(\\{2\\}) = \\frac16", "\\frac15"),
    ("SL_2(\\mathbb{R})", "SL_3(\\mathbb{R})"),
    ("SL_2(\\mathbb{R})", "SL_2(\\mathbb{C})"),
    ("SL_2(\\mathbb{R})", "GL_2(\\mathbb{R})"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_letters_are_the_same_in_another_notation(gold: str, answer: str) -> None:
    assert accepted(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_letters_with_another_meaning_are_different(gold: str, answer: str) -> None:
    assert not accepted(gold, answer)
