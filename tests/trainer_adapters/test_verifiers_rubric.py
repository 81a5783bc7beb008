"""The rubric for verifiers before its version 1."""

from __future__ import annotations

import asyncio
import sys
import types
from typing import Any

import pytest

from trainer_adapters.scoring.scorer import NotJudgedError
from trainer_adapters.verifiers_rubric import rubric

RIGHT = r"<think>2 + 2</think> \boxed{4}"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


@pytest.fixture
def _verifiers_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a Rubric, as far as ours needs of its base; 0.4 has none any more."""
    module: Any = types.ModuleType("verifiers")
    module.Rubric = type("Rubric", (), {})
    monkeypatch.setitem(sys.modules, "verifiers", module)


@pytest.mark.usefixtures("_verifiers_of_before")
def test_a_rubric_scores_a_group_and_keeps_components() -> None:
    states = [
        {
            "completion": [{"role": "assistant", "content": text}],
            "answer": "4",
            "trajectory": [{"reward": None}],
        }
        for text in (RIGHT, "5")
    ]
    made: Any = rubric("r1-zero")
    asyncio.run(made.score_group(states))
    assert [state["reward"] for state in states] == [1.5, 0.0]
    assert [state["advantage"] for state in states] == [0.75, -0.75]
    assert states[0]["metrics"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0}
    assert states[0]["trajectory"] == [{"reward": 1.5, "advantage": 0.75}]


@pytest.mark.usefixtures("_verifiers_of_before")
def test_a_rubric_never_turns_an_error_into_a_zero() -> None:
    made: Any = rubric("r1-zero")
    state: dict[str, Any] = {"completion": RIGHT, "answer": r"\frac{"}
    with pytest.raises(NotJudgedError):
        asyncio.run(made.score_rollout(state))
    assert "reward" not in state
