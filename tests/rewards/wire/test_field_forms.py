from __future__ import annotations

import numpy as np
import pytest

from rewards import Rollout
from rewards.rollout import FIELDS, RolloutColumns
from rewards.v1 import rollout_pb2
from rewards.wire.field_forms import FORMS
from rewards.wire.rollouts import about_bytes, rollout_to_wire

FULL = Rollout(
    **{  # type: ignore[arg-type]  # each of its kind
        **{name: field.kind.example() for name, field in FIELDS.items()},
        "completion": "so \u00e9",
        "id": "1",
        "prompt": "?",
        "ground_truth": ["4", "four"],
        "think_prefilled": True,
        "group_id": "g",
        "metadata": {"task": "math"},
    }
)
EMPTY = Rollout(completion="")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_reads_what_it_wrote_and_leaves_the_rest(name: str) -> None:
    rollouts = [FULL, EMPTY, FULL]
    column = [getattr(rollout, name) for rollout in rollouts]
    messages = [rollout_pb2.Rollout() for _ in rollouts]
    FORMS[name].write(messages, column)
    for found, value in zip(FORMS[name].read(messages), column, strict=True):
        np.testing.assert_array_equal(found, value)
    assert {field.number for field, _ in messages[0].ListFields()} == {FIELDS[name].number}
    assert messages[1].ListFields() == []


@pytest.mark.parametrize("group_id", ["", "g", None])
def test_an_empty_text_is_told_from_none(group_id: str | None) -> None:
    message = rollout_to_wire(Rollout(completion="", group_id=group_id))
    assert message.HasField("group_id") == (group_id is not None)
    assert FORMS["group_id"].read([message]) == [group_id]


@pytest.mark.parametrize(
    "more",
    [
        {"completion": "x" * 1000},
        {"prompt": "x" * 1000},
        {"ground_truth": "x" * 1000},
        {"ground_truth": ["x" * 500, "y" * 500]},
        {"metadata": {"k": "x" * 1000}},
        {"completion_ids": [1] * 250},
        {"logprobs": [-1.0] * 250},
        {"completion_mask": [True] * 1000},
    ],
    ids=",".join,
)
def test_about_bytes_is_near_the_size_of_the_message(more: dict[str, object]) -> None:
    columns = RolloutColumns.of([Rollout(**{"completion": "", **more}), EMPTY])  # type: ignore[arg-type]
    for about, message in zip(about_bytes(columns), map(rollout_to_wire, columns.rollouts), strict=True):
        assert message.ByteSize() <= about <= message.ByteSize() + 100
