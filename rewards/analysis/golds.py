r"""Examination of gold answers: kind, way of judging, and suspicions.

A gold is judged *by value* (`\frac{1}{2}` meets `0.5`), *as text* (`Monday` is met by the same words and by
nothing else), or *not at all*. Suspicions are about golds that can be judged and perhaps should not be: the
judge takes them at their word.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.analysis.missing import is_missing_text
from rewards.analysis.proposals import propose
from rewards.answers.comparing.compare import check_gold, read_gold
from rewards.answers.limits import Limits
from rewards.answers.reading.reader import Oversized, Unread
from rewards.answers.tree.syntax import (
    Choice,
    Date,
    Degrees,
    Expr,
    Listing,
    Matrix,
    Negate,
    Number,
    Quantity,
    Ratio,
    Relation,
    SetBuilder,
    Symbol,
    Text,
    Time,
    Tuple,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.analysis.proposals import Proposal
    from rewards.answers.reading.reader import Reading
    from rewards.answers.tree.syntax import Node

__all__ = ["Finding", "GoldKind", "Judged", "Suspicion", "examine"]


class Judged(enum.StrEnum):
    """The way answers are judged against a gold."""

    BY_VALUE = "by value"
    AS_TEXT = "as text"
    NOT = "not"


class GoldKind(enum.StrEnum):
    """The kind of a gold: the first that holds, from the bottom up."""

    NUMBER = "number"
    EXPRESSION = "expression"
    STRUCTURE = "structure"
    """Tuples, sets, intervals, matrices, ratios, dates and times."""
    RELATION = "relation"
    UNITS = "units"
    CHOICE = "choice"
    WORD = "word"
    """One to three words: `True`, `Monday`, `no solution`."""
    MULTI_PART = "multi-part"
    CONDITIONS = "conditions"
    """Values that depend on a case: `n^2` for even `n`."""
    NATURAL_LANGUAGE = "natural language"
    BROKEN_LATEX = "broken LaTeX"
    UNREADABLE = "unreadable"
    TOO_BIG = "too big"
    """It reads, but its value has too many digits to be compared: `9^{9^9}`."""
    TOO_LONG = "too long"
    EMPTY = "empty"
    NOT_TEXT = "not text"
    """Missing, or a number or object where a text or a list of texts belongs."""


class Suspicion(enum.StrEnum):
    """A reason to suspect a gold that can be judged."""

    ROUNDED = "rounded"
    """A decimal that looks rounded: the exact value would be refused (see `Policy.rounded_gold`)."""
    TWO_READINGS = "two readings"
    CHOICE_WITHOUT_OPTIONS = "choice without options"
    LOCALE_COMMA = "locale comma"
    LONG = "long"
    REPAIRED = "repaired"
    """It was read only after a repair: a stray brace, a lost backslash, a box."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of examining a gold."""

    kind: GoldKind
    judged: Judged
    reason: str = ""
    """The reason why the gold cannot be judged, or only as text."""
    suspicions: tuple[tuple[Suspicion, str], ...] = ()
    """Suspicions, each with a sentence."""
    proposal: Proposal | None = None
    """The value that a gold which cannot be judged seems to hold, for a person to accept."""

    @property
    def usable(self) -> bool:
        """True if the gold is fit for training: judged by value, or a word or two."""
        return self.judged is Judged.BY_VALUE or (
            self.judged is Judged.AS_TEXT and self.kind is GoldKind.WORD
        )


_LONG: Final = 200
_MOST_WORDS: Final = 3
_MOST_LETTERS: Final = 10
_GOLD_CHARS: Final = Limits().gold_chars

