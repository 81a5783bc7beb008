"""The order of the prompts, which a run that goes on from a checkpoint finds again.

TRL shuffles each pass over the data by the next numbers of one generator. A run that goes on in the second
pass begins with a fresh generator, and would see the order of the first. Left out: where in a pass to go
on, which transformers does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.utils.data import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

__all__ = ["KeptOrder"]


class KeptOrder(Sampler[int]):
    """A sampler whose orders depend on which pass over the data it is, not on how often it was started.

    Args:
        inner: a sampler with an order for each time that it is iterated over.
        passes: how many passes over the data are over.
    """

    def __init__(self, inner: Sampler[int], passes: Callable[[], int]) -> None:
        self._inner: Sampler[int] = inner
        self._passes = passes
        self._begun = 0

    def __iter__(self) -> Iterator[int]:
        while self._begun < self._passes():
            next(iter(self._inner), None)  # draws that pass's order
            self._begun += 1
        self._begun += 1
        yield from self._inner

    def __len__(self) -> int:
        sized: Sized = self._inner
        return len(sized)
