"""AReaL 1.0.4: `RLVRWorkflow.arun_episode` of `areal/workflow/rlvr.py`, with its pool of processes."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import areal
from trainer_calls.call import Call, Tokenizer, has, tokenize, with_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trainer_calls.call import Kinds

WORKFLOW = "areal.workflow.rlvr"
END = 0x10FFFF
"""The stop token, the last of all code points."""


class ArealTokenizer(Tokenizer):
    """Code points as tokens, and a stop token."""

    eos_token_id = END

    def decode(self, ids: Any, **_: object) -> str:
        return super().decode(ids).replace(chr(END), "<|im_end|>")


class Sampling:
    """An inference engine that answers with given texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: Iterator[str] = iter(texts)

    async def agenerate(self, request: Any) -> Any:
        from areal.api import ModelResponse

        ids = [*tokenize(next(self._texts)), END]
        return ModelResponse(
            input_tokens=request.input_ids,
            output_tokens=ids,
            output_logprobs=[-0.5] * len(ids),
            output_versions=[0] * len(ids),
            stop_reason="stop",
        )


async def call_areal(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """An episode a completion; where AReaL is missing, pickled into a process of a pool as it does."""
    rows = [
        {"messages": [{"role": "user", "content": "q"}], "answer": gold, "query_id": "0", **row}
        for gold, row in zip(golds, with_kinds(kinds, len(golds)), strict=True)
    ]
    if has(WORKFLOW):
        return await episodes(function, completions, rows), None
    context = multiprocessing.get_context("spawn")  # see `episodes`
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        loop = asyncio.get_running_loop()
        calls = [
            loop.run_in_executor(
                executor,
                functools.partial(function, "q", f"{text}<|im_end|>", [113], [*tokenize(text), END], **row),
            )
            for text, row in zip(completions, rows, strict=True)
        ]
        return np.array([await one for one in calls], np.float32).tolist(), None


async def episodes(function: Any, completions: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[float]:
    """The rewards of AReaL's own episodes, one after the other.

    AReaL forks its pool, which a process of tests with threads must not; what is pickled is the same.
    """
    from areal.api.cli_args import GenerationHyperparameters
    from areal.workflow.rlvr import RLVRWorkflow

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        workflow = RLVRWorkflow(
            function,
            GenerationHyperparameters(),
            ArealTokenizer(),
            get_input_ids_fn=lambda *_: tokenize("q"),
        )
        engine = Sampling(completions)
        found = [await workflow.arun_episode(engine, row) for row in rows]
    finally:
        multiprocessing.set_start_method(before, force=True)
    return [float(one["rewards"]) for one in found]


CALLS = [
    Call(
        "areal",
        "areal",
        areal.reward_function,
        call_areal,
        tokens=True,
        float32=True,
        module=WORKFLOW,
    ),
]
