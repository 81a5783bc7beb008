"""The tables of `touchstone score`: one row a rollout, and one row a component."""

from __future__ import annotations

import collections
import math
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from rewards.cli.printable import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

    from rewards.cli.scored import Scored
    from rewards.scores import Scores

__all__ = ["RolloutTable", "Summary"]

_MOST_ROWS = 1000
_NOTHING = "-"


class Summary:
    """Mean, minimum and maximum of every component, and the count of each verdict."""

    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}
        self._total = _Column()
        self._statuses: collections.Counter[str] = collections.Counter()
        self._lines = 0
        self._without_total = 0
        self._title = ""

    def add(self, scores: Scores, lines: list[Scored]) -> None:
        """Add the scores of one call and the lines they belong to."""
        self._total.add(scores.totals)
        for name, values in scores.components.items():
            self._columns.setdefault(name, _Column()).add(values)
        for line in lines:
            self._lines += 1
            self._without_total += math.isnan(line.total)
            if line.error:
                self._statuses["(no rollout)" if line.scores is None else "(a field is missing)"] += 1
            elif line.verdict is not None:
                self._statuses[line.verdict.status.value] += 1
        recipe, environment = scores.recipe_digest[:12], scores.environment_digest[:12]
        self._title = f"{printable(scores.recipe)}, recipe {recipe}, environment {environment}"

    @property
    def complete(self) -> bool:
        """True if every line has a total."""
        return self._without_total == 0

    def show(self, console: Console) -> None:
        """Print one row per component, the total last; the count of judged values leaves out NaN."""
        table = Table("component", box=SIMPLE)
        for heading in ("mean", "min", "max", "judged"):
            table.add_column(heading, justify="right")
        for name, column in self._columns.items():
            table.add_row(Text(printable(name)), *column.cells(self._lines))
        table.add_section()
        table.add_row("total", *self._total.cells(self._lines))
        summary = [f"{self._lines} lines", f"{self._without_total} without a total"]
        summary += [f"{status} {count}" for status, count in self._statuses.most_common()]
        for line in (self._title, table, ", ".join(summary)):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Column:
    def __init__(self) -> None:
        self.judged = 0
        self.sum = 0.0
        self.least = math.inf
        self.greatest = -math.inf

    def add(self, values: NDArray[np.float64]) -> None:
        known = values[~np.isnan(values)]
        if known.size:
            self.judged += known.size
            self.sum += float(known.sum())
            self.least = min(self.least, float(known.min()))
            self.greatest = max(self.greatest, float(known.max()))

    def cells(self, lines: int) -> tuple[str, str, str, str]:
        judged = f"{self.judged} of {lines}"
        if not self.judged:
            return _NOTHING, _NOTHING, _NOTHING, judged
        return (
            _number_text(self.sum / self.judged),
            _number_text(self.least),
            _number_text(self.greatest),
            judged,
        )


class RolloutTable:
    """A table of one row per rollout, for the first thousand of them."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, ...]] = []
        self._components: list[str] = []
        self._more = 0

    def add(self, scores: Scores, lines: list[Scored]) -> None:
        """Add the scores of one call and the lines they belong to."""
        self._components = list(scores.components)
        for line in lines:
            if len(self._rows) == _MOST_ROWS:
                self._more += 1
            else:
                self._rows.append(self._row(line))

    def show(self, console: Console) -> None:
        """Print the rows so far; a value that was not judged is shown as `-`."""
        table = Table(box=SIMPLE, caption=f"and {self._more} more" if self._more else None)
        for heading in ("id", "verdict", "method"):
            table.add_column(heading, overflow="fold")
        for heading in (*self._components, "total", "seconds"):
            table.add_column(printable(heading), justify="right")
        for row in self._rows:
            table.add_row(*map(Text, row))
        console.print(table)

    def _row(self, line: Scored) -> tuple[str, ...]:
        name = line.line.rollout.id if line.line.rollout is not None else ""
        first = printable(name or f"line {line.line.number}", 40)
        if line.scores is None or line.error:
            return first, printable(line.error, 60), "", *("" for _ in self._components), _NOTHING, ""
        verdict = line.verdict
        return (
            first,
            verdict.status.value if verdict else _NOTHING,
            verdict.method.value if verdict and verdict.method else _NOTHING,
            *(_number_text(line.scores.components[name][line.row]) for name in self._components),
            _number_text(line.total),
            f"{verdict.seconds:.3f}" if verdict else _NOTHING,
        )


def _number_text(value: float) -> str:
    return _NOTHING if math.isnan(value) else f"{value:.3f}".rstrip("0").rstrip(".")
