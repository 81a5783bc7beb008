"""The precision of colocated vLLM: what TRL's own code passes to vLLM, in each precision of the trainer."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

import torch
from trl.generation import vllm_generation

from trainer_adapters.grpo.precision import DTYPES, sampling_in
from trainer_adapters.grpo.schema import Training


class Recorded:
    """Takes the arguments of vLLM's `LLM`, which is not installed everywhere."""

    given: dict[str, Any]

    def __init__(self, **given: Any) -> None:
        type(self).given = given


@pytest.mark.parametrize("precision", DTYPES)
def test_colocated_vllm_is_given_the_precision_of_the_trainer(
    monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    monkeypatch.setattr(vllm_generation, "LLM", Recorded, raising=False)
    monkeypatch.setattr(vllm_generation, "is_vllm_available", lambda *_, **__: True)
    model = torch.nn.Linear(1, 1)
    model.name_or_path = "model"
    alone = SimpleNamespace(
        process_index=0,
        local_process_index=0,
        num_processes=1,
        is_main_process=True,
        device=torch.device("cpu"),
        state=SimpleNamespace(fsdp_plugin=None, deepspeed_plugin=None),
        wait_for_everyone=lambda: None,
    )
    with mock.patch.dict(os.environ), sampling_in(precision):  # TRL leaves variables for vLLM
        vllm_generation.VLLMGeneration(
            model=model, accelerator=alone, processing_class=SimpleNamespace(), mode="colocate"
        )
    assert Recorded.given["dtype"] == str(getattr(torch, DTYPES[precision])).removeprefix("torch.")
    assert Recorded.given["model"] == "model"
    assert vllm_generation.LLM is Recorded


def test_every_precision_has_a_data_type_of_vllm() -> None:
    annotation = Training.model_fields["precision"].annotation
    assert set(DTYPES) == set(annotation.__args__)  # type: ignore[union-attr]  # a Literal
