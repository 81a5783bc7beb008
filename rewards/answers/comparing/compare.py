"""Comparing one answer with one gold, cheapest tier first: text, exact number, structure, symbols in process.

:func:`compare` never hangs and never raises; what only sympy could settle is None, and goes to a worker,
which calls :func:`compare_with_sympy`. A gold that cannot be read is compared as text, and where even that is
no comparison (a formula cut off in the middle) the verdict is UNPARSEABLE_GOLD, never a number found inside.
"""

from __future__ import annotations

import contextlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.amounts import all_of
from rewards.answers.comparing.equality import AnswerComparison
from rewards.answers.comparing.prose import why_prose
from rewards.answers.extraction.boxes import unboxed
from rewards.answers.notation.rewrites import mended_gold, read_otherwise
from rewards.answers.question import Policy
from rewards.answers.reading.numerals import plain_value
from rewards.answers.reading.phrases import words_of
from rewards.answers.reading.reader import Oversized, Unread, read, read_pair, tokens_of
from rewards.answers.reading.tokens import TextTooBigError
from rewards.answers.tree import syntax as s
from rewards.answers.values import symbols
from rewards.answers.values.exact import NoValue, ValueTooBig, rational
from rewards.answers.values.factored import equal_constants
from rewards.verdict import Method, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewards.answers.reading.reader import Reading
    from rewards.answers.reading.tokens import Token

__all__ = [
    "check_gold",
    "compare",
    "compare_literals",
    "compare_with_sympy",
    "read_gold",
    "trace",
]


_SAME_TEXT: Final = Verdict(status=Status.CORRECT, method=Method.STRING, reason="the same text")
_SAME_NUMBER: Final = Verdict(status=Status.CORRECT, method=Method.NUMBER, reason="the same number")
_OTHER_TEXT: Final = Verdict(status=Status.INCORRECT, method=Method.STRING, reason="a different text")
_OTHER_NUMBER: Final = Verdict(status=Status.INCORRECT, method=Method.NUMBER, reason="a different number")

_SHORT: Final = 64
"""Maximum length of a text that is parsed as a plain number and cached."""

_plain_value = lru_cache(maxsize=16_384)(plain_value)
"""Asked twice of what is no plain number: for the batch, and for the question that is left open."""


def compare(answer: str, gold: str, policy: Policy = Policy()) -> Verdict | None:
    r"""Compare the answer with the gold by the tiers that run in process; None if only sympy can tell.

    The verdict has no `extracted` yet: whoever asks knows what the answer was cut out of.

    >>> compare("1,234.50", r"\$1234.5").status
    <Status.CORRECT: 'CORRECT'>
    >>> compare("5, 6", "5").reason
    'a different answer'
    """
    return compare_literals([(answer, gold)], policy)[0] or _judge(
        answer, gold, AnswerComparison(policy, symbols)
    )


def compare_literals(pairs: Iterable[tuple[str, str]], policy: Policy = Policy()) -> list[Verdict | None]:
    """Compare each `(answer, gold)` pair of equal texts or plain numbers; None for all other pairs.

    A comparison takes less time than a cache lookup or a call, hence one call for all pairs.

    >>> [found and found.reason for found in compare_literals([("7", "7"), ("7", "8.0"), ("7", "x")])]
    ['the same text', 'a different number', None]
    """
    exact = not (policy.rounded_gold or policy.tolerance)
    found: list[Verdict | None] = []
    for answer, gold in pairs:
        if answer == gold and gold and not gold.isspace():
            found.append(_SAME_TEXT)
        elif exact and answer.isdecimal() and gold.isdecimal() and len(answer) + len(gold) <= s.MAX_DIGITS:
            found.append(_SAME_NUMBER if int(answer) == int(gold) else _OTHER_NUMBER)
        elif (
            len(answer) > _SHORT
            or len(gold) > _SHORT
            or (value := _plain_value(answer.strip())) is None
            or (other := _plain_value(gold.strip())) is None
        ):
            found.append(None)
        elif value == other:
            found.append(_SAME_NUMBER)
        else:
            found.append(_OTHER_NUMBER if exact else None)
    return found


