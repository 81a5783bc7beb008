"""One frame of `touchstone top`."""

from __future__ import annotations

import pytest
from counted_metrics import counted
from rich.console import Console

from server.telemetry.registry import Snapshot
from server.top.screen import View, screen


def shown(view: View, width: int = 80) -> str:
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(screen(view))
    return capture.get()


@pytest.mark.parametrize("width", [80, 200])
def test_screen_keeps_to_its_width(width: int) -> None:
    snapshot = counted().snapshot()
    view = View(title="here:1", now=snapshot, fresh=snapshot, seconds=2.0, span="x", rates=[0, 1, 8])
    lines = shown(view, width).splitlines()
    assert all(len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert "\x1b" not in text
    for part in ("touchstone here:1", "Rollouts", " ▁█", "Latency p50", "correct 14.3%", "(total)", "0.250"):
        assert part in text


def test_screen_of_nothing_tells_the_trouble() -> None:
    view = View(title="x", now=Snapshot(), fresh=Snapshot(), seconds=1.0, span="x", trouble="nobody there")
    assert "nobody there" in shown(view)
