"""The page about metrics names each with its labels."""

from __future__ import annotations

import re
from pathlib import Path

from server.telemetry import definitions as of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "observability.md"


def test_every_metric_and_field_is_documented() -> None:
    page = PAGE.read_text("utf-8")
    rows = dict(re.findall(r"^\| `(touchstone_\w+)` \| ([^|]*)\|", page, re.MULTILINE))
    assert rows.keys() == of.METRICS.keys()
    for name, metric in of.METRICS.items():
        told = re.sub(r":[^,]*(?:, `\w+`)*|, see below", "", rows[name]).replace(" ", "").split(",")
        assert told == list(metric.labels or [""]), name
