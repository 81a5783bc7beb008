"""Masking equals its formula in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import G, random_rewards

from trainer_adapters.grpo.techniques.masking import informative_rows, mean_scale

SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


@pytest.mark.parametrize("seed", SEEDS)
def test_informative_rows_are_those_of_groups_that_differ(seed: int) -> None:
    rewards = random_rewards(seed)
    right = np.where(np.isnan(rewards), np.nan, (rewards >= 1).astype(float))
    for values in (right, rewards.astype(np.float64)):
        expected = []
        for group in values.reshape(-1, G):
            known = group[~np.isnan(group)]
            differ = len(known) >= 2 and known.max() - known.min() > 1e-6
            expected += [bool(differ) and not np.isnan(one) for one in group]
        found = informative_rows(torch.tensor(values), torch.tensor(rewards), G)
        assert found.tolist() == expected


def test_mean_scale_divides_by_the_members_that_count() -> None:
    losses = np.array([1.0, 2.0, 3.0, 4.0])
    kept = np.array([1.0, 0.0, 1.0, 0.0])
    by_all = (losses * kept).mean()
    scale = mean_scale(torch.tensor(kept).sum(), 4).item()
    assert by_all * scale == pytest.approx(losses[kept == 1].mean())
    assert mean_scale(torch.tensor(0.0), 4).isfinite()
