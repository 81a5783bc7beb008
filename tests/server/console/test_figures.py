"""Figures of a server for its console."""

from __future__ import annotations

import json
import os

import pytest
from counted_metrics import counted

from server.console.figures import figures
from server.telemetry.aggregator import MetricAggregator


def test_figures_without_data_are_none_or_zero() -> None:
    found = figures(MetricAggregator(1))
    assert (found["recipes"], found["verdicts"], found["recent"]) == ([], [], [])
    tiles = found["tiles"]
    assert isinstance(tiles, dict)
    assert tiles["rollouts"] == 0
    assert tiles["right (%)"] is tiles["frame p50 (s)"] is None


@pytest.mark.asyncio
async def test_figures_are_those_that_were_counted_and_plain_json() -> None:
    aggregator = MetricAggregator(1)
    (slot,) = aggregator.slots
    os.write(await slot.open(), f"{counted().snapshot().to_json()}\n".encode())
    slot.filled_by(os.getpid())
    await slot.close()
    found = json.loads(json.dumps(figures(aggregator)))
    assert ["CORRECT", "number", 10.0] in found["verdicts"]
    assert 0 < found["tiles"]["right (%)"] < 100
    assert found["tiles"]["calls"] > 0
