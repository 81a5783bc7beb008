"""Signs in a series of logged metrics: levels, trends, oscillations and peaks, told from noise.

A detector takes the logged steps so far, a threshold and a patience, and says whether its sign is there at
the last of them. Noise is measured on the series itself, since a batch of 64 completions has five times that
of one of 2,000. Metrics that are absent or not finite are passed over. Left out: what a sign means, which
is in :mod:`trainer_adapters.grpo.watch.alarms`.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Line = Mapping[str, float]
    Detector = Callable[[Sequence[Line], float, int], bool]
    Series = NDArray[np.float64]

__all__ = [
    "REMEMBERED",
    "SAMPLED_NOT_FINITE",
    "above",
    "below",
    "broken",
    "constant",
    "constant_terms",
    "grown",
    "known",
    "latest",
    "mean_above",
    "oscillating",
    "peaked",
    "sampled_not_finite",
    "trapped",
    "without_gradient",
]

FIRST = 10
"""Number of first logged steps that later ones are compared with."""

SMOOTH = 7
"""Window of the moving average under which turns of an oscillation are looked for, in logged steps."""

TURNS = 3
"""Turns that make an oscillation: one is learning to stop, two are growth that a price on length ends."""

OF_NOISE = 7.0
"""The least height of a swing, in standard deviations of the noise around the moving average."""

BLOCK = 10
"""Logged steps whose mean is one value of a trend; hardly any noise outlasts it."""

CERTAIN = 5.0
"""Standard errors by which two means must differ for a sign; a run makes hundreds of such comparisons."""

HINTED = 1.5
"""Standard errors by which a mean must be larger to pass for a rise, where rising is healthy."""

GREW = 0.05
"""The least growth of a length, as a logarithm."""

STRAY = 0.2
"""Accuracy below which right answers may be strays: guesses, or the easiest prompts."""

SAME = 1e-6
"""The largest difference of equal rewards."""

REMEMBERED = 1000
"""Logged steps searched for a peak; the bound keeps late steps of a long run as cheap as early ones."""


SAMPLED_NOT_FINITE = "sampling/not_finite"
"""Share of completions that were sampled from logits with NaN or infinity."""


def above(metric: str) -> Detector:
    """Detect a metric larger than the threshold in every one of the last steps."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        return _all_latest(lines, metric, patience, lambda value: value > threshold)

    return detect


def mean_above(metric: str) -> Detector:
    """Detect a mean of the last steps larger than the threshold: of a share that varies with the batch."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        last = latest(lines, metric, patience)
        return len(last) == patience and _mean(last) > threshold

    return detect


def below(metric: str) -> Detector:
    """Detect a metric smaller than the threshold in every one of the last steps."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        return _all_latest(lines, metric, patience, lambda value: value < threshold)

    return detect


def grown(metric: str) -> Detector:
    """Detect a mean of the last steps of more than `threshold` times that of the first ten."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        if len(lines) < FIRST + patience:
            return False
        first = [line[metric] for line in lines[: 4 * FIRST] if known(line, metric)][:FIRST]
        last = latest(lines, metric, patience)
        return len(first) == FIRST and len(last) == patience and _mean(last) > threshold * _mean(first)

    return detect


def broken(lines: Sequence[Line], threshold: float, patience: int) -> bool:  # noqa: ARG001
    """Detect a NaN or infinite loss or gradient in the last step, or such logits at its sampling.

    Under fp16 a step with such a gradient is skipped (`step_skipped`) and tried again at a smaller scale, as
    it should be; the condition then is that all of the last steps were skipped.
    """
    if not lines:
        return False
    needed = patience if lines[-1].get("step_skipped") else 1
    recent = lines[-needed:]
    lost = [not math.isfinite(line.get("grad_norm", 0.0)) for line in recent]
    return (
        not math.isfinite(lines[-1].get("loss", 0.0))
        or sampled_not_finite(lines[-1:])
        or (len(lost) == needed and all(lost))
    )


def sampled_not_finite(lines: Sequence[Line]) -> bool:
    """Return True if completions of these steps were sampled from logits that are not finite."""
    return any(line.get(SAMPLED_NOT_FINITE, 0.0) > 0 for line in lines)


def without_gradient(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a gradient norm (a loss, without one) of at most `threshold` in all of the last steps."""
    last = [line for line in lines[-patience:] if not line.get("step_skipped")]
    sizes = [abs(line.get("grad_norm", line.get("loss", math.inf))) for line in last]
    return len(sizes) == patience and max(sizes) <= threshold


