"""Definitions of all metrics of the server: name, help text and labels.

Names and units follow the conventions of Prometheus. Label cardinality is bounded: values come from sets
known when the server starts, such as methods, codes, the recipes served and their components.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

__all__ = ["INLINE", "METRICS", "TOTAL", "Kind", "Metric"]

Kind = Literal["counter", "gauge", "histogram"]

TOTAL = "(total)"
"""Label value `component` for the total reward."""

INLINE = "inline"
"""Label value `recipe` for all inline recipes, as callers choose their names freely."""

_CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_JUDGING_SECONDS = (1e-6, 1e-5, 2.5e-5, 1e-4, 2.5e-4, 1e-3, 2.5e-3, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric, with one time series per combination of label values."""

    name: str
    """Full name, with the prefix and, for a counter, the suffix `_total`."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, without the final +Inf."""

    shared: bool = False
    """True for a gauge of shared state, aggregated over processes by maximum instead of sum."""


def _counter(name: str, help_: str, *labels: str) -> Metric:
    return Metric(name=f"touchstone_{name}_total", kind="counter", help=help_, labels=labels)


def _gauge(name: str, help_: str, *labels: str, shared: bool = False) -> Metric:
    return Metric(name=f"touchstone_{name}", kind="gauge", help=help_, labels=labels, shared=shared)


def _seconds(name: str, help_: str, buckets: tuple[float, ...]) -> Metric:
    name = f"touchstone_{name}_seconds"
    return Metric(name=name, kind="histogram", help=help_, labels=("method",), buckets=buckets)


CALLS = _counter("calls", "Calls that have ended.", "method", "code")
REFUSED_CALLS = _counter("refused_calls", "Calls refused before anything of them was scored.", "reason")
ROLLOUTS = _counter("rollouts", "Rollouts answered: scored, not judged (NaN), invalid.", "recipe", "outcome")
VERDICTS = _counter("verdicts", "Verdicts on rollouts.", "recipe", "status", "method")
COMPONENT_VALUES = _counter("component_values", "Values that a component gave.", "recipe", "component")
COMPONENT_GAIN = _counter("component_gain", "Sum of its values above 0.", "recipe", "component")
COMPONENT_LOSS = _counter("component_loss", "Sum of its values below 0, without sign.", "recipe", "component")
COMPONENT_NANS = _counter(
    "component_nans", "Rollouts for which a component gave no value.", "recipe", "component"
)
ANSWERS = _counter(
    "answers",
    "Answers that were not plain at sight: found in the cache, decided by rules in the process, shared with "
    "a question under way, or sent to the pool.",
    "source",
)
WORKER_KILLS = _counter("worker_kills", "Workers that were killed, or that died, on a task.", "reason")
REFUSED_RELOADS = _counter("refused_reloads", "Reloads that kept the recipes as they were, by each process.")
PROCESS_RESTARTS = _counter("process_restarts", "Server processes that died and were replaced.")

CALL_SECONDS = _seconds("call", "From the arrival of a call to its end.", _CALL_SECONDS)
FRAME_SECONDS = _seconds(
    "frame", "From letting a batch or frame in until all its rollouts were scored.", _CALL_SECONDS
)
JUDGING_SECONDS = _seconds(
    "judging",
    "Time to judge one answer, by the method that decided: CPU time in a worker, wall-clock time elsewhere.",
    _JUDGING_SECONDS,
)

PENDING_ROLLOUTS = _gauge("pending_rollouts", "Rollouts let in and not yet scored.")
PENDING_BYTES = _gauge("pending_bytes", "Memory that calls in work hold.")
PENDING_BYTES_LIMIT = _gauge("pending_bytes_limit", "How much of it may be held.")
WAITING_FRAMES = _gauge("waiting_frames", "Frames that were read and wait to be let in.")
PENDING_ANSWERS = _gauge("pending_answers", "Answers that the worker pool has or is to get.")
WORKERS = _gauge("workers", "Symbolic workers that are alive.", "lane", shared=True)
STALE_FILES = _gauge(
    "stale_files",
    "1 where a file of tokens or certificates cannot be read, and what it held before is in force.",
    "file",
    shared=True,
)
PROCESSES = _gauge("processes", "Server processes that run.")
PROCESS_START = _gauge("process_start_time_seconds", "When a process started, as Unix time.", "process")
PROCESS_CPU = _counter("process_cpu_seconds", "CPU time that a process has had.", "process")
PROCESS_MEMORY = _gauge("process_resident_memory_bytes", "Resident memory of a process.", "process")
RECIPE_INFO = _gauge(
    "recipe_info",
    "1 for each recipe that is served.",
    "recipe",
    "recipe_digest",
    "environment_digest",
    "server_version",
    shared=True,
)

METRICS: dict[str, Metric] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Metric)
}
"""All metrics by name."""
