"""What the worker pool is asked and what it answers: plain values that travel as JSON, never as pickles."""

from __future__ import annotations

import dataclasses
from typing import Any

from rewards.answers.comparing.compare import Decision
from rewards.answers.question import Policy
from rewards.verdict import Method, Status

__all__ = ["Outcome", "Task"]


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One answer against one gold."""

    answer: str
    gold: str
    policy: Policy
    cpu_seconds: float
    """How much CPU time may be spent on it."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {**dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, message: dict[str, Any]) -> Task:
        """What :meth:`to_json` was made from."""
        answer, gold, seconds = message["answer"], message["gold"], message["cpu_seconds"]
        return cls(str(answer), str(gold), Policy(**message["policy"]), float(seconds))


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task."""

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
        """What :meth:`to_json` was made from."""
        method = None if message["method"] is None else Method(message["method"])
        return cls(Decision(Status(message["status"]), method, message["reason"]), message["seconds"])
