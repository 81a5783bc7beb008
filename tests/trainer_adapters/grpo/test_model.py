"""The model and its tokenizer, as the training file says."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from transformers import AutoTokenizer

from trainer_adapters.grpo.errors import ConfigError
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


@pytest.mark.parametrize("token", ["eos_token", "pad_token"])
def test_tokenizer_with_a_token_that_the_model_lacks_is_refused_before_the_model_is_loaded(
    token: str, made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_config(made, {}).model.path, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({token: "<|new|>"})
    tokenizer.save_pretrained(folder)
    for weights in folder.glob("*.safetensors"):
        weights.unlink()
    with pytest.raises(ConfigError, match=rf"the {token} of the tokenizer of .*'<\|new\|>', has the id \d+"):
        build_trainer(tiny_config(made, {"model.path": str(folder), "checkpoints.output_dir": str(tmp_path)}))
