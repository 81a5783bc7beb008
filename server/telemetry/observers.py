"""Set-up of the observers of a serving process, and reporting of their metrics to the supervisor."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidParameterError
from rewards.messages import install_command
from server.observer import CallObserver, Observer
from server.telemetry.call_log import CallLog
from server.telemetry.definitions import INLINE
from server.telemetry.measuring import METHODS, OTHER, Measuring
from server.telemetry.recent import Recent
from server.telemetry.registry import Snapshot
from server.telemetry.request_ids import KEY, request_id_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import grpc

    from rewards.errors import TouchstoneError
    from rewards.recipe.summary import RecipeSummary
    from rewards.rollout import Rollout
    from rewards.scores import Scores
    from rewards.verdict import Verdict
    from server.config import ServerConfig
    from server.telemetry.definitions import MetricFunction

__all__ = ["Observers", "observed", "reported"]

_REPORT_SECONDS = 1.0
"""Report interval in seconds."""


class Observers(Observer):
    """Composite of several observers. Assigns each call its request id and returns it to the client."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    @property
    def measuring(self) -> bool:
        """True if one of the observers collects metrics."""
        return any(isinstance(one, Measuring) for one in self._observers)

    def snapshot(self) -> Snapshot:
        """Return the current counters of this process."""
        counts = [one.snapshot() for one in self._observers if isinstance(one, Measuring)]
        return sum(counts, Snapshot())

    def recent(self) -> list[dict[str, Any]]:
        """Return and clear the recently scored frames of this process."""
        return [each for one in self._observers if isinstance(one, Recent) for each in one.take()]

    def on_recipes_loaded(self, recipes: Sequence[RecipeSummary], environment_digest: str) -> None:
        for one in self._observers:
            one.on_recipes_loaded(recipes, environment_digest)

    def on_judged(self, verdicts: Collection[Verdict]) -> None:
        for one in self._observers:
            one.on_judged(verdicts)

    def on_reload_failed(self, reason: str) -> None:
        for one in self._observers:
            one.on_reload_failed(reason)

    def register_functions(self, functions: Sequence[MetricFunction]) -> None:
        for one in self._observers:
            one.register_functions(functions)

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        request_id = request_id_of(metadata)
        method = method if method in METHODS else OTHER  # one that is refused may be called anything
        known = [*(pair for pair in metadata if pair[0] != KEY), (KEY, request_id)]
        return _Calls(request_id, [one.call(method, peer, known) for one in self._observers])


class _Calls(CallObserver):
    def __init__(self, request_id: str, calls: Sequence[CallObserver]) -> None:
        self._calls = calls
        self._trailing = ((KEY, request_id),)
        self.reads_text = any(one.reads_text for one in calls)

    @property
    def trailing_metadata(self) -> Sequence[tuple[str, str]]:
        return self._trailing

    def on_recipe(self, recipe: str) -> None:
        for one in self._calls:
            one.on_recipe(recipe)

    def on_admitted(self, rollouts: int, size: int) -> None:
        for one in self._calls:
            one.on_admitted(rollouts, size)

    def on_rollouts(self, rollouts: Sequence[Rollout]) -> None:
        for one in self._calls:
            if one.reads_text:
                one.on_rollouts(rollouts)

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        for one in self._calls:
            one.on_scored(scores, seconds, last=last)

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        for one in self._calls:
            one.on_end(code, error)


@contextlib.contextmanager
def observed(config: ServerConfig) -> Iterator[Observers]:
    """Create the observers that `config` asks for, and close them at the end.

    Raises:
        InvalidParameterError: traces are enabled, but the extra `otel` is not installed.
    """
    observers: list[Observer] = [CallLog(text=config.log_text)]
    with contextlib.ExitStack() as ends:
        if config.otlp_endpoint is not None:
            try:
                from server.telemetry.tracing import Tracing, exporting  # noqa: PLC0415  # an extra
            except ImportError as error:
                message = f"traces need the extra `otel`: {install_command('otel')} ({error})"
                raise InvalidParameterError(message) from error
            provider = exporting(config.otlp_endpoint)
            ends.callback(provider.shutdown)
            observers.append(Tracing(provider))
        if config.metrics_address is not None or config.console is not None:
            observers.append(Measuring((INLINE,) if config.inline_recipes else ()))
        if config.console is not None:
            observers.append(Recent(text=config.log_text))
        yield Observers(*observers)


@contextlib.contextmanager
def reported(observers: Observers, pipe: int) -> Iterator[None]:
    """Report counters to a pipe every second and once at the end; do nothing if there are no metrics."""
    if not observers.measuring:
        yield
        return
    report = os.fdopen(pipe, "w")
    over = threading.Event()

    def run() -> None:
        said = ""
        while True:
            last = over.wait(_REPORT_SECONDS)
            lines = [json.dumps(recent)] if (recent := observers.recent()) else []
            if (line := observers.snapshot().to_json()) != said:
                said = line
                lines.append(line)
            with contextlib.suppress(OSError):  # the supervisor has gone, as others notice
                report.writelines(f"{each}\n" for each in lines)
                report.flush()
            if last:
                return

    # In a thread of its own, for whoever writes to a pipe may have to wait for its reader.
    thread = threading.Thread(target=run, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_REPORT_SECONDS)
        if not thread.is_alive():
            with contextlib.suppress(OSError):
                report.close()
