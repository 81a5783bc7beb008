"""Dynamic sampling: further rounds until every group teaches, or up to a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from tiny_grpo import with_told_completions as told

from trainer_adapters.grpo.run import build_trainer

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
