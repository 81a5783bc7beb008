"""What Prometheus would read at a server, as tests ask for it."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from prometheus_client.core import Sample


def page_of(address: str) -> str:
    """The page of metrics at `host:port`."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as response:
        return str(response.read().decode())


def samples_at(address: str) -> list[Sample]:
    """Every sample on that page."""
    families = text_string_to_metric_families(page_of(address))
    return [sample for family in families for sample in family.samples]


def value_at(address: str, name: str, **labels: str) -> float:
    """The sum of all samples of a name that have these labels."""
    return sum(
        sample.value
        for sample in samples_at(address)
        if sample.name == name and labels.items() <= sample.labels.items()
    )
