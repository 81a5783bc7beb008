"""Recently scored frames for the console: counts of verdicts per frame.

They contain no text of policies or users, unless `--log-text` enables answers.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Final

from server.observer import CallObserver, Observer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.scores import Scores

__all__ = ["MOST_RECENT", "Recent"]

MOST_RECENT: Final = 50
"""Number of frames kept."""

_ANSWERS: Final = 3
_EXCERPT: Final = 80
"""Maximum characters of an answer."""


class Recent(Observer):
    """Observer that keeps summary figures of recently scored frames.

    Args:
        text: True to keep the beginnings of a few answers, too.
    """

    def __init__(self, *, text: bool) -> None:
        self.text = text
        self._kept: deque[dict[str, Any]] = deque(maxlen=MOST_RECENT)

    def call(self, method: str, peer: str, metadata: Sequence[tuple[str, str | bytes]]) -> CallObserver:
        del method, peer, metadata
        return _Noted(self)

    def note(self, recipe: str, scores: Scores, seconds: float) -> None:
        """Record the scores of some rollouts of a frame."""
        verdicts = [one for one in scores.verdicts if one is not None]
        counts = Counter((one.status.value, one.method.value if one.method else "") for one in verdicts)
        entry: dict[str, Any] = {
            "at": time.time(),
            "recipe": recipe,
            "rollouts": len(scores),
            "invalid": len(scores.errors),
            "seconds": seconds,
            "verdicts": [[*how, count] for how, count in counts.most_common()],
        }
        if self.text:
            answers = [one.extracted[:_EXCERPT] for one in verdicts if one.extracted is not None]
            entry["answers"] = answers[:_ANSWERS]
        self._kept.append(entry)

    def take(self) -> list[dict[str, Any]]:
        """Return and clear the recorded entries; for use from one thread."""
        taken = []
        while self._kept:
            taken.append(self._kept.popleft())
        return taken


class _Noted(CallObserver):
    def __init__(self, recent: Recent) -> None:
        self._recent = recent
        self._recipe = ""

    def on_recipe(self, recipe: str) -> None:
        self._recipe = recipe

    def on_scored(self, scores: Scores, seconds: float, *, last: bool) -> None:
        del last
        self._recent.note(self._recipe, scores, seconds)