_COMMAND: Final = re.compile(r"\\[A-Za-z]+|\\.")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_LOST_BACKSLASH: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]|\t(?:ext|imes|heta|an\b|frac|o\b)|\r(?:ight|ho)|\n(?:eq|abla)"
)
_CUT_OFF: Final = re.compile(r"[\^_\\]\s*\Z|\\(?:frac|sqrt|text|left)\s*\Z")
_CONDITION: Final = re.compile(
    r"\b(?:if|when|where|whenever|unless|otherwise|such that|even|odd)\b"
    r"|\bfor (?:all|every|each|any|some|which|even|odd)\b"
    r"|\\begin\{cases\}"
)
_MEASURED: Final = re.compile(
    r"\$?\s*[-+~]?[\d.,]+(?:\s*(?:\\times|\\cdot)?\s*\$?\s*10\^\{?-?\d+\}?)?[\s$~]*(?:\\(?:text|math|,|;)|[A-Za-zµ°])"
)
_CURRENCY: Final = re.compile(r"\s*(?:\$\s*[\d.,]+|[\d.,]+\s*\$)\s*\Z")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?(?:\d+,\d{1,2}|\d+,\d{4,}|\d{1,3}(?:\.\d{3})+,\d+)")
_CLOCK: Final = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_ORDINAL: Final = re.compile(r"\d+(?:st|nd|rd|th)")
_OPTIONS: Final = re.compile(
    r"[(\[\uff08]\s*[A-Ja-j]\s*[)\]\uff09]|(?:^|[\s{])[A-J]\s*[.:\uff0e\u3001)]"
    r"|\\(?:text|mathrm|textbf)\w*\{\(?[A-J]\)?|[\u2460-\u2473]",
    re.MULTILINE,
)
_ASKS_TO_ROUND: Final = re.compile(
    r"\b(?:round|nearest|approximat|decimal places?|significant|estimate)", re.IGNORECASE
)
_ASKS_FOR_A_SET: Final = re.compile(
    r"\b(?:interval|domain|range of|values of|inequalit|solution set|solve for)", re.IGNORECASE
)


def examine(gold: object, prompt: str = "") -> Finding:
    r"""Examine a gold; of a list, of which any is right, the gold that is judged best.

    Args:
        gold: a text, a whole number, or a list of texts.
        prompt: the problem, which tells whether a letter is a choice and a decimal a rounding.

    >>> examine(r"\frac{1}{2}").kind, examine("0.333").suspicions[0][1]
    (<GoldKind.EXPRESSION: 'expression'>, '0.333 may stand for 1/3')
    >>> found = examine("the one that has more sides than the other")
    >>> found.kind, found.judged, found.usable
    (<GoldKind.NATURAL_LANGUAGE: 'natural language'>, <Judged.AS_TEXT: 'as text'>, False)
    >>> examine("150^").reason
    'expected a value at the end'
    """
    if isinstance(gold, int) and not isinstance(gold, bool):
        gold = str(gold)
    if isinstance(gold, (list, tuple)) and gold:
        found = [examine(one, prompt) for one in gold]
        order = [Judged.BY_VALUE, Judged.AS_TEXT, Judged.NOT]
        return min(found, key=lambda one: (not one.usable, order.index(one.judged)))
    if not isinstance(gold, str):
        reason = "there is none" if gold is None or gold == [] else f"of type {type(gold).__name__}"
        return Finding(kind=GoldKind.NOT_TEXT, judged=Judged.NOT, reason=reason)
    if not gold.strip(" \t\r\n$"):
        return Finding(kind=GoldKind.EMPTY, judged=Judged.NOT, reason="nothing is written")
    if is_missing_text(gold):
        reason = f"{gold.strip()} stands for a missing value"
        return Finding(kind=GoldKind.EMPTY, judged=Judged.NOT, reason=reason)
    if len(gold) > _GOLD_CHARS:
        reason = f"{len(gold)} characters; the judge reads {_GOLD_CHARS}"
        return Finding(kind=GoldKind.TOO_LONG, judged=Judged.NOT, reason=reason)
    return _examined(gold, read_gold(gold), prompt)


