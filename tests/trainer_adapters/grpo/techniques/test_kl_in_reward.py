"""The KL in the reward equals its formula in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.kl_in_reward import kl_rewards

SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_rewards_equal_their_formula(seed: int) -> None:
    logps, reference, mask = random_tokens(seed)
    garbage = np.where(mask == 1, reference, np.nan)  # padding may hold anything
    found = kl_rewards(*map(torch.tensor, (logps, garbage, mask)), beta=0.05)
    np.testing.assert_allclose(found.numpy(), -0.05 * (logps - reference) * mask)
