"""Advantages equal their formula in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import G, random_rewards

from trainer_adapters.grpo.techniques.advantages import advantages, judged_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray


SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


def reference_advantages(
    rewards: NDArray[np.float32], baseline: str, scale: str, quantile: float, floor: float
) -> NDArray[np.float64]:
    groups = [list(group) for group in rewards.astype(np.float64).reshape(-1, G)]
    judged = [[one for one in group if not np.isnan(one)] for group in groups]
    judged = [group if len(group) >= 2 else [] for group in judged]
    everything = [one for group in judged for one in group]
    found = []
    for group, known in zip(groups, judged, strict=True):
        for one in group:
            if np.isnan(one) or not known:
                found.append(0.0)
                continue
            below = {
                "mean": lambda known=known: np.mean(known),
                "batch": lambda: np.mean(everything),
                "quantile": lambda known=known: np.quantile(known, quantile, method="inverted_cdf"),
            }[baseline]()
            spread = {"group": known, "batch": everything}.get(scale)
            divisor = 1.0 if spread is None else max(np.std(spread, ddof=1), floor) + 1e-4
            found.append((one - below) / divisor)
    return np.array(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("baseline", ["mean", "quantile", "batch"])
@pytest.mark.parametrize("scale", ["group", "batch", "none"])
@pytest.mark.parametrize("floor", [0.0, 0.3])
def test_advantages_equal_their_formula(seed: int, baseline: str, scale: str, floor: float) -> None:
    rewards = random_rewards(seed)
    found = advantages(
        torch.tensor(rewards), G, baseline=baseline, scale=scale, quantile=0.4, std_floor=floor
    ).numpy()
    expected = reference_advantages(rewards, baseline, scale, 0.4, floor)
    # Divided by the tiny spread of the group that is all right, float32's rounding shows.
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)
    positive = advantages(
        torch.tensor(rewards), G, baseline=baseline, scale=scale, std_floor=floor, positive_only=True
    ).numpy()
    np.testing.assert_allclose(positive, np.maximum(expected, 0.0), rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4, 0.5, 0.6, 1.0])
def test_the_quantile_of_a_group_is_one_of_its_rewards(share: float) -> None:
    rewards = random_rewards(3)
    found = advantages(torch.tensor(rewards), G, baseline="quantile", scale="none", quantile=share).numpy()
    np.testing.assert_allclose(
        found, reference_advantages(rewards, "quantile", "none", share, 0.0), atol=1e-6
    )


def test_a_floor_keeps_the_noise_of_an_all_right_group_small() -> None:
    rewards = torch.tensor([1.0, 1.0, 1.0, 1.001])
    assert advantages(rewards, 4).abs().max() > 1
    assert advantages(rewards, 4, std_floor=0.1).abs().max() < 0.01


def test_a_group_with_one_judged_completion_carries_no_signal() -> None:
    rewards = torch.tensor([1.0, torch.nan, 1.0, 0.0])
    assert judged_groups(rewards, 2).isnan().tolist() == [True, True, False, False]
    for baseline in ("mean", "quantile", "batch"):
        assert advantages(rewards, 2, baseline=baseline, scale="batch")[:2].tolist() == [0.0, 0.0]
