"""Tasks and verdicts of the worker pool as JSON: plain values travel, never pickles."""

from __future__ import annotations

import dataclasses
from typing import Any

from rewards.answers.question import Policy
from rewards.verdict import Method, Status, Verdict

__all__ = ["Task", "verdict_from_json", "verdict_to_json"]


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """The comparison of one answer with one gold."""

    answer: str
    gold: str
    policy: Policy
    cpu_seconds: float
    """CPU time limit, in seconds."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, message: dict[str, Any]) -> Task:
        """Return the value that :meth:`to_json` encoded."""
        answer, gold, seconds = message["answer"], message["gold"], message["cpu_seconds"]
        return cls(str(answer), str(gold), Policy(**message["policy"]), float(seconds))


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as a JSON object; the answer is left out, which the caller has."""
    return {
        "status": verdict.status,
        "method": verdict.method,
        "reason": verdict.reason,
        "seconds": verdict.seconds,
    }


def verdict_from_json(message: dict[str, Any]) -> Verdict:
    """Return the verdict that :func:`verdict_to_json` encoded."""
    return Verdict(
        status=Status(message["status"]),
        method=None if message["method"] is None else Method(message["method"]),
        reason=message["reason"],
        seconds=message["seconds"],
    )