def compare_with_sympy(answer: str, gold: str, policy: Policy = Policy()) -> Verdict:
    """Compare by all tiers, sympy included. Only for a process that can be killed."""
    verdict = _judge(answer, gold, AnswerComparison(policy, _WithSympy()))
    return verdict or Verdict(status=Status.INCORRECT, method=Method.SYMBOLIC, reason="not shown to be equal")


def check_gold(gold: str) -> str | None:
    r"""Return the reason that a gold cannot be judged, or None if it can.

    >>> check_gold(r"\frac{1}{2}"), check_gold("Monday"), check_gold(r"150^")
    (None, None, 'expected a value at the end')
    >>> check_gold("The smallest integer k is 2022.")
    "prose that holds a value: expected the end at 'smallest'"
    """
    reading = read_gold(gold)
    if isinstance(reading, Oversized):
        return reading.reason
    if isinstance(reading, Unread):
        return _unjudged(gold, reading)
    if isinstance(reading, s.Expr):
        return _reason_without_value(reading)
    return None


def _reason_without_value(gold: s.Expr) -> str | None:
    try:
        try:
            rational(gold)
        except ValueTooBig:
            equal_constants(gold, s.Number(0))
    except ValueTooBig as error:
        return str(error)
    except NoValue:
        return "it has no value"
    return None


def trace(answer: str, gold: str, policy: Policy = Policy()) -> list[str]:
    """Return a human-readable explanation of the verdict, line by line."""
    lines = [
        f"gold    {gold!r}: {_describe(read_gold(gold))}",
        f"answer  {answer!r}: {_describe(read(answer))}",
    ]
    comparison = AnswerComparison(policy, symbols)
    verdict = _judge(answer, gold, comparison)
    lines += [f"  {step}" for step in comparison.steps]
    if verdict is None:
        lines.append("only sympy can tell")
    else:
        lines.append(f"{verdict.status} by {verdict.method or 'no tier'}: {verdict.reason}")
    return lines


def _judge(answer: str, gold: str, comparison: AnswerComparison) -> Verdict | None:
    mended = _mended(gold)
    if mended is not gold and _same_text(answer, gold):
        return _SAME_TEXT
    gold = mended
    verdict = _judge_as_written(answer, gold, comparison)
    if verdict is None or verdict.status is not Status.INCORRECT:
        return verdict
    first = read_otherwise(gold, answer)
    other = read_otherwise(answer, first[1] if first else gold)
    if first is None and other is None:
        return verdict
    comparison.steps += [f"read again with {found[0]}" for found in (first, other) if found]
    return _judge_as_written(other[1] if other else answer, first[1] if first else gold, comparison)


def _judge_as_written(answer: str, gold: str, comparison: AnswerComparison) -> Verdict | None:
    if _same_text(answer, gold):
        return _SAME_TEXT
    ours, theirs = read_pair(gold, answer)
    if isinstance(ours, Oversized) or isinstance(theirs, Oversized):
        return _too_big(ours, theirs)
    said = isinstance(ours, s.Text) or isinstance(theirs, s.Text) or (isinstance(ours, Unread) and ours.words)
    if said and _same_words(answer, gold):
        return _SAME_TEXT
    if isinstance(ours, Unread):
        why = _unjudged(gold, ours)
        reason = f"the gold is not understood: {why}"
        return _OTHER_TEXT if why is None else Verdict(status=Status.UNPARSEABLE_GOLD, reason=reason)
    if isinstance(theirs, Unread):
        reason = f"the answer is not understood: {theirs.reason}"
        return Verdict(status=Status.INCORRECT, method=Method.STRING, reason=reason)
    return _decide(ours, theirs, comparison)


def _too_big(gold: Reading, answer: Reading) -> Verdict:
    if isinstance(gold, Oversized):
        return Verdict(status=Status.UNPARSEABLE_GOLD, reason=f"the gold is too big: {gold.reason}")
    reason = f"the answer is too big: {answer.reason}" if isinstance(answer, Oversized) else ""
    return Verdict(status=Status.RESOURCE_LIMIT, reason=reason)


