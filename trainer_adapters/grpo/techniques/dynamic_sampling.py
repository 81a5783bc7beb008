"""Dynamic sampling: replace zero-advantage groups by groups of other prompts, in bounded rounds.

Source: DAPO (arXiv:2503.14476, equation 11): a batch is filled with prompts that some completions
answer right and some wrong. All processes decide together on a further round, since sampling is collective:
it has as many prompts as the share of informative groups so far lets expect to be needed, the next ones of an
order of its own, and a process without enough informative groups takes those that others have left over. Left
out: keeping what nobody needs for the next batch, whose policy is another one; the rounds themselves, in
:mod:`trainer_adapters.grpo.rounds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from trainer_adapters.grpo.section import Section
from trainer_adapters.grpo.techniques.masking import informative_rows
from trainer_adapters.grpo.techniques.technique import Informative, Technique

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Groups

__all__ = [
    "PADDED_LEFT",
    "DynamicSampling",
    "Place",
    "drawn_prompts",
    "fill",
    "prompt_order",
    "prompts_needed",
    "replace_groups",
]

PADDED_LEFT = frozenset({"prompt_ids", "prompt_mask"})
"""Tensors that are padded at the beginning."""


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


def drawn_prompts(
    data: Sequence[dict[str, Any]], order: Iterator[int], count: int, tried: set[str]
) -> list[dict[str, Any]]:
    """Return the next rows of the data, at most `count`, whose prompts are not in `tried`, and add these."""
    found: list[dict[str, Any]] = []
    while len(found) < count and (row := next(order, None)) is not None:
        prompt = dict(data[row])
        if (key := repr(prompt["prompt"])) not in tried:
            tried.add(key)
            found.append(prompt)
    return found


class Place(NamedTuple):
    """A group of one process."""

    rank: int
    at: int


def prompts_needed(missing: int, *, informative: int, sampled: int, most: int) -> int:
    """Return how many prompts to sample for so many informative groups, by the share of them so far.

    >>> prompts_needed(3, informative=4, sampled=10, most=64)
    8
    """
    return min(most, -(-missing * sampled // max(informative, 1)))


def prompt_order(count: int, position: int, *, seed: int, shuffle: bool) -> Iterator[int]:
    """Yield the rows, of `count`, from a position on: each twice, in two passes over the data or three.

    Each pass has an order of its own, that of the data itself without `shuffle`. It depends on the arguments
    alone, so that a resumed run finds the same one.
    """
    for at in range(position, position + 2 * count):
        turn, row = divmod(at, count)
        if at == position or row == 0:
            rows = np.random.default_rng([seed, turn]).permutation(count) if shuffle else np.arange(count)
        yield int(rows[row])


def replace_groups(wanting: Sequence[Place], offered: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Return pairs of a group to replace and the one that replaces it, if possible of the same process."""
    pairs: list[tuple[Place, Place]] = []
    for rank in sorted({place.rank for place in wanting}):
        mine = [place for place in wanting if place.rank == rank]
        pairs += zip(mine, [place for place in offered if place.rank == rank], strict=False)
    replaced, used = {one for one, _ in pairs}, {other for _, other in pairs}
    left = [place for place in wanting if place not in replaced]
    pairs += zip(left, [place for place in offered if place not in used], strict=False)
    return pairs


def fill(
    batch: dict[str, torch.Tensor],
    further: dict[str, torch.Tensor],
    pairs: Sequence[tuple[int, int]],
    *,
    size: int,
    padding: Mapping[str, float],
) -> dict[str, torch.Tensor]:
    """Return `batch` with some groups replaced by groups of `further`, both padded to one width.

    Scalars about the whole batch, of shape (), no longer hold for the new one: they are dropped, and must be
    computed again.

    Args:
        batch: tensors of shape (B,), (B, T) or (), as TRL makes them.
        further: the same of another round.
        pairs: of a group of `batch` and the one of `further` that replaces it.
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
