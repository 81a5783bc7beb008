"""The last resort: what SymPy decides of integrals, limits and sums that were built node by node."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Expr
from rewards.answers.values.sympy_bridge import equal_by_sympy, proportional_by_sympy

CASES = {
    "integral": (r"\int_0^1 x^2 dx", r"\frac13", True),
    "integral, near miss": (r"\int_0^1 x^2 dx", r"\frac{333}{1000}", False),
    "primitive": (r"\int 2x dx", "x^2", True),
    "integral with a symbolic end": (r"\int_0^x t dt", r"\frac{x^2}{2}", True),
    "gaussian": (r"\int_0^\infty e^{-x^2}dx", r"\frac{\sqrt\pi}{2}", True),
    "limit": (r"\lim_{x\to 0}\frac{\sin x}{x}", "1", True),
    "limit at infinity": (r"\lim_{x\to\infty}(1+\frac1x)^x", "e", True),
    "limit that is not there": (r"\lim_{x\to 0}\frac1x", r"\infty", False),
    "infinite sum": (r"\sum_{n=1}^{\infty}\frac{1}{n^2}", r"\frac{\pi^2}{6}", True),
    "infinite sum, near miss": (r"\sum_{n=1}^{\infty}\frac{1}{n^2}", "1.644934", False),
    "long sum": (r"\sum_{k=1}^{1000000}k", "500000500000", True),
    "matrix product": (
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}\begin{pmatrix}0&1\\1&0\end{pmatrix}",
        r"\begin{pmatrix}2&1\\4&3\end{pmatrix}",
        True,
    ),
    "matrix product, turned round": (
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}\begin{pmatrix}0&1\\1&0\end{pmatrix}",
        r"\begin{pmatrix}0&1\\1&0\end{pmatrix}\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        False,
    ),
    "no value": (r"\frac10", "5", False),
    "limit from above": (r"\lim_{x\to0^+}\frac{|x|}{x}", "1", True),
    "limit from below": (r"\lim_{x\to0^-}\frac{|x|}{x}", "1", False),
    "dots": (r"1+\ldots+n", "n", None),
}


@pytest.mark.parametrize(("first", "second", "expected"), CASES.values(), ids=CASES.keys())
def test_equal_by_sympy_decides_integrals_limits_and_sums(
    first: str,
    second: str,
    expected: bool | None,  # noqa: FBT001
) -> None:
    left, right = read(first), read(second)
    assert isinstance(left, Expr)
    assert isinstance(right, Expr)
    assert equal_by_sympy(left, right) is expected
    assert equal_by_sympy(right, left) is expected


def test_proportional_by_sympy_finds_the_sign() -> None:
    left, right = read(r"\int_0^x 2t dt"), read("-3x^2")
    assert isinstance(left, Expr)
    assert isinstance(right, Expr)
    assert proportional_by_sympy(left, right) == -1
