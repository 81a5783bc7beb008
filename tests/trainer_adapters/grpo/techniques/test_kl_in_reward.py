"""The KL in the reward equals its formula in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.kl_in_reward import kl_in_reward

SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_in_reward_equals_its_formula(seed: int) -> None:
    logps, reference, mask = random_tokens(seed)
    rewards = np.random.default_rng(seed).standard_normal(6)
    rewards[2] = np.nan
    garbage = np.where(mask == 1, reference, np.nan)  # padding may hold anything
    found = kl_in_reward(*map(torch.tensor, (rewards, logps, garbage, mask)), beta=0.05)
    expected = [
        reward - 0.05 * sum(logps[row, at] - reference[row, at] for at in range(9) if mask[row, at])
        for row, reward in enumerate(rewards)
    ]
    np.testing.assert_allclose(found.numpy(), expected)
