"""Alarms: signs that a run is going wrong, each with a threshold, an explanation and an action.

An alarm reads the logged steps so far, as `log.jsonl` holds them, and nothing else, so that it gives the same
result for a run, for its log, and for a resumed run. Left out: the actions, in
:mod:`trainer_adapters.grpo.watch.watcher`.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Line = Mapping[str, float]
    Detector = Callable[[Sequence[Line], float, int], bool]

__all__ = ["ALARMS", "REMEMBERED", "Action", "Alarm"]

Action = Literal["log", "lower_rate", "stop", "off"]

SMOOTH = 5
"""Window of the moving average, in logged steps."""

FIRST = 10
"""Number of first logged steps that later ones are compared with."""

REMEMBERED = 1000
"""Logged steps searched for a peak; the bound keeps late steps of a long run as cheap as early ones."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """A condition on the logged metrics, and the action to take on it."""

    name: str

    says: str
    """Explanation of the condition, and advice."""

    threshold: float

    patience: int = 10
    """Number of logged steps over which the condition must hold, or is looked for."""

    action: Action = "log"

    fatal: bool = False
    """True if a run that it stops has failed: the policy is not saved, and the command ends with an error."""

    detect: Detector

    def fires(self, lines: Sequence[Line]) -> bool:
        """Return True if the condition holds at the last of these logged steps."""
        return self.detect(lines, self.threshold, self.patience)


def above(metric: str) -> Detector:
    """Detect a metric larger than the threshold in every one of the last steps."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        last = _last(lines, metric, patience)
        return len(last) == patience and min(last) > threshold

    return detect


def below(metric: str) -> Detector:
    """Detect a metric smaller than the threshold in every one of the last steps."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        last = _last(lines, metric, patience)
        return len(last) == patience and max(last) < threshold

    return detect


def grown(metric: str) -> Detector:
    """Detect a mean of the last steps of more than `threshold` times that of the first ten."""

    def detect(lines: Sequence[Line], threshold: float, patience: int) -> bool:
        if len(lines) < FIRST + patience:
            return False
        first = [line[metric] for line in lines[: 4 * FIRST] if _known(line, metric)][:FIRST]
        last = _last(lines, metric, patience)
        return len(first) == FIRST and len(last) == patience and _mean(last) > threshold * _mean(first)

    return detect


def jumped(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a smoothed length that changed by `threshold` of its smaller value in the last steps."""
    smooth = _smoothed(_last(lines, "length/mean", patience + SMOOTH - 1))
    if len(smooth) <= SMOOTH:
        return False
    least, most = smooth.min(), smooth.max()
    return bool(most - least > threshold * max(least, 1e-9))


