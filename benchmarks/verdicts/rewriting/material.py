r"""Golds as material for rewritings: typography taken off, small records read out of them by patterns."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
from typing import TYPE_CHECKING, Protocol, TypeVar

from benchmarks.verdicts.golds import all_gold_files, golds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "Rewriting",
    "Source",
    "balanced",
    "bare",
    "distinct_golds",
    "letter_swapped",
    "letters_of",
    "picked",
]

_Item = TypeVar("_Item")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rewriting:
    """A gold, what was made of it, in what way, and whether the meaning is still the gold's."""

    kind: str
    right: bool
    gold: str
    answer: str


class Source(Protocol):
    """Every rewriting of one module."""

    def __call__(self) -> Iterator[Rewriting]: ...


@functools.cache
def distinct_golds() -> tuple[str, ...]:
    """The golds of all files, once each, in a fixed order."""
    return tuple(sorted({gold for file in all_gold_files() for gold in golds_of(file)}))


def picked(items: Iterable[_Item], count: int, salt: str, key: Callable[[_Item], str] = str) -> list[_Item]:
    """At most `count` of `items`, the same ones on every run."""
    return sorted(items, key=lambda item: hashlib.sha256(f"{salt}:{key(item)}".encode()).digest())[:count]


_GROUPING = re.compile(r"(?<=\d)(?:\{,\}|,\\!) ?(?=\d{3}(?!\d))")
_LAYOUT = re.compile(r"\\(?:left|right)(?![A-Za-z])|\\[,;:! ]|\\q?quad(?![A-Za-z])|~")
_SPELLINGS = (
    (re.compile(r"\\[dt]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"π"), r"\\pi"),
    (re.compile(r"∞"), r"\\infty"),
    (re.compile(r"∈"), r"\\in "),
    (re.compile(r"\u222a"), r"\\cup "),
    (re.compile(r"[≤⩽]|\\leqslant(?![A-Za-z])|\\leq(?![A-Za-z])"), r"\\le"),
    (re.compile(r"[≥⩾]|\\geqslant(?![A-Za-z])|\\geq(?![A-Za-z])"), r"\\ge"),
    (re.compile(r"≠|\\neq(?![A-Za-z])"), r"\\ne"),
    (re.compile(r"\u2212"), "-"),
)


def bare(gold: str) -> str:
    r"""`gold` without dollars and layout, the commonest spelling for each sign.

    >>> bare(r"$\\left[\\dfrac {1}{2}, +∞\\right)$.")
    '[\\\\frac{1}{2}, +\\\\infty)'
    """
    text = gold.strip().strip("$").strip().rstrip(".")
    text = _LAYOUT.sub(" ", _GROUPING.sub("", text))
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\\frac \{", r"\\frac{", text)
    text = re.sub(r"\\sqrt \{", r"\\sqrt{", text)
    text = re.sub(r"(\\frac\{[^{}]*\}) \{", r"\1{", text)
    return re.sub(r"\{ | \}", lambda found: found.group().strip(), text)


def balanced(text: str) -> bool:
    """Every bracket and brace of `text` closes, each by its own kind."""
    closing = {")": "(", "]": "[", "}": "{"}
    opened = []
    for sign in text:
        if sign in "([{":
            opened.append(sign)
        elif sign in closing and (not opened or opened.pop() != closing[sign]):
            return False
    return not opened


_COMMAND_OR_LETTER = re.compile(r"\\(?:text|mathrm|mathbb)\s*\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]")


def letters_of(text: str) -> set[str]:
    """Single letters that stand for something in `text`, commands left out."""
    return {found for found in _COMMAND_OR_LETTER.findall(text) if len(found) == 1}


def letter_swapped(text: str, old: str, new: str) -> str:
    """`text` with the letter `old` written `new`; commands and words stay as they are."""

    def swapped(found: re.Match[str]) -> str:
        if found.group() != old:
            return found.group()
        # a command that stood before a blank keeps it: `\pi k` never becomes one word
        return new

    return _COMMAND_OR_LETTER.sub(swapped, text)