def _decide(gold: s.Node, answer: s.Node, comparison: AnswerComparison) -> Verdict | None:
    try:
        same = comparison.same(gold, answer)
        if same is False:
            same = _all_same(gold, answer, comparison)
    except (ValueTooBig, TextTooBigError, RecursionError) as error:
        if isinstance(gold, s.Expr) and isinstance(answer, s.Number):
            return Verdict(status=Status.UNPARSEABLE_GOLD, reason=f"the gold is too big to evaluate: {error}")
        return Verdict(status=Status.RESOURCE_LIMIT, reason=f"too big to evaluate: {error}")
    if same is None:
        return None
    if same:
        return Verdict(status=Status.CORRECT, method=comparison.method, reason="the same answer")
    return Verdict(status=Status.INCORRECT, method=comparison.method, reason="a different answer")


def _all_same(gold: s.Node, answer: s.Node, comparison: AnswerComparison) -> bool | None:
    r"""Return True if one side offers alternatives (`\frac12 or 0.5`) that each equal the other side."""
    match gold, answer:
        case (s.Listing(), s.Listing()):
            return False
        case s.Listing(alternatives, "or"), _:
            return all_of(comparison.same(one, answer) for one in alternatives)
        case _, s.Listing(alternatives, "or"):
            return all_of(comparison.same(gold, one) for one in alternatives)
        case _:
            return False


def _unjudged(gold: str, reading: Unread) -> str | None:
    """Return the reason that a gold which cannot be read is not even compared as text; None if it is."""
    if not reading.words:
        return reading.reason
    why = why_prose(gold)
    return why and f"{why}: {reading.reason}"


def _same_text(answer: str, gold: str) -> bool:
    """Return True if two texts are equal up to layout."""
    if answer.strip() == gold.strip():
        return bool(gold) and not gold.isspace()
    ours, theirs = tokens_of(gold), tokens_of(answer)
    if isinstance(ours, Oversized) or isinstance(theirs, Oversized):
        return False
    return 1 < len(ours) == len(theirs) and all(map(_alike, ours, theirs))


def _alike(one: Token, other: Token) -> bool:
    return one.value == other.value and one.kind == other.kind


def _same_words(answer: str, gold: str) -> bool:
    """Return True if two texts are equal up to layout, articles, case and punctuation."""
    ours, theirs = tokens_of(gold), tokens_of(answer)
    return isinstance(ours, list) and isinstance(theirs, list) and words_of(ours) == words_of(theirs)


def read_gold(gold: str) -> Reading:
    """Read a gold, after repairs that its source needs and an answer is not granted."""
    return read(_mended(gold))


@lru_cache(maxsize=16_384)
def _mended(gold: str) -> str:
    """The gold without the artifacts of its source, a box for one."""
    return mended_gold(unboxed(gold))


def _describe(reading: Reading) -> str:
    if isinstance(reading, Unread):
        return f"not understood, {reading.reason}"
    if isinstance(reading, Oversized):
        return f"too big, {reading.reason}"
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(reading).__name__).lower()
    if isinstance(reading, s.Listing):
        return f"{len(reading.items)} answers side by side"
    if isinstance(reading, s.Expr):
        with contextlib.suppress(NoValue, ValueTooBig):
            value = rational(reading)
            return kind if value is None else f"{kind} of value {value}"
    return kind


class _WithSympy:
    """The whole symbolic tier; :mod:`~.symbols` alone is the part that is bounded in steps."""

    @staticmethod
    def equal_expressions(first: s.Expr, second: s.Expr) -> bool | None:
        from rewards.answers.values.sympy_bridge import equal_by_sympy  # noqa: PLC0415 - sympy is loaded late

        verdict = symbols.equal_expressions(first, second)
        return equal_by_sympy(first, second) if verdict is None else verdict

    @staticmethod
    def proportional(first: s.Expr, second: s.Expr) -> int | None:
        from rewards.answers.values.sympy_bridge import proportional_by_sympy  # noqa: PLC0415 - as above

        sign = symbols.proportional(first, second)
        return proportional_by_sympy(first, second) if sign is None else sign
