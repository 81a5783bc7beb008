"""A scoring call in progress: quick rows are scored at once, slow ones when their answers have been judged.

Row rewards depend on their row alone, so scoring rows in parts changes nothing, and a hanging answer
holds up no row but its own. This is what both the server's stream and :class:`rewards.LocalScorer`
are made of.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rewards.columns import SpansByComponent, VerdictColumns
from rewards.evaluation import Context
from rewards.recipe.recipe import environment_digest
from rewards.scores import Scores, first_verdicts
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.errors import MissingFieldError
    from rewards.evaluation import Judge, Span
    from rewards.recipe.recipe import Recipe
    from rewards.reward import Reward
    from rewards.rollout import Batch

    _Asked: TypeAlias = tuple[Question, Sequence[int]]
    """A question, and the rows that it belongs to."""

__all__ = ["Scoring"]

_OPEN = Verdict(status=Status.NOT_JUDGED, reason="not judged yet")
"""Placeholder verdict of an answer that is still open; its row is not returned before it is replaced."""

_SHORT = 48
"""Characters of an answer and its gold, together, up to which they are compared before rows are given out.
Most are shorter, and what is longer may take as long as hundreds of them."""

_FEW_GOLDS = 8
"""Golds up to which an answer counts as short: it is compared with each of them."""

_SHORT_COMPARISONS = 1024
"""Number of comparisons of short answers made before rows are returned."""

_SLICE = 128
"""Number of comparisons of longer answers made in one step: some tens of milliseconds. The golds of one
answer are never split."""


class Scoring:
    """The scores of one batch as they become ready.

    Iterating gives `(rows, scores)` pairs until every row has come once, and blocks in between.
    A caller with a loop of its own takes `ready()` until all is `begun`, and again whenever one of
    `waiting` is done. With a group reward in the recipe all rows come together.

    Args:
        batch: what to score.
        recipe: by what.
        labels: of its nodes.
        judge: who judges answers; by default the one that this process shares.
        timeout: seconds until what is not judged is NOT_JUDGED.
        lenient: leave out the rollouts that lack a field, and say so in `Scores.errors`.
        at_once: compare long answers, too, before any rows are given out.

    Raises:
        MissingFieldError: a rollout lacks a field the recipe needs, unless `lenient`.
    """

    def __init__(
        self,
        batch: Batch,
        recipe: Recipe,
        labels: Mapping[Reward, str],
        *,
        judge: Judge | None = None,
        timeout: float | None = None,
        lenient: bool = False,
        at_once: bool = False,
    ) -> None:
        self.batch = batch
        self._recipe = recipe
        self._labels = labels
        self._judge = judge
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._errors: dict[int, MissingFieldError] = {}
        if lenient:
            self._errors = recipe.reward.invalid_rows(batch)
        else:
            recipe.reward.check(batch)
        self._together = recipe.scope == "group"
        self._answers: dict[Question, Verdict] = {}
        self._futures: dict[Future[Verdict], _Asked] = {}
        self._usable = batch
        if self._errors:
            self._usable = batch.take([row for row in range(len(batch)) if row not in self._errors])
        self._unasked = deque(
            _steps(recipe.reward.questions(self._usable), at_once=at_once or self._together)
        )
        self._left = np.ones(len(batch), dtype=np.bool_)
        """True for each row that has not been returned yet."""
        self.done = False
        """True if every row has been returned."""

    @property
    def begun(self) -> bool:
        """True if every answer has been looked at."""
        return not self._unasked

    @property
    def waiting(self) -> frozenset[Future[Verdict]]:
        """The answers still being judged."""
        return frozenset(self._futures)

    def ready(self) -> tuple[NDArray[np.intp], Scores] | None:
        """Return the rows that have become ready since the last call, with their scores; else None.

        An empty batch is ready at once, with the scores of no rows.
        """
        if self._unasked:
            self._ask(self._unasked.popleft())
        for future in [future for future in self._futures if future.done()]:
            question, _ = self._futures.pop(future)
            self._answers[question] = future.result()
        fresh = self._left & ~self._open()
        rows = np.flatnonzero(fresh)
        if not len(rows) and (self.done or len(self.batch)):
            return None
        if self._together and len(rows) < np.count_nonzero(self._left):
            return None
        self._left &= ~fresh
        self.done = not self._left.any()
        chosen = np.flatnonzero(fresh[self._usable.rows])
        # To leave rows out costs more than to score some that are not returned yet.
        part = self._usable if 2 * len(chosen) > len(self._usable) else self._usable.take(chosen)
        scores = self._score(part)
        return rows, scores if len(rows) == len(self.batch) else scores.take(rows)

    def __iter__(self) -> Iterator[tuple[NDArray[np.intp], Scores]]:
        while not self.done:
            if (part := self.ready()) is not None:
                yield part
            if self._futures and self.begun:
                wait(self._futures, return_when=FIRST_COMPLETED)

    def _ask(self, asked: Sequence[_Asked]) -> None:
        """Ask the judge these questions; those that take longer are answered by futures."""
        judge = Context(judge=self._judge).judge
        answers = judge.ask((question for question, _ in asked), deadline=self._deadline)
        for question, rows in asked:
            answer = answers[question]
            if isinstance(answer, Future):
                self._futures[answer] = question, rows
            else:
                self._answers[question] = answer

    def _open(self) -> NDArray[np.bool_]:
        """Return a mask of the rows whose answers are still to be judged."""
        found = np.zeros(len(self.batch), dtype=np.bool_)
        for question, rows in chain(self._futures.values(), *self._unasked):
            self._answers[question] = _OPEN
            found[self._usable.rows[np.asarray(rows)]] = True
        return found

    def _score(self, part: Batch) -> Scores:
        """Return the scores of the rows in `part`, in arrays as long as the whole batch."""
        context = Context(judge=self._judge, deadline=self._deadline)
        context.answers = self._answers
        with np.errstate(over="ignore"):  # an infinite value is an error, whoever computed it
            context.evaluate(self._recipe.reward, part)
        size = len(self.batch)
        nodes = {label: np.full(size, np.nan) for label in self._labels.values()}
        parts: dict[str, NDArray[np.float64]] = {}
        judged: dict[str, list[tuple[NDArray[np.intp], Sequence[Verdict | None]]]] = {}
        spans: dict[str, list[tuple[NDArray[np.intp], Sequence[Sequence[Span]]]]] = {}
        totals = np.full(size, np.nan)
        for node, batch, evaluation in context.found():
            if node == self._recipe.reward:
                totals[batch.rows] = evaluation.values
            if (label := self._labels.get(node)) is None:
                continue
            nodes[label][batch.rows] = evaluation.values
            for name, values in evaluation.parts.items():
                parts.setdefault(f"{label}.{name}", np.full(size, np.nan))[batch.rows] = values
            if evaluation.verdicts is not None:
                judged.setdefault(label, []).append((batch.rows, evaluation.verdicts))
            if evaluation.spans is not None:
                spans.setdefault(label, []).append((batch.rows, evaluation.spans))
        judgements = {label: VerdictColumns.joined(size, found) for label, found in judged.items()}
        return Scores(
            totals=totals,
            components={label: nodes[label] for node, label in self._labels.items() if node.is_component},
            nodes=nodes,
            verdicts=first_verdicts(judgements.values(), size),
            judgements=judgements,
            spans=SpansByComponent.joined(size, spans),
            parts=parts,
            errors=self._errors,
            recipe=self._recipe.title,
            recipe_digest=self._recipe.digest,
            environment_digest=environment_digest(),
        )


def _steps(asked: Iterable[_Asked], *, at_once: bool) -> list[list[_Asked]]:
    """Return the distinct questions in steps: the short ones first, then the longer ones slice by slice."""
    found: dict[Question, Sequence[int]] = {}
    for question, rows in asked:
        found[question] = [*found[question], *rows] if question in found else rows
    if not found:
        return []
    if at_once:
        return [list(found.items())]
    short: list[_Asked] = []
    long: list[tuple[int, _Asked]] = []
    left = _SHORT_COMPARISONS
    for question, rows in found.items():
        golds = question.golds
        length = len(question.answer) + max(map(len, golds))
        if length <= _SHORT and len(golds) <= min(left, _FEW_GOLDS):
            short.append((question, rows))
            left -= len(golds)
        else:
            long.append((length * len(golds), (question, rows)))
    return [short, *_slices([one for _, one in sorted(long, key=itemgetter(0))])]


def _slices(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """Split questions into steps of about as many comparisons each."""
    slices: list[list[_Asked]] = []
    left = 0
    for one in asked:
        cost = len(one[0].golds)
        if cost > left:
            slices.append([])
            left = max(_SLICE, cost)
        slices[-1].append(one)
        left -= cost
    return slices