def _examined(gold: str, reading: Reading, prompt: str) -> Finding:
    why_not = check_gold(gold)
    if isinstance(reading, Unread):
        kind = _unread_kind(gold, reading)
        judged = Judged.NOT if why_not is not None else Judged.AS_TEXT
        proposal = propose(gold) if judged is Judged.NOT else None
        return Finding(
            kind=kind,
            judged=judged,
            reason=why_not or reading.reason,
            suspicions=_of_text(gold),
            proposal=proposal,
        )
    if isinstance(reading, Oversized) or why_not is not None:
        return Finding(kind=GoldKind.TOO_BIG, judged=Judged.NOT, reason=why_not or "too big")
    suspicions = (*_of_text(gold), *_of_reading(gold, reading, prompt))
    kind = _kind(reading)
    judged = Judged.AS_TEXT if isinstance(reading, Text) else Judged.BY_VALUE
    reason = "met by the same words alone" if isinstance(reading, Text) else ""
    return Finding(kind=kind, judged=judged, reason=reason, suspicions=suspicions)


def _kind(reading: Node) -> GoldKind:
    while isinstance(reading, Negate):
        reading = reading.operand
    if isinstance(reading, Listing):
        relations = all(isinstance(item, Relation) for item in reading.items)
        return GoldKind.RELATION if relations and reading.joint in {"or", "and"} else GoldKind.MULTI_PART
    if isinstance(reading, Text):
        return GoldKind.WORD if len(reading.words.split()) <= _MOST_WORDS else GoldKind.NATURAL_LANGUAGE
    if isinstance(reading, Choice) or _is_choice_letter(reading):
        return GoldKind.CHOICE
    by_type: tuple[tuple[type[Node] | tuple[type[Node], ...], GoldKind], ...] = (
        (Relation, GoldKind.RELATION),
        ((Quantity, Degrees), GoldKind.UNITS),
        ((Number,), GoldKind.NUMBER),
        ((Time, Date, Ratio, SetBuilder, Tuple, Matrix), GoldKind.STRUCTURE),
        (Expr, GoldKind.EXPRESSION),
    )
    return next((kind for types, kind in by_type if isinstance(reading, types)), GoldKind.STRUCTURE)


def _is_choice_letter(reading: Node) -> bool:
    return (
        isinstance(reading, Symbol)
        and len(reading.name) == 1
        and "A" <= reading.name <= "E"
        and not (reading.index or reading.mark or reading.primes)
    )


def _unread_kind(gold: str, reading: Unread) -> GoldKind:
    if _is_broken(gold):
        return GoldKind.BROKEN_LATEX
    words = _WORD.findall(_COMMAND.sub(" ", gold))
    if reading.words and _CONDITION.search(gold):
        return GoldKind.CONDITIONS
    if words and _MEASURED.match(gold):
        return GoldKind.UNITS
    if reading.words and ";" in gold and any(map(str.isdigit, gold)):
        return GoldKind.MULTI_PART
    if reading.words:
        short = len(words) <= _MOST_WORDS and "".join(words) == re.sub(r"\W", "", _COMMAND.sub("", gold))
        return GoldKind.WORD if short else GoldKind.NATURAL_LANGUAGE
    return GoldKind.UNREADABLE


def _is_broken(gold: str) -> bool:
    braces = gold.replace("\\{", "").replace("\\}", "")
    return bool(
        _LOST_BACKSLASH.search(gold)
        or _CUT_OFF.search(gold)
        or braces.count("{") != braces.count("}")
        or gold.count("\\left") != gold.count("\\right")
        or (gold.replace("\\$", "").count("$") % 2 and not _CURRENCY.match(gold))
    )


