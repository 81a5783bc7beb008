r"""The share of a completion's reasoning that is in the language asked for.

By script this is fast and certain, and tells Chinese from English but not English from French; by
`lingua`, an extra, sentences are identified as well. Whether the language is any good is not asked.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from rewards.errors import InvalidParameterError
from rewards.evaluation import Evaluation, Span
from rewards.messages import install_command
from rewards.parameters import ADDED_LATER, require
from rewards.reward import Reward
from rewards.rules.think_format import reasoning_span
from rewards.text.batching import bundles
from rewards.text.identification import available, identify
from rewards.text.masking import mask_lines
from rewards.text.reasoning import ANY, Tags, formats_of
from rewards.text.script_words import ScriptWords, script_words
from rewards.text.scripts import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rewards.evaluation import Context
    from rewards.rollout import Batch

__all__ = ["LANGUAGES", "LanguageMixing"]

_BY_SCRIPT = {
    ("Arabic",): "ar fa ur",
    ("Armenian",): "hy",
    ("Bengali",): "bn",
    ("Cyrillic",): "be bg kk mk mn ru uk",
    ("Cyrillic", "Latin"): "sr",
    ("Devanagari",): "hi mr ne",
    ("Georgian",): "ka",
    ("Greek",): "el",
    ("Gujarati",): "gu",
    ("Gurmukhi",): "pa",
    ("Han", "Bopomofo"): "zh",
    ("Han", "Hiragana", "Katakana"): "ja",
    ("Hangul",): "ko",
    ("Hebrew",): "he",
    ("Kannada",): "kn",
    ("Khmer",): "km",
    ("Lao",): "lo",
    ("Latin",): "cs da de en es et eu fi fr hr hu id is it lt lv ms nb nl pl pt ro sk sl sq sv sw tl tr vi",
    ("Malayalam",): "ml",
    ("Myanmar",): "my",
    ("Sinhala",): "si",
    ("Tamil",): "ta",
    ("Telugu",): "te",
    ("Thai",): "th",
    ("Tibetan",): "bo",
}

LANGUAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {code: scripts for scripts, codes in _BY_SCRIPT.items() for code in codes.split()}
)
"""The scripts of each language that can be a target, by ISO 639-1 code."""

_COMMON = "ar de en es fa fr hi id it ja nl pl pt ru tr uk vi zh"
"""The languages that `lingua` chooses among, where they share a script with the target."""

_MOST_SPANS = 32
"""Maximum number of stretches in a wrong language reported per completion."""

_RIGHT, _UNDECIDED = 0, 1
"""Findings about a word; other numbers are the wrong script or, from _LINGUA on, the wrong language."""
_LINGUA = 256

_TOGETHER = 1 << 15
"""Maximum number of code points of short texts processed together."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LanguageMixing(Reward):
    r"""The share of the reasoning's words that are in the target language: words in it / words counted.

    A word is a maximal run of letters (and marks) of one script; each letter of a script without spaces
    (Han, kana, Thai, …) is a word of its own. Not counted are mathematics (`$…$`, `\(…\)`, `\[…\]`,
    environments, LaTeX commands), code (fenced and inline), markup (tags, special tokens, URLs), and
    single Latin or Greek letters, which are taken for symbols. Where nothing is left to count the share
    is 1, so gate it with a format or correctness. How many words were counted comes back as the part
    `words`, the first 32 stretches in a wrong language as spans, labelled with their script or language.

    - `by="script"`: a word is in the target language if its script is one of that language's. So it does
      not tell languages of one script apart, nor the Chinese characters of Japanese from Chinese.
    - `by="lingua"`: in addition, words in the right script count by the language of their sentence, as
      `lingua` identifies it among `languages`. Sentences of under 16 letters, and those it cannot decide,
      are not counted; of a completion with more than 1024 sentences as many, evenly spaced, are.

    `part="reasoning"` is what stands between `<think>` and the last `</think>`, or between the marks of
    another family as `reasoning` says, or everything where there are no marks; `part="completion"` is
    everything.

    Source: the language consistency reward of DeepSeek-R1 (arXiv:2501.12948), section 2.3.2. The paper does
    not say how it counts words; the definition above is ours.

    Raises:
        InvalidParameterError: an unknown language, method or part, or `lingua` asked for and not installed.

    >>> from rewards import Rollout
    >>> rollouts = [Rollout(completion=f"<think>{text}</think>") for text in ("so we get 你好", "$x$ = 4")]
    >>> LanguageMixing(target="en")(rollouts)
    array([0.6, 1. ])
    """

    target: str = "en"
    """The language asked for, an ISO 639-1 code."""

    by: Literal["script", "lingua"] = "script"

    part: Literal["reasoning", "completion"] = "reasoning"

    languages: tuple[str, ...] = ()
    """Languages that `lingua` chooses among besides the target; empty for common ones of the same script."""

    reasoning: str | Tags = dataclasses.field(default=ANY, metadata=ADDED_LATER)
    """The format of the reasoning: a name of :data:`rewards.text.reasoning.FORMATS`, `any` or own tags."""

    def __post_init__(self) -> None:
        formats_of(self.reasoning)
        for code in (self.target, *self.languages):
            known = ", ".join(sorted(LANGUAGES))
            require(
                code in LANGUAGES, f"language_mixing: the language {code!r} is unknown; known are {known}"
            )
        if self.by == "lingua" and not available():
            message = (
                "language_mixing: by='lingua' needs the lingua language detector, which is not installed; "
                f"{install_command('language')}, or use by='script'"
            )
            raise InvalidParameterError(message)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        places = [
            reasoning_span(rollout, self.reasoning) if self.part == "reasoning" else (0, len(text))
            for rollout, text in zip(batch, batch.policy_texts, strict=True)
        ]
        shares: list[float] = []
        counts: list[float] = []
        spans: list[list[Span]] = []
        together = _TOGETHER if self.by == "script" else 0  # sentences are looked at in their own text
        for bundle in bundles([end - start for start, end in places], together):
            some = places[bundle]
            texts = [
                text[start:end] for text, (start, end) in zip(batch.policy_texts[bundle], some, strict=True)
            ]
            lines = "\n".join([*texts, ""])
            words = script_words(lines, mask_lines(texts))
            findings = self._findings(lines, words)
            begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
            cuts = np.searchsorted(words.starts, begins)
            counted = _sums(findings != _UNDECIDED, cuts)
            right = _sums(findings == _RIGHT, cuts)
            shares += [good / of if of else 1.0 for good, of in zip(right, counted, strict=True)]
            counts += map(float, counted)
            for row, (start, _) in enumerate(some):
                own = slice(cuts[row], cuts[row + 1])
                offset = start - int(begins[row])
                wrong = right[row] < counted[row]
                spans.append(self._stretches(words.take(own), findings[own], offset) if wrong else [])
        return Evaluation(shares, spans=spans, parts={"words": counts})

    @property
    def _candidates(self) -> tuple[str, ...]:
        """The languages that `lingua` chooses among, the target first."""
        scripts = set(LANGUAGES[self.target])
        related = [code for code in _COMMON.split() if scripts & set(LANGUAGES[code])]
        return tuple(dict.fromkeys((self.target, *(self.languages or related))))

    def _findings(self, text: str, words: ScriptWords) -> NDArray[np.intp]:
        """Return for each word _RIGHT, _UNDECIDED, or the number of its wrong script or language."""
        in_script = np.isin(words.scripts, [NAMES.index(name) for name in LANGUAGES[self.target]])
        findings = np.where(in_script, _RIGHT, words.scripts.astype(np.intp))
        candidates = self._candidates
        if self.by == "lingua" and len(candidates) > 1:
            language = identify(text, words.take(in_script), candidates)
            other = np.where(language < 0, _UNDECIDED, _LINGUA + language)
            findings[in_script] = np.where(language == 0, _RIGHT, other)
        return findings

    def _stretches(self, words: ScriptWords, findings: NDArray[np.intp], offset: int) -> list[Span]:
        """Return the first stretches of words in one wrong script or language."""
        changes = np.flatnonzero(np.diff(findings)) + 1
        firsts = np.concatenate(([0], changes)) if len(findings) else changes
        lasts = np.append(changes, len(findings)) - 1
        wrong = firsts[findings[firsts] > _UNDECIDED][:_MOST_SPANS]
        ends = lasts[np.searchsorted(firsts, wrong)]
        return [
            Span(offset + start, offset + end, self._name(finding))
            for start, end, finding in zip(
                words.starts[wrong].tolist(), words.ends[ends].tolist(), findings[wrong].tolist(), strict=True
            )
        ]

    def _name(self, finding: int) -> str:
        return NAMES[finding] if finding < _LINGUA else self._candidates[finding - _LINGUA]


def _sums(which: NDArray[np.bool_], cuts: NDArray[np.intp]) -> list[int]:
    """Return the number of true elements between each two neighbouring `cuts`."""
    before = np.concatenate(([0], np.cumsum(which)))
    counts: list[int] = np.diff(before[cuts]).tolist()
    return counts
