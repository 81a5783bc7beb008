"""Covariances, and the tokens chosen by them, equal their formula in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.covariance import (
    clip_cov_keep,
    covariances,
    kl_cov_chosen,
    kl_cov_penalty,
)

SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


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
