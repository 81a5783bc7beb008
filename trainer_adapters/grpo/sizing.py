"""Estimate a run's memory per GPU from the shape of the policy.

::

    python -m trainer_adapters.grpo.sizing

With P parameters, N processes that share the state, AdamW and bf16 training, in bytes:

- weights, gradients, moments: 4P, 4P and 8P, in float32; under FSDP2 each divided by N. ZeRO keeps 2P, 2P
  and 12P (a float32 copy and the moments); stage 2 divides all but the weights.
- gathered: the largest layer, or the embedding, in bf16, for as long as FSDP2 and ZeRO-3 need it whole.
- the reference, where there is a KL term: as the weights, without anything else.
- activations, with checkpointing: the input of each layer, `2 layers B T hidden`, and what one layer needs
  while it is computed again, about `34 B T hidden` (arXiv:2205.05198, equation 2, without the scores of
  attention).
- logits: one tile of at most 4,096 tokens by 32,768 words in bf16, whatever B, T and V are (TRL 1.16
  projects tile by tile), and the gradient of the output layer in float32, `4 V hidden`.
- vLLM beside it: its weights, 2P divided by the tensor parallel size, and the KV cache,
  `4 layers kv_heads head_dim` for each token of each sequence that it samples at once.

Left out: what allocators waste (leave a tenth), NCCL's buffers and vLLM's own activations.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Literal

__all__ = ["SHAPES", "Memory", "Shape", "memory", "table"]

GB = 1e9

TILE_TOKENS, TILE_WORDS = 4096, 32768
"""The largest tile of logits that TRL 1.16 makes at a time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """A decoder of the kind of Qwen2.5: gated feed-forward, grouped attention with biases on q, k and v."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    vocabulary: int
    head_dim: int = 128
    tied: bool = False
    """True if the output layer shares the embedding's weights."""

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = self.hidden * (2 * queries + 2 * keys) + queries + 2 * keys
        return attention + 3 * self.hidden * self.intermediate + 2 * self.hidden

    @property
    def parameters(self) -> int:
        """Parameters of the whole policy (P)."""
        embeddings = (1 if self.tied else 2) * self.vocabulary * self.hidden
        return embeddings + self.layers * self.layer_parameters + self.hidden

    @property
    def kv_bytes(self) -> int:
        """Bytes of the KV cache of one token, in bf16."""
        return 4 * self.layers * self.kv_heads * self.head_dim


SHAPES = {
    "0.5B": Shape(
        layers=24,
        hidden=896,
        intermediate=4864,
        heads=14,
        kv_heads=2,
        head_dim=64,
        vocabulary=151936,
        tied=True,
    ),
    "3B": Shape(
        layers=36, hidden=2048, intermediate=11008, heads=16, kv_heads=2, vocabulary=151936, tied=True
    ),
    "7B": Shape(layers=28, hidden=3584, intermediate=18944, heads=28, kv_heads=4, vocabulary=152064),
    "32B": Shape(layers=64, hidden=5120, intermediate=27648, heads=40, kv_heads=8, vocabulary=152064),
}
"""Qwen2.5, from the published configurations."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memory:
    """Memory of one GPU, in bytes."""

    weights: float
    gradients: float
    optimizer: float
    gathered: float
    reference: float
    activations: float
    logits: float

    @property
    def total(self) -> float:
        """The total, without vLLM's."""
        return sum(dataclasses.asdict(self).values())


def memory(
    shape: Shape,
    *,
    strategy: Literal["fsdp2", "zero2", "zero3"] = "fsdp2",
    processes: int = 1,
    batch: int = 1,
    prompt: int = 1024,
    completion: int = 4096,
    reference: bool = False,
) -> Memory:
    """Return the training memory of each GPU, with AdamW, bf16 and gradient checkpointing.

    Args:
        shape: the policy.
        strategy: the strategy by which processes share its state.
        processes: N.
        batch: B, sequences of one forward and backward pass (`per_device_train_batch_size`).
        prompt: tokens of a prompt.
        completion: tokens of a completion.
        reference: True if there is a reference policy.

    >>> found = memory(SHAPES["7B"], processes=8)
    >>> round(found.weights / 1e9, 1), round(found.optimizer / 1e9, 1), round(found.logits / 1e9, 1)
    (3.8, 7.6, 2.4)
    """
    count, tokens = shape.parameters, batch * (prompt + completion)
    kept, moments = (4, 8) if strategy == "fsdp2" else (2, 12)
    weights = kept * count / (1 if strategy == "zero2" else processes)
    largest = max(shape.layer_parameters, shape.vocabulary * shape.hidden)
    return Memory(
        weights=weights,
        gradients=kept * count / processes,
        optimizer=moments * count / processes,
        gathered=0.0 if strategy == "zero2" or processes == 1 else 2.0 * largest,
        reference=weights if reference else 0.0,
        activations=tokens * shape.hidden * (2.0 * shape.layers + 34),
        logits=2.0 * min(batch * completion, TILE_TOKENS) * TILE_WORDS
        + 4.0 * shape.vocabulary * shape.hidden,
    )


def table() -> str:
    """Return a Markdown table of shapes under FSDP2, in GB; last vLLM's weights, and KV of 1000 tokens."""
    lines = [
        "| policy | GPUs | weights | gradients | AdamW | activations | logits | each GPU | vLLM | KV |",
        "|" + "---|" * 10,
    ]
    for name, shape in SHAPES.items():
        for processes in (1, 8, 16):
            found = memory(shape, processes=processes)
            parts = (
                found.weights,
                found.gradients,
                found.optimizer,
                found.activations + found.gathered,
                found.logits,
                found.total,
                2.0 * shape.parameters,
                1000.0 * shape.kv_bytes,
            )
            figures = " | ".join(f"{part / GB:.2f}" if part < GB else f"{part / GB:.1f}" for part in parts)
            lines.append(f"| {name} | {processes} | {figures} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
