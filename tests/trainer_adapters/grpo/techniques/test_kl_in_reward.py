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


@pytest.mark.parametrize("seed", SEEDS)
def test_kl_rewards_have_the_gradient_of_the_kl_on_average(seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(5, generator=draw, dtype=torch.float64).requires_grad_()
    reference = torch.randn(5, generator=draw, dtype=torch.float64).log_softmax(-1)
    policy = logits.log_softmax(-1)
    # torch's own divergence, and the policy gradient over all five answers of one token.
    exact = torch.nn.functional.kl_div(reference, policy, reduction="sum", log_target=True)
    rewards = kl_rewards(policy.detach()[:, None], reference[:, None], torch.ones(5, 1), beta=1.0)
    estimated = -(policy.detach().exp() * rewards[:, 0] * policy).sum()
    gradients = [torch.autograd.grad(one, logits, retain_graph=True)[0] for one in (exact, estimated)]
    torch.testing.assert_close(*gradients)
