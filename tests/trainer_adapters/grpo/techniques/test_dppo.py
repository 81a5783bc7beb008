"""DPPO against its formula, and against verl where it samples by other probabilities than the trainer's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from random_batches import random_tokens

from trainer_adapters.grpo.techniques.dppo import THRESHOLDS, Dppo, binary_kl, binary_tv, moved_too_far
from trainer_adapters.grpo.techniques.technique import LossState


def divergence_of(kind: str, before: float, after: float) -> float:
    if kind == "tv":
        return 0.5 * (abs(after - before) + abs((1 - after) - (1 - before)))
    return before * math.log(before / after) + (1 - before) * math.log((1 - before) / (1 - after))


def probabilities(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Log-probabilities of the policy, those of the sampler, and the mask."""
    logps, sampled, mask = map(torch.tensor, random_tokens(seed))
    return logps.clamp(max=-1e-3), sampled.clamp(max=-1e-3), mask


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("kind", "divergence"), [("tv", binary_tv), ("kl", binary_kl)])
def test_divergence_is_that_of_two_outcomes(seed: int, kind: str, divergence: Any) -> None:
    logps, sampled, _ = probabilities(seed)
    pairs = zip(sampled.exp().flatten().tolist(), logps.exp().flatten().tolist(), strict=True)
    expected = [divergence_of(kind, before, after) for before, after in pairs]
    np.testing.assert_allclose(divergence(logps, sampled).flatten(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("divergence", [binary_tv, binary_kl])
def test_divergence_of_certain_tokens_is_finite(divergence: Any) -> None:
    sure = torch.tensor([[0.0, -1e-9, -90.0, 0.0]])
    assert divergence(sure, sure).abs().max() < 1e-6
    assert divergence(sure, sure.flip(1)).isfinite().all()


def test_tokens_that_go_back_keep_their_gradient() -> None:
    logps, sampled = torch.tensor([[-0.1, -3.0]]), torch.tensor([[-2.0, -0.2]])
    far = binary_tv(logps, sampled)
    assert far.min() > THRESHOLDS["tv"]
    up, down = torch.tensor([[1.0]]), torch.tensor([[-1.0]])
    assert moved_too_far(logps, sampled, up, far, low=0.15, high=0.15).tolist() == [[True, False]]
    assert moved_too_far(logps, sampled, down, far, low=0.15, high=0.15).tolist() == [[False, True]]


def state_of(logps: torch.Tensor, **batch: torch.Tensor) -> LossState:
    noted: dict[str, float] = {}
    return LossState(batch=batch, log=noted.__setitem__, policy_logps=logps)


def surrogate(state: LossState) -> torch.Tensor:
    """TRL's loss of each token without a clip, (B, T)."""
    return -(state.logps - state.old_logps).exp() * state.advantages


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("known", ["old_per_token_logps", ""])
@pytest.mark.parametrize(
    ("settings", "kind", "bounds"),
    [
        ({}, "dppo_tv", (0.15, 0.15, 20.0)),
        ({"threshold": 0.05, "threshold_high": 0.02, "max_weight": 1.1}, "dppo_tv", (0.05, 0.02, 1.1)),
        ({"divergence": "kl"}, "dppo_kl", (0.05, 0.05, 20.0)),
        ({"divergence": "kl", "threshold": 0.01, "max_weight": 1.2}, "dppo_kl", (0.01, 0.01, 1.2)),
    ],
)
def test_the_region_is_around_the_probabilities_of_the_sampler(
    seed: int, known: str, settings: dict[str, Any], kind: str, bounds: tuple[float, float, float]
) -> None:
    """As verl's, which has no others: `old` are the trainer's when it sampled, where TRL knows them."""
    pytest.importorskip("verl", reason="verl is not installed; `make test-integrations` installs it")
    from verl.trainer.ppo import core_algos
    from verl.workers.config import ActorConfig

    logps, sampled, mask = probabilities(seed)
    draw = torch.Generator().manual_seed(seed)
    advantages = torch.randn(6, 1, generator=draw, dtype=torch.double)
    batch = {"advantages": advantages, "completion_mask": mask, "sampling_per_token_logps": sampled}
    if known:
        batch[known] = logps + 0.1 * torch.randn(6, 9, generator=draw, dtype=torch.double)
    mine = logps.clone().requires_grad_()
    state = state_of(mine, **batch)
    Dppo(**settings).on_logps(state)
    (surrogate(state) * mask).sum().backward()

    low, high, most = bounds
    theirs = logps.clone().requires_grad_()
    config = ActorConfig(
        strategy="fsdp",
        rollout_n=2,
        ppo_micro_batch_size_per_gpu=2,
        clip_ratio=low,
        clip_ratio_low=low,
        clip_ratio_high=high,
        clip_ratio_c=most,
    )
    loss, _ = core_algos.get_policy_loss_fn(kind)(
        sampled, theirs, advantages.expand(6, 9), mask, "token-mean", config
    )
    (loss * mask.sum()).backward()
    torch.testing.assert_close(mine.grad, theirs.grad)
    stopped = int(((theirs.grad == 0) & (mask > 0)).sum())
    assert 0 < stopped < mask.sum()
