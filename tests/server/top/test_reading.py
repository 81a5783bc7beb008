"""A page of metrics read back."""

from __future__ import annotations

import pytest
from counted_metrics import counted

from server.telemetry.exposition import exposed
from server.telemetry.registry import Snapshot
from server.top.reading import snapshot_of


def test_snapshot_of_a_page_is_what_was_counted() -> None:
    snapshot = counted().snapshot()
    for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        page, _ = exposed(snapshot, accept)
        if accept == "text/plain":
            assert snapshot_of(page.decode()) == snapshot
    assert snapshot_of("other_total 3\n") == Snapshot()
    with pytest.raises(ValueError, match="could not convert"):
        snapshot_of("touchstone_calls_total three\n")
