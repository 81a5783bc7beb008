"""Expressions compared by their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from expressions import expression

from rewards.answers.tree.rewriting import unknowns
from rewards.answers.values.probes import ProbeContext, constant_ratio, equal_by_probing

if TYPE_CHECKING:
    from rewards.answers.tree import syntax as s


def context(*nodes: s.Expr) -> ProbeContext:
    free = frozenset().union(*map(unknowns, nodes))
    return ProbeContext(seed=lambda: bytes(16), unknowns=free, whole=frozenset())


@pytest.mark.parametrize(
    ("one", "other"), [("x", "x+1"), (r"\sin x", r"\cos x"), (r"\sqrt{x^2}", "x"), (r"\ln 2", "0.69314718")]
)
def test_equal_by_probing_finds_what_differs(one: str, other: str) -> None:
    first, second = expression(one), expression(other)
    assert equal_by_probing(first, second, context(first, second)) is False


@pytest.mark.parametrize(
    ("one", "other"), [(r"\sin 2x", r"2\sin x\cos x"), ("x+y", "y+x"), (r"\sqrt8", r"2\sqrt2")]
)
def test_equal_by_probing_never_tells_equal_expressions_apart(one: str, other: str) -> None:
    first, second = expression(one), expression(other)
    assert equal_by_probing(first, second, context(first, second)) is not False


@pytest.mark.parametrize(("one", "other", "sign"), [("-2x", "x", -1), ("3x+3", "x+1", 1), ("x^2", "x", None)])
def test_constant_ratio_is_the_sign_of_one_factor(one: str, other: str, sign: int | None) -> None:
    first, second = expression(one), expression(other)
    assert constant_ratio(first, second, context(first, second)) == sign
