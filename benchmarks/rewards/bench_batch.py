"""What the rules cost a trainer: 256 completions of 16k tokens (60 KB), and 4,096 of 200 bytes by recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from texts import english, token_ids

from rewards import (
    Batch,
    CosineLength,
    HasBox,
    LanguageMixing,
    LocalScorer,
    LogprobModulation,
    NgramRepetition,
    ProperEnding,
    Reward,
    Rollout,
    SoftOverlong,
    ThinkFormat,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = 16_384
REWARDS: dict[str, Reward] = {
    "think_format": ThinkFormat(),
    "has_box": HasBox(),
    "ngram_repetition": NgramRepetition(n=20),
    "ngram_repetition of tokens": NgramRepetition(n=20, unit="tokens"),
    "soft_overlong": SoftOverlong(max_length=20_480),
    "language_mixing": LanguageMixing(target="en"),
    "logprob_modulation": LogprobModulation(reward=HasBox()),
    "cosine_length": CosineLength(correctness=HasBox(), max_length=20_480),
    "proper_ending": ProperEnding(correctness=HasBox()),
}


@pytest.fixture(scope="module")
def rollouts() -> list[Rollout]:
    logprobs = -np.random.default_rng(0).exponential(0.3, TOKENS).astype(np.float32)
    return [
        Rollout(
            completion=f"<think>{english(12_000, seed=seed)[:60_000]}</think> so \\boxed{{4}}.",
            completion_ids=token_ids(TOKENS, seed=seed),
            logprobs=logprobs,
        )
        for seed in range(256)
    ]


@pytest.mark.parametrize("reward", REWARDS.values(), ids=REWARDS)
def bench_256_times_16k_tokens(
    benchmark: Callable[..., object], rollouts: list[Rollout], reward: Reward
) -> None:
    benchmark.pedantic(lambda: reward(Batch(rollouts)), rounds=3)


@pytest.mark.parametrize("recipe", ["boxed", "r1-zero", "gsm8k-three-part", "r1-gated"])
def bench_4096_times_200_bytes(benchmark: Callable[..., object], recipe: str) -> None:
    rollouts = [
        Rollout(
            completion=f"<think>{english(28, seed=seed)}</think> so \\boxed{{{seed % 900}}}.",
            ground_truth=str(seed // 16),
            completion_ids=token_ids(50, seed=seed),
        )
        for seed in range(4096)
    ]
    benchmark.pedantic(lambda: LocalScorer(recipe).score(rollouts), rounds=5)
