"""`touchstone train` with partial rollouts where there is no GPU: attention and weights go other ways.

::

    python grpo_partial_rollouts.py CONFIG.YAML

TRL's AsyncGRPO attends by the kernel of FlashAttention 3, sends weights by NCCL, and asks CUDA how many
operations a second its device does. Here the first is plain torch, the second a file, and the third is not
known; all else is as it is in a real run.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from trl.experimental.async_grpo import async_grpo_trainer, packing
from vllm_file_transfer import FileTransferClient

from trainer_adapters.grpo.cli import train

if TYPE_CHECKING:
    from collections.abc import Sequence


def flash_attn_varlen_func(  # the kernel's signature
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    starts_q: torch.Tensor,
    starts_k: torch.Tensor,
    *_: Any,  # noqa: ANN401
    softmax_scale: float | None,
    causal: bool,
    window_size: Sequence[int],
) -> torch.Tensor:
    """Segments one after the other, each of (length, heads, size); the last query sees all its keys."""
    if not causal or tuple(window_size) != (-1, -1):
        message = "only causal attention without a window stands here"
        raise NotImplementedError(message)
    found = []
    bounds = zip(
        starts_q[:-1].tolist(),
        starts_q[1:].tolist(),
        starts_k[:-1].tolist(),
        starts_k[1:].tolist(),
        strict=True,
    )
    for first_q, end_q, first_k, end_k in bounds:
        length, keys = end_q - first_q, end_k - first_k
        seen = torch.ones(length, keys, dtype=torch.bool).tril(keys - length)
        q, k, v = (
            one.transpose(0, 1) for one in (query[first_q:end_q], key[first_k:end_k], value[first_k:end_k])
        )
        attended = torch.nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=seen, scale=softmax_scale, enable_gqa=True
        )
        found.append(attended.transpose(0, 1))
    return torch.cat(found)


if __name__ == "__main__":
    packing._flash_attn = lambda: SimpleNamespace(flash_attn_varlen_func=flash_attn_varlen_func)  # noqa: SLF001
    async_grpo_trainer.WeightTransferClient = FileTransferClient
    async_grpo_trainer.get_peak_flops_per_device = lambda *_: None
    train()
