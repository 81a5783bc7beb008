"""The table of a rollout's fields: whoever knows fields knows all of them."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rewards import Rollout
from rewards.analysis.columns import Columns
from rewards.cli.score import score
from rewards.errors import InvalidRolloutError
from rewards.rollout import FIELDS, SAMPLED, advice
from rewards.v1 import rollout_pb2
from rewards.wire.field_forms import FORMS
from rewards.wire.rollouts import rollout_from_wire, rollout_to_wire
from server.console.scoring import REQUEST_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


ROOT = Path(__file__).resolve().parents[3]
ATTRIBUTES = [field.name for field in dataclasses.fields(Rollout)]


def names_by_flag() -> list[str]:
    """The fields for which `touchstone score` has a flag."""
    flags = {option for parameter in score.params for option in parameter.opts}
    wanted = {name: (field.flag or name).replace("_", "-") for name, field in FIELDS.items()}
    return [name for name, flag in wanted.items() if f"--{flag}-field" in flags]


def names_on_the_wire() -> list[str]:
    numbers = rollout_pb2.Rollout.DESCRIPTOR.fields_by_number
    return [name for name, field in FIELDS.items() if field.number in numbers]


def names_in_the_docs() -> list[str]:
    page = (ROOT / "docs" / "concepts.md").read_text("utf-8")
    table = page.partition("## Fields of a rollout")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


CONSUMERS: dict[str, Callable[[], Iterable[str]]] = {
    "the table FIELDS of rewards/rollout/rollout.py": lambda: FIELDS,
    "the message Rollout of proto/rewards/v1/rollout.proto": names_on_the_wire,
    "the forms of rewards/wire/field_forms.py": lambda: FORMS,
    "the flags of `touchstone score`": names_by_flag,
    "the columns of files": lambda: Columns().names,
    "the requests of the console": lambda: REQUEST_FIELDS,
    "the table of docs/concepts.md": names_in_the_docs,
}


def complaint(consumer: str, fields: Iterable[str]) -> str:
    """The sentence that names the fields which a consumer lacks; "" where it has all."""
    lacking = [name for name in fields if name not in set(CONSUMERS[consumer]())]
    return f"{consumer} lacks {', '.join(lacking)}" if lacking else ""


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_fields_are_known_to_every_consumer(consumer: str) -> None:
    assert complaint(consumer, ATTRIBUTES) == ""


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_fields_that_a_consumer_lacks_are_named(consumer: str) -> None:
    assert complaint(consumer, [*ATTRIBUTES, "mood"]) == f"{consumer} lacks mood"


def test_fields_of_the_message_are_those_of_the_table() -> None:
    numbers = [field.number for field in FIELDS.values()]
    assert sorted(numbers) == sorted(rollout_pb2.Rollout.DESCRIPTOR.fields_by_number)
    assert list(FIELDS) == names_in_the_docs()


@pytest.mark.parametrize("name", FIELDS)
def test_an_example_of_each_kind_is_accepted_and_travels(name: str) -> None:
    rollout = Rollout(**{"completion": "", name: FIELDS[name].kind.example()})  # type: ignore[arg-type]
    assert rollout_from_wire(rollout_to_wire(rollout)) == rollout


@pytest.mark.parametrize("name", FIELDS)
def test_the_type_of_each_kind_in_json_is_the_one_of_a_value(name: str) -> None:
    examples = {"completion_ids": [1], "logprobs": [-1.0], "completion_mask": [True], "ground_truth": ["4"]}
    value = json.loads(json.dumps(examples.get(name, FIELDS[name].kind.example())))
    assert type(value) is FIELDS[name].kind.json
    assert Rollout(**{"completion": "", name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param("group_id", "give the rollouts of one prompt one group_id", id="of-the-table"),
        pytest.param("prompt", "give each rollout prompt", id="without-its-own"),
        pytest.param("metadata.task", "give each rollout metadata.task", id="metadata"),
        pytest.param("tokens", "pass completion_ids (or logprobs), from which", id="tokens"),
    ],
)
def test_advice_says_what_to_do_without_a_field(field: str, expected: str) -> None:
    assert advice(field).startswith(expected)


def test_sampled_fields_are_those_that_a_generator_tells() -> None:
    assert set(SAMPLED) >= {"completion_ids", "logprobs", "completion_mask", "finish_reason"}
    assert not set(SAMPLED) & {"completion", "ground_truth", "prompt", "id", "group_id", "metadata"}
