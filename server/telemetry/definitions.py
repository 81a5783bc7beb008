"""Definitions of all metrics of the server: name, help text and labels.

Names and units follow the conventions of Prometheus. Label cardinality is bounded: values come from sets
known when the server starts, such as methods, codes, the recipes served and their components.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INLINE", "METRICS", "TOTAL", "Counter", "Gauge", "Histogram", "Metric", "MetricFunction"]

TOTAL = "(total)"
"""Label value `component` for the total reward."""

INLINE = "inline"
"""Label value `recipe` for all inline recipes, as callers choose their names freely."""

_CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_JUDGING_SECONDS = (1e-6, 1e-5, 2.5e-5, 1e-4, 2.5e-4, 1e-3, 2.5e-3, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A metric, with one time series per combination of label values."""

    kind: ClassVar[str]
    """Type of the metric on the page."""

    name: str
    """Full name; by convention that of a counter ends with `_total`."""

    help: str
    labels: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of values of a series."""
        return 1


@dataclasses.dataclass(frozen=True)
class Counter(Metric):
    """A metric that only grows while its process runs."""

    kind = "counter"


@dataclasses.dataclass(frozen=True)
class Gauge(Metric):
    """A metric that goes up and down."""

    kind = "gauge"

    shared: bool = dataclasses.field(default=False, kw_only=True)
    """True for shared state, aggregated over processes by maximum instead of sum."""


@dataclasses.dataclass(frozen=True)
class Histogram(Metric):
    """The distribution of observations over buckets."""

    kind = "histogram"

    buckets: tuple[float, ...] = dataclasses.field(kw_only=True)
    """Upper bounds of the buckets, without the final +Inf."""

    @property
    def width(self) -> int:
        """A count for each bucket and for +Inf, and the sum of the observations."""
        return len(self.buckets) + 2


class MetricFunction(NamedTuple):
    """A function that reads the value of one series where it is kept, whenever metrics are collected."""

    metric: Counter | Gauge
    read: Callable[[], float]
    labels: tuple[str, ...] = ()
    """The values of the metric's labels, in their order."""


CALLS = Counter("touchstone_calls_total", "Calls that have ended.", ("method", "code"))
REFUSED_CALLS = Counter(
    "touchstone_refused_calls_total", "Calls refused before anything of them was scored.", ("reason",)
)
ROLLOUTS = Counter(
    "touchstone_rollouts_total",
    "Rollouts answered: scored, not judged (NaN), invalid.",
    ("recipe", "outcome"),
)
VERDICTS = Counter("touchstone_verdicts_total", "Verdicts on rollouts.", ("recipe", "status", "method"))
COMPONENT_VALUES = Counter(
    "touchstone_component_values_total", "Values that a component gave.", ("recipe", "component")
)
COMPONENT_GAIN = Counter(
    "touchstone_component_gain_total", "Sum of its values above 0.", ("recipe", "component")
)
COMPONENT_LOSS = Counter(
    "touchstone_component_loss_total", "Sum of its values below 0, without sign.", ("recipe", "component")
)
COMPONENT_NANS = Counter(
    "touchstone_component_nans_total",
    "Rollouts for which a component gave no value.",
    ("recipe", "component"),
)
ANSWERS = Counter(
    "touchstone_answers_total",
    "Answers that were not plain at sight: found in the cache, decided by rules in the process, shared with "
    "a question under way, or sent to the pool.",
    ("source",),
)
WORKER_KILLS = Counter(
    "touchstone_worker_kills_total", "Workers that were killed, or that died, on a task.", ("reason",)
)
REFUSED_RELOADS = Counter(
    "touchstone_refused_reloads_total", "Reloads that kept the recipes as they were, by each process."
)
PROCESS_RESTARTS = Counter(
    "touchstone_process_restarts_total", "Server processes that died and were replaced."
)

CALL_SECONDS = Histogram(
    "touchstone_call_seconds", "From the arrival of a call to its end.", ("method",), buckets=_CALL_SECONDS
)
FRAME_SECONDS = Histogram(
    "touchstone_frame_seconds",
    "From letting a batch or frame in until all its rollouts were scored.",
    ("method",),
    buckets=_CALL_SECONDS,
)
JUDGING_SECONDS = Histogram(
    "touchstone_judging_seconds",
    "Time to judge one answer, by the method that decided: CPU time in a worker, wall-clock time elsewhere.",
    ("method",),
    buckets=_JUDGING_SECONDS,
)

PENDING_ROLLOUTS = Gauge("touchstone_pending_rollouts", "Rollouts let in and not yet scored.")
PENDING_BYTES = Gauge("touchstone_pending_bytes", "Memory that calls in work hold.")
PENDING_BYTES_LIMIT = Gauge("touchstone_pending_bytes_limit", "How much of it may be held.")
WAITING_FRAMES = Gauge("touchstone_waiting_frames", "Frames that were read and wait to be let in.")
PENDING_ANSWERS = Gauge("touchstone_pending_answers", "Answers that the worker pool has or is to get.")
WORKERS = Gauge("touchstone_workers", "Symbolic workers that are alive.", ("lane",), shared=True)
STALE_FILES = Gauge(
    "touchstone_stale_files",
    "1 where a file of tokens or certificates cannot be read, and what it held before is in force.",
    ("file",),
    shared=True,
)
PROCESSES = Gauge("touchstone_processes", "Server processes that run.")
PROCESS_START = Gauge(
    "touchstone_process_start_time_seconds", "When a process started, as Unix time.", ("process",)
)
PROCESS_CPU = Counter(
    "touchstone_process_cpu_seconds_total", "CPU time that a process has had.", ("process",)
)
PROCESS_MEMORY = Gauge(
    "touchstone_process_resident_memory_bytes", "Resident memory of a process.", ("process",)
)
RECIPE_INFO = Gauge(
    "touchstone_recipe_info",
    "1 for each recipe that is served.",
    ("recipe", "recipe_digest", "environment_digest", "server_version"),
    shared=True,
)

METRICS: dict[str, Metric] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Metric)
}
"""All metrics by name."""
