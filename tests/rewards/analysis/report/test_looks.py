"""What stands out in a completion."""

from __future__ import annotations

import math

from rewards.analysis.report.looks import LOW_WINDOW, CompletionChecks
from rewards.rollout import Rollout


def test_completion_checks_find_low_probability_where_tokens_are_known() -> None:
    tokens = [f"t{n} " for n in range(40)]
    logprobs = [-0.1] * 10 + [-5.0] * 12 + [-0.1] * 18
    rollout = Rollout(completion="".join(tokens), logprobs=logprobs)
    look, unknown = CompletionChecks()([rollout, rollout], [tokens, None])
    ((start, end, kind, _),) = look.stretches
    assert kind == "logprob"
    covered = rollout.completion[start:end].split()
    assert {f"t{n}" for n in range(10, 22)} <= set(covered)
    assert len(covered) <= 12 + 2 * LOW_WINDOW
    assert unknown.stretches == ()
    assert look.mean_logprob is not None
    assert math.isclose(look.mean_logprob, sum(logprobs) / len(logprobs), rel_tol=1e-6)
    assert min(look.curve) == -5.0
