"""Values of expressions at one random point of a finite field."""

from __future__ import annotations

import pytest
from expressions import expression

from rewards.answers.tree import syntax as s
from rewards.answers.values.exact import NoValue
from rewards.answers.values.fields import fields_for
from rewards.answers.values.fingerprints import Fingerprint

FIELDS = fields_for(b"a question of tests")


def residues(text: str) -> list[int]:
    return [Fingerprint(field).of(expression(text)) for field in FIELDS]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(x+1)^2", "x^2+2x+1"),
        (r"\frac{x^2-1}{x-1}", "x+1"),
        ("i^2", "-1"),
        (r"\binom{5}{2}", "10"),
        (r"\begin{vmatrix}a&b\\c&d\end{vmatrix}", "ad-bc"),
    ],
)
def test_fingerprints_of_equal_expressions_are_equal(one: str, other: str) -> None:
    assert residues(one) == residues(other)


@pytest.mark.parametrize(
    ("one", "other"), [("x", "y"), ("x^2", "2x"), (r"\sin x", r"\cos x"), ("f(x)", "f(y)")]
)
def test_fingerprints_of_different_expressions_differ(one: str, other: str) -> None:
    assert not set(residues(one)) & set(residues(other))


def test_fingerprint_of_a_division_by_zero_has_no_value() -> None:
    with pytest.raises(NoValue):
        residues(r"\frac{1}{x-x}")


def test_fingerprint_says_which_unknowns_must_be_whole() -> None:
    found = Fingerprint(FIELDS[0])
    found.of(expression("x^n+y"))
    assert set(found.wanting) == {s.Symbol("n")}
    given = Fingerprint(FIELDS[0], {s.Symbol("n"): 2})
    assert given.of(expression("x^n")) == Fingerprint(FIELDS[0]).of(expression("x^2"))
    assert not given.wanting


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("|x|", True),
        (r"\int_{-1}^1|x|dx", False),
        (r"\lim_{x\to0^+}\frac{|x|}{x}", False),
        (r"\sum_{k=1}^3|x-k|", True),
    ],
)
def test_pieces_of_what_an_integral_runs_over_are_not_its_own(text: str, *, pieces: bool) -> None:
    fingerprint = Fingerprint(FIELDS[0])
    fingerprint.of(expression(text))
    assert fingerprint.pieces is pieces
