from __future__ import annotations

import importlib
import pkgutil

import pytest

import trainer_adapters
from rewards.rollout import SAMPLED
from trainer_adapters.scoring.scorer import Trainer, all_but

ADAPTERS = [
    module.name
    for module in pkgutil.iter_modules(trainer_adapters.__path__, f"{trainer_adapters.__name__}.")
    if not module.ispkg
]


@pytest.mark.parametrize(
    ("passed", "missing"),
    [
        pytest.param((), {*SAMPLED, "tokens"}, id="nothing"),
        pytest.param(("finish_reason",), {*SAMPLED, "tokens"} - {"finish_reason"}, id="no-tokens"),
        pytest.param(("completion_mask",), set(SAMPLED) - {"completion_mask"}, id="a-mask-counts-tokens"),
        pytest.param(SAMPLED, set(), id="everything"),
    ],
)
def test_all_but_leaves_what_a_trainer_does_not_pass(passed: tuple[str, ...], missing: set[str]) -> None:
    assert all_but(*passed) == missing


@pytest.mark.parametrize("name", ADAPTERS)
def test_trainers_miss_only_fields_that_there_are(name: str) -> None:
    try:
        adapter = importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    trainers = [one for one in vars(adapter).values() if isinstance(one, Trainer)]
    assert all(trainer.missing_fields <= all_but() for trainer in trainers)
