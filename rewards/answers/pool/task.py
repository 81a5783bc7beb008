"""Requests and responses of the worker pool: plain values that travel as JSON, never as pickles."""

from __future__ import annotations

import dataclasses
from typing import Any

from rewards.answers.comparing.compare import Decision
from rewards.answers.question import Policy
from rewards.verdict import Method, Status

__all__ = ["Outcome", "Task"]


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


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a task."""

    decision: Decision
    seconds: float = 0.0
    """CPU time spent."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "status": self.decision.status,
            "method": self.decision.method,
            "reason": self.decision.reason,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, message: dict[str, Any]) -> Outcome:
        """Return the value that :meth:`to_json` encoded."""
        method = None if message["method"] is None else Method(message["method"])
        return cls(Decision(Status(message["status"]), method, message["reason"]), message["seconds"])
