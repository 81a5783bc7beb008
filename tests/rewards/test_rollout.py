from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from rewards import Batch, Rollout
from rewards.errors import InvalidCallError, InvalidRolloutError

WRONG = {
    "a completion that is no text": ({"completion": b"4"}, "completion is of type bytes"),
    "no completion": ({"completion": None}, "completion is of type NoneType"),
    "a prompt that is no text": ({"prompt": ["4"]}, "prompt is of type list"),
    "an id that is no text": ({"id": 7}, "id is of type int"),
    "a group that is no text": ({"group_id": 7}, "group_id is of type int"),
    "a gold that is no text": ({"ground_truth": 4}, "ground_truth is of type int"),
    "a list of golds that are no text": ({"ground_truth": ["4", 4]}, "ground_truth is of type int"),
    "too many golds": ({"ground_truth": ["4"] * 1025}, "ground_truth holds 1025 golds.*at most 1024"),
    "an empty list of golds": ({"ground_truth": []}, "empty list"),
    "an unknown finish": ({"finish_reason": "eos"}, "finish_reason is 'eos'"),
    "a prefill that is neither true nor false": ({"think_prefilled": 1}, "think_prefilled is 1"),
    "metadata that is no mapping": ({"metadata": "task"}, "metadata is of type str"),
    "metadata that is no text": ({"metadata": {"task": 1}}, r"metadata\['task'\] is of type int"),
    "a metadata key that is no text": ({"metadata": {1: "task"}}, "metadata key is of type int"),
    "ids that are no integers": ({"completion_ids": [1.5]}, "completion_ids holds float64"),
    "ids that are text": ({"completion_ids": "12"}, "completion_ids holds"),
    "ids too large for their type": ({"completion_ids": [0, 2**31]}, r"completion_ids\[1\] is 2147483648"),
    "ids too large for any type": ({"completion_ids": [2**70]}, "completion_ids"),
    "ids in two dimensions": ({"completion_ids": [[1, 2]]}, r"shape \(1, 2\)"),
    "ids of different lengths": ({"completion_ids": [[1], [1, 2]]}, "completion_ids cannot be read"),
    "logprobs that are no numbers": ({"logprobs": ["x"]}, "logprobs cannot be read"),
    "NaN logprobs": ({"logprobs": [-1.0, math.nan]}, r"logprobs\[1\] is nan"),
    "positive logprobs": ({"logprobs": [0.5]}, r"logprobs\[0\] is 0.5"),
    "probabilities": ({"logprobs": [-1.0, 0.9]}, "at most 0"),
    "infinite logprobs": ({"logprobs": [math.inf]}, "logprobs"),
    "logprobs of another length": ({"completion_ids": [1, 2], "logprobs": [-1.0]}, "has 2, logprobs has 1"),
    "a mask of another length": ({"completion_ids": [1], "completion_mask": []}, "one length"),
    "a mask of numbers": ({"completion_mask": [0.5]}, "completion_mask holds float64"),
}


@pytest.mark.parametrize(("fields", "message"), WRONG.values(), ids=WRONG)
def test_rollout_that_contradicts_itself_is_an_error(fields: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidRolloutError, match=message):
        Rollout(**{"completion": "4", **fields})


def test_rollout_replaces_lone_surrogates_everywhere() -> None:
    lone = "a\ud800b"
    rollout = Rollout(
        completion=lone, prompt=lone, ground_truth=[lone], metadata={lone: lone}, group_id=lone, id=lone
    )
    clean = "a\ufffdb"
    assert (rollout.completion, rollout.prompt, rollout.golds) == (clean, clean, (clean,))
    assert (rollout.metadata, rollout.group_id, rollout.id) == ({clean: clean}, clean, clean)


def test_rollout_takes_a_pair_of_surrogates_for_its_character() -> None:
    assert Rollout(completion="\ud83d\ude00").completion == "\U0001f600"


def test_golds_are_a_tuple_of_none_one_or_many() -> None:
    assert Rollout(completion="").golds == ()
    assert Rollout(completion="", ground_truth="4").golds == ("4",)
    assert Rollout(completion="", ground_truth=["4", "four"]).golds == ("4", "four")
    assert len(Rollout(completion="", ground_truth=["4"] * 1024).golds) == 1024


def test_tokens_are_kept_as_arrays_that_nobody_can_change() -> None:
    mine = np.asarray([1, 2], dtype=np.int32)
    rollout = Rollout(completion="", completion_ids=mine, logprobs=[-1, -math.inf], completion_mask=[1, 0])
    mine[0] = 7
    assert rollout.completion_ids.tolist() == [1, 2]
    assert [rollout.completion_ids.dtype, rollout.logprobs.dtype, rollout.completion_mask.dtype] == [
        np.int32,
        np.float32,
        np.bool_,
    ]
    with pytest.raises(ValueError, match="read-only"):
        rollout.completion_ids[0] = 7


def test_rollout_takes_logprobs_a_rounding_error_above_0() -> None:
    assert Rollout(completion="", logprobs=[1e-4]).num_tokens == 1


def test_num_tokens_is_that_of_any_token_field() -> None:
    assert Rollout(completion="four").num_tokens is None
    assert Rollout(completion="four", completion_ids=[]).num_tokens == 0
    assert Rollout(completion="four", logprobs=[-1.0, -1.0]).num_tokens == 2
    assert Rollout(completion="four", completion_mask=[True]).num_tokens == 1


def test_rollout_is_equal_by_its_fields_and_after_pickling() -> None:
    def make(logprob: float) -> Rollout:
        return Rollout(completion="4", ground_truth=["4"], logprobs=[logprob], metadata={"a": "b"})

    assert make(-1.0) == make(-1.0)
    assert make(-1.0) != make(-2.0)
    assert make(-1.0) != "4"
    assert pickle.loads(pickle.dumps(make(-1.0))) == make(-1.0)  # noqa: S301  # our own


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
