"""TRL's other trainers: a short run of RLOO, and the worker of the experimental AsyncGRPO in its process."""

from __future__ import annotations

import asyncio
import itertools
import math
import multiprocessing
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from answering import answering

from rewards import BoxedCorrectness, HasBox, NgramRepetition
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TREE = BoxedCorrectness() + 0.5 * HasBox() + NgramRepetition(n=2, max_penalty=-0.5, unit="tokens")
COMPLETIONS = [r"\boxed{4}", r"\boxed{5}", "4", ""]
EXPECTED = {r"\boxed{4}": 1.5, r"\boxed{5}": 0.5, "4": 0.0, "": 0.0}

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


@pytest.fixture(autouse=True)
def _trl() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_reward_funcs_train_by_rloo_which_logs_every_term(tmp_path: Path, *, asynchronous: bool) -> None:
    from tiny_trl import train

    functions = reward_funcs(TREE, asynchronous=asynchronous)
    history = train(functions, functions.weights, tmp_path, steps=2, algorithm="rloo")
    steps = [entry for entry in history if "reward" in entry]
    assert len(steps) == 2
    for entry in steps:
        terms = [entry[f"rewards/{function.__name__}/mean"] for function in functions]
        total = sum(weight * term for weight, term in zip(functions.weights, terms, strict=True))
        assert entry["reward"] == pytest.approx(total, abs=1e-6)
    assert any(entry["reward"] != 0.0 for entry in steps)


# AsyncGRPO: functions are pickled into a process that generates and scores


def _scored(functions: Any, group: Any) -> Any:
    """What the loop of AsyncGRPO's worker makes of a group, run here."""
    from accelerate import PartialState
    from rollout_loop import made_loop
    from trl.experimental.async_grpo.async_rollout_worker import _AsyncRolloutLoop

    PartialState()  # TRL's process has it
    return asyncio.run(made_loop(_AsyncRolloutLoop, functions)._score_group(group))  # noqa: SLF001


def _group(completions: list[str], golds: list[str]) -> Any:
    from trl.experimental.async_grpo.async_rollout_worker import RolloutGroup, TrainingSequence

    size = len(completions)
    ids = [[1] * max(1, len(text)) for text in completions]
    return RolloutGroup(
        prompts=[[{"role": "user", "content": "2+2?"}]] * size,
        reward_kwargs={"solution": golds},
        completions=[[{"role": "assistant", "content": text}] for text in completions],
        completions_ids=ids,
        completions_sequences=[
            [TrainingSequence([0, *one], [0] + [1] * len(one), [0.0] * (len(one) + 1), str(at))]
            for at, one in enumerate(ids)
        ],
        tool_call_counts=[0] * size,
        tool_failure_counts=[0] * size,
        model_version=0,
        group_id=0,
        env_rewards=[None] * size,
        rollout_rewards=[None] * size,
    )


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_async_grpo_scores_a_group_by_pickled_functions(*, asynchronous: bool) -> None:
    tree = BoxedCorrectness() + 0.5 * HasBox()
    made = reward_funcs(tree, asynchronous=asynchronous, weigh=True)
    functions = list(pickle.loads(pickle.dumps(made)))  # noqa: S301
    samples = _scored(functions, _group(COMPLETIONS, ["4"] * 4))
    assert [sample.metrics["reward"] for sample in samples] == list(EXPECTED.values())
    assert [sample.metrics["rewards/has_box"] for sample in samples] == [0.5, 0.5, 0.0, 0.0]
    assert samples[0].advantage > samples[1].advantage > samples[2].advantage == samples[3].advantage


def test_async_grpo_leaves_out_what_was_not_judged() -> None:
    functions = reward_funcs(BoxedCorrectness() + 0.5 * HasBox(), asynchronous=True, weigh=True)
    group = _group(COMPLETIONS[:3], [r"\frac{", "5", "5"])
    samples = _scored(list(functions), group)
    rewards = [sample.metrics["reward"] for sample in samples]
    assert math.isnan(rewards[0])
    assert rewards[1:] == [1.5, 0.0]
    assert samples[0].advantage == 0.0
    assert samples[1].advantage == -samples[2].advantage > 0.0


