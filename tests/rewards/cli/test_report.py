"""`touchstone report` writes one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Touchstone, WriteLines

    Write = Callable[..., Path]


RIGHT, WRONG = r"so \boxed{2}", r"so \boxed{3}"


def test_a_report_takes_the_score_that_is_carried(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    file = write_lines({"prompt": "a", "completion": RIGHT, "ground_truth": "2", "score": 0.25})
    assert touchstone("report", file, "-o", page).exit_code == 0
    carried = page.read_bytes()
    assert touchstone("report", file, "-o", page, "--score", "score").exit_code == 0
    assert page.read_bytes() == carried
    assert touchstone("report", file, "-o", page, "--recipe", "boxed").exit_code == 0
    assert page.read_bytes() != carried
    result = touchstone("report", file, "-o", tmp_path / "none.html", "--score", "scor")
    assert result.exit_code == 2
    assert "no column 'scor' here for score (did you mean 'score'?)" in result.stderr
    assert not (tmp_path / "none.html").exists()
