"""A penalty for repetition, by the share of repeated n-grams."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Literal

import numpy as np

from rewards.errors import InvalidParameterError
from rewards.evaluation import Evaluation, Span
from rewards.parameters import require, require_count, require_finite
from rewards.reward import Reward
from rewards.text.ngrams import repetitions_in_each
from rewards.text.stop_tokens import without_stop_tokens
from rewards.text.words import word_ids, word_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rewards.evaluation import Context
    from rewards.rollout import Batch, Rollout

__all__ = ["NgramRepetition"]

_MOST_SPANS = 32
"""Maximum number of repeated stretches reported per completion."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NgramRepetition(Reward):
    """A penalty that grows with the share of repeated n-grams.

    With `total` the number of n-grams of a completion and `unique` that of the different ones::

        repeated = (total - unique) / total
        graded:  max_penalty * repeated
        tiered:  the penalty of the highest tier whose share is below `repeated`, else 0

    and 0 where there is no n-gram, or fewer units than `min_units`. The share comes back as the part
    `repeated`, the repeated stretches (the first 32 of them) as spans.

    Units are words or token ids, of what the policy wrote alone (`turns`, `completion_mask`), without stop
    tokens at the end of the text. Words are cut as `str.split()` does, in lower case if `lowercase`; each
    character of a script without spaces (Han, kana, Thai, …) is a word of its own, and so is each character
    of a run of 256 or more without white space that only repeats itself (`!!!!`, `wait,wait,`). A completion
    with more such characters than other words is measured by `unspaced_n`, `unspaced_min_units` and
    `unspaced_tiers`: a character says less than a word, so n-grams are longer.

    Source: graded, Demystifying Long Chain-of-Thought Reasoning (arXiv:2502.03373), appendix C.2, whose
    code lower-cases; tiered, the GSM8K report, with 5-grams, which does not lower-case.

    Raises:
        InvalidParameterError: an n below 1, a positive penalty, tiers that are not from high to low, or
            an unknown mode or unit.

    >>> from rewards import Rollout
    >>> NgramRepetition(n=2)([Rollout(completion=text) for text in ("a b a b a", "a b c", "a")])
    array([-0.5,  0. ,  0. ])
    >>> NgramRepetition(n=5, mode="tiered")([Rollout(completion="so it is " * 20)])
    array([-1.])
    """

    n: int
    """Number of units in an n-gram."""

    mode: Literal["graded", "tiered"] = "graded"

    unit: Literal["words", "tokens"] = "words"

    max_penalty: float = -1.0
    """Graded: the value of a completion that only repeats; at most 0."""

    tiers: tuple[tuple[float, float], ...] = ((0.2, -1.0), (0.05, -0.2))
    """Tiered: pairs of a share and the penalty above it, from high to low."""

    min_units: int | None = None
    """Minimum number of units, below which the value is 0; None for 50 where tiered, 0 where graded."""

    lowercase: bool = True
    """True if words that differ in case alone are equal."""

    unspaced_n: int | None = None
    """`n` for text in scripts without spaces; None for twice `n`."""

    unspaced_tiers: tuple[tuple[float, float], ...] | None = None
    """`tiers` for text in scripts without spaces; None for the same."""

    unspaced_min_units: int | None = None
    """`min_units` for text in scripts without spaces; None for twice that."""

    def __post_init__(self) -> None:
        require_count(self.kind, n=self.n)
        if self.unspaced_n is not None:
            require_count(self.kind, unspaced_n=self.unspaced_n)
        require_finite(max_penalty=self.max_penalty)
        message = f"ngram_repetition: max_penalty is {self.max_penalty}; a penalty is at most 0"
        require(self.max_penalty <= 0, message)
        object.__setattr__(self, "tiers", _tiers("tiers", self.tiers))
        if self.unspaced_tiers is not None:
            object.__setattr__(self, "unspaced_tiers", _tiers("unspaced_tiers", self.unspaced_tiers))
        for name in ("min_units", "unspaced_min_units"):
            if (value := getattr(self, name)) is not None:
                whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
                require(
                    whole, f"ngram_repetition: {name} is {value!r}; it must be a whole number of at least 0"
                )

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"completion_ids"}) if self.unit == "tokens" else frozenset()

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        values, shares = [0.0] * len(batch), [0.0] * len(batch)
        spans: list[Sequence[Span]] = [()] * len(batch)
        units = self._units(batch)
        unspaced = [characters > len(ids) - characters for ids, characters in units]
        for apart, n in ((False, self.n), (True, self.unspaced_n or 2 * self.n)):
            rows = [row for row, without in enumerate(unspaced) if without is apart]
            repeated = repetitions_in_each([units[row][0] for row in rows], n)
            for row, again in zip(rows, repeated, strict=True):
                length, times = len(units[row][0]), len(again)
                if (total := length - n + 1) > 0:
                    shares[row] = times / total
                    values[row] = self._value(length, total, times, unspaced=apart)
                if times and self.unit == "words":
                    spans[row] = _stretches(again, n, without_stop_tokens(batch.policy_texts[row]))
        return Evaluation(values, spans=spans, parts={"repeated": shares})

    def _units(self, batch: Batch) -> list[tuple[NDArray[np.int64], int]]:
        """Return the units of each completion as numbers, and the count of single characters."""
        if self.unit == "tokens":
            return [(_policy_tokens(rollout), 0) for rollout in batch]
        key = "words.lower" if self.lowercase else "words"
        return batch.derive(
            key,
            lambda batch: [
                word_ids(without_stop_tokens(text), lowercase=self.lowercase) for text in batch.policy_texts
            ],
        )

    def _value(self, units: int, total: int, repeated: int, *, unspaced: bool) -> float:
        least = self.min_units if self.min_units is not None else 50 if self.mode == "tiered" else 0
        tiers = self.tiers
        if unspaced:
            least = 2 * least if self.unspaced_min_units is None else self.unspaced_min_units
            tiers = tiers if self.unspaced_tiers is None else self.unspaced_tiers
        if units < least:
            return 0.0
        if self.mode == "graded":
            return self.max_penalty * (1 - (total - repeated) / total) + 0.0  # never the -0.0 of -1 * 0
        return next((penalty for share, penalty in tiers if repeated / total > share), 0.0)


