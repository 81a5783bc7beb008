"""LLDS equals its formula in plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.llds import llds_penalty

SEEDS = range(8)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


@pytest.mark.parametrize("seed", SEEDS)
def test_llds_penalty_equals_its_formula(seed: int) -> None:
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
