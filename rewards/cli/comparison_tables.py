"""Two recipes side by side: figures over all rollouts, and the rollouts on which they differ most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rewards.cli.json_lines import number
from rewards.cli.printable import printable
from rewards.cli.share_tables import count, counted, percent, stdout_console
from rewards.cli.stress_sentences import shown

if TYPE_CHECKING:
    from rich.console import Console

    from rewards.analysis.comparing import Compared, Comparison, RecipeResult
    from rewards.analysis.comparison import ComponentTally, Pairs

__all__ = ["document", "show"]

_EXCERPT = 320
_LINE = 120
_NOTHING = "-"


def show(comparison: Comparison, pairs: Pairs, components: ComponentTally, most: list[Compared]) -> None:
    """Print the comparison."""
    console = stdout_console()
    console.print(_figures(comparison, pairs, components))
    unlike = percent(pairs.unlike / (pairs.rollouts or 1))
    alone = f"A alone {count(pairs.only_first)}, by B alone {count(pairs.only_second)}"
    line = [
        f"{counted(pairs.rollouts, 'rollout')}; rewards differ on {count(pairs.unlike)} ({unlike})",
        f"correlation {_number_text(pairs.correlation)}",
        f"above 0 by one alone {count(pairs.signs)}",
        f"right by A alone {count(pairs.right_first)}, by B alone {count(pairs.right_second)}",
        f"judged by {alone}, by neither {count(pairs.neither)}",
        counted(comparison.bad_rows, "bad row"),
    ]
    console.print("; ".join(line), markup=False, soft_wrap=True)
    for place, one in enumerate(most, start=1):
        _show_one(place, one, console)


def _figures(comparison: Comparison, pairs: Pairs, components: ComponentTally) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("mean of")
    for side, recipe in zip("AB", comparison.recipes, strict=True):
        table.add_column(Text(f"{side}: {printable(recipe)}"), justify="right")
    table.add_column("differs on", justify="right")
    for name in components.names:
        means = (_number_text(components.mean(side, name)) for side in (0, 1))
        differing = components.differing.get(name)
        table.add_row(Text(printable(name)), *means, _NOTHING if differing is None else count(differing))
    table.add_section()
    spread = zip(pairs.means, pairs.deviations, strict=True)
    totals = (f"{_number_text(mean)} ± {_number_text(deviation)}" for mean, deviation in spread)
    table.add_row("total", *totals, count(pairs.differing))
    return table


def _show_one(place: int, one: Compared, console: Console) -> None:
    gap = "judged by one alone" if math.isinf(one.gap) else f"difference {shown(one.gap)}"
    body = Table.grid(padding=(0, 3))
    for _ in range(3):
        body.add_column()
    body.add_row("", Text("A", "bold"), Text("B", "bold"))
    body.add_row("total", *(Text(_number_text(side.total), "bold") for side in (one.first, one.second)))
    for name in dict.fromkeys([*one.first.components, *one.second.components]):
        values = [side.components.get(name, math.nan) for side in (one.first, one.second)]
        if values[0] != values[1]:
            body.add_row(Text(printable(name)), *map(_number_text, values))
    body.add_row("verdict", *(Text(_verdict_text(side)) for side in (one.first, one.second)))
    grid = Table.grid()
    grid.add_row(body)
    golds = " or ".join(one.rollout.golds)
    grid.add_row(Text(f"\ngold: {printable(golds, _LINE)}"))
    if one.rollout.prompt:
        grid.add_row(Text(f"prompt: {printable(one.rollout.prompt, _LINE)}", "dim"))
    grid.add_row(Text(f"ends: {_end(one.rollout.completion)}", "dim"))
    title = Text(f"{place}. {printable(one.row.place)}, {gap}")
    console.print(Panel(grid, title=title, title_align="left", border_style="cyan", expand=True))


def _verdict_text(side: RecipeResult) -> str:
    if (verdict := side.verdict) is None:
        return _NOTHING
    answer = "" if verdict.extracted is None else f", answer {printable(verdict.extracted, _LINE // 2)}"
    return f"{verdict.status.value}{answer}"


def _end(completion: str) -> str:
    """Return the end of a completion, where its answer is."""
    ends = printable(completion[-_EXCERPT:])
    return ends if len(completion) <= _EXCERPT else f"…{ends}"


def _number_text(value: float) -> str:
    return _NOTHING if math.isnan(value) else shown(value)


def document(
    comparison: Comparison, pairs: Pairs, components: ComponentTally, most: list[Compared]
) -> dict[str, object]:
    """Return the comparison as JSON data; values that are not judged are None."""
    slope, intercept = pairs.line
    return {
        "recipes": list(comparison.recipes),
        "rollouts": pairs.rollouts,
        "bad_rows": comparison.bad_rows,
        "differing": pairs.differing,
        "above_0_by_one": pairs.signs,
        "right_by_a_alone": pairs.right_first,
        "right_by_b_alone": pairs.right_second,
        "judged_by_a_alone": pairs.only_first,
        "judged_by_b_alone": pairs.only_second,
        "judged_by_neither": pairs.neither,
        "means": [number(mean) for mean in pairs.means],
        "deviations": [number(deviation) for deviation in pairs.deviations],
        "correlation": number(pairs.correlation),
        "line": {"slope": slope, "intercept": intercept},
        "components": {
            name: {
                "means": [number(components.mean(side, name)) for side in (0, 1)],
                "differing": components.differing.get(name),
            }
            for name in components.names
        },
        "most_different": [
            {
                "row": one.row.number,
                "place": one.row.place,
                "difference": None if math.isinf(one.gap) else one.gap,
                "prompt": one.rollout.prompt,
                "completion": one.rollout.completion,
                "golds": list(one.rollout.golds),
                "a": _side_document(one.first),
                "b": _side_document(one.second),
            }
            for one in most
        ],
    }


def _side_document(side: RecipeResult) -> dict[str, object]:
    verdict = side.verdict
    return {
        "total": number(side.total),
        "components": side.components,
        "status": None if verdict is None else verdict.status.value,
        "extracted": None if verdict is None else verdict.extracted,
        "reason": None if verdict is None else verdict.reason,
    }
