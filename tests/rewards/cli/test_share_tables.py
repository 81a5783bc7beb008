"""Counts with their shares and a bar for each."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from rewards.cli.share_tables import bar, count, counted, percent, share_table


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0 %"), (1e-9, "<0.1 %"), (0.5, "50.0 %"), (1 - 1e-9, ">99.9 %"), (1.0, "100 %")],
)
def test_percent_shows_only_nothing_as_0_and_only_all_as_100(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize("width", [1, 8, 30])
def test_bar_grows_with_the_share_up_to_its_width(width: int) -> None:
    lengths = [len(bar(share / 20, width)) for share in range(21)]
    assert lengths == sorted(lengths)
    assert bar(1.0, width) == "█" * width
    assert bar(0.0, width) == ""


def test_counts_come_with_separators_and_the_right_noun() -> None:
    assert (count(0), count(1_234_567)) == ("0", "1,234,567")
    assert (counted(0, "row"), counted(1, "row"), counted(2, "row")) == ("0 rows", "1 row", "2 rows")


def test_share_table_takes_style_marks_as_text() -> None:
    console = Console(file=io.StringIO(), width=120)
    rows = [(("number",), 3, "5"), (("[red]other",), 1, "[bold]x")]
    console.print(share_table("golds", ("kind", "golds", "example"), rows, 4))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    for part in ("golds", "75.0 %", "25.0 %", "[red]other", "[bold]x"):
        assert part in said
