"""Dynamic sampling: further rounds until every group teaches, or up to a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from tiny_grpo import with_told_completions as told

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.techniques.dynamic_sampling import (
    Place,
    prompt_order,
    prompts_needed,
    replace_groups,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_dynamic_sampling_fills_the_batch_with_groups_that_teach(made: Path, tmp_path: Path) -> None:
    changes = {"techniques.dynamic_sampling": {"filter_on": "correctness", "max_rounds": 6}}
    config = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path)})
    trainer = told(build_trainer(config))
    trainer.model.train()
    rows = [dict(trainer.train_dataset[at // 4]) for at in range(16)]
    batch = trainer._generate_and_score_completions(rows)
    right = batch["right"].view(-1, 4)
    assert ((right.sum(1) > 0) & (right.sum(1) < 4)).all()
    assert trainer._metrics["train"]["dynamic_sampling/rounds"][-1] >= 1
    assert trainer._metrics["train"]["dynamic_sampling/unfilled"][-1] == 0
    # Rows of two rounds are whole: prompt, completion and verdict belong together.
    texts = []
    for row in range(16):
        length = int(batch["completion_mask"][row].sum())
        assert (batch["completion_ids"][row, length:] == trainer._tokenizer.pad_token_id).all()
        prompts = batch["prompt_ids"][row][batch["prompt_mask"][row].bool()]
        text = trainer._tokenizer.decode(prompts)
        answer = sum(map(int, text.removesuffix("?").split("+")))
        written = trainer._tokenizer.decode(batch["completion_ids"][row][:length])
        assert (f"\\boxed{{{answer}}}" in written) == (batch["right"][row] == 1)
        texts.append(text)
    assert all(len(set(texts[at : at + 4])) == 1 for at in range(0, 16, 4))


def test_dynamic_sampling_stops_at_its_bound(made: Path, tmp_path: Path) -> None:
    config = tiny_config(
        made,
        {
            "techniques.dynamic_sampling": {"filter_on": "correctness", "max_rounds": 2},
            "checkpoints.output_dir": str(tmp_path),
        },
    )
    trainer = told(build_trainer(config))
    trainer._generate_single_turn = lambda ids, *_, **__: (
        [[4, 5, 1] for _ in ids],
        None,
    )  # an empty box: all wrong
    trainer.model.train()
    batch = trainer._generate_and_score_completions(
        [dict(trainer.train_dataset[at // 4]) for at in range(16)]
    )
    assert trainer._metrics["train"]["dynamic_sampling/rounds"][-1] == 2
    assert trainer._metrics["train"]["dynamic_sampling/unfilled"][-1] == 1
    assert batch["advantages"].tolist() == [0.0] * 16


@pytest.mark.parametrize("position", [0, 5, 11, 12, 100])
def test_prompts_of_further_rounds_come_once_before_any_comes_again(position: int) -> None:
    drawn = list(prompt_order(12, position, seed=3, shuffle=True))
    assert len(drawn) == 24
    rest = -position % 12
    assert sorted(drawn[rest : rest + 12]) == list(range(12))
    assert len(set(drawn[:rest])) == rest
    assert drawn == list(prompt_order(12, position, seed=3, shuffle=True))
    assert drawn[12:] == list(prompt_order(12, position + 12, seed=3, shuffle=True))[:12]
    assert drawn != list(prompt_order(12, position, seed=4, shuffle=True))
    assert list(prompt_order(12, position, seed=3, shuffle=False)) == [
        at % 12 for at in range(position, position + 24)
    ]


@pytest.mark.parametrize(
    ("missing", "informative", "sampled", "expected"),
    [(0, 3, 4, 0), (1, 2, 4, 2), (4, 1, 4, 16), (3, 0, 4, 12), (2, 4, 4, 2), (90, 10, 100, 100)],
)
def test_further_round_has_the_prompts_that_are_likely_to_be_needed(
    missing: int, informative: int, sampled: int, expected: int
) -> None:
    assert prompts_needed(missing, informative=informative, sampled=sampled, most=100) == expected


def test_groups_are_replaced_by_those_of_the_same_process_first() -> None:
    wanting = [Place(0, 1), Place(1, 0), Place(1, 3), Place(2, 2)]
    offered = [Place(0, 0), Place(0, 2), Place(1, 1), Place(0, 3)]
    pairs = replace_groups(wanting, offered)
    assert dict(pairs) == {
        Place(0, 1): Place(0, 0),
        Place(1, 0): Place(1, 1),
        Place(1, 3): Place(0, 2),
        Place(2, 2): Place(0, 3),
    }
    assert replace_groups(wanting, []) == []
    assert replace_groups([], offered) == []
    assert replace_groups(wanting, offered[:1]) == [(Place(0, 1), Place(0, 0))]


def test_dynamic_sampling_of_prompts_that_are_all_tried_leaves_the_batch_unfilled(
    made: Path, tmp_path: Path
) -> None:
    changes = {"techniques.dynamic_sampling": {"max_rounds": 50}, "data.limit": 6}
    trainer = told(build_trainer(tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path)})))
    trainer._generate_single_turn = lambda ids, *_, **__: ([[4, 5, 1] for _ in ids], None)
    trainer.model.train()
    trainer._generate_and_score_completions([dict(trainer.train_dataset[at // 4]) for at in range(16)])
    assert trainer._metrics["train"]["dynamic_sampling/rounds"][-1] == 1  # of the two that are left
    assert trainer._metrics["train"]["dynamic_sampling/unfilled"][-1] == 1
