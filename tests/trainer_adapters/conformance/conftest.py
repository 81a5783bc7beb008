"""What the suite's files have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.register_assert_rewrite("conforming")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trainer_calls import Call


@pytest.fixture(autouse=True)
def possible(request: pytest.FixtureRequest) -> None:
    """Skip adapters that need what is not installed."""
    if "adapter" not in request.fixturenames:
        return
    adapter: Call = request.getfixturevalue("adapter")
    if adapter.missing:
        pytest.skip(f"{adapter.name} needs {adapter.missing}, which is not installed")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    """Write a recipe file, and give its path."""

    def written(text: str) -> str:
        path = tmp_path / "recipe.yaml"
        path.write_text(text, "utf-8")
        return str(path)

    return written