def _policy_tokens(rollout: Rollout) -> NDArray[np.int64]:
    ids, mask = np.asarray(rollout.completion_ids, dtype=np.int64), rollout.completion_mask
    return ids if mask is None else ids[np.asarray(mask)]


def _stretches(repeated: NDArray[np.intp], n: int, text: str) -> list[Span]:
    """Return the first maximal stretches of words that are covered by repeated n-grams."""
    apart = np.flatnonzero(np.diff(repeated) > n)[:_MOST_SPANS]
    firsts = repeated[np.concatenate(([0], apart + 1))][:_MOST_SPANS]
    lasts = repeated[np.concatenate((apart, [len(repeated) - 1]))][:_MOST_SPANS] + (n - 1)
    starts, ends = word_spans(text)
    return [
        Span(start, end, "repeated")
        for start, end in zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)
    ]


def _tiers(name: str, given: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    try:
        tiers = tuple((float(share), float(penalty)) for share, penalty in given)
    except (TypeError, ValueError):
        message = f"ngram_repetition: {name} is {given!r}; it must be pairs of a share and a penalty"
        raise InvalidParameterError(message) from None
    for share, penalty in tiers:
        require_finite(share=share, penalty=penalty)
        require(penalty <= 0, f"ngram_repetition: {name} has the penalty {penalty}; a penalty is at most 0")
    shares = [share for share, _ in tiers]
    falling = all(high > low for high, low in itertools.pairwise(shares))
    require(falling, f"ngram_repetition: {name} has the shares {shares}; they must fall from high to low")
    return tiers
