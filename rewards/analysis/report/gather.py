"""The data of the report page, gathered from the rows of a file in bounded chunks."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final, Protocol

from rewards.analysis.passes import chunked, group_key, score_rows
from rewards.analysis.report.looks import Stretch, in_code_units
from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rewards.analysis.columns import Columns
    from rewards.analysis.report.looks import CompletionChecks, Look
    from rewards.analysis.rows import Row
    from rewards.rollout import Rollout
    from rewards.scorer import Scorer
    from rewards.verdict import Verdict

__all__ = ["ReportData", "RolloutResult", "RolloutScorer", "ScoredByColumn", "ScoredByRecipe", "Shown"]

_ROWS_AT_ONCE: Final = 512
_CUT: Final = "\n[cut here: {} more characters]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class RolloutResult:
    """The result of judging one rollout."""

    total: float = math.nan
    components: Mapping[str, float] = dataclasses.field(default_factory=dict)
    verdict: Verdict | None = None
    stretches: tuple[Stretch, ...] = ()
    error: str = ""


class RolloutScorer(Protocol):
    """A judge of rollouts."""

    def __call__(self, rows: Sequence[Row], rollouts: Sequence[Rollout]) -> list[RolloutResult]:
        """Return one result for each rollout, in order."""


@dataclasses.dataclass(frozen=True)
class ScoredByRecipe:
    """Scored by a recipe, here or at a server."""

    scorer: Scorer
    timeout: float | None = None

    def __call__(self, rows: Sequence[Row], rollouts: Sequence[Rollout]) -> list[RolloutResult]:
        """See :class:`RolloutScorer`."""
        scores = score_rows(self.scorer, rows, rollouts, timeout=self.timeout)
        judged = []
        for at in range(len(rollouts)):
            error = scores.errors.get(at)
            judged.append(
                RolloutResult(
                    total=float(scores.totals[at]),
                    components={name: float(values[at]) for name, values in scores.components.items()},
                    verdict=scores.verdicts[at],
                    stretches=tuple(
                        (span.start, span.end, "answer" if name in scores.judgements else name, span.label)
                        for name, spans in scores.spans[at].items()
                        for span in spans
                    ),
                    error="" if error is None else str(error.about("this row")),
                )
            )
        return judged


@dataclasses.dataclass(frozen=True)
class ScoredByColumn:
    """Taken from a score that the rows carry."""

    columns: Columns

    def __call__(self, rows: Sequence[Row], rollouts: Sequence[Rollout]) -> list[RolloutResult]:
        """See :class:`RolloutScorer`."""
        judged = []
        for row, _ in zip(rows, rollouts, strict=True):
            score = self.columns.value(row.values or {}, "score")
            if isinstance(score, (int, float)):
                judged.append(RolloutResult(total=float(score)))
            else:
                judged.append(RolloutResult(error=f"there is no number in {self.columns['score']!r}"))
        return judged


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """One rollout as the page shows it."""

    number: int
    place: str
    id: str
    group: bytes | None
    judged: RolloutResult
    look: Look
    prompt: str
    completion: str
    golds: tuple[str, ...]
    characters: int
    tokens: int | None
    finish_reason: str
    stretches: tuple[Stretch, ...]
    """Highlighted stretches, in UTF-16 code units of `completion`."""


@dataclasses.dataclass
class ReportData:
    """Reads rows into the data of the report page, and lists those that cannot be read."""

    columns: Columns
    judging: RolloutScorer
    looks: CompletionChecks
    most_characters: int
    bad: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __call__(self, rows: Iterable[Row]) -> Iterator[Shown]:
        """Iterate over the rollouts of `rows`, in order."""
        for chunk in chunked(rows, _ROWS_AT_ONCE):
            yield from self._chunk(chunk)

    def _chunk(self, chunk: Sequence[Row]) -> Iterator[Shown]:
        rows, rollouts = [], []
        for row in chunk:
            try:
                if row.values is None:
                    raise InvalidRolloutError(row.error)  # noqa: TRY301  # both ways a row can be bad meet here
                rollout = self.columns.rollout(row.values)
            except InvalidRolloutError as error:
                self.bad.append((row.place, str(error)))
            else:
                rows.append(row)
                rollouts.append(rollout)
        judged = self.judging(rows, rollouts)
        looks = self.looks(rollouts, [_tokens(row) for row in rows])
        for row, rollout, each, look in zip(rows, rollouts, judged, looks, strict=True):
            yield self._shown(row, rollout, each, look)

    def _shown(self, row: Row, rollout: Rollout, judged: RolloutResult, look: Look) -> Shown:
        completion = rollout.completion
        kept = completion[: self.most_characters]
        stretches = [
            (start, min(end, len(kept)), kind, label)
            for start, end, kind, label in dict.fromkeys((*judged.stretches, *look.stretches))
            if start < len(kept)
        ]
        counted = next(
            (len(field) for field in (rollout.completion_ids, rollout.logprobs) if field is not None),  # type: ignore[arg-type]  # arrays by now
            None,
        )
        return Shown(
            number=row.number,
            place=row.place,
            id=rollout.id,
            group=group_key(row, self.columns),
            judged=judged,
            look=look,
            prompt=_cut(rollout.prompt, self.most_characters),
            completion=_cut(completion, self.most_characters),
            golds=tuple(_cut(gold, self.most_characters) for gold in rollout.golds),
            characters=len(completion),
            tokens=counted,
            finish_reason=rollout.finish_reason or "",
            stretches=tuple(in_code_units(kept, stretches)),
        )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + _CUT.format(len(text) - most)


def _tokens(row: Row) -> list[str] | None:
    """Return the texts of the tokens, where the file has a column of them."""
    tokens = (row.values or {}).get("tokens")
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        return tokens
    return None
