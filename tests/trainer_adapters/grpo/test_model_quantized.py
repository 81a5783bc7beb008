"""Quantised loading: the policy has the layers that were asked for, and adapters that learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
bitsandbytes = pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
pytest.importorskip("peft", reason="peft is not installed")

import torch
from tiny_grpo import tiny_config

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

NF4 = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": "float32"}


def changes(out: Path, **quantization: Any) -> dict[str, Any]:
    return {
        "checkpoints.output_dir": str(out),
        "trl": {"model_init_kwargs": {"quantization_config": quantization}},
        "training.max_steps": 2,
    }


def test_quantised_policy_is_trained_by_adapters(made: Path, tmp_path: Path) -> None:
    trainer = build_trainer(tiny_config(made, {**changes(tmp_path, **NF4), "model.lora": {"r": 4}}))
    layers = [one for one in trainer.model.modules() if isinstance(one, bitsandbytes.nn.Linear4bit)]
    assert layers
    assert {one.weight.quant_type for one in layers} == {"nf4"}
    before = {name: one.detach().clone() for name, one in trainer.model.named_parameters()}
    trainer.train()
    moved = {
        name for name, one in trainer.model.named_parameters() if not torch.equal(one.detach(), before[name])
    }
    assert moved
    assert all("lora" in name for name in moved)


def test_quantised_policy_without_adapters_is_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"quantised weights are trained by adapters; set model\.lora"):
        build_trainer(tiny_config(made, changes(tmp_path, **NF4)))
