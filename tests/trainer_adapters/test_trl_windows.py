"""The window that TRL's functions are told, and the lengths that a recipe names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from rewards import Recipe
from rewards.errors import InvalidParameterError
from trainer_adapters import trl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNBOUND = "name: unbound\nreward: {soft_overlong: {cache: 4}}\n"


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "touchstone")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("recipe", "window", "said"),
    [
        ("dapo", 8192, "recipe dapo@1: overlong (soft_overlong): max_length 20480 with cache 4096"),
        ("light-r1@1", 24_000, "right answers of 16384 to 24000 tokens are worth -10"),
        ("light-r1@1", 4096, "a wrong one -8.54"),
        ("r1-gated", 8192, "it is always 0"),
    ],
)
def test_window_that_does_not_fit_a_length_is_told_in_one_line(
    recipe: str, window: int, said: str, told: Callable[[], list[str]]
) -> None:
    options: Any = {"window": window}
    if recipe == "r1-gated":
        options["tokenize"] = lambda text: [ord(sign) for sign in text]
    trl.reward_funcs(recipe, **options)
    (line,) = told()
    assert said in line
    assert f"write max_length: {window}" in line


@pytest.mark.parametrize(("recipe", "window"), [("dapo", 20_480), ("light-r1", 4096), ("r1-zero", 100)])
def test_window_that_fits_is_no_news(recipe: str, window: int, told: Callable[[], list[str]]) -> None:
    scorer = trl.reward_funcs(recipe, window=window).scorer
    assert scorer.summary.digest == Recipe.load(recipe).bind(window=window).digest
    assert told() == []


def test_a_window_that_nobody_names_is_the_recipes_own(told: Callable[[], list[str]]) -> None:
    assert trl.reward_funcs("light-r1").scorer.summary.digest == Recipe.load("light-r1").digest
    (line,) = told()
    assert "24000 tokens; say another with window=..." in line


def test_without_any_window_set_up_ends(tmp_path: Path) -> None:
    path = tmp_path / "unbound.yaml"
    path.write_text(UNBOUND, "utf-8")
    with pytest.raises(
        InvalidParameterError, match=r"unbound@1 follows the trainer's window: .*window=\.\.\."
    ):
        trl.reward_funcs(path)
    assert trl.reward_funcs(path, window=9)[0](completions=["x"], completion_ids=[[1] * 9]) == [-1.0]
