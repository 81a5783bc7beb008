"""The AReaL adapter, by AReaL's own workflow and configuration."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import pytest
from trainer_calls.areal import END, episodes
from trainer_calls.call import Sample, Turn, tokenize

from trainer_adapters.areal import reward_function

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers" / "areal"

RIGHT, WRONG = r"<think>2 + 2</think> \boxed{4}", r"<think>2 + 2</think> \boxed{5}"


def sample(text: str, gold: str, **columns: object) -> Sample:
    return Sample(said=[Turn("assistant", text)], gold=gold, columns=columns, prompt="2+2?", stop=END)


pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


@pytest.fixture
def areal() -> Any:
    reason = "AReaL is not installed; `make test-integrations` installs it"
    return pytest.importorskip("areal.workflow.rlvr", reason=reason, exc_type=ImportError)


@pytest.mark.parametrize("column", ["prompt", "completions", "prompt_ids", "solution"])
def test_data_may_have_a_column_of_any_name(areal: Any, column: str) -> None:
    """DAPO-Math-17k has a `prompt`, and AReaL passes its own arguments beside the columns."""
    del areal
    samples = [sample(text, "4", **{column: "6 * 7"}) for text in (RIGHT, WRONG)]
    assert asyncio.run(episodes(reward_function("r1-zero", gold="answer"), samples)) == [1.5, 0.5]


def test_arguments_may_come_by_name_as_the_workflow_for_images_passes_them(areal: Any) -> None:
    del areal
    from areal.api.reward_api import AsyncRewardWrapper

    function = reward_function("dapo", gold="answer")
    sample: dict[str, Any] = {"prompt": "q", "completions": RIGHT, "prompt_ids": [113]}
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)  # as in `episodes`
    try:
        wrapper = AsyncRewardWrapper(function, max_workers=1)
        call = wrapper(**sample, completion_ids=tokenize(RIGHT + END), images=["i"], answer="4")
        assert asyncio.run(call) == 1.0
    finally:
        multiprocessing.set_start_method(before, force=True)


def test_a_prompt_that_opens_the_reasoning_is_seen_in_its_text() -> None:
    function = reward_function("r1-zero", gold="answer")
    opened, plain = "<|User|>2+2?<|Assistant|><think>\n", "<|User|>2+2?<|Assistant|>"
    completion = r"2 + 2</think> \boxed{4}<|im_end|>"
    assert function(opened, completion, [], [], answer="4") == 1.5
    assert function(plain, completion, [], [], answer="4") == 1.0


def test_areal_takes_the_example(areal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its configuration by AReaL's own loader, and its reward by the path that is sent to workers as JSON."""
    from areal.api.cli_args import GRPOConfig, parse_cli_args, to_structured_cfg
    from areal.infra.rpc.serialization import deserialize_value, serialize_value
    from omegaconf import OmegaConf

    read, _ = parse_cli_args(["--config", str(EXAMPLE / "config.yaml")])
    config = OmegaConf.to_object(to_structured_cfg(read, GRPOConfig))
    spec = importlib.util.spec_from_file_location("areal_train", EXAMPLE / "train.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sent = deserialize_value(json.loads(json.dumps(serialize_value(module.workflow_arguments(config)))))
    assert sent["gconfig"] == config.gconfig
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE))  # for the processes of AReaL's pool
    sys.modules.pop("my_rewards", None)
    samples = [sample(RIGHT, answer) for answer in ("So 2 + 2 = 4.\n#### 4", "#### 5")]
    try:
        assert asyncio.run(episodes(sent["reward_fn"], samples)) == [1.5, 0.5]
    finally:
        sys.modules.pop("my_rewards", None)
    assert areal.RLVRWorkflow.__module__ == "areal.workflow.rlvr"


def test_components_are_logged_also_where_areal_has_put_its_own_loggers_in_place(
    caplog: pytest.LogCaptureFixture, areal: Any
) -> None:
    del areal
    from areal.utils.logging import getLogger

    function = reward_function("r1-zero", gold="answer")
    getLogger("anything")
    log = logging.getLogger("touchstone.areal")
    log.setLevel(logging.INFO)
    log.addHandler(caplog.handler)
    function("q", RIGHT, [], [], answer="4")
    assert [record.getMessage() for record in caplog.records] == [
        "{'correctness': 1.0, 'format': 1.0, 'judged': 1.0}"
    ]