def _of_text(gold: str) -> tuple[tuple[Suspicion, str], ...]:
    found = []
    bare = gold.strip(" $\n")
    if _DECIMAL_COMMA.fullmatch(bare):
        found.append((Suspicion.LOCALE_COMMA, "a decimal comma, or two answers"))
    if len(gold) > _LONG:
        found.append((Suspicion.LONG, f"{len(gold)} characters; hardly an answer that a policy can hit"))
    if "boxed" in gold:
        found.append((Suspicion.REPAIRED, "a box in the gold"))
    elif _LOST_BACKSLASH.search(gold):
        found.append(
            (Suspicion.REPAIRED, "a backslash was lost on the way: the file was unescaped once too often")
        )
    elif bare.startswith("=") or _is_broken(gold):
        found.append((Suspicion.REPAIRED, "a stray sign or brace"))
    return tuple(found)


def _of_reading(gold: str, reading: Node, prompt: str) -> Iterator[tuple[Suspicion, str]]:
    bare = gold.strip(" $\n")
    if (
        isinstance(reading, Choice) and (not reading.explicit or reading.content is None)
    ) or _is_choice_letter(reading):
        if prompt and not _OPTIONS.search(prompt):
            yield Suspicion.CHOICE_WITHOUT_OPTIONS, "a letter, and the problem names no options"
    elif _CLOCK.fullmatch(bare):
        yield Suspicion.TWO_READINGS, "a time of day, or a ratio"
    elif _ORDINAL.fullmatch(bare):
        yield Suspicion.TWO_READINGS, "an ordinal, or a product of letters"
    elif isinstance(reading, Tuple) and _is_increasing_pair(reading) and _ASKS_FOR_A_SET.search(prompt):
        yield Suspicion.TWO_READINGS, "an open interval, or a point"
    elif word := _spelled_product(gold, reading):
        yield Suspicion.TWO_READINGS, f"{word!r} is a word, or a product of letters"
    decimals = [node for node in walk(reading) if isinstance(node, Number) and node.places]
    if decimals and _ASKS_TO_ROUND.search(prompt):
        yield Suspicion.ROUNDED, "the problem asks for a rounded value"
    elif isinstance(reading, Relation) and "~" in reading.operators:
        yield Suspicion.ROUNDED, "about so much"
    else:
        looks = (_rounded(node) for node in decimals)
        yield from ((Suspicion.ROUNDED, look) for look in list(filter(None, looks))[:1])


def _is_increasing_pair(reading: Tuple) -> bool:
    if len(reading.items) != 2 or reading.brackets != "()":  # noqa: PLR2004  # a pair
        return False
    low, high = reading.items
    return isinstance(low, Number) and isinstance(high, Number) and low.value < high.value


def _spelled_product(gold: str, reading: Node) -> str:
    """Return a word of the gold that was parsed as a product of its letters."""
    names = {node.name for node in walk(reading) if isinstance(node, Symbol)}
    for word in _WORD.findall(_COMMAND.sub(" ", gold)):
        if 3 <= len(word) <= _MOST_LETTERS and word.islower() and word not in names and set(word) <= names:  # noqa: PLR2004
            return str(word)
    return ""


_EXACT_DENOMINATORS: Final = frozenset({1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 80, 100})
_FEW_PLACES: Final = 2
_MOST_PLACES: Final = 40


def _rounded(decimal: Number) -> str:
    """Return the reason why a decimal looks rounded; empty where it does not."""
    places = decimal.places or 0
    value = Fraction(decimal.value)
    if places > _MOST_PLACES or (value.denominator in _EXACT_DENOMINATORS and places != _FEW_PLACES):
        return ""
    half = Fraction(1, 2 * 10**places)
    for denominator in (3, 6) if places == _FEW_PLACES else (3, 6, 7, 9, 11, 12):
        near = Fraction(round(value * denominator), denominator)
        if near.denominator in {3, 6, 7, 9, 11, 12} and abs(near - value) <= half:
            written = f"{float(value):.{min(places, 12)}f}"
            return f"{written} may stand for {near}"
    return "" if places <= _FEW_PLACES else f"{places} decimal places, and no simple fraction"
