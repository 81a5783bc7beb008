"""The rounds of dynamic sampling: what was sampled, what of it the batch holds, and the figures of both.

A figure under TRL's or our own name is about the completions that are trained on; `sampled/NAME` is the same
of all that were sampled for the batch, which is what tells of the policy. Figures that only a whole round has
(`verdicts/*`, components by source, a sampler's) are logged as `sampled/NAME` alone.

Left out: the choice of groups, in :mod:`trainer_adapters.grpo.techniques.dynamic_sampling`; sampling itself.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather, pad_across_processes
from trl.trainer.utils import nanstd

from trainer_adapters.grpo.techniques.dynamic_sampling import (
    PADDED_LEFT,
    Place,
    fill,
    prompts_needed,
    replace_groups,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Round", "Rounds", "completion_measures", "refilled"]

Batch = dict[str, torch.Tensor]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Round:
    """The groups that were sampled together, those of all processes one after the other."""

    informative: list[bool]

    rows: torch.Tensor
    """(N, K), the values of each completion."""

    logged: dict[str, list[Any]]
    """TRL's columns of the table of completions, each of N values."""

    metrics: dict[str, float]
    """What TRL and rewards logged of it."""


class Rounds:
    """The rounds for one batch; the same on all processes, but for the tensors.

    Args:
        first: the first round, which the batch holds until groups are replaced.
        size: G.
        processes: their number.
    """

    def __init__(self, first: Round, *, size: int, processes: int) -> None:
        self._all = [first]
        self._size = size
        self._processes = processes
        self._groups = len(first.informative) // processes
        self._origin = [(0, at) for at in range(len(first.informative))]
        self._replaced = 0

    @property
    def missing(self) -> list[Place]:
        """The groups of the batch that are not informative."""
        return [
            Place(*divmod(at, self._groups))
            for at, (turn, group) in enumerate(self._origin)
            if not self._all[turn].informative[group]
        ]

    @property
    def needed(self) -> int:
        """The number of prompts to sample for the missing groups."""
        found = [one for turn in self._all for one in turn.informative]
        return prompts_needed(
            len(self.missing), informative=sum(found), sampled=len(found), most=len(self._origin)
        )

    @property
    def figures(self) -> dict[str, float]:
        """The share of the batch that was not filled, the share of groups sampled in vain, and the rounds."""
        offered = [one for turn in self._all[1:] for one in turn.informative]
        return {
            "dynamic_sampling/rounds": float(len(self._all) - 1),
            "dynamic_sampling/unfilled": len(self.missing) / len(self._origin),
            "dynamic_sampling/surplus": (sum(offered) - self._replaced)
            / sum(len(turn.informative) for turn in self._all),
        }

    def add(self, further: Round) -> list[tuple[Place, Place]]:
        """Take a further round, and return which of its groups replace which of the batch."""
        groups = len(further.informative) // self._processes
        offered = [Place(*divmod(at, groups)) for at, one in enumerate(further.informative) if one]
        pairs = replace_groups(self.missing, offered)
        for place, other in pairs:
            self._origin[place.rank * self._groups + place.at] = (
                len(self._all),
                other.rank * groups + other.at,
            )
        self._replaced += len(pairs)
        self._all.append(further)
        return pairs

    @property
    def rows(self) -> torch.Tensor:
        """The values of all sampled completions."""
        return torch.cat([turn.rows for turn in self._all])

    @property
    def logged(self) -> dict[str, list[Any]]:
        """The table of the completions that the batch holds."""
        names = dict.fromkeys(name for turn in self._all for name in turn.logged)
        return {
            name: [
                value
                for turn, at in self._origin
                for value in self._all[turn].logged.get(name, [None] * len(self._all[turn].rows))[
                    at * self._size : (at + 1) * self._size
                ]
            ]
            for name in names
        }

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the rounds, weighed by their completions; an absent verdict has a share of 0."""
        found = {}
        for name in dict.fromkeys(name for turn in self._all for name in turn.metrics):
            having = [turn for turn in self._all if name in turn.metrics or name.startswith("verdicts/")]
            of = sum(len(turn.rows) for turn in having)
            found[name] = sum(turn.metrics.get(name, 0.0) * len(turn.rows) for turn in having) / of
        return found


def refilled(
    batch: Batch,
    further: Batch,
    pairs: Sequence[tuple[Place, Place]],
    *,
    rank: int,
    processes: int,
    size: int,
    padding: Mapping[str, float],
) -> Batch:
    """Return this process's batch with groups replaced, those of other processes among them."""
    own = [(place.at, other.at) for place, other in pairs if place.rank == other.rank == rank]
    batch = fill(batch, further, own, size=size, padding=padding)
    moved = [(place, other) for place, other in pairs if place.rank != other.rank]
    if not moved:
        return batch
    leaving = [[other.at for _, other in moved if other.rank == one] for one in range(processes)]
    width = max(map(len, leaving))
    sent = [*leaving[rank], *[0] * width][:width]  # all processes send as many
    index = torch.tensor([at * size + row for at in sent for row in range(size)])
    arrived = {}
    for name, tensor in further.items():
        if tensor.ndim == 0:
            continue
        part = tensor[index.to(tensor.device)]
        if tensor.ndim > 1:
            left = name in PADDED_LEFT
            part = pad_across_processes(part, dim=1, pad_index=padding.get(name, 0), pad_first=left)
        arrived[name] = gather(part.to(torch.uint8) if part.dtype is torch.bool else part).to(part.dtype)
    taken = [
        (place.at, other.rank * width + leaving[other.rank].index(other.at))
        for place, other in moved
        if place.rank == rank
    ]
    return fill(batch, arrived, taken, size=size, padding=padding)


def completion_measures(
    functions: torch.Tensor,
    weights: torch.Tensor,
    names: Sequence[str],
    lengths: torch.Tensor,
    truncated: torch.Tensor,
) -> dict[str, float]:
    """Return TRL's figures of completions, by TRL's names and formulas.

    Args:
        functions: (N, F), the reward of each function, NaN for None.
        weights: (F,).
        names: of the functions.
        lengths: (N,), in tokens.
        truncated: (N,), 1 for those that were cut off.
    """
    totals = (functions * weights).nansum(dim=1).masked_fill(functions.isnan().all(dim=1), torch.nan)
    found = {"reward": totals.nanmean().item(), "reward_std": nanstd(totals).item()}
    for name, column in zip(names, functions.T, strict=True):
        found[f"rewards/{name}/mean"] = column.nanmean().item()
        found[f"rewards/{name}/std"] = nanstd(column).item()
    found["completions/clipped_ratio"] = truncated.mean().item()
    ended = lengths[truncated == 0] if (truncated == 0).any() else torch.zeros(1)
    for kind, some in (("", lengths), ("terminated_", ended)):
        found |= {
            f"completions/mean_{kind}length": some.mean().item(),
            f"completions/min_{kind}length": some.min().item(),
            f"completions/max_{kind}length": some.max().item(),
        }
    return found
