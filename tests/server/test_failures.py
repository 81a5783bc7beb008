"""Errors of a call as its status."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from odd_rewards import Failing
from running import right

from rewards import Recipe, RemoteScorer, Rollout
from rewards.errors import RewardError
from rewards.recipe.file import dumps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_abort_on_error_tells_a_failing_reward_and_serves_on(
    serve_here: Callable[..., str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "failing.yaml"
    path.write_text(dumps(Recipe(name="failing", reward=Failing())))
    failing = serve_here(str(path), "boxed")
    with RemoteScorer(failing, "failing") as remote, caplog.at_level(logging.INFO):
        for size in (1, 2000):
            with pytest.raises(RewardError, match="ValueError"):
                remote.score([Rollout(completion="my secret")] * size)
    assert "odd_rewards.py" in caplog.text
    assert "secret" not in caplog.text
    with RemoteScorer(failing, "boxed") as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]
