"""The dashboard and the alerts ask for what a server really exposes, by labels that it really has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from server.telemetry import definitions as of

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"

DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "touchstone.json").read_text("utf-8"))

ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))

SCRAPED = {"job", "instance"}
"""Labels that Prometheus adds."""

KNOWN = {
    **{name: set(one.labels) for name, one in of.METRICS.items() if one.kind != "histogram"},
    **{
        f"{name}{end}": {*one.labels, *more}
        for name, one in of.METRICS.items()
        if one.kind == "histogram"
        for end, more in (("_bucket", {"le"}), ("_sum", set()), ("_count", set()))
    },
}
"""Every name that can be asked for, and its labels."""


def queries() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]["query"]
    for rule in ALERTS["groups"][0]["rules"]:
        yield f"alert {rule['alert']}", rule["expr"]


@pytest.mark.parametrize("query", [pytest.param(query, id=name) for name, query in queries()])
def test_a_query_asks_for_what_is_there(query: str) -> None:
    names = re.findall(r"touchstone_\w+", query)
    assert names
    assert set(names) <= KNOWN.keys()
    labels = set().union(*(KNOWN[name] for name in names)) | SCRAPED
    for name, chosen in re.findall(r"(touchstone_\w+)\{([^}]*)\}", query):
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", chosen)) <= KNOWN[name] | SCRAPED
    for grouped in re.findall(r"\bby \(([^)]*)\)", query):
        assert {label.strip() for label in grouped.split(",")} <= labels
    assert all(query.count(left) == query.count(right) for left, right in ("()", "[]", "{}"))
    # A counter is asked for its growth, and a gauge for what it is.
    for name in names:
        metric = of.METRICS.get(name) or of.METRICS[re.sub("_(bucket|sum|count)$", "", name)]
        grows = re.search(rf"(?:rate|increase)\({name}[{{\[]", query) is not None
        assert grows == (metric.kind != "gauge"), name


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(query for _, query in queries())
    left_out = {name for name in of.METRICS if name not in shown}
    assert left_out == {of.PROCESS_START.name}


def test_values_of_labels_are_those_that_exist() -> None:
    from rewards.answers.pool.news import EXIT_REASONS  # noqa: PLC0415
    from rewards.verdict import Status  # noqa: PLC0415

    shown = " ".join(query for _, query in queries())
    assert set(re.findall(r'status="(\w+)"', shown)) <= {str(status) for status in Status}
    killed = re.search(r'worker_kills_total\{reason=~"([^"]*)"', shown)
    assert killed is not None
    assert set(killed[1].split("|")) <= EXIT_REASONS.keys()
    assert set(re.findall(r'outcome!?="(\w+)"', shown)) == {"scored", "not_judged"}


def test_panels_are_well_formed() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    covered: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & covered, f"{panel['title']} lies over another"
        assert at["x"] + at["w"] <= 24
        covered |= cells
        assert panel["type"] == "row" or panel["description"]
