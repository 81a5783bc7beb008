"""Watch a server live, by its metrics.

Reads the page that `touchstone serve --metrics-address` serves: rollouts per second, verdicts, latency,
queue, worker kills, and the mean of every component.
"""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewards.errors import ServerUnavailableError
from server.telemetry import definitions as of
from server.telemetry.registry import Snapshot
from server.top.reading import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.top.screen import View

__all__ = ["top"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WINDOW = 5
"""Window of rates in readings: rates over a single interval would flicker."""

_REMEMBERED = 40
"""Number of rates in the curve."""


@click.command()
@click.argument("address", metavar="ADDR")
@click.option("--once", is_flag=True, help="Print one frame, of all since the server started, and end.")
@click.option("--interval", type=click.FloatRange(0.1), default=2.0, show_default=True, help="Seconds.")
@click.option("--tls-ca", type=_FILE, metavar="PEM", help="Use TLS, and trust these roots.")
@click.option("--token-file", type=_FILE, metavar="FILE", help="A file that holds the bearer token.")
def top(address: str, *, once: bool, interval: float, tls_ca: Path | None, token_file: Path | None) -> None:
    """Watch the server whose metrics are at ADDR (HOST:PORT, see `serve --metrics-address`)."""
    from rich.console import Console  # noqa: PLC0415  # --help needs none of it
    from rich.live import Live  # noqa: PLC0415

    from server.top.screen import screen  # noqa: PLC0415

    page = Page(address, tls_ca=tls_ca, token_file=token_file)
    console = Console()
    if once:
        console.print(screen(_since_start(address, page.read())))
        return
    page.read()  # a wrong address is told at once
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for view in _views(address, page):
            live.update(screen(view), refresh=True)
            time.sleep(interval)


def _since_start(title: str, now: Snapshot) -> View:
    from server.top.screen import View  # noqa: PLC0415

    start = min((values[0] for _, values in now.of(of.PROCESS_START)), default=time.time())
    seconds = max(time.time() - start, 1e-3)
    return View(title=title, now=now, fresh=now, seconds=seconds, span="all since the start")


def _views(title: str, page: Page) -> Iterator[View]:
    from server.top.screen import View  # noqa: PLC0415

    readings: deque[tuple[float, Snapshot]] = deque(maxlen=_WINDOW + 1)
    rates: deque[float] = deque(maxlen=_REMEMBERED)
    while True:
        trouble = ""
        try:
            readings.append((time.monotonic(), page.read()))
        except ServerUnavailableError as error:
            trouble = str(error)
        if not readings:
            yield View(title=title, now=Snapshot(), fresh=Snapshot(), seconds=1.0, span="", trouble=trouble)
            continue
        (began, first), (ended, now) = readings[0], readings[-1]
        if len(readings) == 1:
            yield _since_start(title, now)
            continue
        seconds, fresh = max(ended - began, 1e-3), now.since(first)
        if not trouble:
            rates.append(fresh.value(of.ROLLOUTS) / seconds)
        yield View(
            title=title,
            now=now,
            fresh=fresh,
            seconds=seconds,
            span=f"the last {seconds:.0f} s",
            rates=tuple(rates),
            trouble=trouble,
        )
