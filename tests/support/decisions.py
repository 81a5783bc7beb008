"""Decisions of the judge on one gold and one answer."""

from __future__ import annotations

from rewards.answers.comparing.compare import compare, compare_with_sympy
from rewards.verdict import Status

__all__ = ["accepted"]


def accepted(gold: str, answer: str) -> bool:
    """Return True if the judge, computer algebra included, takes the answer for right."""
    decision = compare(answer, gold) or compare_with_sympy(answer, gold)
    return decision.status is Status.CORRECT
