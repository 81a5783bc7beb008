"""The order of prompts in a run that resumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from torch.utils.data import Sampler

from trainer_adapters.grpo.sampler import ResumableSampler

if TYPE_CHECKING:
    from collections.abc import Iterator

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")


class Shuffled(Sampler[int]):
    """Draws a new order from one generator each time that it is iterated over."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(1)

    def __iter__(self) -> Iterator[int]:
        yield from torch.randperm(20, generator=self.generator).tolist()

    def __len__(self) -> int:
        return 20


def sampler(passes: int) -> ResumableSampler:
    return ResumableSampler(Shuffled(), lambda: passes)


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_resumable_sampler_begins_with_the_order_of_its_epoch(epoch: int) -> None:
    whole = sampler(0)
    orders = [list(whole) for _ in range(5)]
    assert len({tuple(order) for order in orders}) == 5
    resumed = sampler(epoch)
    assert [list(resumed) for _ in range(5 - epoch)] == orders[epoch:]
    assert len(resumed) == 20
