"""Terminal view of `touchstone top`, rendered with rich; fits 80 columns."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Group
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rewards.cli.printable import printable
from rewards.verdict import Status
from server.telemetry import definitions as of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from server.telemetry.registry import Snapshot

__all__ = ["View", "screen"]

_BARS = " ▁▂▃▄▅▆▇█"
_COLOURS = {
    Status.CORRECT: "green",
    Status.INCORRECT: "red",
    Status.NO_ANSWER: "yellow",
    Status.UNPARSEABLE_GOLD: "magenta",
    Status.TIMEOUT: "bright_red",
    Status.RESOURCE_LIMIT: "bright_red",
    Status.NOT_JUDGED: "cyan",
    Status.ERROR: "bright_magenta",
}
_BAR_WIDTH = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """Data of one frame of the view."""

    title: str
    """Name of the server."""

    now: Snapshot
    """Counters since the start of the server."""

    fresh: Snapshot
    """Increase of the counters over `seconds`, the basis of all rates and shares."""

    seconds: float
    span: str
    """Description of the period of `seconds`."""

    rates: Sequence[float] = ()
    """Rollouts per second over time for the curve, latest last."""

    trouble: str = ""
    """Error message if the last reading failed."""


def screen(view: View) -> RenderableType:
    """Render the whole view."""
    parts: list[RenderableType] = [_head(view)]
    if view.trouble:
        parts.append(Text(view.trouble, "bold red"))
    parts += [Rule(style="dim"), _flow(view), Text(), _verdicts(view.fresh), Text(), _recipes(view)]
    return Group(*parts)


def _head(view: View) -> RenderableType:
    starts = [values[0] for _, values in view.now.of(of.PROCESS_START)]
    up = _duration(time.time() - min(starts)) if starts else "?"
    processes = int(view.now.value(of.PROCESSES))
    cpu = 100 * view.fresh.value(of.PROCESS_CPU) / view.seconds
    memory = _bytes(view.now.value(of.PROCESS_MEMORY))
    row = Table.grid(expand=True)
    row.add_column(no_wrap=True, ratio=1)
    row.add_column(justify="right", no_wrap=True)
    text = f"up {up} · {processes} process{'es' * (processes != 1)} · CPU {cpu:.0f} % · {memory}"
    row.add_row(Text.assemble(("touchstone ", "bold"), _safe(view.title)), text)
    return Group(row, Text(f"rates, shares and means: {view.span}", "dim"))


def _flow(view: View) -> RenderableType:
    now, fresh, seconds = view.now, view.fresh, view.seconds
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(ratio=1)

    rate = fresh.value(of.ROLLOUTS) / seconds
    table.add_row(
        "Rollouts", Text.assemble((f"{_count(rate)}/s", "bold"), "  ", (_curve(view.rates), "green"))
    )
    refused = sum(fresh.by(of.REFUSED_CALLS, "reason").values())
    codes = fresh.by(of.CALLS, "code")
    failed = sum(count for code, count in codes.items() if code not in {"OK", "CANCELLED"})
    calls = Text(f"{_count(fresh.value(of.CALLS) / seconds)}/s")
    calls.append(f" · {_count(failed)} failed", "red" if failed else "dim")
    calls.append(f" · {_count(refused)} refused", "yellow" if refused else "dim")
    restarts = int(now.value(of.PROCESS_RESTARTS))
    calls.append(f" · {restarts} restarts", "red" if restarts else "dim")
    table.add_row("Calls", calls)
    for name, share in (("Latency p50", 0.5), ("        p99", 0.99)):
        call, frame, judging = (
            _time(fresh.quantile(metric, share))
            for metric in (of.CALL_SECONDS, of.FRAME_SECONDS, of.JUDGING_SECONDS)
        )
        table.add_row(name, f"call {call} · frame {frame} · judging {judging}")
    held, limit = now.value(of.PENDING_BYTES), now.value(of.PENDING_BYTES_LIMIT)
    rollouts, answers, frames = (
        _count(now.value(one)) for one in (of.PENDING_ROLLOUTS, of.PENDING_ANSWERS, of.WAITING_FRAMES)
    )
    table.add_row("Queue", f"{rollouts} rollouts · {answers} answers at the pool · {frames} frames wait")
    share = held / limit if limit else 0.0
    filled = _bar(share, 20)
    table.add_row("Memory", Text.assemble((filled, "yellow"), f" {share:.0%} of {_bytes(limit)} in flight"))
    lanes = now.by(of.WORKERS, "lane")
    kills = {reason: count for reason, count in now.by(of.WORKER_KILLS, "reason").items() if count}
    workers = Text(", ".join(f"{int(count)} {_safe(lane)}" for lane, count in lanes.items()) or "none yet")
    if kills:
        text = ", ".join(f"{_count(count)} {_safe(reason)}" for reason, count in sorted(kills.items()))
        workers.append(f" · kills since start: {text}", "yellow")
    table.add_row("Workers", workers)
    sources = fresh.by(of.ANSWERS, "source")
    asked = sum(sources.values()) or 1.0
    text = " · ".join(f"{_safe(source)} {count / asked:.0%}" for source, count in sources.items())
    table.add_row("Answers", text or "none")
    return table


def _verdicts(fresh: Snapshot) -> RenderableType:
    counts = fresh.by(of.VERDICTS, "status")
    found = {status: counts[status] for status in Status if counts.get(status)}
    total = sum(found.values())
    if not total:
        return Text.assemble(("Verdicts     ", "bold cyan"), ("none", "dim"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold cyan", width=len("Latency p50"))
    grid.add_column()
    bar, legend = Text(), []
    for status, count in found.items():
        bar.append("█" * max(1, round(_BAR_WIDTH * count / total)), _COLOURS[status])
        named = status.lower().replace("_", " ")
        legend.append(Text.assemble(("■ ", _COLOURS[status]), f"{named} {count / total:.1%}"))
    grid.add_row("Verdicts", bar)
    grid.add_row("", Columns(legend, padding=(0, 3)))
    return grid


def _recipes(view: View) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold cyan", expand=True)
    table.add_column("Recipe", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("Rollouts/s", justify="right", no_wrap=True)
    table.add_column("Component", no_wrap=True, overflow="ellipsis")
    table.add_column("Mean", justify="right", no_wrap=True)
    table.add_column("NaN", justify="right", no_wrap=True)
    served = {labels[0] for labels, _ in view.now.of(of.RECIPE_INFO)}
    for recipe in sorted(served | view.now.by(of.ROLLOUTS, "recipe").keys()):
        rate = _count(view.fresh.value(of.ROLLOUTS, recipe=recipe) / view.seconds)
        scored = view.now.value(of.ROLLOUTS, recipe=recipe) > 0
        components = view.now.of(of.COMPONENT_VALUES, recipe=recipe) if scored else ()
        names = sorted(labels[1] for labels, _ in components)
        if not names:
            table.add_row(Text(_safe(recipe), "dim"), rate)
        for name in names:
            known = {"recipe": recipe, "component": name}
            count = view.fresh.value(of.COMPONENT_VALUES, **known)
            gain, loss = (view.fresh.value(one, **known) for one in (of.COMPONENT_GAIN, of.COMPONENT_LOSS))
            mean = f"{(gain - loss) / count:.3f}" if count else "-"
            nans = _count(view.fresh.value(of.COMPONENT_NANS, **known))
            text = (Text(_safe(recipe)), rate) if name == names[0] else ("", "")
            table.add_row(*text, Text(_safe(name)), mean, "-" if nans == "0" else nans)
    return table


def _curve(rates: Sequence[float]) -> str:
    top = max(rates, default=0.0)
    return "".join(_BARS[math.ceil(8 * rate / top)] if top else _BARS[0] for rate in rates[-40:])


def _bar(share: float, width: int) -> str:
    filled = min(width, round(share * width))
    return "█" * filled + "░" * (width - filled)


def _safe(name: str) -> str:
    return printable(name, 40)


def _count(number: float) -> str:
    """Format a number in few characters.

    >>> [_count(number) for number in (0, 0.25, 7, 999.6, 1234, 12_345_678)]
    ['0', '0.25', '7', '1,000', '1,234', '12.3 M']
    """
    if number >= 10_000_000:  # noqa: PLR2004
        return f"{number / 1e6:.1f} M"
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.2f}"  # noqa: PLR2004


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return "-" if math.isnan(seconds) else f"{seconds * 1e6:.3g} µs"


def _duration(seconds: float) -> str:
    minutes, left = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (
        f"{days} d {hours} h" if days else f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"
    )


def _bytes(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
