"""How each trainer calls its rewards: by its own code where it is installed, else as read from it.

A call takes completions with golds and token ids and gives back one value each, exactly as the trainer
would have it; `kinds` is one more column, to route by. Token ids are code points, so that every text has
them and decodes from them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.metadata
import importlib.util
import json
import sys
import threading
import types
import urllib.error
import urllib.request
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from trainer_adapters import areal, ms_swift, nemo_rl, openrlhf, roll, skyrl, slime, trl, verifiers, verl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


Kinds: TypeAlias = "Sequence[str | None] | None"
"""The column `kind` of the data, where there is one."""


def with_kinds(kinds: Kinds, size: int) -> list[dict[str, Any]]:
    """What a row has besides its prompt and gold."""
    return [{} if kinds is None else {"kind": kind} for kind in (kinds or [None] * size)]


class Tokenizer:
    """Code points as tokens."""

    pad_token_id = 0

    def decode(self, ids: Any, **_: object) -> str:
        return "".join(chr(int(one)) for one in ids)


def tokenize(text: str) -> list[int]:
    return [ord(sign) for sign in text]


@dataclasses.dataclass(frozen=True)
class Call:
    """One adapter and the way it is called."""

    name: str
    distribution: str
    """What to look for to see whether the trainer is installed."""
    make: Callable[..., Any]
    call: Callable[..., Any]
    """`await call(made, completions, golds, kinds)` gives (values, components by name)."""
    tokens: bool = False
    """Whether the trainer hands over token ids."""
    logprobs: bool = False
    optional: bool = False
    """Whether a missing reward is None there."""
    float32: bool = False
    """Whether the hook gives back a tensor, which holds float32."""
    needs: tuple[str, ...] = ()
    """Modules without which the call cannot be made."""
    module: str = ""
    """The trainer's module that is used where it is there."""

    @property
    def real(self) -> bool:
        """Whether the trainer's own code makes the call."""
        return bool(self.module) and has(self.module)

    @property
    def version(self) -> str | None:
        try:
            return importlib.metadata.version(self.distribution) if self.real else None
        except importlib.metadata.PackageNotFoundError:
            return None

    @property
    def missing(self) -> str:
        return ", ".join(one for one in self.needs if not has(one))


def has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


# TRL


