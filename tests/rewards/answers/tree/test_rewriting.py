"""Trees rebuilt: nodes replaced, symbols renamed, signs written out."""

from __future__ import annotations

import pytest
from expressions import expression

from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import all_signs, free_unknowns, renamed, replaced, unknowns
from rewards.answers.values.symbols import equal_expressions
from rewards.answers.values.sympy_bridge import equal_by_sympy

X, Y, K, N = s.Symbol("x"), s.Symbol("y"), s.Symbol("k"), s.Symbol("n")


@pytest.mark.parametrize(
    ("text", "other"), [("x^2+1", "y^2+1"), (r"\sin x", r"\sin y"), (r"\frac{x}{2x}", r"\frac{y}{2y}")]
)
def test_renamed_puts_one_symbol_for_another(text: str, other: str) -> None:
    assert renamed(expression(text), {X: Y}) == expression(other)
    assert renamed(expression(other), {X: Y}) == expression(other)


def test_replaced_changes_the_outermost_node_and_does_not_look_into_what_it_put() -> None:
    nested = s.Negate(s.Negate(X))
    changed = replaced(nested, lambda node: s.Sum((node, Y)) if isinstance(node, s.Negate) else None)
    assert changed == s.Sum((nested, Y))


@pytest.mark.parametrize(
    ("text", "readings"),
    [("3", ["3"]), (r"1\pm 2", ["1+2", "1-2"]), (r"\pm 3", ["3", "-3"]), (r"\pm 1 \pm 2", None)],
)
def test_all_signs_writes_every_reading_once(text: str, readings: list[str] | None) -> None:
    found = all_signs(expression(text))
    if readings is None:
        assert len(set(found)) == 4
    else:
        assert list(found) == [expression(one) for one in readings]


@pytest.mark.parametrize(
    ("text", "free", "bound"),
    [
        ("x+y", {X, Y}, set()),
        (r"\sum_{k=1}^{n} kx", {X, N}, {K}),
        (r"\int_0^y x\,dx", {Y}, {X}),
        ("5", set(), set()),
    ],
)
def test_free_unknowns_leave_out_what_sums_and_integrals_run_over(
    text: str, free: set[s.Symbol], bound: set[s.Symbol]
) -> None:
    assert free_unknowns(expression(text)) == free
    assert unknowns(expression(text)) == free | bound


@pytest.mark.parametrize(
    ("text", "again"),
    [
        (r"\begin{pmatrix}1&2\\3&4\\5&6\end{pmatrix}^T", r"\begin{pmatrix}1&3&5\\2&4&6\end{pmatrix}"),
        (r"\begin{bmatrix}1&x\end{bmatrix}^{\mathrm{T}}", r"\begin{bmatrix}1\\x\end{bmatrix}"),
        (r"[1,2]^{\top}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
        (r"(1,2,x)^{\intercal}", r"\begin{pmatrix}1\\2\\x\end{pmatrix}"),
        (r"(A^T)^{\top}", "A"),
    ],
)
def test_transposed_matrices_and_rows_are_written_out(text: str, again: str) -> None:
    assert expression(text) == expression(again)


@pytest.mark.parametrize("text", ["e^T", "2^T", "1.05^T", "x^T", "(1+r)^T"])
def test_transposed_is_no_name_for_a_power(text: str) -> None:
    assert not s.holds(expression(text), s.Call)


@pytest.mark.parametrize(
    ("text", "same", "other"),
    [
        (r"2X^TXW", r"2X^\top XW", r"2X^\top WX"),
        (r"X^{\top}X\cdot2W", r"2X^TXW", r"2XX^TW"),
        (r"(X^TX)^{-1}X^Ty", r"(X^\top X)^{-1}X^\top y", r"(X^\top X)^{-1}yX^\top"),
        ("A^T", r"A^{\mathsf{T}}", "A"),
        (r"AA^T", r"A\cdot A^\top", r"A^TA"),
    ],
)
def test_transposed_letters_keep_their_place_in_a_product(text: str, same: str, other: str) -> None:
    assert equal_expressions(expression(text), expression(same)) is True
    assert equal_expressions(expression(text), expression(other)) is not True
    assert equal_by_sympy(expression(text), expression(other)) is not True
