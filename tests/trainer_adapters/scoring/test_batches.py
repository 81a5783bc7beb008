"""Columns of a batch as rows, scored once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rewards import Batch, BoxedCorrectness, Context, Evaluation, GroupReward, SoftOverlong
from rewards.errors import IncompleteGroupError, InvalidCallError
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("kind", ["list", "tuple", "numpy", "datasets", "pandas", "arrow"])
def test_batches_take_columns_of_golds_of_any_kind(kind: str) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
    pandas = pytest.importorskip("pandas", reason="pandas is not installed; `make test` installs it")
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed; `make test` installs it")
    values = ["4", "5"]
    made = {
        "list": values,
        "tuple": tuple(values),
        "numpy": np.array(values),
        "datasets": datasets.Dataset.from_dict({"answer": values})["answer"],
        "pandas": pandas.Series(values, index=[7, 3]),
        "arrow": arrow.chunked_array([values]),
    }
    (function,) = reward_funcs("boxed")
    assert function(completions=[r"\boxed{4}"] * 2, answer=made[kind]) == [1.0, 0.0]


@pytest.mark.parametrize("column", [["4"], "45", 4])
def test_batches_refuse_a_column_of_golds_of_another_length(column: object) -> None:
    (function,) = reward_funcs("boxed")
    with pytest.raises(InvalidCallError, match=r"column 'answer' holds .* for 2 completions"):
        function(completions=[r"\boxed{4}"] * 2, answer=column)


NESTED = {
    "a column of objects": ({"ground_truth": "4"}, {"ground_truth": "5"}),
    "a column of JSON": ('{"ground_truth": "4"}', '{"ground_truth": 5}'),
    "a list in it": ({"ground_truth": ["4", "four"]}, {"ground_truth": ["5"]}),
    "JSON of a list in it": ({"ground_truth": '["4"]'}, {"ground_truth": '["5", "five"]'}),
}


@pytest.mark.parametrize("cells", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("gold", [None, "reward_model.ground_truth"])
def test_batches_reach_into_a_column_of_objects(cells: tuple[object, ...], gold: str | None) -> None:
    (function,) = reward_funcs("boxed", gold=gold)
    assert function(completions=[r"\boxed{4}"] * 2, reward_model=list(cells)) == [1.0, 0.0]


def test_batches_name_the_row_and_the_way_into_a_gold_that_is_an_object() -> None:
    (function,) = reward_funcs("boxed", gold="reward_model")
    told = r"row 1 of the batch \(golds are in 'reward_model'\): .* of 'style', .*as in reward_model\."
    with pytest.raises(InvalidCallError, match=told):
        function(completions=["4"] * 2, reward_model=["4", {"style": "rule", "ground_truth": "4"}])


def _changed_golds(columns: dict[str, list[Any]]) -> None:
    columns["answer"][0] = "5"


def _changed_text(columns: dict[str, list[Any]]) -> None:
    columns["completions"][0][0]["content"] = r"\boxed{5}"


def _changed_tokens(columns: dict[str, list[Any]]) -> None:
    columns["completion_ids"][0].extend([1] * 100)


@pytest.mark.parametrize("change", [_changed_golds, _changed_text, _changed_tokens])
def test_batches_score_a_list_again_whose_contents_changed(change: Callable[..., None]) -> None:
    """In place, at any depth, in any column that the recipe reads."""
    functions = reward_funcs(BoxedCorrectness() + SoftOverlong(max_length=50, cache=10))
    columns: dict[str, list[Any]] = {
        "completions": [[{"role": "assistant", "content": r"\boxed{4}"}]],
        "answer": ["4"],
        "completion_ids": [[1, 2, 3]],
    }
    before = [function(**columns) for function in functions]
    assert before == [[1.0], [0.0]]
    change(columns)
    assert [function(**columns) for function in functions] != before


def test_batches_score_an_unchanged_list_once(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = reward_funcs("dapo")
    calls = []
    scores = functions.scorer.scores
    monkeypatch.setattr(functions.scorer, "scores", lambda rollouts: calls.append(0) or scores(rollouts))
    columns = {"completions": [r"\boxed{4}"], "answer": ["4"], "completion_ids": [[1]]}
    assert len(functions) > 1
    for function in functions:
        function(**columns)
    assert len(calls) == 1


IMAGES: dict[str, Callable[[], dict[str, Any]]] = {
    "an object": lambda: {"type": "image", "image": object()},
    "a place for one": lambda: {"type": "image"},
    "a column of all keys": lambda: {"type": "image", "text": None},
    "bytes": lambda: {"type": "image", "image": {"bytes": b"\x89PNG", "path": None}},
    "an array": lambda: {"type": "image", "image": np.zeros((2, 2, 3))},
    "an address": lambda: {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    "an address alone": lambda: {"type": "input_image", "image_url": "file:///1.png"},
    "no type": lambda: {"image": object()},
    "a video": lambda: {"type": "video", "video": [object(), object()]},
    "sound": lambda: {"type": "audio", "audio_url": "1.wav"},
}


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_batches_compare_the_completions_of_a_prompt_that_holds_an_image(
    image: Callable[[], dict[str, Any]],
) -> None:
    """As TRL passes them: an object of its own in each prompt of a group."""

    def asked(text: str) -> list[dict[str, Any]]:
        return [{"role": "user", "content": [image(), {"type": "text", "text": text}]}]

    (function,) = reward_funcs(Longest())
    assert function(completions=["a", "bb"], prompts=[asked("What?"), asked("What?")]) == [1.0, 2.0]
    with pytest.raises(IncompleteGroupError, match="not of one prompt"):
        function(completions=["a", "bb"], prompts=[asked("What?"), asked("Who?")])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Longest(GroupReward):
    """The length of each completion, for groups of two."""

    group_size: int = 2

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([float(len(one.completion)) for one in batch])
