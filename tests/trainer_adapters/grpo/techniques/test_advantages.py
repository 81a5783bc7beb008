"""Advantages equal their formula in plain numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import G, random_rewards

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.techniques.advantages import (
    Advantage,
    advantages,
    judged_groups,
    sum_of_normalized,
    whitened,
)
from trainer_adapters.grpo.techniques.technique import Groups, Tokens

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
    below_of = {
        "mean": np.mean,
        "batch": lambda _: np.mean(everything),
        "quantile": lambda known: np.quantile(known, quantile, method="inverted_cdf"),
    }[baseline]
    left = [one - below_of(group) for group in judged for one in group]
    found = []
    for group, known in zip(groups, judged, strict=True):
        for one in group:
            if np.isnan(one) or not known:
                found.append(0.0)
                continue
            spread = {"group": known, "batch": everything, "advantages": left}.get(scale)
            divisor = 1.0 if spread is None else max(np.std(spread, ddof=1), floor) + 1e-4
            divisor = np.mean(known) + 1e-6 if scale == "mean" else divisor
            found.append((one - below_of(known)) / divisor)
    return np.array(found)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("baseline", ["mean", "quantile", "batch"])
@pytest.mark.parametrize("scale", ["group", "batch", "advantages", "none"])
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


@pytest.mark.parametrize("seed", SEEDS)
def test_advantages_by_the_mean_equal_their_formula(seed: int) -> None:
    rewards = random_rewards(seed)
    found = advantages(torch.tensor(rewards), G, scale="mean").numpy()
    np.testing.assert_allclose(found, reference_advantages(rewards, "mean", "mean", 0.4, 0.0), atol=1e-4)
    assert np.abs(found).max() <= G - 1


@pytest.mark.parametrize("right", range(1, 9))
def test_advantages_by_the_mean_weigh_a_prompt_by_its_pass_rate(right: int) -> None:
    """The estimator of the gradient of ln p: the mean score of right completions less that of all."""
    rewards = torch.tensor([1.0] * right + [0.0] * (8 - right))
    scores = torch.randn(8, generator=torch.Generator().manual_seed(right))
    found = (advantages(rewards, 8, scale="mean") * scores).mean()
    assert found.item() == pytest.approx((scores[:right].mean() - scores.mean()).item(), abs=1e-5)
    assert advantages(torch.zeros(8), 8, scale="mean").tolist() == [0.0] * 8


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_reward_below_0_is_no_part_of_a_pass_rate(at: int) -> None:
    rewards = torch.tensor([1.0, 0.0, torch.nan, 1.0, 0.0, 1.0])
    rewards[at] = -0.25
    with pytest.raises(ConfigError, match=rf"reward of rollouts\[{at}\] is -0.25; take a recipe"):
        advantages(rewards, 3, scale="mean")


@pytest.mark.parametrize("seed", SEEDS)
def test_normalized_functions_equal_their_formula(seed: int) -> None:
    draw = np.random.default_rng(seed)
    terms = np.stack(
        [random_rewards(seed), draw.choice([0.0, 0.5, np.nan], 7 * G), draw.random(7 * G)], axis=1
    )
    terms[np.isnan(terms[:, 0])] = np.nan  # what was not judged has no value of any function
    weights = np.array([1.0, 0.5, -2.0])
    alone = [reference_advantages(column, "mean", "group", 0.4, 0.0) for column in terms.T.astype(np.float32)]
    expected = weights @ np.array(alone)
    given = torch.tensor(terms, dtype=torch.float32), torch.tensor(weights, dtype=torch.float32)
    found = sum_of_normalized(*given, G)
    np.testing.assert_allclose(found.numpy(), expected, rtol=2e-3, atol=2e-3)

    rewards = given[0][:, 0]
    groups = Groups(rewards=rewards, right=rewards, size=G, judges=True, terms=given)
    whole = Advantage(aggregation="normalize_then_sum").advantages(rewards, groups)
    counted = ~judged_groups(rewards, G).isnan().numpy()
    spread = expected[counted]
    expected[counted] = (spread - spread.mean()) / (spread.std(ddof=1) + 1e-4)
    np.testing.assert_allclose(whole.numpy(), np.where(counted, expected, 0.0), rtol=5e-3, atol=5e-3)


def test_normalized_functions_must_be_known() -> None:
    rewards = torch.tensor([1.0, 0.0])
    groups = Groups(rewards=rewards, right=rewards, size=2, judges=True)
    with pytest.raises(RuntimeError, match="rewards of single functions are not known"):
        Advantage(aggregation="normalize_then_sum").advantages(rewards, groups)


def test_rewards_of_equal_sums_and_other_parts_differ_in_their_advantages() -> None:
    terms = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    rewards = terms.sum(dim=1)
    terms[3, 1] = 0.5
    groups = Groups(rewards=rewards, right=rewards, size=4, judges=True, terms=(terms, torch.ones(2)))
    sums, parts = (
        Advantage(aggregation=how).advantages(rewards, groups)
        for how in ("sum_then_normalize", "normalize_then_sum")
    )
    assert sums[0] == sums[1]
    assert parts[0] != parts[1]


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


def sums(*values: torch.Tensor) -> list[float]:
    return [value.item() for value in values]


def of_tokens(technique: Advantage, rewards: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    groups = Groups(rewards=rewards, right=rewards, size=2, judges=True)
    tokens = Tokens(groups=groups, rows=slice(None), mask=mask, rewards=torch.zeros(mask.shape), totals=sums)
    return technique.token_advantages(technique.advantages(rewards, groups), tokens)


@pytest.mark.parametrize("baseline", ["mean", "batch"])
def test_whitened_advantages_leave_out_what_does_not_count(baseline: str) -> None:
    rewards = torch.tensor([1.0, 0.0, 1.0, torch.nan, 5.0, 3.0])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0], [1, 1, 1], [1, 1, 1], [0, 0, 0], [1, 0, 0]])
    found = of_tokens(Advantage(baseline=baseline, scale="tokens"), rewards, mask)
    counts = mask.bool() & torch.tensor([True, True, False, False, True, True]).unsqueeze(1)
    assert found[~counts].abs().max() == 0  # a group with one judged completion, and what is masked
    assert found[counts].mean().item() == pytest.approx(0.0, abs=1e-6)
    assert found[counts].std().item() == pytest.approx(1.0, rel=1e-5)
    positive = of_tokens(Advantage(baseline=baseline, scale="tokens", positive_only=True), rewards, mask)
    assert positive.tolist() == found.clamp(min=0).tolist()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_whitened_values_without_spread_are_finite(count: int) -> None:
    mask = torch.zeros(1, 3)
    mask[0, :count] = 1
    assert whitened(torch.full((1, 3), 7.0), mask, sums).tolist() == [[0.0, 0.0, 0.0]]
    assert whitened(torch.tensor([[1.0, 1.001, 0.0]]), mask, sums, std_floor=0.1).abs().max() < 0.01
