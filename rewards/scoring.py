"""One call under way: quick rows are scored at once, slow ones when their answers have been judged.

Row rewards depend on their row alone, so scoring rows in parts changes nothing, and a hanging answer
holds up no row but its own. This is what both the server's stream and :class:`rewards.LocalScorer`
are made of.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

import numpy as np

from rewards.labels import is_component
from rewards.recipe import environment_digest
from rewards.reward import Context
from rewards.scores import Scores, first_verdicts
from rewards.span_columns import SpanTable
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.answers.question import Question
    from rewards.errors import MissingFieldError
    from rewards.recipe import Recipe
    from rewards.reward import Judge, Reward, Span
    from rewards.rollout import Batch

__all__ = ["Scoring"]

_OPEN = Verdict(status=Status.NOT_JUDGED, reason="not judged yet")
"""Stands in for an answer that is still open; its row is not given out before it has been replaced."""


class Scoring:
    """The scores of one batch as they become ready.

    Iterating gives `(rows, scores)` pairs until every row has come once, and blocks in between.
    A caller with a loop of its own takes `ready()` first, and again whenever one of `waiting` is
    done. With a group reward in the recipe all rows come together.

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
        self._futures: dict[Future[Verdict], Question] = {}
        self._usable = batch
        if self._errors:
            self._usable = batch.take([row for row in range(len(batch)) if row not in self._errors])
        self._held = self._ask()
        """The rows that wait for answers, each with those answers."""
        self._given = False

    @property
    def waiting(self) -> frozenset[Future[Verdict]]:
        """The answers still being judged."""
        return frozenset(self._futures)

    @property
    def done(self) -> bool:
        """Whether every row has been given out."""
        return self._given and not self._held

    def ready(self) -> tuple[NDArray[np.intp], Scores] | None:
        """The rows that can be scored by now and were not given out yet, with their scores; else None."""
        for future in [future for future in self._futures if future.done()]:
            self._answers[self._futures.pop(future)] = future.result()
        held = {row: waits for row, waits in self._held.items() if not self._futures.keys().isdisjoint(waits)}
        if self._together and held:
            return None
        if not self._given:
            rows = np.asarray([row for row in range(len(self.batch)) if row not in held], dtype=np.intp)
            part = self._usable
        else:
            # In order: those of one answer stand side by side in `held`, and scores of all rows are in order.
            rows = np.asarray(sorted(row for row in self._held if row not in held), dtype=np.intp)
            if not len(rows):
                return None
            part = self.batch.take(rows)
        self._held = held
        self._given = True
        scores = self._score(part)
        return rows, scores if len(rows) == len(self.batch) else scores.take(rows)

    def __iter__(self) -> Iterator[tuple[NDArray[np.intp], Scores]]:
        while not self.done:
            if (part := self.ready()) is not None:
                yield part
            if self._futures:
                wait(self._futures, return_when=FIRST_COMPLETED)

    def _ask(self) -> dict[int, set[Future[Verdict]]]:
        asked = list(self._recipe.reward.questions(self._usable))
        if not asked:
            return {}
        judge = Context(judge=self._judge).judge
        answers = judge.ask((question for question, _ in asked), deadline=self._deadline)
        future_of = {question: answer for question, answer in answers.items() if isinstance(answer, Future)}
        self._answers = {**answers, **dict.fromkeys(future_of, _OPEN)}  # type: ignore[dict-item]  # no future is left
        self._futures = {future: question for question, future in future_of.items()}
        held: dict[int, set[Future[Verdict]]] = {}
        for question, rows in asked if future_of else ():
            if question in future_of:
                for row in self._usable.rows[np.asarray(rows)].tolist():
                    held.setdefault(row, set()).add(future_of[question])
        return held

    def _score(self, part: Batch) -> Scores:
        """The scores of the rows in `part`, in arrays as long as the whole batch."""
        context = Context(judge=self._judge, deadline=self._deadline)
        context.answers = self._answers
        context.evaluate(self._recipe.reward, part)
        size = len(self.batch)
        nodes = {label: np.full(size, np.nan) for label in self._labels.values()}
        parts: dict[str, NDArray[np.float64]] = {}
        judged: dict[str, list[tuple[Batch, Sequence[Verdict | None]]]] = {}
        spans: list[tuple[NDArray[np.intp], Sequence[Sequence[Span]], str]] = []
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
                judged.setdefault(label, []).append((batch, evaluation.verdicts))
            if evaluation.spans is not None:
                spans.append((batch.rows, evaluation.spans, label))
        judgements = {label: self._by_row(found) for label, found in judged.items()}
        return Scores(
            totals=totals,
            components={label: nodes[label] for node, label in self._labels.items() if is_component(node)},
            nodes=nodes,
            verdicts=first_verdicts(judgements.values(), size),
            judgements=judgements,
            spans=SpanTable(size, spans),
            parts=parts,
            errors=self._errors,
            recipe=self._recipe.title,
            recipe_digest=self._recipe.digest,
            environment_digest=environment_digest(),
        )

    def _by_row(self, found: Sequence[tuple[Batch, Sequence[Verdict | None]]]) -> Sequence[Verdict | None]:
        """The verdicts of one component on some batches, for the rows of the whole one."""
        size = len(self.batch)
        batch, verdicts = found[0]
        if batch is self.batch and len(found) == 1 and len(verdicts) == size:
            return verdicts
        whole: list[Verdict | None] = [None] * size
        for batch, verdicts in found:
            for row, verdict in zip(batch.rows.tolist(), verdicts, strict=True):
                whole[row] = verdict
        return whole
