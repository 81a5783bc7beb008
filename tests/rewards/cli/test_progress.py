"""Messages of a command on what went wrong."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rewards.cli.progress import FileProgress

if TYPE_CHECKING:
    import pytest


def test_report_names_the_file_and_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    with FileProgress("rows.jsonl", 100) as progress:
        progress.advance(lines=1, size=100)
        progress.report(1, "not JSON: \x1b[2J")
    with FileProgress("-", io.BytesIO(b"")) as progress:
        progress.report(2, "[bold]the line is empty[/bold]")
    assert capsys.readouterr().err == (
        "rows.jsonl:1: not JSON: \\x1b[2J\nstdin:2: [bold]the line is empty[/bold]\n"
    )


def test_report_row_stops_after_a_hundred(capsys: pytest.CaptureFixture[str]) -> None:
    with FileProgress("rows.jsonl", None) as progress:
        for row in range(1, 200):
            progress.report_row(f"rows.jsonl:{row}", "bad")
    lines = capsys.readouterr().err.splitlines()
    assert lines[99:] == ["rows.jsonl:100: bad", "more rows are bad; they are counted and not shown"]
