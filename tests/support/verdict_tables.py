"""Tables of golds and answers, and how an answer is decided against a gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rewards.answers.comparing.compare import compare
from rewards.answers.question import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewards.answers.comparing.compare import Decision

__all__ = ["Table", "decided", "rows"]

Table = dict[str, list[tuple[str, list[str]]]]
"""By family: golds, each with the answers that share one verdict."""


def rows(table: Mapping[str, list[tuple[str, list[str]]]]) -> list[object]:
    """A parameter for each gold and answer."""
    return [
        pytest.param(gold, answer, id=f"{family}: {gold} / {answer}"[:80])
        for family, entries in table.items()
        for gold, answers in entries
        for answer in answers
    ]


def decided(answer: str, gold: str, policy: Policy = Policy()) -> Decision:  # frozen
    """What the comparison decides without computer algebra."""
    decision = compare(answer, gold, policy)
    assert decision is not None
    return decision
