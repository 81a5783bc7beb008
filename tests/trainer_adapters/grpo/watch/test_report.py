"""The page that a run leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from grpo_pages import ALL_ON, checked_page, made_all_steps
from grpo_processes import commanded

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_report_without_matplotlib_has_no_curves(made: Path, tmp_path: Path) -> None:
    said = made_all_steps(commanded(made, tmp_path, ALL_ON, without=["matplotlib", "matplotlib.figure"]))
    assert said.count("the page has no curves") == 1
    page = checked_page(tmp_path / "out" / "report.html")
    assert "<svg" not in page
    assert "No curves: " in page
    assert "3 logged steps" in page
    assert "recipe:" in page  # the settings
    assert (tmp_path / "out" / "model.safetensors").exists()
