"""Checks of every completion for the report page, independent of the recipe.

Stretches are `[start, end)` in UTF-16 code units, which is how browsers count.
"""

from __future__ import annotations

import dataclasses
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from rewards.recipe.recipe import Recipe
from rewards.rules.language_mixing import LanguageMixing
from rewards.rules.ngram_repetition import NgramRepetition
from rewards.scorer import LocalScorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from rewards.evaluation import Span
    from rewards.rollout import Rollout

__all__ = ["LOW_LOGPROB", "LOW_WINDOW", "CompletionChecks", "Look", "Stretch", "in_code_units"]

Stretch = tuple[int, int, str, str]
"""Start, end, what it is an instance of, and a label."""

LOW_LOGPROB: Final = -1.6
"""A stretch of tokens whose mean log-probability is below this (a probability of 0.2) is shown as low."""

LOW_WINDOW: Final = 8
"""Number of tokens over which that mean is taken."""

_MOST_POINTS = 240
"""Maximum number of points of a curve of log-probabilities."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """The result of checking one completion."""

    repeated: float
    """The share of its n-grams that repeat."""
    in_language: float
    """The share of its words in the target language."""
    mean_logprob: float | None
    stretches: tuple[Stretch, ...]
    """Highlighted stretches, in code points; see :func:`in_code_units`."""
    curve: tuple[float, ...]
    """Log-probabilities along the completion: the least of each of at most 240 equal parts."""


class CompletionChecks:
    """Checks completions for repetition, wrong languages and low log-probabilities.

    Args:
        ngram: how many words make an n-gram.
        language: the target language, an ISO 639-1 code.

    Raises:
        InvalidParameterError: an n below 1, an unknown language.
    """

    def __init__(self, *, ngram: int = 20, language: str = "en") -> None:
        repetition = NgramRepetition(n=ngram)
        mixing = LanguageMixing(target=language, part="completion")
        reward = repetition.named("repeated") + mixing.named("language")
        self._scorer = LocalScorer(Recipe(name="looks", reward=reward))

    def __call__(self, rollouts: Sequence[Rollout], tokens: Sequence[Sequence[str] | None]) -> list[Look]:
        """Check each completion; `tokens` are their texts, where the file has them."""
        scores = self._scorer.score([dataclasses.replace(rollout, id="") for rollout in rollouts])
        repeated = scores.parts["repeated.repeated"]
        in_language = scores.components["language"]
        return [
            _look(rollout, pieces, float(repeated[row]), float(in_language[row]), scores.spans[row])
            for row, (rollout, pieces) in enumerate(zip(rollouts, tokens, strict=True))
        ]


def _look(
    rollout: Rollout,
    tokens: Sequence[str] | None,
    repeated: float,
    in_language: float,
    spans: Mapping[str, Sequence[Span]],
) -> Look:
    logprobs = None if rollout.logprobs is None else np.asarray(rollout.logprobs, dtype=np.float64)
    stretches = [
        (span.start, span.end, kind, span.label if kind == "language" else "repeated n-gram")
        for kind, found in spans.items()
        for span in found
    ]
    if logprobs is not None and tokens is not None and len(tokens) == len(logprobs):
        stretches += _low(logprobs, tokens, rollout.completion)
    return Look(
        repeated=repeated,
        in_language=in_language,
        mean_logprob=None if logprobs is None or not len(logprobs) else float(logprobs.mean()),
        stretches=tuple(stretches),
        curve=() if logprobs is None else _curve(logprobs),
    )


def _low(logprobs: NDArray[np.float64], tokens: Sequence[str], completion: str) -> list[Stretch]:
    """Return runs of windows of a low mean; only where the tokens spell the completion."""
    if "".join(tokens) != completion or len(logprobs) < LOW_WINDOW:
        return []
    means = np.convolve(np.maximum(logprobs, -50.0), np.full(LOW_WINDOW, 1 / LOW_WINDOW), mode="valid")
    covered = np.zeros(len(logprobs) + 1, dtype=bool)
    for start in np.flatnonzero(means < LOW_LOGPROB).tolist():
        covered[start : start + LOW_WINDOW] = True
    edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=0)).tolist()
    ends = [0, *accumulate(len(token) for token in tokens)]
    return [
        (ends[first], ends[last], "logprob", f"mean logprob {logprobs[first:last].mean():.2f}")
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


def _curve(logprobs: NDArray[np.float64]) -> tuple[float, ...]:
    if len(logprobs) <= _MOST_POINTS:
        parts = logprobs
    else:
        starts = np.linspace(0, len(logprobs), _MOST_POINTS, endpoint=False).astype(np.intp)
        parts = np.minimum.reduceat(logprobs, starts)
    return tuple(round(max(float(value), -50.0), 3) for value in parts)


def in_code_units(text: str, stretches: Sequence[Stretch]) -> list[Stretch]:
    r"""Return stretches of `text`, given in code points, in UTF-16 code units.

    >>> in_code_units("\U0001f600ab", [(1, 2, "x", "")])
    [(2, 3, 'x', '')]
    """
    if text.isascii() or max(text) <= "\uffff":
        return list(stretches)
    units = [0, *accumulate(2 if char > "\uffff" else 1 for char in text)]
    return [(units[start], units[end], kind, label) for start, end, kind, label in stretches]
