"""Every technique equals its formula in plain numpy, on random numbers with rewards that were not judged."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.token_weights import token_weights

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom")


@pytest.mark.parametrize("loss_type", ["dapo", "grpo", "bnpo", "dr_grpo", "luspo"])
def test_token_weights_equal_the_loss_of_each_type(loss_type: str) -> None:
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
