"""verifiers 0.4.0: `Task.score` of `verifiers/v1`; and 0.1.14 (read): `Rubric.score_group`."""

from __future__ import annotations

import asyncio
import importlib
import sys
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

from trainer_adapters import verifiers, verifiers_rubric
from trainer_calls.call import Call, by_name, has, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Sample, Turn


async def call_verifiers(function: Any, samples: Sequence[Sample]) -> Any:
    """As Task.score does: all rewards of a trace awaited together, many traces at once."""
    make = _real_trace if has("verifiers.v1") else _plain_trace
    made = [make(function, one) for one in samples]
    found = await asyncio.gather(*(score() for score, _ in made))
    return list(found), by_name([trace.metrics for _, trace in made])


async def call_verifiers_rubric(rubric: Any, samples: Sequence[Sample]) -> Any:
    """As an Environment does with the rollouts of a batch: states with messages, scored together."""
    states: list[dict[str, Any]] = [
        {
            "prompt": one.asked,
            "completion": one.messages,
            "answer": one.gold,
            "task": "default",
            "info": dict(one.columns),
            "trajectory": [{"reward": None}],
        }
        for one in samples
    ]
    await rubric.score_group(states)
    assert all(state["trajectory"][0]["reward"] == state["reward"] for state in states)
    return [state["reward"] for state in states], by_name([state["metrics"] for state in states])


def make_rubric(recipe: Any, **options: Any) -> Any:
    """A rubric on verifiers' own class where this version has it, else on one without methods of its own."""
    if has("verifiers") and hasattr(importlib.import_module("verifiers"), "Rubric"):
        return verifiers_rubric.rubric(recipe, **options)
    stand_in: Any = types.ModuleType("verifiers")
    stand_in.Rubric = type("Rubric", (), {})
    with mock.patch.dict(sys.modules, verifiers=stand_in):
        return verifiers_rubric.rubric(recipe, **options)


def _nodes(one: Sample) -> list[tuple[Turn, str, str]]:
    """Each turn with the content of its message and the text of its tokens."""
    texts = [one.raw(turn) for turn in one.said]
    texts[-1] += one.stop
    contents = [message["content"] for message in one.messages]
    return list(zip(one.said, contents, texts, strict=True))


class PlainTrace:
    """A trace's fields that rewards read, for where verifiers is not installed."""

    is_truncated = False

    def __init__(self, one: Sample) -> None:
        self.metrics: dict[str, float] = {}
        nodes = [types.SimpleNamespace(message=None, sampled=False, mask=[False], logprobs=[])]
        for turn, content, raw in _nodes(one):
            sampled = turn.role == "assistant"
            node = types.SimpleNamespace(sampled=sampled, mask=[sampled] * len(raw))
            node.message = types.SimpleNamespace(content=content, reasoning_content=turn.thought or None)
            node.logprobs = [-0.5] * len(raw) if sampled else []
            nodes.append(node)
        branch = types.SimpleNamespace(nodes=nodes, token_ids=[113, *one.ids])
        branch.logprobs = [0.0, *(-0.5 * written for written in one.mask)]
        self.branches = [branch]

    def record_metrics(self, values: dict[str, float]) -> None:
        self.metrics.update(values)


def _plain_trace(function: Any, one: Sample) -> Any:
    trace = PlainTrace(one)
    task = types.SimpleNamespace(**{"prompt": one.prompt, "answer": one.gold, **one.columns})
    return (lambda: function(task=task, trace=trace)), trace


def _real_trace(function: Any, one: Sample) -> Any:
    """A real task whose configuration plugs the function in, scored by its own `score`."""
    import pydantic
    import verifiers.v1 as vf
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.types import AssistantMessage, ToolMessage, UserMessage

    module = types.ModuleType("touchstone_plug")
    module.reward = function  # type: ignore[attr-defined]
    sys.modules["touchstone_plug"] = module

    columns = {"answer": one.gold, **one.columns}  # of any type: they are the user's own
    fields: Any = dict.fromkeys(columns, (Any, None))
    data = pydantic.create_model("Data", __base__=vf.TaskData, **fields)

    class PluggedTask(vf.Task[data]):  # type: ignore[type-arg,valid-type]
        """A task that leaves its reward to its configuration."""

    config = vf.TaskConfig(rewards={"touchstone": {"fn": "touchstone_plug:reward"}})
    task = PluggedTask(data(prompt=one.prompt, **columns), config)
    nodes = [MessageNode(message=UserMessage(content=one.prompt), token_ids=[113], mask=[False])]
    for parent, (turn, content, raw) in enumerate(_nodes(one)):
        sampled = turn.role == "assistant"
        said = (
            AssistantMessage(content=content, reasoning_content=turn.thought or None)
            if sampled
            else ToolMessage(content=content, tool_call_id="0")
        )
        nodes.append(
            MessageNode(
                parent=parent,
                sampled=sampled,
                message=said,
                token_ids=tokenize(raw),
                mask=[sampled] * len(raw),
                logprobs=[-0.5] * len(raw) * sampled,
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
        lacks=frozenset({"groups", "opening", "none", "sources", "columns"}),
        module="verifiers.v1",
    ),
    Call(
        "verifiers-rubric",
        "verifiers",
        make_rubric,
        call_verifiers_rubric,
        lacks=frozenset(
            {"tokens", "logprobs", "groups", "mask", "opening", "none", "sources", "columns", "pickle"}
        ),
    ),
]
