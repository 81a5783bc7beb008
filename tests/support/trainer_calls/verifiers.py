"""verifiers 0.4.0: `Task.score` of `verifiers/v1`."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import TYPE_CHECKING, Any

from trainer_adapters import verifiers
from trainer_calls.call import Call, by_name, has, tokenize, tokens, with_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Conversation, Kinds


async def call_verifiers(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As Task.score does: all rewards of a trace awaited together, many traces at once."""
    make = _real_trace if has("verifiers.v1") else _plain_trace
    rows = with_kinds(kinds, len(golds))
    said = [[("assistant", text)] for text in completions]
    made = [make(function, *one) for one in zip(said, golds, rows, strict=True)]
    found = await asyncio.gather(*(score() for score, _ in made))
    return list(found), by_name([trace.metrics for _, trace in made])


async def call_verifiers_tools(function: Any, turns: Conversation, gold: str) -> Any:
    """As a trace of a tool environment: one node a message, of which the policy sampled its own."""
    make = _real_trace if has("verifiers.v1") else _plain_trace
    score, _ = make(function, turns, gold, {})
    return await score()


class PlainTrace:
    """A trace's fields that rewards read, for where verifiers is not installed."""

    is_truncated = False

    def __init__(self, turns: Conversation) -> None:
        self.metrics: dict[str, float] = {}
        nodes = [types.SimpleNamespace(message=None, sampled=False, mask=[False], logprobs=[])]
        for role, text in turns:
            sampled = role == "assistant"
            node = types.SimpleNamespace(sampled=sampled, mask=[sampled] * len(text))
            node.message = types.SimpleNamespace(content=text, reasoning_content=None)
            node.logprobs = [-0.5] * len(text) if sampled else []
            nodes.append(node)
        branch = types.SimpleNamespace(nodes=nodes, token_ids=[113, *tokens(turns)[1]])
        branch.logprobs = [0.0, *(-0.5 * one for one in tokens(turns)[2])]
        self.branches = [branch]

    def record_metrics(self, values: dict[str, float]) -> None:
        self.metrics.update(values)


def _plain_trace(function: Any, turns: Conversation, gold: str, row: dict[str, Any]) -> Any:
    trace = PlainTrace(turns)
    task = types.SimpleNamespace(prompt="q", answer=gold, **row)
    return (lambda: function(task=task, trace=trace)), trace


def _real_trace(function: Any, turns: Conversation, gold: str, row: dict[str, Any]) -> Any:
    """A real task whose configuration plugs the function in, scored by its own `score`."""
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.types import AssistantMessage, ToolMessage, UserMessage

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
    nodes = [MessageNode(message=UserMessage(content="q"), token_ids=[113], mask=[False])]
    for parent, (role, text) in enumerate(turns):
        sampled = role == "assistant"
        said = AssistantMessage(content=text) if sampled else ToolMessage(content=text, tool_call_id="0")
        nodes.append(
            MessageNode(
                parent=parent,
                sampled=sampled,
                message=said,
                token_ids=tokenize(text),
                mask=[sampled] * len(text),
                logprobs=[-0.5] * len(text) * sampled,
            )
        )
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
        tools=call_verifiers_tools,
        masked={},
    ),
]
