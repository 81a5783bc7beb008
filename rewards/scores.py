"""The result of a scorer: totals, every component of them, verdicts, and the digests in force."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from rewards.columns import RowSequence, SpansByComponent, VerdictColumns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.errors import InvalidRolloutError
    from rewards.evaluation import Span
    from rewards.verdict import Verdict

__all__ = ["Scores", "first_verdicts", "joined"]

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """The scores of one call, row for row in the order of its rollouts."""

    totals: NDArray[np.float64]
    """Shape (B,); NaN means 'not judged', which is never the same as 0."""

    components: Mapping[str, NDArray[np.float64]]
    """Each reward's own value by name, unweighted, shape (B,) each; NaN also where a route left it out."""

    nodes: Mapping[str, NDArray[np.float64]]
    """Every node of the tree by label, components included: what any total was made of."""

    verdicts: Sequence[Verdict | None]
    """The verdict on each rollout, from the first reward of the tree that judged it."""

    spans: Sequence[Mapping[str, Sequence[Span]]]
    """Per rollout: by component, the stretches of the completion that explain its value."""

    parts: Mapping[str, NDArray[np.float64]]
    """Sub-values by `component.part`, shape (B,) each: the share of repeated n-grams, say."""

    errors: Mapping[int, InvalidRolloutError]
    """RowSequence that could not be scored for want of a field; empty unless the call was lenient."""

    recipe: str
    """`name@version` of the recipe."""

    recipe_digest: str
    """SHA-256 of the canonical tree with all its parameters."""

    environment_digest: str
    """SHA-256 of the versions and limits that can change a verdict."""

    judgements: Mapping[str, Sequence[Verdict | None]] = dataclasses.field(default_factory=dict)
    """The verdicts of each component that judges answers, one per rollout; None where it was left out."""

    def __len__(self) -> int:
        return len(self.totals)

    def take(self, rows: NDArray[np.intp]) -> Scores:
        """Return the scores of just these rows, in this order."""

        def column(values: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
            return {name: array[rows] for name, array in values.items()}

        rows = np.arange(len(self))[rows]
        return dataclasses.replace(
            self,
            totals=self.totals[rows],
            components=column(self.components),
            nodes=column(self.nodes),
            parts=column(self.parts),
            verdicts=_taken(self.verdicts, rows),
            judgements={label: _taken(verdicts, rows) for label, verdicts in self.judgements.items()},
            spans=_taken(self.spans, rows),
            errors={at: self.errors[row] for at, row in enumerate(rows.tolist()) if row in self.errors},
        )

    def __eq__(self, other: object) -> bool:
        """True if both hold the same bits; the cost of a judgement (`Verdict.seconds`) does not count."""
        if not isinstance(other, Scores):
            return NotImplemented
        return (
            _same(self.totals, other.totals)
            and _same_all(self.components, other.components)
            and _same_all(self.nodes, other.nodes)
            and _same_all(self.parts, other.parts)
            and VerdictColumns.of(self.verdicts) == VerdictColumns.of(other.verdicts)
            and {label: VerdictColumns.of(found) for label, found in self.judgements.items()}
            == {label: VerdictColumns.of(found) for label, found in other.judgements.items()}
            and SpansByComponent.of(self.spans) == SpansByComponent.of(other.spans)
            and {row: str(error) for row, error in self.errors.items()}
            == {row: str(error) for row, error in other.errors.items()}
            and (self.recipe, self.recipe_digest, self.environment_digest)
            == (other.recipe, other.recipe_digest, other.environment_digest)
        )

    __hash__ = None  # type: ignore[assignment]  # it carries arrays


def _taken(items: Sequence[T], rows: NDArray[np.intp]) -> Sequence[T]:
    # One row is read in a third of the time that it takes to cut it out of columns: streams give single rows.
    if len(rows) > 1 and isinstance(items, RowSequence):
        return items.take(rows)
    return [items[row] for row in rows.tolist()]


def joined(size: int, parts: Sequence[tuple[NDArray[np.intp], Scores]]) -> Scores:
    """Join the parts of one call, each with the rows it holds, in the order of those rows."""
    if len(parts) == 1 and np.array_equal(parts[0][0], np.arange(size)):
        return parts[0][1]

    def column(pick: Callable[[Scores], Mapping[str, NDArray[np.float64]]]) -> dict[str, NDArray[np.float64]]:
        whole: dict[str, NDArray[np.float64]] = {}
        for rows, scores in parts:
            for name, values in pick(scores).items():
                whole.setdefault(name, np.full(size, np.nan))[rows] = values
        return whole

    judged: dict[str, list[tuple[NDArray[np.intp], Sequence[Verdict | None]]]] = {}
    spans: dict[str, list[tuple[NDArray[np.intp], Sequence[Sequence[Span]]]]] = {}
    errors: dict[int, InvalidRolloutError] = {}
    totals = np.full(size, np.nan)
    for rows, scores in parts:
        totals[rows] = scores.totals
        for label, verdicts in scores.judgements.items():
            judged.setdefault(label, []).append((rows, verdicts))
        for label, columns in SpansByComponent.of(scores.spans).columns.items():
            spans.setdefault(label, []).append((rows, columns))
        errors |= {int(rows[at]): error for at, error in scores.errors.items()}
    judgements = {label: VerdictColumns.joined(size, found) for label, found in judged.items()}
    return dataclasses.replace(
        parts[0][1],
        totals=totals,
        components=column(lambda scores: scores.components),
        nodes=column(lambda scores: scores.nodes),
        parts=column(lambda scores: scores.parts),
        verdicts=first_verdicts(judgements.values(), size),
        judgements=judgements,
        spans=SpansByComponent.joined(size, spans),
        errors=errors,
    )


def first_verdicts(judgements: Iterable[Sequence[Verdict | None]], size: int) -> Sequence[Verdict | None]:
    """Return for each of `size` rollouts its first verdict, as `Scores.verdicts` holds it."""
    return VerdictColumns.joined(size, [(np.arange(size), verdicts) for verdicts in judgements])


def _same(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> bool:
    # One NaN is as good as another: its payload is not part of the contract.
    same_values = np.array_equal(mine, theirs, equal_nan=True)
    return same_values and np.array_equal(np.signbit(mine[mine == 0]), np.signbit(theirs[theirs == 0]))


def _same_all(mine: Mapping[str, NDArray[np.float64]], theirs: Mapping[str, NDArray[np.float64]]) -> bool:
    return mine.keys() == theirs.keys() and all(_same(values, theirs[name]) for name, values in mine.items())
