"""Products whose factors do not commute."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.order import in_order
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Expr


def _ordered(*texts: str) -> tuple[Expr, Expr]:
    one, other = map(read, texts)
    assert isinstance(one, Expr)
    assert isinstance(other, Expr)
    return in_order(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("M^{-1}N", "NM^{-1}"),
        ("QRQ^{-1}", "R"),
        ("h g h^{-1}", "g"),
        ("(MN)^{-1}", "M^{-1}N^{-1}"),
        ("M^{-1}N", r"\frac{N}{M}"),
        (r"\hat y\hat q", r"\hat q\hat y"),
        (r"\mathbf{u}\mathbf{v}^T", r"\mathbf{v}^T\mathbf{u}"),
        (r"\operatorname{adj}(M)N", r"N\operatorname{adj}(M)"),
    ],
)
def test_in_order_keeps_the_places_of_what_does_not_commute(one: str, other: str) -> None:
    gold, answer = _ordered(one, other)
    assert gold != answer


@pytest.mark.parametrize(
    ("one", "other"),
    [("(MN)^{-1}", "N^{-1}M^{-1}"), ("MNN^{-1}M^{-1}Q", "Q"), ("Q^{-1}(2R)", "2Q^{-1}R")],
)
def test_in_order_joins_neighbours(one: str, other: str) -> None:
    gold, answer = _ordered(one, other)
    assert gold == answer


@pytest.mark.parametrize(("one", "other"), [("xy", "yx"), ("x^{-1}y", r"\frac{y}{x}"), ("2PV", "2VP")])
def test_in_order_leaves_numbers_alone(one: str, other: str) -> None:
    assert _ordered(one, other) == (read(one), read(other))
