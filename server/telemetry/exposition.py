"""Exposition of a counter snapshot in the Prometheus and OpenMetrics text formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.utils import floatToGoString

from server.telemetry.definitions import METRICS, Counter, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric as Family
    from prometheus_client.registry import Collector

    from server.telemetry.definitions import Metric
    from server.telemetry.registry import Snapshot

__all__ = ["exposed"]


def exposed(snapshot: Snapshot, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics page and its content type: text, or OpenMetrics if `accept` asks for it."""
    encode, content_type = choose_encoder(accept)
    return encode(cast("Collector", _Families(snapshot))), content_type


class _Families:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Family]:
        """Yield one metric family per metric, with or without series."""
        for metric in METRICS.values():
            yield _family(metric, self._snapshot)


def _family(metric: Metric, snapshot: Snapshot) -> Family:
    if isinstance(metric, Histogram):
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        bounds = [*map(floatToGoString, metric.buckets), "+Inf"]
        for labels, (*counts, total) in snapshot.of(metric):
            running, buckets = 0.0, []
            for bound, count in zip(bounds, counts, strict=True):
                running += count
                buckets.append((bound, running))
            histogram.add_metric(labels, buckets, sum_value=total)
        return histogram
    if isinstance(metric, Counter):
        counter = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, (value,) in snapshot.of(metric):
            counter.add_metric(labels, value)
        return counter
    gauge = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, (value,) in snapshot.of(metric):
        gauge.add_metric(labels, value)
    return gauge
