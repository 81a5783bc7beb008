"""Default domains of letters: each row is needed, and holds no more than it says."""

from __future__ import annotations

import pytest
from verdict_tables import decided

from rewards.answers.notation.defaults import DEFAULTS, SETS, Default, Role, default_domains
from rewards.answers.notation.sets import NUMBER_SETS
from rewards.verdict import Status


@pytest.mark.parametrize("row", DEFAULTS, ids=lambda row: row.reason)
def test_default_example_is_accepted(row: Default) -> None:
    gold, answer = row.example
    assert decided(answer, gold).status is Status.CORRECT


@pytest.mark.parametrize("row", DEFAULTS, ids=lambda row: row.reason)
def test_default_example_is_the_same_from_the_other_side_unless_for_golds(row: Default) -> None:
    gold, answer = row.example
    assert (decided(gold, answer).status is Status.CORRECT) is not row.golds


def test_every_set_of_numbers_is_part_of_one_with_domains() -> None:
    assert {row.numbers for row in NUMBER_SETS.values()} <= SETS.keys()


@pytest.mark.parametrize("role", Role)
def test_default_domains_has_a_row_for_every_letter_of_every_role(role: Role) -> None:
    assert default_domains(role, "q", golds=False)
