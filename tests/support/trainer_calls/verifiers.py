"""verifiers 0.4.0: `Task.score` of `verifiers/v1`."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import TYPE_CHECKING, Any

from trainer_adapters import verifiers
from trainer_calls.call import Call, by_name, has, tokenize, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Kinds


async def call_verifiers(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As Task.score does: all rewards of a trace awaited together, many traces at once."""
    make = _real_trace if has("verifiers.v1") else _plain_trace
    rows = with_kinds(kinds, len(golds))
    made = [make(function, *one) for one in zip(completions, golds, rows, strict=True)]
    found = await asyncio.gather(*(score() for score, _ in made))
    return list(found), by_name([trace.metrics for _, trace in made])


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


CALLS = [
    Call(
        "verifiers",
        "verifiers",
        verifiers.reward_function,
        call_verifiers,
        tokens=True,
        logprobs=True,
        module="verifiers.v1",
    ),
]
