"""Pass rates of prompts, the selection of prompts to train on, and figures over all of them.

A prompt whose rollouts are all right or all wrong has no variance in its group, and so no gradient under
GRPO; those of a medium rate teach most. The default band, 0.2 to 0.625, is a choice and not a law.
"""

from __future__ import annotations

import collections
import dataclasses
import enum
import math
from typing import TYPE_CHECKING, Final

from rewards.analysis.intervals import wilson
from rewards.analysis.passes import chunked, results
from rewards.errors import InvalidParameterError
from rewards.rollout import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rewards.analysis.passes import Chunk, ChunkResults, PassCriterion
    from rewards.analysis.rows import Row, RowSource
    from rewards.analysis.spill import GroupCount, Spill

__all__ = [
    "BINS",
    "EXTRA_COLUMNS",
    "Band",
    "PromptOutcome",
    "RateTally",
    "collect",
    "gather",
    "prompts",
    "rate_columns",
]

EXTRA_COLUMNS: Final = {
    "rollouts": "int64",
    "judged": "int64",
    "passed": "int64",
    "pass_rate": "double",
    "pass_rate_low": "double",
    "pass_rate_high": "double",
    "fate": "string",
}
"""Columns added to a prompt's own, each with the name of its Arrow type."""

ROLLOUT_FIELDS: Final = (*(name for name, field in FIELDS.items() if field.sampled), "score")
"""Fields that belong to one rollout and not to its prompt."""

_BYTES_BETWEEN_CHECKPOINTS: Final = 256 * 2**20
_TENTHS: Final = 10


class PromptOutcome(enum.StrEnum):
    """The outcome for a prompt."""

    KEPT = "kept"
    ALL_WRONG = "all wrong"
    TOO_HARD = "too hard"
    TOO_EASY = "too easy"
    ALL_RIGHT = "all right"
    TOO_FEW = "too few rollouts"
    NOT_JUDGED = "not judged"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Band:
    """The band of pass rates of the prompts that are kept, from `low` to `high`, both included.

    >>> from rewards.analysis.spill import GroupCount
    >>> Band().fate(GroupCount(first=1, rollouts=8, judged=8, passed=5)).value
    'kept'
    >>> Band().fate(GroupCount(first=1, rollouts=8, judged=8, passed=0)).value
    'all wrong'
    """

    low: float = 0.2
    high: float = 0.625
    min_judged: int = 1
    """Minimum number of judged rollouts of a prompt that is kept."""
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            message = f"rates from {self.low} to {self.high} are kept; they must ascend from 0 to 1"
            raise InvalidParameterError(message)
        wilson(0, 0, self.confidence)

    def fate(self, group: GroupCount) -> PromptOutcome:
        """Return the outcome for a prompt."""
        if group.judged == 0:
            return PromptOutcome.NOT_JUDGED
        if group.judged < self.min_judged:
            return PromptOutcome.TOO_FEW
        rate = group.passed / group.judged
        if self.low <= rate <= self.high:
            return PromptOutcome.KEPT
        if rate < self.low:
            return PromptOutcome.ALL_WRONG if group.passed == 0 else PromptOutcome.TOO_HARD
        return PromptOutcome.ALL_RIGHT if group.passed == group.judged else PromptOutcome.TOO_EASY


def rate_columns(group: GroupCount, band: Band) -> dict[str, object]:
    """Return a prompt's figures as the columns of :data:`EXTRA_COLUMNS`."""
    low, high = wilson(group.passed, group.judged, band.confidence)
    judged = group.judged > 0
    return {
        "rollouts": group.rollouts,
        "judged": group.judged,
        "passed": group.passed,
        "pass_rate": group.passed / group.judged if judged else None,
        "pass_rate_low": low if judged else None,
        "pass_rate_high": high if judged else None,
        "fate": band.fate(group).value,
    }


