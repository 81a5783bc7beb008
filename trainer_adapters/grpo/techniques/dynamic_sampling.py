"""Dynamic sampling: replace zero-advantage groups by groups of other prompts, in bounded rounds.

Source: DAPO (arXiv:2503.14476, equation 11): a batch is filled with prompts that some completions
answer right and some wrong. Each process replaces its own groups, and all decide together whether there is
another round, since sampling is collective. Left out: keeping surplus groups for the next batch, whose
completions would be of an older policy; the rounds themselves, in :mod:`trainer_adapters.grpo.trainer`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from trainer_adapters.grpo.section import Section
from trainer_adapters.grpo.techniques.masking import informative_rows
from trainer_adapters.grpo.techniques.technique import Informative, Technique

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Groups

__all__ = ["DynamicSampling", "drawn_rows", "fill", "replace_groups"]

PADDED_LEFT = frozenset({"prompt_ids", "prompt_mask"})


class DynamicSampling(Technique, Section):
    """Sample further prompts to replace zero-advantage groups (DAPO)."""

    filter_on: Informative = "correctness"
    max_rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """Maximum number of further rounds per batch; training then continues with the groups found."""

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        layout, size = config.layout, config.generation.num_generations
        local = layout.completions_per_process
        if local % size and not layout.completions_per_generation % size:
            yield (
                f"techniques.dynamic_sampling: {size} completions of a prompt must lie on one process, which "
                f"samples {local}; sample a multiple of {config.world_size} prompts "
                "(prompts_per_generation, or per_device_train_batch_size x steps_per_generation x processes "
                "/ num_generations)"
            )

    def informative(self, groups: Groups) -> list[bool]:
        """Return for each group whether it carries a learning signal."""
        rows = informative_rows(groups.values(self.filter_on), groups.rewards, groups.size)
        found: list[bool] = rows.view(-1, groups.size).any(dim=1).tolist()
        return found


def drawn_rows(count: int, groups: int, *, seed: int, step: int, turn: int, rank: int) -> list[int]:
    """Return the rows, of `count`, to sample `groups` prompts from in a further round.

    They depend on the arguments alone, so that a resumed run draws the same ones. No prompt comes twice in
    a round of one process, unless there are too few.
    """
    order = random.Random(f"{seed}/{step}/{turn}/{rank}")  # noqa: S311  # sampling, not secrets
    if groups <= count:
        return order.sample(range(count), groups)
    return order.choices(range(count), k=groups)


def replace_groups(wanting: Sequence[int], offered: Sequence[int]) -> list[tuple[int, int]]:
    """Return pairs of a group to replace and the group of the new round that replaces it."""
    return list(zip(wanting, offered, strict=False))


def fill(
    batch: dict[str, torch.Tensor],
    further: dict[str, torch.Tensor],
    pairs: Sequence[tuple[int, int]],
    *,
    size: int,
    padding: dict[str, float],
) -> dict[str, torch.Tensor]:
    """Return `batch` with some groups replaced by groups of `further`, both padded to one width.

    Scalars about the whole batch, of shape (), no longer hold for the new one: they are dropped, and must be
    computed again.

    Args:
        batch: tensors of shape (B,), (B, T) or (), as TRL makes them.
        further: the same of another round.
        pairs: from :func:`replace_groups`.
        size: G.
        padding: the value that a tensor is padded with; 0 for those that are not named.
    """
    filled = {}
    for name, tensor in batch.items():
        if tensor.ndim == 0:
            continue
        other = further[name]
        mine, theirs = tensor, other
        if tensor.ndim > 1 and tensor.shape[1] != other.shape[1]:
            width = max(tensor.shape[1], other.shape[1])
            left = name in PADDED_LEFT
            mine = _widened(tensor, width, padding.get(name, 0), left=left)
            theirs = _widened(other, width, padding.get(name, 0), left=left)
        mine = mine.clone()
        for wanting, offered in pairs:
            mine[wanting * size : (wanting + 1) * size] = theirs[offered * size : (offered + 1) * size]
        filled[name] = mine
    return filled


def _widened(tensor: torch.Tensor, width: int, value: float, *, left: bool) -> torch.Tensor:
    widened = tensor.new_full((len(tensor), width), value)
    at = slice(width - tensor.shape[1], None) if left else slice(tensor.shape[1])
    widened[:, at] = tensor
    return widened
