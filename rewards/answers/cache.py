"""The LRU cache of verdicts, bounded in number and in characters."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewards.answers.question import Question
    from rewards.verdict import Verdict

__all__ = ["VerdictCache"]


class VerdictCache:
    """An LRU cache; not thread-safe, the caller holds the lock.

    Args:
        entries: maximum number of verdicts.
        characters: maximum total length of the cached answers and golds.
    """

    def __init__(self, *, entries: int = 1 << 16, characters: int = 1 << 25) -> None:
        self._entries = entries
        self._characters = characters
        self._held = 0
        self._verdicts: OrderedDict[Question, Verdict] = OrderedDict()

    def __len__(self) -> int:
        return len(self._verdicts)

    def known(self, questions: Iterable[Question]) -> dict[Question, Verdict]:
        """Return the cached verdict of each of `questions` that has one."""
        verdicts = self._verdicts
        found = {}
        for question in questions if verdicts else ():
            if (verdict := verdicts.get(question)) is not None:
                found[question] = verdict
                verdicts.move_to_end(question)
        return found

    def put(self, question: Question, verdict: Verdict) -> None:
        """Store a verdict, and evict the least recently used ones beyond the bounds."""
        verdicts = self._verdicts
        known = len(verdicts)
        verdicts[question] = verdict
        if len(verdicts) == known:
            verdicts.move_to_end(question)  # the last place is that of what was used last
        else:
            self._held += _size(question)
        while len(verdicts) > self._entries or self._held > self._characters:
            forgotten, _ = verdicts.popitem(last=False)
            self._held -= _size(forgotten)


def _size(question: Question) -> int:
    answer, golds, _ = question
    return len(answer) + (len(golds[0]) if len(golds) == 1 else sum(map(len, golds)))
