"""Metrics observer of a serving process, updated once per call and once per frame."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import grpc
import numpy as np

from rewards import __version__
from rewards.columns import VerdictColumns
from rewards.errors import AuthenticationError, ServerOverloadedError, ServerUnavailableError
from rewards.v1 import reward_service_pb2
from rewards.verdict import Method, Status
from rewards.wire.status import CODES
from server.observer import CallObserver, Observer
from server.telemetry import definitions as of
from server.telemetry.registry import MetricRegistry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.errors import TouchstoneError
    from rewards.recipe.summary import RecipeSummary
    from rewards.scores import Scores
    from rewards.verdict import Verdict
    from server.telemetry.definitions import MetricFunction
    from server.telemetry.registry import Labels, Snapshot

__all__ = ["METHODS", "OTHER", "Measuring"]

METHODS = frozenset(reward_service_pb2.DESCRIPTOR.services_by_name["RewardService"].methods_by_name)
"""Method names of the service."""

_SCORING = sorted(METHODS - {"ListRecipes"})
"""Methods that score rollouts."""

OTHER = "(other)"
"""Label value for anything outside the known set of values."""

_REASONS: Mapping[type[TouchstoneError], str] = {
    AuthenticationError: "authentication",
    ServerOverloadedError: "overload",
    ServerUnavailableError: "stopping",
}
_OUTCOMES = ("invalid", "not_judged", "scored")
_CODES = sorted(code.name for code in (*CODES, grpc.StatusCode.OK, grpc.StatusCode.CANCELLED))
"""All status codes that a call can end with."""

_VERDICTS = [str(status) for status in Status], ["", *map(str, Method)]
"""All values of the labels `status` and `method` of a verdict."""

_FEW = 64
"""Maximum array length for which plain Python is faster than numpy."""


class Measuring(Observer):
    """Observer that updates metrics; every counter is declared at 0 from the start.

    Args:
        recipes: values of the label `recipe` besides the recipes served.
    """

    def __init__(self, recipes: Collection[str] = ()) -> None:
        self.registry = MetricRegistry()
        self.registry.declare(of.CALLS, [*sorted(METHODS), OTHER], _CODES)
        self.registry.declare(of.REFUSED_CALLS, _REASONS.values())
        self.registry.declare(of.REFUSED_RELOADS)
        self.registry.declare(of.FRAME_SECONDS, _SCORING)
        self._declare_recipes(dict.fromkeys(recipes, ()))
        self.components: Mapping[str, frozenset[str]] = {}
        """Component names by recipe served; inline recipes are counted by their total only."""

    def on_recipes_loaded(self, recipes: Sequence[RecipeSummary], environment_digest: str) -> None:
        self.components = {one.title: frozenset(one.components) for one in recipes}
        self._declare_recipes({one.title: one.components for one in recipes})
        self.registry.forget(of.RECIPE_INFO)
        for one in recipes:
            self.registry.put(of.RECIPE_INFO, 1, one.title, one.digest, environment_digest, __version__)

    def _declare_recipes(self, components: Mapping[str, Sequence[str]]) -> None:
        for title, names in components.items():
            self.registry.declare(of.ROLLOUTS, [title], _OUTCOMES)
            self.registry.declare(of.VERDICTS, [title], *_VERDICTS)
            for metric in (of.COMPONENT_VALUES, of.COMPONENT_NANS, of.COMPONENT_GAIN, of.COMPONENT_LOSS):
                self.registry.declare(metric, [title], [of.TOTAL, *names])

    def on_reload_failed(self, reason: str) -> None:
        del reason
        self.registry.add(of.REFUSED_RELOADS, 1)

    def register_functions(self, functions: Sequence[MetricFunction]) -> None:
        self.registry.set_functions(functions)

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        del peer, metadata
        return _Measured(self, method if method in METHODS else OTHER)

    def on_judged(self, verdicts: Collection[Verdict]) -> None:
        by_method: defaultdict[Method | None, list[float]] = defaultdict(list)
        for verdict in verdicts:
            by_method[verdict.method].append(verdict.seconds)
        for method, seconds in by_method.items():
            self.registry.observe(of.JUDGING_SECONDS, seconds, str(method or ""))

    def snapshot(self) -> Snapshot:
        """Return the current values."""
        return self.registry.snapshot()


class _Measured(CallObserver):
    def __init__(self, measuring: Measuring, method: str) -> None:
        self._measuring = measuring
        self._registry = measuring.registry
        self._method = method
        self._began = time.monotonic()
        self._recipe = OTHER
        self._pending = 0
        self._over = False
        self._lock = threading.Lock()

    def on_recipe(self, recipe: str) -> None:
        self._recipe = recipe

    def on_admitted(self, rollouts: int, size: int) -> None:
        del size
        self._let_in(rollouts)

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        self._let_in(-len(scores))
        known = self._measuring.components.get(self._recipe, frozenset())
        self._registry.add_all(_counts(self._recipe, scores, known))
        if last:
            self._registry.observe(of.FRAME_SECONDS, (seconds,), self._method)

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        self._let_in(-self._pending)
        self._over = True
        self._registry.add(of.CALLS, 1, self._method, code.name)
        if (reason := _REASONS.get(type(error))) is not None:  # type: ignore[arg-type]  # None is no key
            self._registry.add(of.REFUSED_CALLS, 1, reason)
        self._registry.observe(of.CALL_SECONDS, (time.monotonic() - self._began,), self._method)

    def _let_in(self, rollouts: int) -> None:
        with self._lock:
            if not self._over:  # else they were given up already, and a thread did not know
                self._pending += rollouts
                self._registry.add(of.PENDING_ROLLOUTS, rollouts)


def _counts(recipe: str, scores: Scores, known: frozenset[str]) -> Iterator[tuple[of.Counter, Labels, float]]:
    """Yield the increments of metrics for some scores: a bounded number, independent of the rollouts."""
    invalid = len(scores.errors)
    scored, _, _ = _summed(scores.totals)
    yield of.ROLLOUTS, (recipe, "invalid"), invalid
    yield of.ROLLOUTS, (recipe, "not_judged"), len(scores) - scored - invalid
    yield of.ROLLOUTS, (recipe, "scored"), scored
    different = VerdictColumns.of(scores.verdicts)
    decided = list(zip(different.statuses, different.methods, strict=True))
    verdicts = Counter(decided[choice - 1] for choice in different.choices.tolist() if choice)
    for (status, method), count in verdicts.items():
        yield of.VERDICTS, (recipe, str(status), str(method or "")), count
    for name, values in {of.TOTAL: scores.totals, **scores.components}.items():
        if name == of.TOTAL or name in known:
            finite, gain, loss = _summed(values)
            labels = (recipe, name)
            yield of.COMPONENT_VALUES, labels, finite
            yield of.COMPONENT_NANS, labels, len(values) - finite - invalid
            yield of.COMPONENT_GAIN, labels, gain
            yield of.COMPONENT_LOSS, labels, loss


def _summed(values: NDArray[np.float64]) -> tuple[int, float, float]:
    """Return the number of non-NaN values, the sum of positive, and the absolute sum of negative ones."""
    if len(values) > _FEW:
        finite = values[~np.isnan(values)]
        gain = float(finite.sum(where=finite > 0))
        return len(finite), gain, gain - float(finite.sum())
    found = [value for value in values.tolist() if not math.isnan(value)]
    gain = sum(value for value in found if value > 0)
    return len(found), gain, gain - sum(found)
