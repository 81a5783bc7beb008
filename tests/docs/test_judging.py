"""The page on judging says which notation is read, from the tables themselves."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_judging_lists_the_notation_of_the_tables() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "write_notation.py"))
    text = (ROOT / "docs" / "judging.md").read_text("utf-8")
    assert tool["section"]() in text, "python tools/write_notation.py"