def collect(
    source: RowSource,
    passes: PassCriterion,
    spill: Spill,
    *,
    group_by: str | None = None,
    checkpoint_rows: int = 50_000,
    report: Callable[[str, str], None] = lambda _place, _error: None,
    advance: Callable[[int, int], None] = lambda _rows, _size: None,
) -> None:
    """Read the rows of `source` that are not yet in `spill`, and add their results to it.

    Args:
        source: where rollouts come from.
        passes: what says whether they passed.
        spill: where results go; it knows how far a run before this one came.
        group_by: the column whose text tells prompts apart.
        checkpoint_rows: after how many rows, at most, a run that is killed finds its place again.
        report: called with the place and fault of each bad row.
        advance: called after each chunk with the number of rows and of bytes that are done.
    """
    chunks = chunked(source.rows(skip=spill.rows), passes.rows_at_once)
    judged = ((chunk, results(chunk, passes, source.columns, group_by)) for chunk in chunks)
    gather(judged, spill, checkpoint_rows=checkpoint_rows, report=report, advance=advance)


def gather(
    judged: Iterable[tuple[Chunk, ChunkResults]],
    spill: Spill,
    *,
    checkpoint_rows: int = 50_000,
    report: Callable[[str, str], None] = lambda _place, _error: None,
    advance: Callable[[int, int], None] = lambda _rows, _size: None,
) -> None:
    """Put results into `spill` whoever made them: chunks of rows that follow those in it, with their results.

    See :func:`collect` for the arguments.
    """
    done, bad_rows = spill.rows, spill.bad_rows
    rows_since, bytes_since = 0, 0
    for chunk, (found, bad) in judged:
        for place, error in bad:
            report(place, error)
        spill.add(found)
        size = sum(row.size for row in chunk)
        done, bad_rows = done + len(chunk), bad_rows + len(bad)
        rows_since, bytes_since = rows_since + len(chunk), bytes_since + size
        if rows_since >= checkpoint_rows or bytes_since >= _BYTES_BETWEEN_CHECKPOINTS:
            spill.checkpoint(rows=done, bad_rows=bad_rows)
            rows_since, bytes_since = 0, 0
        advance(len(chunk), size)
    spill.checkpoint(rows=done, bad_rows=bad_rows)


def prompts(source: RowSource, spill: Spill) -> Iterator[tuple[GroupCount, Row]]:
    """Iterate over each prompt with its first row, in that order; reads `source` once more."""
    waiting: collections.deque[GroupCount] = collections.deque()

    def numbers() -> Iterator[int]:
        for group in spill.groups():
            waiting.append(group)
            yield group.first

    for row in source.rows(only=numbers()):
        yield waiting.popleft(), row


BINS: Final = (
    "0",
    *(f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}" for tenth in range(_TENTHS)),
    "1",
)
"""Names of the bins of the histogram: none, tenths (the lower end included, but for 0), all."""


@dataclasses.dataclass(slots=True)
class RateTally:
    """Figures over all prompts; takes no more memory for more of them."""

    prompts: int = 0
    rollouts: int = 0
    judged: int = 0
    passed: int = 0
    rate_sum: float = 0.0
    fates: collections.Counter[PromptOutcome] = dataclasses.field(default_factory=collections.Counter)
    bins: list[int] = dataclasses.field(default_factory=lambda: [0] * len(BINS))
    all_right: int = 0
    all_wrong: int = 0

    def add(self, group: GroupCount, fate: PromptOutcome) -> None:
        """Count one prompt."""
        self.prompts += 1
        self.rollouts += group.rollouts
        self.judged += group.judged
        self.passed += group.passed
        self.fates[fate] += 1
        if group.judged == 0:
            return
        self.rate_sum += group.passed / group.judged
        if group.passed == group.judged:
            self.all_right += 1
            self.bins[-1] += 1
        elif group.passed == 0:
            self.all_wrong += 1
            self.bins[0] += 1
        else:
            self.bins[1 + group.passed * _TENTHS // group.judged] += 1

    def as_json(self) -> dict[str, object]:
        """Return all figures as JSON data."""
        with_rate = sum(self.bins)
        return {
            "prompts": self.prompts,
            "rollouts": self.rollouts,
            "judged": self.judged,
            "passed": self.passed,
            "mean_pass_rate": self.rate_sum / with_rate if with_rate else None,
            "all_right": self.all_right,
            "all_wrong": self.all_wrong,
            "fates": {fate.value: self.fates[fate] for fate in PromptOutcome},
            "histogram": dict(zip(BINS, self.bins, strict=True)),
        }

    @property
    def mean_rate(self) -> float:
        """The mean of the prompts' rates; NaN where none was judged."""
        with_rate = sum(self.bins)
        return self.rate_sum / with_rate if with_rate else math.nan