OPENS = "{% for message in messages %}{{ message['content'] }}{% endfor %}<think>"
"""A chat template that opens the reasoning."""

OPENED = [r"2 + 2</think>\boxed{4}", r"2 + 2 \boxed{4}"]
"""What is sampled behind it: the second one is cut off within its reasoning."""


@pytest.mark.parametrize("option", ["tokenizer", "think_prefilled"])
def test_async_grpo_sees_what_the_chat_template_opens_by_the_tokenizer(option: str) -> None:
    from tiny_trl import made_tokenizer

    tokenizer = made_tokenizer()
    tokenizer.chat_template = OPENS
    options: Any = {"tokenizer": tokenizer} if option == "tokenizer" else {"think_prefilled": True}
    made = reward_funcs("r1-zero", weigh=True, **options)
    functions = list(pickle.loads(pickle.dumps(made)))  # noqa: S301
    samples = _scored(functions, _group(OPENED, ["4"] * 2))
    assert [sample.metrics["reward"] for sample in samples] == [1.5, 0.0]


def test_async_grpo_is_said_to_hide_what_the_chat_template_opens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "touchstone")
    reward_funcs("r1-zero", weigh=True)
    (record,) = caplog.records
    assert "pass tokenizer=..., or say it for all rows with think_prefilled=..." in record.getMessage()
    caplog.clear()
    reward_funcs("r1-zero", weigh=True, think_prefilled=False)
    reward_funcs("r1-zero", weigh=True, rollout_columns=["prompt_end"])
    reward_funcs("r1-zero")
    assert not caplog.records


@pytest.fixture
def completions() -> Iterator[str]:
    """A server of completions, as vLLM answers, that says one after the other."""
    from tiny_trl import made_tokenizer

    tokenizer, turns = made_tokenizer(), itertools.cycle(COMPLETIONS)

    def answer(_: object) -> object:
        ids = tokenizer(f"{next(turns)}<eos>")["input_ids"]
        return {"choices": [{"token_ids": ids, "logprobs": {"token_logprobs": [-0.5] * len(ids)}}]}

    with answering(answer) as address:
        yield f"http://{address}"


def test_the_worker_of_async_grpo_generates_and_scores_in_its_own_process(
    completions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("aiohttp", reason="AsyncGRPO needs aiohttp; `make test-integrations` installs it")
    from datasets import Dataset
    from tiny_trl import made_tokenizer
    from trl.experimental.async_grpo import async_rollout_worker

    # vLLM generates in a server of its own; the worker only asks whether it is installed.
    monkeypatch.setattr(async_rollout_worker, "is_vllm_available", lambda: True)
    prompt = [{"role": "user", "content": "2+2?"}]
    worker = async_rollout_worker.AsyncRolloutWorker(
        model_name="tiny",
        dataset=Dataset.from_list([{"prompt": prompt, "solution": "4"}]),
        reward_funcs=list(reward_funcs(TREE, asynchronous=True, weigh=True)),
        processing_class=made_tokenizer(),
        eos_token_ids=[1],
        num_generations=len(COMPLETIONS),
        max_inflight_tasks=4,
        queue_maxsize=8,
        vllm_server_url=completions,
        child_ready_timeout=100,
    )
    try:
        worker.start()
        samples = [worker.rollout_buffer.get(timeout=60) for _ in range(8)]
        worker.check_health(60)
        assert worker._process.pid != multiprocessing.current_process().pid  # noqa: SLF001
    finally:
        worker.stop()
    assert {sample.group_id for sample in samples} == {0, 1}
    for sample in samples:
        (message,) = sample.completion
        assert sample.metrics["reward"] == EXPECTED[message["content"]]
        assert sample.metrics["rewards/has_box"] == 0.5 * ("boxed" in message["content"])