async def call_trl(
    functions: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As GRPOTrainer._calculate_rewards does: sync in turn, async gathered, weighted sum."""
    extra: dict[str, list[Any]] = {}
    completions = list(completions)
    columns = {
        "prompts": ["q"] * len(completions),
        "completion_ids": [tokenize(text) for text in completions],
        "solution": list(golds),
        "trainer_state": None,
        "log_extra": extra.__setitem__,
        "log_metric": lambda *_: None,
        **({} if kinds is None else {"kind": list(kinds)}),
    }
    found = [function(completions=completions, **columns) for function in functions]
    if asyncio.iscoroutine(found[0]):
        found = await asyncio.gather(*found)
    if has("trl.trainer.grpo_trainer"):
        logged = dict(extra)
        theirs = await asyncio.to_thread(_calculate_rewards, functions, completions, columns, extra)
        wanted = np.array(found, dtype=np.float32).T  # None becomes NaN, as it does there
        assert np.array_equal(theirs, wanted, equal_nan=True)
        assert repr(extra) == repr(logged)
    totals = [
        None
        if all(one is None for one in row)
        else sum(w * v for w, v in zip(functions.weights, row, strict=True))
        for row in zip(*found, strict=True)
    ]
    return totals, {name: values for name, values in extra.items() if name != "verdict"}


def _calculate_rewards(functions: Any, completions: list[str], columns: Any, extra: Any) -> Any:
    """GRPOTrainer's own method, with just those parts of a trainer that it uses."""
    from accelerate import Accelerator
    from trl.trainer.grpo_trainer import GRPOTrainer

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    trainer = types.SimpleNamespace(
        accelerator=Accelerator(cpu=True),
        args=types.SimpleNamespace(report_to=[]),
        state=types.SimpleNamespace(global_step=0),
        reward_funcs=list(functions),
        reward_processing_classes=[None] * len(functions),
        reward_func_names=[function.__name__ for function in functions],
        environments=None,
        async_loop=loop,
        _log_completion_extra=extra.__setitem__,
        _log_metric=lambda *_: None,
    )
    rows = with_kinds(columns.get("kind"), len(completions))
    inputs = [
        {"prompt": "q", "solution": gold, **row} for gold, row in zip(columns["solution"], rows, strict=True)
    ]
    try:
        found = GRPOTrainer._calculate_rewards(
            trainer, inputs, columns["prompts"], completions, columns["completion_ids"]
        )
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    return found.numpy()


# verl


async def call_verl_function(
    settings: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As NaiveRewardManager.run_single awaits it, many at once."""
    function = settings["function"]
    found = await asyncio.gather(
        *(
            function(
                data_source="s", solution_str=text, ground_truth=gold, extra_info={"num_turns": 1, **row}
            )
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        )
    )
    return [one.pop("score") for one in found], _by_name(found)


def make_verl_function(recipe: Any, **options: Any) -> Any:
    """Loaded and bound by verl's own `get_custom_reward_fn` where verl is there."""
    settings = {"recipe": recipe, **options}
    if has("verl.trainer.ppo.reward"):
        from omegaconf import OmegaConf
        from verl.trainer.ppo.reward import get_custom_reward_fn

        config = {"path": "pkg://trainer_adapters.verl", "name": "compute_score", "reward_kwargs": settings}
        return {
            "function": get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": config}}))
        }
    import functools

    return {"function": functools.partial(verl.compute_score, **settings)}


async def call_verl_manager(
    manager: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As RewardLoopWorker.compute_score_batch does: one task a sample."""
    rows = with_kinds(kinds, len(golds))
    samples = [_verl_sample(*one) for one in zip(completions, golds, rows, strict=True)]
    found = await asyncio.gather(*(asyncio.create_task(manager.run_single(one)) for one in samples))
    infos = [dict(one["reward_extra_info"]) for one in found]
    for info in infos:
        info.pop("score")
    return [one["reward_score"] for one in found], _by_name(infos)


def make_verl_manager(recipe: Any, **options: Any) -> Any:
    settings = {"recipe": recipe, **options}
    if has("verl.trainer.ppo.reward"):
        from omegaconf import OmegaConf
        from verl.trainer.ppo.reward import load_reward_manager

        module = {"path": "pkg://trainer_adapters.verl"}
        manager = {"source": "importlib", "name": "RewardManager", "module": module}
        config = OmegaConf.create({"reward": {"reward_manager": manager, "reward_kwargs": settings}})
        return load_reward_manager(
            config, Tokenizer(), reward_router_address=None, reward_model_tokenizer=None
        )
    config = types.SimpleNamespace(reward=types.SimpleNamespace(reward_kwargs=settings))
    return verl.RewardManager(config=config, tokenizer=Tokenizer())


def _verl_sample(text: str, gold: str, row: dict[str, Any]) -> Any:
    ids = [*tokenize(text), 0, 0]
    mask = [1, 1, *[1] * len(text), 0, 0]
    told = {"data_source": "s", "reward_model": {"ground_truth": gold}, "extra_info": row}
    if has("verl.protocol"):
        import torch
        from verl import DataProto

        return DataProto.from_dict(
            tensors={"responses": torch.tensor([ids]), "attention_mask": torch.tensor([mask])},
            non_tensors={name: np.array([value], dtype=object) for name, value in told.items()},
        )
    return [types.SimpleNamespace(batch={"responses": ids, "attention_mask": mask}, non_tensor_batch=told)]


# OpenRLHF

PROMPT = "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"


def _openrlhf_labels(golds: Sequence[str], kinds: Kinds) -> list[Any]:
    """Golds, or rows where there is more than golds: one of them as a mapping, the others as JSON."""
    if kinds is None:
        return list(golds)
    rows = [{"answer": gold, "kind": kind} for gold, kind in zip(golds, kinds, strict=True)]
    return [rows[0], *(json.dumps(row) for row in rows[1:])]


async def call_openrlhf(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_func does: in a thread, one sample at a time."""
    queries = [f"{PROMPT}{text}<|im_end|>" for text in completions]
    prompts = [PROMPT] * len(queries)
    golds = _openrlhf_labels(golds, kinds)
    if has("openrlhf.utils.agent"):
        from openrlhf.utils.agent import SingleTurnAgentExecutor

        executor = SingleTurnAgentExecutor(None)
        executor.reward_func = function
        found = await executor._fetch_rewards_via_func(queries, prompts, list(golds))
    else:
        found = await asyncio.gather(
            *(
                asyncio.to_thread(function, [query], [prompt], [gold])
                for query, prompt, gold in zip(queries, prompts, golds, strict=True)
            )
        )
    return [one["rewards"] for one in found], _by_name([one["extra_logs"] for one in found])


async def call_openrlhf_http(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_http does: one POST a sample."""
    server = openrlhf.serve(function, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/score"

    pairs = list(zip(completions, _openrlhf_labels(golds, kinds), strict=True))
    try:
        if has("openrlhf.utils.agent"):
            found = await _openrlhf_posts(url, pairs)
        else:
            with ThreadPoolExecutor(4) as threads:
                posts = [threads.submit(_openrlhf_post, url, *pair) for pair in pairs]
                found = [await asyncio.wrap_future(one) for one in posts]
    finally:
        server.shutdown()
        server.server_close()
    return [one["rewards"] for one in found], _by_name([one["extra_logs"] for one in found])


def _openrlhf_post(url: str, text: str, gold: str) -> Any:
    body = {"query": [f"{PROMPT}{text}<|im_end|>"], "prompts": [PROMPT], "labels": [gold]}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(error.read().decode()) from None


async def _openrlhf_posts(url: str, pairs: list[tuple[str, str]]) -> list[Any]:
    """By its own executor, as many at once as one would let it."""
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    executor, at_once = SingleTurnAgentExecutor(url), asyncio.Semaphore(64)

    async def post(text: str, gold: str) -> Any:
        async with at_once:
            try:
                (found,) = await executor._fetch_rewards_via_http(
                    [f"{PROMPT}{text}<|im_end|>"], [PROMPT], [gold]
                )
            except RuntimeError:  # it has asked five times and keeps no reason
                return await asyncio.to_thread(_openrlhf_post, url, text, gold)
        return found

    return await asyncio.gather(*(post(*pair) for pair in pairs))


# slime


@dataclasses.dataclass
class SlimeSample:
    """slime's Sample, as far as rewards see it."""

    prompt: str
    tokens: list[int]
    response: str
    response_length: int
    label: str | None
    group_index: int | None = 0
    loss_mask: list[int] | None = None
    rollout_log_probs: list[float] | None = None
    remove_sample: bool = False
    status: Any = "completed"
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)


def slime_samples(completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None) -> list[SlimeSample]:
    return [
        SlimeSample(
            prompt="q",
            tokens=[113, *tokenize(text)],
            response=text,
            response_length=len(text),
            label=gold,
            rollout_log_probs=[-0.5] * len(text),
            metadata=row,
        )
        for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
    ]


async def call_slime(
    model: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As async_rm does for each sample, and batched_async_rm gathers."""
    args = types.SimpleNamespace(reward_key=None)
    samples = slime_samples(completions, golds, kinds)
    values = await asyncio.gather(*(model(args, sample) for sample in samples))
    return list(values), _by_name([sample.metadata["touchstone"] for sample in samples])


async def call_slime_group(
    model: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As batched_async_rm does with a custom reward model and --group-rm."""
    args = types.SimpleNamespace(reward_key=None)
    samples = slime_samples(completions, golds, kinds)
    values = await model(args, samples)
    return values, _by_name([sample.metadata["touchstone"] for sample in samples])


# AReaL


async def call_areal(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As AsyncRewardWrapper does: pickled into a process of a pool, awaited with a time limit."""
    import functools
    import multiprocessing

    # AReaL forks; a test process with threads must not, and what is pickled is the same.
    context = multiprocessing.get_context("spawn")
    if has("areal.api.reward_api") and has("colorlog"):
        return await _areal_wrapper(function, completions, golds, kinds), None
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(
                executor,
                functools.partial(
                    function,
                    "q",
                    f"{text}<|im_end|>",
                    [113],
                    tokenize(text),
                    answer=gold,
                    query_id="0",
                    **row,
                ),
            )
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        ]
        return [await one for one in calls], None


async def _areal_wrapper(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds
) -> list[float]:
    """AReaL's own wrapper, with a pool that spawns."""
    import multiprocessing

    from areal.api.reward_api import AsyncRewardWrapper

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        wrapper = AsyncRewardWrapper(function, max_workers=1, max_retries=0, timeout_seconds=60)
        return [
            await wrapper("q", f"{text}<|im_end|>", [113], tokenize(text), answer=gold, query_id="0", **row)
            for text, gold, row in zip(completions, golds, with_kinds(kinds, len(golds)), strict=True)
        ]
    finally:
        multiprocessing.set_start_method(before, force=True)


# NeMo-RL


async def call_nemo_rl(
    environment: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As the actor's `step` is called, with its own EnvironmentReturn or one of the same fields."""
    if not has("nemo_rl"):
        sys.modules.update(_nemo_rl())
    logs = [
        [{"role": "user", "content": "q"}, {"role": "assistant", "content": text}] for text in completions
    ]
    rows = with_kinds(kinds, len(golds))
    told = [{"ground_truth": gold, **row} for gold, row in zip(golds, rows, strict=True)]
    found = await asyncio.to_thread(environment.step, logs, told)
    _, metrics = environment.global_post_process_and_metrics(None)
    assert found.terminateds.tolist() == [1.0] * len(logs)
    return found.rewards.tolist(), {
        name.removeprefix("touchstone/"): [mean] for name, mean in metrics.items()
    }


def _nemo_rl() -> dict[str, types.ModuleType]:
    class EnvironmentReturn(NamedTuple):
        observations: list[dict[str, str]]
        metadata: list[Any]
        next_stop_strings: list[Any]
        rewards: Any
        terminateds: Any
        answers: list[str | None] | None = None

    names = ("nemo_rl", "nemo_rl.environments", "nemo_rl.environments.interfaces")
    modules = {name: types.ModuleType(name) for name in names}
    modules[names[-1]].EnvironmentReturn = EnvironmentReturn  # type: ignore[attr-defined]
    return modules


# SkyRL


def make_skyrl(recipe: Any, **options: Any) -> Any:
    return {"recipe": recipe, **options}


async def call_skyrl(
    config: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SkyRLGymGenerator does: an environment a sample, stepped in a thread pool."""
    loop = asyncio.get_running_loop()
    rows = with_kinds(kinds, len(golds))
    episodes = [_skyrl_env(config, gold, row) for gold, row in zip(golds, rows, strict=True)]
    with ThreadPoolExecutor(4) as executor:
        steps = [
            loop.run_in_executor(executor, one.step, text)
            for one, text in zip(episodes, completions, strict=True)
        ]
        found = [await step for step in steps]
    return [one["reward"] for one in found], _by_name([one["metadata"] for one in found])


def _skyrl_env(config: Any, gold: str, row: dict[str, Any]) -> Any:
    extras = {"reward_spec": {"ground_truth": gold}, "max_turns": 1, **row}
    if not has("skyrl_gym"):
        return skyrl.Episode(config, extras)
    import skyrl_gym
    from skyrl_gym.envs.registration import registry

    if "touchstone" not in registry:
        skyrl_gym.register(id="touchstone", entry_point="trainer_adapters.skyrl:TouchstoneEnv")
    return skyrl_gym.make("touchstone", env_config=config, extras=extras)


# ROLL


def make_roll(recipe: Any, **options: Any) -> Any:
    return roll.BatchRewards({"recipe": recipe, **options}, Tokenizer())


async def call_roll(
    rewards: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As a worker's compute_rewards is called: padded token ids, and columns as arrays."""
    import torch

    ids = [torch.tensor(tokenize(text), dtype=torch.int64) for text in completions]
    responses = torch.nn.utils.rnn.pad_sequence([*ids, torch.zeros(1, dtype=torch.int64)], batch_first=True)[
        :-1
    ]
    columns = {"ground_truth": np.array(golds, dtype=object), "tag": np.array(["t"] * len(ids), dtype=object)}
    if kinds is not None:
        columns["kind"] = np.array(kinds, dtype=object)
    data = types.SimpleNamespace(batch={"responses": responses}, non_tensor_batch=columns)
    found = await asyncio.to_thread(rewards.tensors, data)
    assert found["token_level_rewards"].shape == responses.shape
    assert found["scores"].tolist() == found["response_level_rewards"].tolist()
    return found["response_level_rewards"].tolist(), None


# verifiers


async def call_verifiers(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As Task.score does: all rewards of a trace awaited together, many traces at once."""
    make = _real_trace if has("verifiers.v1") else _plain_trace
    rows = with_kinds(kinds, len(golds))
    made = [make(function, *one) for one in zip(completions, golds, rows, strict=True)]
    found = await asyncio.gather(*(score() for score, _ in made))
    return list(found), _by_name([trace.metrics for _, trace in made])


class PlainTrace:
    """A trace's fields that rewards read, for where verifiers is not installed."""

    is_truncated = False

    def __init__(self, text: str) -> None:
        self.metrics: dict[str, float] = {}
        ids, said = tokenize(text), types.SimpleNamespace(content=text, reasoning_content=None)
        asked = types.SimpleNamespace(message=None, sampled=False, mask=[False], logprobs=[])
        answer = types.SimpleNamespace(
            message=said, sampled=True, mask=[True] * len(ids), logprobs=[-0.5] * len(ids)
        )
        branch = types.SimpleNamespace(nodes=[asked, answer], token_ids=[113, *ids])
        branch.logprobs = [0.0] + [-0.5] * len(ids)
        self.branches = [branch]

    def record_metrics(self, values: dict[str, float]) -> None:
        self.metrics.update(values)


def _plain_trace(function: Any, text: str, gold: str, row: dict[str, Any]) -> Any:
    trace = PlainTrace(text)
    task = types.SimpleNamespace(prompt="q", answer=gold, **row)
    return (lambda: function(task=task, trace=trace)), trace


def _real_trace(function: Any, text: str, gold: str, row: dict[str, Any]) -> Any:
    """A real task whose configuration plugs the function in, scored by its own `score`."""
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.types import AssistantMessage, UserMessage

    module = types.ModuleType("touchstone_plug")
    module.reward = function  # type: ignore[attr-defined]
    sys.modules["touchstone_plug"] = module

    class Data(vf.TaskData):
        answer: Any = ""  # it is the user's own, and data sets hold None and NaN there
        kind: str | None = None

    class PluggedTask(vf.Task[Data]):  # type: ignore[type-arg]
        """A task that leaves its reward to its configuration."""

    config = vf.TaskConfig(rewards={"touchstone": {"fn": "touchstone_plug:reward"}})
    task = PluggedTask(Data(prompt="q", answer=gold, **row), config)
    ids = tokenize(text)
    nodes = [
        MessageNode(message=UserMessage(content="q"), token_ids=[113], mask=[False]),
        MessageNode(
            parent=0,
            sampled=True,
            message=AssistantMessage(content=text),
            token_ids=ids,
            mask=[True] * len(ids),
            logprobs=[-0.5] * len(ids),
        ),
    ]
    trace = vf.Trace.model_construct(
        nodes=nodes, metrics={}, rewards={}, calls=[], stop_condition=None, root_reply=None
    )

    async def score() -> float:
        await task.score(trace)
        return float(trace.reward)

    return score, trace


# ms-swift


async def call_ms_swift(
    functions: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As compute_rewards_per_func does: contents first, columns by name; None left out of the sum."""
    completions = list(completions)
    columns = {
        "trainer_state": None,
        "solution": list(golds),
        "messages": [
            [{"role": "user", "content": "q"}, {"role": "assistant", "content": t}] for t in completions
        ],
        "response_token_ids": [tokenize(text) for text in completions],
        "finish_reason": ["stop"] * len(completions),
        **({} if kinds is None else {"kind": list(kinds)}),
    }
    calls = functions.values()
    if has("swift.rewards"):
        calls = [function.for_swift() for function in calls]
        assert [type(one).__name__ for one in calls] == list(functions)
    found = [call(completions, **columns) for call in calls]
    weights = [function.weight for function in functions.values()]
    totals = [
        None if all(one is None for one in row) else sum(w * v for w, v in zip(weights, row, strict=True))
        for row in zip(*found, strict=True)
    ]
    return totals, dict(zip(functions, found, strict=True))


def _by_name(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row.get(name, float("nan")) for row in rows] for name in (rows[0] if rows else {})}


CALLS = [
    Call(
        "trl",
        "trl",
        trl.reward_funcs,
        call_trl,
        tokens=True,
        optional=True,
        module="trl.trainer.grpo_trainer",
    ),
    Call(
        "trl-async",
        "trl",
        lambda recipe, **options: trl.reward_funcs(recipe, asynchronous=True, **options),
        call_trl,
        tokens=True,
        optional=True,
        module="trl.trainer.grpo_trainer",
    ),
    Call("verl-function", "verl", make_verl_function, call_verl_function, module="verl.trainer.ppo.reward"),
    Call(
        "verl-manager",
        "verl",
        make_verl_manager,
        call_verl_manager,
        tokens=True,
        module="verl.trainer.ppo.reward",
    ),
    Call("openrlhf", "openrlhf", openrlhf.reward_function, call_openrlhf, module="openrlhf.utils.agent"),
    Call(
        "openrlhf-http",
        "openrlhf",
        openrlhf.reward_function,
        call_openrlhf_http,
        module="openrlhf.utils.agent",
    ),
    Call("slime", "slime", slime.reward_model, call_slime, tokens=True, logprobs=True),
    Call("slime-group", "slime", slime.reward_model, call_slime_group, tokens=True, logprobs=True),
    Call(
        "verifiers",
        "verifiers",
        verifiers.reward_function,
        call_verifiers,
        tokens=True,
        logprobs=True,
        module="verifiers.v1",
    ),
    Call(
        "ms-swift",
        "ms-swift",
        ms_swift.reward_functions,
        call_ms_swift,
        tokens=True,
        optional=True,
        module="swift.rewards",
    ),
    Call("areal", "areal", areal.reward_function, call_areal, tokens=True, module="areal.api.reward_api"),
    Call(
        "nemo-rl",
        "nemo-rl",
        lambda recipe, **options: nemo_rl.Environment({"recipe": recipe, **options}),
        call_nemo_rl,
        float32=True,
        needs=("torch",),
    ),
    Call("skyrl", "skyrl-gym", make_skyrl, call_skyrl, module="skyrl_gym"),
    Call("roll", "roll", make_roll, call_roll, tokens=True, float32=True, needs=("torch",)),
]
