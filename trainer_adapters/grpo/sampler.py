"""The order of the prompts, reproduced by a run that resumes from a checkpoint.

TRL shuffles each epoch by the next numbers of one generator. A run that resumes in the second epoch begins
with a fresh generator, and would see the order of the first. Left out: the position within an epoch, which
transformers restores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.utils.data import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

__all__ = ["ResumableSampler"]


class ResumableSampler(Sampler[int]):
    """A sampler whose order depends on the epoch, not on how often it was started.

    Args:
        inner: a sampler that draws a new order each time it is iterated over.
        passes: returns the number of completed epochs.
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