def oscillating(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a smoothed length that turned three times, by at least `threshold` each, in the last steps.

    A turn counts once the length has gone back from its extreme by `threshold` (as a ratio of lengths), and
    by seven standard deviations of the noise around the moving average.
    """
    lengths = latest(lines, "length/mean", patience)
    if len(lengths) < TURNS * SMOOTH or max(lengths) <= (1 + threshold) * min(lengths):
        return False
    logs = np.log(np.maximum(lengths, 1e-9))
    smooth = np.convolve(logs, np.full(SMOOTH, 1 / SMOOTH), "valid")
    around = logs[SMOOTH // 2 : -(SMOOTH // 2)] - smooth
    height = max(math.log1p(threshold), OF_NOISE * _deviation(around))
    return _turns(smooth.tolist(), height) >= TURNS


def _turns(values: Sequence[float], height: float) -> int:
    """Return the number of changes of direction, each of at least this height on both sides."""
    turns, direction = 0, 0
    least = most = values[0]
    for value in values:
        most, least = max(most, value), min(least, value)
        if direction >= 0 and most - value >= height:
            turns += direction > 0
            direction, least = -1, value
        elif direction <= 0 and value - least >= height:
            turns += direction < 0
            direction, most = 1, value
    return turns


def peaked(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a reward that peaked at least `patience` steps ago, while the length has grown since.

    The reward has lost `threshold` of its range and the length has gained a twentieth, both by five standard
    errors of means over twenty steps.
    """
    both = [line for line in lines[-REMEMBERED:] if known(line, "reward") and known(line, "length/mean")]
    if len(both) < patience + 4 * BLOCK:
        return False
    rewards, error = _blocks([line["reward"] for line in both])
    lengths, error_of_lengths = _blocks([math.log(max(line["length/mean"], 1e-9)) for line in both])
    peak = int(rewards.argmax())
    if (len(rewards) - 1 - peak) * BLOCK < patience:
        return False
    lost, gained = rewards[peak] - rewards[-1], lengths[-1] - lengths[peak]
    return bool(
        lost > max(threshold * np.ptp(rewards), CERTAIN * error)
        and gained > max(GREW, CERTAIN * error_of_lengths)
    )


def trapped(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a reward that has settled while hardly any answer is right.

    Either the rewards of nearly all groups (a share above `threshold`) are equal in the last ten steps and
    yet above 0, with an accuracy below 1 - `threshold`: bare tiers. Or the reward rose since the first steps,
    and in the last `patience` steps neither it nor the accuracy rises, which is below a fifth and no higher
    than at first.
    """
    both = [line for line in lines[-patience:] if known(line, "reward") and known(line, "accuracy")]
    tiers = both[-FIRST:]
    if len(tiers) == FIRST and all(
        line.get("groups/zero_std", 0.0) > threshold
        and line["accuracy"] < 1 - threshold
        and line["reward"] > 0
        for line in tiers
    ):
        return True
    if len(both) < patience or len(lines) < patience + FIRST:
        return False
    right, rewards = [line["accuracy"] for line in both], [line["reward"] for line in both]
    half = patience // 2
    if (
        _mean(right) >= STRAY
        or _rose(right[:half], right[half:], HINTED)
        or _rose(rewards[:half], rewards[half:], CERTAIN)
    ):
        return False
    first = [line for line in lines[: 4 * FIRST] if known(line, "reward") and known(line, "accuracy")][:FIRST]
    return _rose([line["reward"] for line in first], rewards, CERTAIN) and not _rose(
        [line["accuracy"] for line in first], right, HINTED
    )


def constant(lines: Sequence[Line], threshold: float, patience: int) -> bool:  # noqa: ARG001
    """Detect a term of the reward that has had one value, for all completions of all steps so far."""
    return bool(constant_terms(lines, patience))


def constant_terms(lines: Sequence[Line], patience: int) -> dict[str, float]:
    """Return the terms of the reward that have had one value in all of at least `patience` steps, with it."""
    found: dict[str, float] = {}
    if len(lines) < patience:
        return found
    for spread in [name for name in lines[-1] if name.startswith("rewards/") and name.endswith("/std")]:
        mean = spread.removesuffix("std") + "mean"
        value = lines[-1].get(mean, math.nan)
        steps = lines[-REMEMBERED:]
        if all(
            line.get(spread, 1.0) <= SAME and abs(line.get(mean, math.nan) - value) <= SAME for line in steps
        ):
            found[spread.removeprefix("rewards/").removesuffix("/std")] = value
    return found


def known(line: Line, metric: str) -> bool:
    """Return True if the line has a finite value of a metric."""
    return metric in line and math.isfinite(line[metric])


def latest(lines: Sequence[Line], metric: str, count: int) -> list[float]:
    """Return the last `count` values, or fewer if most of the last steps lack the metric."""
    return list(islice(_backwards(lines, metric, count), count))[::-1]


def _all_latest(lines: Sequence[Line], metric: str, count: int, holds: Callable[[float], bool]) -> bool:
    """Return True if there are `count` latest values and all of them fit; the last one is asked first."""
    found = 0
    for value in islice(_backwards(lines, metric, count), count):
        if not holds(value):
            return False
        found += 1
    return found == count


def _backwards(lines: Sequence[Line], metric: str, count: int) -> Iterator[float]:
    for line in islice(reversed(lines), 4 * count):
        if known(line, metric):
            yield line[metric]


def _rose(before: Sequence[float], after: Sequence[float], certain: float) -> bool:
    """Return True if the mean is larger by so many standard errors, and by more than nothing."""
    error = math.sqrt(float(np.var(before)) / len(before) + float(np.var(after)) / len(after))
    return _mean(after) - _mean(before) > max(certain * error, SAME)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _blocks(values: Sequence[float]) -> tuple[Series, float]:
    """Return the means of pairs of blocks, and the standard error of the difference of two of them.

    The last block ends with the last value. The error is that of the second differences of blocks, which have
    no trend.
    """
    whole = len(values) // BLOCK
    means = np.asarray(values[len(values) - whole * BLOCK :]).reshape(whole, BLOCK).mean(axis=1)
    return np.convolve(means, [0.5, 0.5], "valid"), _deviation(np.diff(means, n=2)) / math.sqrt(6)


def _deviation(values: Series) -> float:
    """Return the standard deviation of noise, by its median, which a few large values do not move."""
    return float(np.median(np.abs(values))) / 0.6745
