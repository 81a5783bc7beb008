"""Batches of rollouts, and parts of them."""

from __future__ import annotations

import pytest

from rewards import Batch, Rollout
from rewards.errors import InvalidCallError


def test_ids_are_unique_in_a_batch() -> None:
    one = Rollout(completion="", id="one")
    with pytest.raises(InvalidCallError, match=r"rollouts\[0\] and rollouts\[2\] share the id 'one'"):
        Batch([one, Rollout(completion=""), one])
    assert len(Batch([Rollout(completion=""), Rollout(completion="")])) == 2


def test_a_batch_holds_rollouts_only() -> None:
    with pytest.raises(InvalidCallError, match=r"rollouts\[1\] is of type str"):
        Batch([Rollout(completion=""), "text"])


def test_a_part_of_a_batch_remembers_its_rows() -> None:
    batch = Batch([Rollout(completion=text) for text in "abcd"])
    part = batch.take([3, 1]).take([1])
    assert [rollout.completion for rollout in part] == ["b"]
    assert part.rows.tolist() == [1]
