"""The precision of the sampler: colocated vLLM computes in that of the trainer.

Left out: a vLLM server, whose own `--dtype` says it.
"""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trl.generation import vllm_generation

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DTYPES", "sampling_in"]

DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
"""vLLM's name of each `training.precision`."""


@contextmanager
def sampling_in(precision: str) -> Iterator[None]:
    """Let a vLLM that TRL makes in this context compute in the trainer's precision.

    TRL has no setting for it, and vLLM by itself takes that of the checkpoint: bfloat16 of most, beside a
    trainer in float16 a larger mismatch than bfloat16 on both sides (arXiv:2510.26788).
    """
    made = getattr(vllm_generation, "LLM", None)  # TRL imports it where it is installed
    if made is None:
        yield
        return
    vllm_generation.LLM = functools.partial(made, dtype=DTYPES[precision])
    try:
        yield
    finally:
        vllm_generation.LLM = made
