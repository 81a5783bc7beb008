"""The model and its tokenizer, as the training file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_arguments_of_the_model_reach_the_model(made: Path, tmp_path: Path) -> None:
    changes = {
        "checkpoints.output_dir": str(tmp_path),
        "model.attn_implementation": "eager",
        "trl": {"model_init_kwargs": {"initializer_range": 0.5}},
    }
    trainer = build_trainer(tiny_config(made, changes))
    assert trainer.model.config.initializer_range == 0.5
    assert trainer.model.config._attn_implementation == "eager"
