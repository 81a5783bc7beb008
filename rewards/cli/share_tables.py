"""Tables of counts with their shares and a bar for each, which is how audits and filters are shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rewards.cli.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["bar", "count", "counted", "figures_console", "percent", "share_table", "stdout_console"]

_EIGHTHS = " ▏▎▍▌▋▊▉"
_BAR = 24
_ROUGHLY_ALL = 0.9995


def stdout_console() -> Console:
    """Return the console of standard output, wide where it is no terminal, so that nothing is folded."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)


def figures_console(*, to_stderr: bool) -> Console:
    """Return the console for figures: standard output, or standard error where rows go to standard output."""
    return Console(stderr=True, width=160, highlight=False) if to_stderr else stdout_console()


def bar(share: float, width: int = _BAR) -> str:
    """Return a bar for a share; a share of 1 is `width` characters long.

    >>> bar(0.5, 4), bar(0.02, 4)
    ('██', '▏')
    """
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def percent(share: float) -> str:
    """Return a share in per cent; only 0 is shown as 0 %, and only 1 as 100 %.

    >>> percent(0.0), percent(0.00004), percent(0.1234), percent(0.99999), percent(1.0)
    ('0 %', '<0.1 %', '12.3 %', '>99.9 %', '100 %')
    """
    if share in {0.0, 1.0}:
        return f"{share * 100:.0f} %"
    if share < 1 - _ROUGHLY_ALL:
        return "<0.1 %"
    return ">99.9 %" if share > _ROUGHLY_ALL else f"{share * 100:.1f} %"


def count(number: int) -> str:
    """Return a count with thousands separators.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless it is 1.

    >>> counted(1, "bad row"), counted(2000, "prompt")
    ('1 bad row', '2,000 prompts')
    """
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def share_table(
    title: str, headings: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], int, str]], whole: int
) -> Table:
    """Return a table of counts, each row with its labels, count, share with a bar, and example.

    Args:
        title: over the table.
        headings: of the cells that say what is counted, of the count, and of the example, if there is one.
        rows: those cells, the count, and the example, style marks being taken as text.
        whole: what the shares are of.
    """
    *names, counted, example = headings
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    table.expand = bool(example)  # the example takes what the other columns leave
    for name in names:
        table.add_column(name, no_wrap=True)
    table.add_column(counted, justify="right")
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("", min_width=_BAR if whole else 0, style="cyan", no_wrap=True)
    if example:
        table.add_column(example, style="dim", overflow="ellipsis", no_wrap=True, ratio=1)
    for cells, number, shown in rows:
        share = number / whole if whole else 0.0
        line = [*map(Text, cells), Text(count(number)), Text(percent(share)), Text(bar(share))]
        table.add_row(*line, *([Text(printable(shown))] if example else []))
    return table
