"""The loss by prompt."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.prompt_mean import PromptMean
from trainer_adapters.grpo.techniques.technique import Groups, Tokens

SIZE = 2


def of_process(mask: torch.Tensor, rows: slice) -> Tokens:
    """The tokens of one of two processes, each of which adds up what the other counts."""
    rewards = torch.zeros(len(mask))
    counts = mask.sum(dim=1).view(-1, SIZE).sum(dim=1).tolist()
    return Tokens(
        groups=Groups(rewards=rewards, right=rewards, size=SIZE, judges=True),
        rows=rows,
        mask=mask[rows],
        rewards=torch.zeros_like(mask[rows]),
        totals=lambda *_: counts,
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cut", [2, 3])
def test_prompt_mean_is_the_mean_over_prompts_of_means_over_tokens(seed: int, cut: int) -> None:
    losses, _, mask = random_tokens(seed)
    mask[2:4] = 0.0  # a prompt of which nothing counts
    found = 0.0
    for rows in (slice(0, cut), slice(cut, 6)):  # 3: the completions of a prompt lie on both
        weighted = PromptMean().token_advantages(torch.ones(6)[rows], of_process(torch.tensor(mask), rows))
        by_token = torch.ones(len(weighted), 9) * 3.0
        assert torch.equal(
            PromptMean().token_advantages(by_token, of_process(torch.tensor(mask), rows)),
            by_token * weighted.unsqueeze(1),
        )
        found += (weighted.numpy()[:, None] * losses[rows] * mask[rows]).sum() / mask.sum()
    prompts = [at for at in range(3) if mask[2 * at : 2 * at + 2].any()]
    expected = [
        (losses[2 * at : 2 * at + 2] * mask[2 * at : 2 * at + 2]).sum() / mask[2 * at : 2 * at + 2].sum()
        for at in prompts
    ]
    assert found == pytest.approx(np.mean(expected))


def test_prompt_mean_of_nothing_is_finite() -> None:
    assert (
        PromptMean()
        .token_advantages(torch.ones(4), of_process(torch.zeros(4, 3), slice(0, 4)))
        .isfinite()
        .all()
    )
