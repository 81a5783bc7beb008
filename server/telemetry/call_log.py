"""Access log: one line per call and, with `--log-text` at the level `debug`, one per rollout."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import grpc

from server.observer import CallObserver, Observer
from server.telemetry.request_ids import request_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.errors import TouchstoneError
    from rewards.rollout import Rollout
    from rewards.scores import Scores

__all__ = ["CallLog"]

_log = logging.getLogger("touchstone.calls")

_LEVELS = {
    grpc.StatusCode.OK: logging.INFO,
    grpc.StatusCode.CANCELLED: logging.INFO,
    grpc.StatusCode.INTERNAL: logging.ERROR,
    grpc.StatusCode.UNKNOWN: logging.ERROR,
}
"""Log level of a call by its status code; WARNING for all other codes."""


class CallLog(Observer):
    """Observer that logs calls.

    Args:
        text: True to log text of users and policies, too.
    """

    def __init__(self, *, text: bool) -> None:
        self._text = text

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        return _Logged(method, peer, request_id_of(metadata), text=self._text)


class _Logged(CallObserver):
    def __init__(self, method: str, peer: str, request_id: str, *, text: bool) -> None:
        self._fields: dict[str, object] = {
            "request_id": request_id,
            "method": method,
            "recipe": "",
            "peer": peer,
            "rollouts": 0,
            "bytes": 0,
        }
        self._rollouts = self._bytes = 0
        self._began = time.monotonic()
        self._text = text
        self.reads_text = text and _log.isEnabledFor(logging.DEBUG)

    def on_recipe(self, recipe: str) -> None:
        self._fields["recipe"] = recipe

    def on_admitted(self, rollouts: int, size: int) -> None:
        self._rollouts += rollouts
        self._bytes += size

    def on_rollouts(self, rollouts: Sequence[Rollout]) -> None:
        for one in rollouts:
            fields = {
                "request_id": self._fields["request_id"],
                "id": one.id,
                "group_id": one.group_id,
                "prompt": one.prompt,
                "completion": one.completion,
                "ground_truth": one.golds,
                "metadata": dict(one.metadata or {}),
            }
            _log.debug("rollout", extra={"fields": fields})

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        del last
        if _log.isEnabledFor(logging.DEBUG):
            fields: dict[str, object] = {
                "request_id": self._fields["request_id"],
                "rollouts": len(scores),
                "seconds": round(seconds, 6),
            }
            if self._text:
                fields["extracted"] = [None if one is None else one.extracted for one in scores.verdicts]
            _log.debug("scored", extra={"fields": fields})

    def on_end(self, code: grpc.StatusCode, error: TouchstoneError | None) -> None:
        level = _LEVELS.get(code, logging.WARNING)
        if not _log.isEnabledFor(level):
            return
        self._fields |= {
            "rollouts": self._rollouts,
            "bytes": self._bytes,
            "seconds": round(time.monotonic() - self._began, 6),
            "code": code.name,
        }
        if error is not None:
            # What an error of a call says may quote the id of a rollout.
            self._fields["error"] = f"{type(error).__name__}: {error}" if self._text else type(error).__name__
        _log.log(level, "call", extra={"fields": self._fields})
