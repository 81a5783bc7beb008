"""The base of techniques, and the states that its hooks read."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.techniques.technique import Groups, LossState, Technique, Tokens, loss_mask


def groups(*, judges: bool) -> Groups:
    return Groups(rewards=torch.tensor([1.0, 0.5]), right=torch.tensor([1.0, 0.0]), size=2, judges=judges)


def state(**more: Any) -> LossState:
    batch = {"completion_mask": torch.tensor([[1, 1, 0]]), "advantages": torch.tensor([0.5])}
    return LossState(batch={**batch, **more}, log=lambda *_: None)


def test_technique_without_hooks_changes_nothing() -> None:
    found = torch.tensor([0.5, -0.5])
    assert Technique().advantages(found, groups(judges=True)) is found
    assert Technique().kept(groups(judges=True)) is None
    assert Technique().penalty(state()) is None
    tokens = Tokens(
        groups=groups(judges=True),
        rows=slice(0, 2),
        mask=torch.ones(2, 3),
        rewards=torch.zeros(2, 3),
        totals=lambda *values: [value.item() for value in values],
    )
    assert Technique().token_advantages(found, tokens) is found


def test_groups_are_filtered_by_correctness_only_where_it_is_judged() -> None:
    assert groups(judges=True).values("correctness").tolist() == [1.0, 0.0]
    assert groups(judges=False).values("total").tolist() == [1.0, 0.5]
    with pytest.raises(ConfigError, match="set filter_on: total"):
        groups(judges=False).values("correctness")


def test_loss_mask_leaves_out_what_a_tool_wrote() -> None:
    assert loss_mask(state().batch).tolist() == [[1, 1, 0]]
    assert state(tool_mask=torch.tensor([[1, 0, 1]])).mask.tolist() == [[1, 0, 0]]


def test_loss_state_takes_the_policy_for_the_one_that_sampled_in_the_first_pass() -> None:
    first = state()
    with pytest.raises(RuntimeError, match="no log-probabilities"):
        _ = first.logps
    first.policy_logps = torch.zeros(1, 3)
    assert first.old_logps.tolist() == first.logps.tolist()
    later = state(old_per_token_logps=torch.ones(1, 3))
    later.policy_logps = torch.zeros(1, 3)
    assert later.old_logps.tolist() == [[1.0, 1.0, 1.0]]


def test_loss_state_knows_tokens_that_the_clip_has_stopped() -> None:
    weights = torch.tensor([[0.7, 1.0, 1.1, 1.3, 2.0]])
    for advantage, delta, stopped in [
        (0.5, torch.inf, [False, False, False, True, True]),
        (-0.5, torch.inf, [True, False, False, False, False]),
        (-0.5, 1.5, [True, False, False, False, True]),
        (0.0, 1.5, [False] * 5),
    ]:
        found = state(advantages=torch.tensor([advantage]), old_per_token_logps=torch.zeros(1, 5))
        found.epsilon_low, found.epsilon_high, found.delta = 0.2, 0.28, delta
        found.policy_logps = weights.log()
        assert found.stopped.tolist() == [stopped]


def test_loss_state_has_advantages_for_tokens() -> None:
    found = state()
    assert found.advantages.tolist() == [[0.5]]
    found.advantages = torch.tensor([[0.1, 0.2, 0.3]])
    assert found.advantages.shape == (1, 3)
