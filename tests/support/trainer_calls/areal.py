"""AReaL 1.0.4: `RLVRWorkflow.arun_episode` of `areal/workflow/rlvr.py`, with its pool of processes."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from trainer_adapters import areal
from trainer_calls.call import Call, Tokenizer, has, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trainer_calls.call import Sample

WORKFLOW = "areal.workflow.rlvr"
END = chr(0x10FFFF)
"""The stop token, the last of all code points."""


class ArealTokenizer(Tokenizer):
    """Code points as tokens, and a stop token."""

    eos_token_id = ord(END)

    def decode(self, ids: Any, **_: object) -> str:
        return super().decode(ids).replace(END, "<|im_end|>")


class Sampling:
    """An inference engine that answers with given texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: Iterator[str] = iter(texts)

    async def agenerate(self, request: Any) -> Any:
        from areal.api import ModelResponse

        ids = tokenize(next(self._texts))
        return ModelResponse(
            input_tokens=request.input_ids,
            output_tokens=ids,
            output_logprobs=[-0.5] * len(ids),
            output_versions=[0] * len(ids),
            stop_reason="stop",
        )


async def call_areal(function: Any, samples: Sequence[Sample]) -> Any:
    """An episode a sample; where AReaL is missing, pickled into a process of a pool as it does."""
    if has(WORKFLOW):
        return await episodes(function, samples), None
    loop = asyncio.get_running_loop()
    calls = [
        loop.run_in_executor(_executor(), functools.partial(function, *_given(one), **_row(one)))
        for one in samples
    ]
    return np.array([await one for one in calls], np.float32).tolist(), None


@functools.cache
def _executor() -> ProcessPoolExecutor:
    """One pool for all calls. AReaL forks; a test process with threads must not: it spawns."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _given(one: Sample) -> tuple[str, str, list[int], list[int]]:
    """Prompt and completion, as text and as token ids."""
    decode = ArealTokenizer().decode
    prompt, ids = tokenize(one.templated), tokenize(one.written)
    return decode(prompt), decode(ids), prompt, ids


def _row(one: Sample) -> dict[str, Any]:
    return {"messages": one.asked, "answer": one.gold, "query_id": "0", **one.columns}


async def episodes(function: Any, samples: Sequence[Sample]) -> list[float]:
    """The rewards of AReaL's own episodes, one after the other.


    AReaL forks its pool, which a process of tests with threads must not; what is pickled is the same.
    """
    from areal.api.cli_args import GenerationHyperparameters
    from areal.workflow.rlvr import RLVRWorkflow

    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method("spawn", force=True)
    try:
        prompts = iter(samples)
        workflow = RLVRWorkflow(
            function,
            GenerationHyperparameters(),
            ArealTokenizer(),
            get_input_ids_fn=lambda *_: tokenize(next(prompts).templated),
        )
        engine = Sampling(one.written for one in samples)
        found = [await workflow.arun_episode(engine, _row(one)) for one in samples]
    finally:
        multiprocessing.set_start_method(before, force=True)
    return [float(one["rewards"]) for one in found]


CALLS = [
    Call(
        "areal",
        "areal",
        areal.reward_function,
        call_areal,
        lacks=frozenset(
            {"logprobs", "groups", "mask", "none", "components", "two recipes", "sources", "columns"}
        ),
        float32=True,
        templated=True,
        module=WORKFLOW,
    ),
]
