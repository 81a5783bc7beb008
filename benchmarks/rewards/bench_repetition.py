"""n-gram repetition against a set of tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from texts import english, token_ids

from rewards import Batch, Context, NgramRepetition, Rollout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKENS = 16_384


def penalty(units: Sequence[object], n: int) -> float:
    """The definition."""
    total = len(units) - n + 1
    unique = len({tuple(units[at : at + n]) for at in range(total)})
    return -1.0 * (1 - unique / total) + 0.0


@pytest.mark.parametrize("n", [5, 20])
@pytest.mark.parametrize("loop", [0, 200], ids=["varied", "looping"])
def bench_16k_tokens(against: Callable[..., None], n: int, loop: int) -> None:
    ids = token_ids(TOKENS, loop=loop)
    as_list = ids.tolist()
    reward = NgramRepetition(n=n, unit="tokens")
    batch = Batch([Rollout(completion="", completion_ids=ids)])
    against(lambda: reward.evaluate(batch, Context()).values[0], lambda: penalty(as_list, n))


@pytest.mark.parametrize("n", [5, 20])
def bench_16k_words(against: Callable[..., None], n: int) -> None:
    text = english(TOKENS)
    reward = NgramRepetition(n=n)
    rollouts = [Rollout(completion=text)]
    against(
        lambda: reward.evaluate(Batch(rollouts), Context()).values[0],
        lambda: penalty(text.lower().split(), n),
    )


def bench_batch_of_256_with_16k_tokens(benchmark: Callable[..., object]) -> None:
    reward = NgramRepetition(n=20, unit="tokens")
    batch = Batch(
        [Rollout(completion="", completion_ids=token_ids(TOKENS, seed=seed)) for seed in range(256)]
    )
    benchmark(lambda: reward(batch))


def bench_10_megabytes(benchmark: Callable[..., object]) -> None:
    rollouts = [Rollout(completion=english(1_900_000)[:10_000_000])]
    benchmark.pedantic(lambda: NgramRepetition(n=20)(rollouts), rounds=3)