def peaked(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect a reward that peaked `patience` steps before the length, and lost `threshold` of its range.

    The range holds the noise of a reward that does not move, so a healthy run may look the same.
    """
    both = [line for line in lines[-REMEMBERED:] if _known(line, "reward") and _known(line, "length/mean")]
    if len(both) < 2 * patience + SMOOTH - 1:
        return False
    rewards = _smoothed([line["reward"] for line in both])
    lengths = _smoothed([line["length/mean"] for line in both])
    most, span = rewards.max(), np.ptp(rewards)
    grew = lengths.argmax() - rewards.argmax() >= patience
    return bool(grew and span > 0 and most - rewards[-1] > threshold * span)


def trapped(lines: Sequence[Line], threshold: float, patience: int) -> bool:
    """Detect zero-advantage groups almost only, with hardly any right answer and yet some reward."""
    metrics = ("accuracy", "groups/zero_std", "reward")
    last = [line for line in lines[-4 * patience :] if all(_known(line, metric) for metric in metrics)]
    last = last[-patience:]
    return len(last) == patience and all(
        line["groups/zero_std"] > threshold and line["accuracy"] < 1 - threshold and line["reward"] > 0
        for line in last
    )


def broken(lines: Sequence[Line], threshold: float, patience: int) -> bool:  # noqa: ARG001  # no number to pass
    """Detect a NaN or infinite loss or gradient in the last step.

    Under fp16 a step with such a gradient is skipped (`step_skipped`) and tried again at a smaller scale, as
    it should be; the condition then is that all of the last steps were skipped.
    """
    if not lines:
        return False
    needed = patience if lines[-1].get("step_skipped") else 1
    recent = lines[-needed:]
    lost = [not math.isfinite(line.get("grad_norm", 0.0)) for line in recent]
    return not math.isfinite(lines[-1].get("loss", 0.0)) or (len(lost) == needed and all(lost))


def _known(line: Line, metric: str) -> bool:
    return metric in line and math.isfinite(line[metric])


def _last(lines: Sequence[Line], metric: str, count: int) -> list[float]:
    """Return the last `count` values, or fewer if most of the last steps lack the metric."""
    found = islice((line[metric] for line in reversed(lines[-4 * count :]) if _known(line, metric)), count)
    return list(found)[::-1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _smoothed(values: Sequence[float]) -> NDArray[np.float64]:
    if len(values) < SMOOTH:
        return np.zeros(0)
    return np.convolve(values, np.full(SMOOTH, 1 / SMOOTH), "valid")


ALARMS = (
    Alarm(
        name="not_finite",
        threshold=0.0,
        patience=20,
        action="stop",
        fatal=True,
        detect=broken,
        says=(
            "The loss or the gradient is no finite number, and so the weights are lost with this step. Lower "
            "the learning rate or max_grad_norm, train in bf16 or fp32, and look for NaN or very small "
            "log-probabilities and for rewards far larger than the others."
        ),
    ),
    Alarm(
        name="all_right",
        threshold=0.6,
        detect=above("groups/all_right"),
        says=(
            "Most prompts are answered right every time and teach nothing. Take them out (`touchstone "
            "filter`), add harder ones, or turn on dynamic_sampling."
        ),
    ),
    Alarm(
        name="all_wrong",
        threshold=0.8,
        detect=above("groups/all_wrong"),
        says=(
            "Most prompts are never answered right, so there is nothing to reinforce. Take easier prompts "
            "(`touchstone filter`), more completions a prompt, or a longer window; check that the golds "
            "can be read."
        ),
    ),
    Alarm(
        name="no_signal",
        threshold=0.8,
        detect=above("groups/zero_std"),
        says=(
            "The rewards of most groups are all equal, so most of the batch has no gradient. Use masking "
            "or dynamic_sampling, and see whether the data is too easy or too hard."
        ),
    ),
    Alarm(
        name="reward_trap",
        threshold=0.9,
        detect=trapped,
        says=(
            "The policy has settled for a partial reward (format without the answer, say): rewards are "
            "equal and hardly any answer is right. Lower or remove the partial tier, or the learning "
            "rate; begin from a stronger model."
        ),
    ),
    Alarm(
        name="not_judged",
        threshold=0.1,
        patience=3,
        detect=above("not_judged"),
        says=(
            "Many completions could not be judged: golds that cannot be read, or a scorer that is "
            "overloaded. They are left out of the step. See the verdicts in the log, and `touchstone "
            "audit` for the golds."
        ),
    ),
    Alarm(
        name="truncated",
        threshold=0.5,
        detect=above("completions/clipped_ratio"),
        says=(
            "Most completions are cut off before they end. A longer window, a repetition penalty or soft "
            "overlong reward helps; masking truncated ones alone hides it."
        ),
    ),
    Alarm(
        name="length_jump",
        threshold=0.5,
        patience=30,
        detect=jumped,
        says=(
            "The length changed by half within tens of steps: the start of an oscillation. A lower "
            "learning rate, a larger batch or a logp-modulated reward calms it."
        ),
    ),
    Alarm(
        name="reward_before_length",
        threshold=0.2,
        patience=20,
        action="off",  # until it is calibrated: it fires on most healthy runs whose reward hardly moves
        detect=peaked,
        says=(
            "The reward peaked while completions still grow: length is no longer what earns it. Stop at "
            "the peak, or add a length or repetition penalty."
        ),
    ),
    Alarm(
        name="entropy_collapse",
        threshold=0.02,
        detect=below("entropy"),
        says=(
            "The policy hardly varies any more and cannot find anything new. Raise epsilon_high, or use "
            "clip_cov, kl_cov or a quantile baseline."
        ),
    ),
    Alarm(
        name="entropy_explosion",
        threshold=3.0,
        detect=grown("entropy"),
        says=(
            "Entropy is three times what it was: the policy is coming apart. Lower the learning rate, "
            "drop the entropy bonus, or add a KL term."
        ),
    ),
    Alarm(
        name="unlikely",
        threshold=-3.0,
        detect=below("logprob"),
        says=(
            "Sampled tokens are very unlikely under the policy itself: it writes noise. Lower the "
            "temperature or the learning rate; compare the sampler's probabilities with the trainer's."
        ),
    ),
    Alarm(
        name="gibberish",
        threshold=0.2,
        detect=above("gibberish"),
        says=(
            "Many right answers stand behind text that the policy itself finds unlikely: it guesses. A "
            "logp-modulated reward (recipe logp-modulated) pays less for them."
        ),
    ),
    Alarm(
        name="repetition",
        threshold=0.3,
        detect=above("repetition"),
        says=(
            "A third of the tokens repeats earlier n-grams. Add ngram_repetition to the recipe; see "
            "whether the end of sequence is ever sampled."
        ),
    ),
    Alarm(
        name="mixing",
        threshold=0.2,
        detect=above("mixing"),
        says="Many completions mix scripts. Add language_mixing to the recipe.",
    ),
)
"""All alarms. By default `not_finite` stops the run, `reward_before_length` is off, and the others log."""
