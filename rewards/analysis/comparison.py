"""Two recipes on the same rollouts: how alike their rewards are, and where they differ most.

Rewards are kept on disk as pairs, 24 bytes a rollout, so that memory does not grow with the file; what
differs most is then read and scored once more, to be shown in full.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from rewards.scores import Scores

__all__ = ["ComponentTally", "Pairs", "Rank", "most_different"]

_PAIR: Final = np.dtype([("row", "<u8"), ("first", "<f8"), ("second", "<f8")])
_BLOCK: Final = 65_536


class Rank(enum.StrEnum):
    """The measure of difference."""

    DIFFERENCE = "difference"
    """|first - second|: for two versions of one recipe."""

    FIT = "fit"
    """|second - (slope * first + intercept)|, the line being the best by least squares: for recipes of other
    scales, where a reward that merely pays twice as much is no disagreement."""


@dataclasses.dataclass(slots=True)
class Pairs:
    """Rewards of rollouts by two recipes, on disk, with their figures."""

    stream: BinaryIO
    """An empty file to write and read."""
    both: int = 0
    """Rollouts with a reward by both."""
    only_first: int = 0
    only_second: int = 0
    neither: int = 0
    differing: int = 0
    """Number of rollouts with both rewards whose rewards differ."""
    signs: int = 0
    """Number of rollouts with both rewards of which just one is above 0."""
    right_first: int = 0
    """Answers that only the first recipe's verdict calls right."""
    right_second: int = 0
    _means: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.zeros(2))
    _moments: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.zeros((2, 2)))

    def add(self, rows: list[int], first: Scores, second: Scores) -> None:
        """Add the scores of some rows."""
        pairs = np.zeros(len(rows), dtype=_PAIR)
        pairs["row"], pairs["first"], pairs["second"] = rows, first.totals, second.totals
        self.stream.write(pairs.tobytes())
        one, other = np.isnan(first.totals), np.isnan(second.totals)
        self.only_first += int((~one & other).sum())
        self.only_second += int((one & ~other).sum())
        self.neither += int((one & other).sum())
        values = np.stack((first.totals, second.totals))[:, ~one & ~other]
        self._add_moments(values)
        self.differing += int((values[0] != values[1]).sum())
        self.signs += int(((values[0] > 0) != (values[1] > 0)).sum())
        for ours, theirs in zip(first.verdicts, second.verdicts, strict=True):
            right, also = (verdict is not None and verdict.correct is True for verdict in (ours, theirs))
            self.right_first += right and not also
            self.right_second += also and not right

    def _add_moments(self, values: NDArray[np.float64]) -> None:
        """Means and the sums of products about them, joined pairwise (Chan, Golub and LeVeque, 1979)."""
        count = values.shape[1]
        if count == 0:
            return
        means = values.mean(axis=1)
        about = values - means[:, None]
        shift = means - self._means
        whole = self.both + count
        self._moments += about @ about.T + np.outer(shift, shift) * (self.both * count / whole)
        self._means = self._means + shift * (count / whole)
        self.both = whole

    @property
    def rollouts(self) -> int:
        """Number of rollouts."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def unlike(self) -> int:
        """Number of rollouts with different rewards, or with a reward by just one recipe."""
        return self.differing + self.only_first + self.only_second

    @property
    def means(self) -> tuple[float, float]:
        """The mean rewards, over rollouts with both; NaN where there is none."""
        return (float(self._means[0]), float(self._means[1])) if self.both else (math.nan, math.nan)

    @property
    def deviations(self) -> tuple[float, float]:
        """The standard deviations of the rewards, over rollouts with both."""
        if not self.both:
            return math.nan, math.nan
        first, second = np.sqrt(np.diag(self._moments) / self.both)
        return float(first), float(second)

    @property
    def correlation(self) -> float:
        """Pearson's correlation; NaN where one of the recipes always pays the same."""
        spread = math.sqrt(self._moments[0, 0] * self._moments[1, 1])
        return float(self._moments[0, 1] / spread) if spread > 0 else math.nan

    @property
    def line(self) -> tuple[float, float]:
        """Slope and intercept of the second reward over the first, by least squares."""
        slope = float(self._moments[0, 1] / self._moments[0, 0]) if self._moments[0, 0] > 0 else 0.0
        return slope, float(self._means[1] - slope * self._means[0])

    def blocks(self) -> Iterator[NDArray[np.void]]:
        """Iterate over the pairs in order, in blocks."""
        self.stream.seek(0)
        while data := self.stream.read(_BLOCK * _PAIR.itemsize):
            yield np.frombuffer(data, dtype=_PAIR)


def most_different(pairs: Pairs, number: int, rank: Rank = Rank.DIFFERENCE) -> list[tuple[int, float]]:
    """Return the rows that differ most with their differences, greatest first, ties by row number.

    A rollout that has a reward by one recipe alone differs infinitely; equal ones are left out.
    """
    slope, intercept = pairs.line if rank is Rank.FIT else (1.0, 0.0)
    rows = np.zeros(0, dtype=np.uint64)
    gaps = np.zeros(0)
    for block in pairs.blocks():
        gap = np.abs(block["second"] - (slope * block["first"] + intercept))
        gap[np.isnan(block["first"]) != np.isnan(block["second"])] = np.inf
        differs = gap > 0  # NaN, where neither has a reward, is no difference
        rows = np.concatenate((rows, block["row"][differs]))
        gaps = np.concatenate((gaps, gap[differs]))
        best = np.lexsort((rows, -gaps))[:number]
        rows, gaps = rows[best], gaps[best]
    return list(zip(rows.tolist(), gaps.tolist(), strict=True))


@dataclasses.dataclass(slots=True)
class ComponentTally:
    """The mean of each component by either recipe, and how often a component of both differs."""

    sums: tuple[dict[str, float], dict[str, float]] = dataclasses.field(default_factory=lambda: ({}, {}))
    counts: tuple[dict[str, int], dict[str, int]] = dataclasses.field(default_factory=lambda: ({}, {}))
    differing: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, first: Scores, second: Scores) -> None:
        """Add the scores of some rows."""
        for side, scores in enumerate((first, second)):
            for name, values in scores.components.items():
                judged = values[~np.isnan(values)]
                self.sums[side][name] = self.sums[side].get(name, 0.0) + float(judged.sum())
                self.counts[side][name] = self.counts[side].get(name, 0) + len(judged)
        for name in first.components.keys() & second.components.keys():
            ours, theirs = first.components[name], second.components[name]
            unlike = (ours != theirs) & ~(np.isnan(ours) & np.isnan(theirs))
            self.differing[name] = self.differing.get(name, 0) + int(unlike.sum())

    @property
    def names(self) -> list[str]:
        """The components of both recipes, the first recipe's first."""
        return list(dict.fromkeys([*self.sums[0], *self.sums[1]]))

    def mean(self, side: int, name: str) -> float:
        """Return the mean of a component by the first (0) or second (1) recipe; NaN where it judged none."""
        count = self.counts[side].get(name, 0)
        return self.sums[side][name] / count if count else math.nan
