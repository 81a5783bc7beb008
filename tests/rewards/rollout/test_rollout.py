"""The table of a rollout's fields: whoever knows fields knows all of them."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rewards import Rollout
from rewards.analysis.columns import Columns
from rewards.cli.score import score
from rewards.rollout import FIELDS, SAMPLED, advice
from rewards.v1 import rollout_pb2
from rewards.wire.field_forms import FORMS
from rewards.wire.rollouts import rollout_from_wire, rollout_to_wire
from server.console.scoring import REQUEST_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
