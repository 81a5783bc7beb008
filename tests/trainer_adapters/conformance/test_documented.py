"""Every adapter that the conformance suite runs is documented."""

from __future__ import annotations

from pathlib import Path

import pytest
from trainer_calls import TRAINERS

PAGES = Path(__file__).resolve().parents[3] / "docs" / "trainers"


@pytest.mark.parametrize("name", TRAINERS)
def test_the_table_of_trainers_has_a_row_for_the_adapter(name: str) -> None:
    rows = [line for line in (PAGES / "index.md").read_text("utf-8").splitlines() if line.startswith("| [")]
    assert any(f"]({name}.md) |" in row for row in rows)
