"""Every technique equals its formula in plain numpy, on random numbers with rewards that were not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from trainer_adapters.grpo.techniques.advantages import advantages, judged_groups
from trainer_adapters.grpo.techniques.covariance import (
    clip_cov_keep,
    covariances,
    kl_cov_chosen,
    kl_cov_penalty,
)
from trainer_adapters.grpo.techniques.kl_in_reward import kl_in_reward
from trainer_adapters.grpo.techniques.llds import llds_penalty
from trainer_adapters.grpo.techniques.masking import informative_rows, sequence_scale
from trainer_adapters.grpo.techniques.token_weights import token_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

G = 5
SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


def random_rewards(seed: int) -> NDArray[np.float32]:
    """Groups of G: mixed, all equal, partly and wholly unjudged, one judged alone."""
    draw = np.random.default_rng(seed)
    rewards = draw.choice([0.0, 0.1, 1.0, 2.5], size=(7, G)).astype(np.float32)
    rewards[1] = 1.0
    rewards[2, draw.integers(G)] = np.nan
    rewards[3] = np.nan
    rewards[4, 1:] = np.nan
    rewards[5] = 1.0 + 1e-3 * draw.standard_normal(G)  # all right, apart from a small term
    return rewards.reshape(-1)


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
def test_advantages(seed: int, baseline: str, scale: str, floor: float) -> None:
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


@pytest.mark.parametrize("seed", SEEDS)
def test_informative_rows(seed: int) -> None:
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


def test_a_loss_by_sequence_is_divided_by_the_sequences_that_count() -> None:
    losses = np.array([1.0, 2.0, 3.0, 4.0])
    kept = np.array([1.0, 0.0, 1.0, 0.0])
    by_all = (losses * kept).mean()
    scale = sequence_scale(torch.tensor(kept).sum(), 4).item()
    assert by_all * scale == pytest.approx(losses[kept == 1].mean())
    assert sequence_scale(torch.tensor(0.0), 4).isfinite()


def random_tokens(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    logps = -draw.exponential(1.0, size=(6, 9))
    old = logps + 0.3 * draw.standard_normal((6, 9))
    mask = (np.arange(9) < draw.integers(1, 10, size=(6, 1))).astype(float)
    mask[0, 2] = 0.0  # a token that a tool wrote
    return logps, old, mask


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_in_reward(seed: int) -> None:
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


@pytest.mark.parametrize("seed", SEEDS)
def test_covariances_and_the_tokens_that_are_chosen_by_them(seed: int) -> None:
    logps, old, mask = random_tokens(seed)
    scores = np.random.default_rng(seed + 100).standard_normal((6, 1))
    found = covariances(*map(torch.tensor, (logps, scores, mask)))
    tokens = [(row, at) for row in range(6) for at in range(9) if mask[row, at]]
    mean_logp = np.mean([logps[one] for one in tokens])
    mean_score = np.mean([scores[row, 0] for row, _ in tokens])
    expected = np.zeros((6, 9))
    for row, at in tokens:
        expected[row, at] = (logps[row, at] - mean_logp) * (scores[row, 0] - mean_score)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)

    count = max(1, int(0.2 * len(tokens)))
    highest = sorted(tokens, key=lambda one: -expected[one])[:count]
    chosen = kl_cov_chosen(found, torch.tensor(mask), ratio=0.2).numpy()
    assert sorted(zip(*np.nonzero(chosen), strict=True)) == sorted(highest)
    penalty = kl_cov_penalty(torch.tensor(logps), torch.tensor(old), torch.tensor(chosen)).numpy()
    np.testing.assert_allclose(penalty, np.abs(old - logps) * chosen)

    draws = np.random.default_rng(seed + 200).random((6, 9))
    band = [one for one in tokens if 0.05 < expected[one] < 1.0]
    detached = sorted(band, key=lambda one: draws[one])[:count]
    keep = clip_cov_keep(
        found, torch.tensor(mask), torch.tensor(draws), ratio=0.2, low=0.05, high=1.0
    ).numpy()
    assert sorted(zip(*np.nonzero(keep == 0), strict=True)) == sorted(detached)


@pytest.mark.parametrize("seed", SEEDS)
def test_llds(seed: int) -> None:
    logps, old, mask = random_tokens(seed)
    scores = np.random.default_rng(seed + 300).standard_normal(6)
    scores[1] = 0.0
    expected = np.zeros((6, 9))
    for row in range(6):
        drops = [(old[row, at] - logps[row, at]) * mask[row, at] for at in range(9)]
        if scores[row] >= 0 and sum(drops) > 0:
            expected[row] = np.maximum(drops, 0.0)
    for shaped in (scores, scores[:, None], np.repeat(scores[:, None], 9, axis=1)):
        found = llds_penalty(*map(torch.tensor, (logps, old, shaped, mask)))
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("loss_type", ["dapo", "grpo", "bnpo", "dr_grpo", "luspo"])
def test_token_weights(loss_type: str) -> None:
    _, losses, mask = random_tokens(1)
    lengths = mask.sum(1)
    expected = {
        "dapo": (losses * mask).sum() / (200.0 / 2 * 3 / 6),
        "grpo": np.mean((losses * mask).sum(1) / np.maximum(lengths, 1)) / 3,
        "bnpo": (losses * mask).sum() / mask.sum() / 3,
        "dr_grpo": (losses * mask).sum() / (6 * 16) / 3,
        "luspo": (losses * mask).sum(1).mean() / 3,
    }[loss_type]
    weights = token_weights(
        torch.tensor(mask),
        loss_type,
        tokens=torch.tensor(200.0),
        processes=2,
        accumulation=3,
        passes=6,
        window=16,
    )
    assert (weights * torch.tensor(losses)).sum().item() == pytest.approx(expected, rel=1e-5)
