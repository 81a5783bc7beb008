r"""The sets of numbers that have names: a row for each, with its members, its signs and its words.

>>> SUFFIXES["N", "*"], SUFFIXES["R", ">=0"], WORDS["the set of positive integers"]
('Z+', 'R>=0', 'Z+')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from rewards.answers.tree.syntax import Operator

__all__ = ["NUMBER_SETS", "SUFFIXES", "WORDS", "NumberSet"]


class NumberSet(NamedTuple):
    """A set of numbers."""

    name: str
    """Its name in the tree."""
    numbers: str
    """The whole that it is a part of: `R`, `Q`, `Z`, `C`."""
    relation: Operator | Literal[""] = ""
    """How its members stand to 0; empty for all of the whole."""
    signs: str = ""
    r"""The letter and what stands above or below it, in every spelling: `R+` for `\mathbb{R}^+`."""
    words: str = ""
    """Its names in words, with commas between; `all` and `the set of` may stand before them."""


_ROWS: Final = (
    NumberSet("R", "R", words="real numbers, reals, real number, 全体实数, 任意实数, 实数"),
    NumberSet("R+", "R", ">", "R+ R>0", "positive real numbers, positive reals, 正实数"),
    NumberSet("R-", "R", "<", "R- R<0", "negative real numbers, negative reals"),
    NumberSet("R*", "R", "!=", "R* R!=0", "nonzero real numbers, nonzero reals"),
    NumberSet("R>=0", "R", ">=", "R>=0", "nonnegative real numbers"),
    NumberSet("R<=0", "R", "<=", "R<=0"),
    NumberSet("Q", "Q", words="rational numbers, rationals, 有理数"),
    NumberSet("Q+", "Q", ">", "Q+ Q>0", "positive rational numbers, positive rationals"),
    NumberSet("Q-", "Q", "<", "Q- Q<0"),
    NumberSet("Q*", "Q", "!=", "Q* Q!=0", "nonzero rational numbers"),
    NumberSet("Z", "Z", words="integers, 整数"),
    NumberSet("Z+", "Z", ">", "Z+ Z>0 Z>=1 N+ N* N>0 N>=1", "positive integers, 正整数"),
    NumberSet("Z-", "Z", "<", "Z- Z<0", "negative integers"),
    NumberSet("Z*", "Z", "!=", "Z* Z!=0", "nonzero integers"),
    NumberSet("N0", "Z", ">=", "N0 N>=0 Z>=0", "nonnegative integers, 非负整数"),
    # Whether 0 is a natural number is for each author to say.
    NumberSet("N", "N", words="natural numbers, 自然数"),
    NumberSet("C", "C", words="complex numbers, 复数"),
)

_OPENINGS: Final = ("", "all ", "the set of ", "the set of all ", "set of ", "set of all ")
_CHINESE_OPENINGS: Final = ("", "全体", "所有")

NUMBER_SETS: Final = {row.name: row for row in _ROWS}
"""Each set by its name in the tree."""

SUFFIXES: Final = {(sign[0], sign[1:]): row.name for row in _ROWS for sign in row.signs.split()}
"""The sets by their letter and what stands above or below it."""

WORDS: Final = {
    opening + phrase: row.name
    for row in _ROWS
    for phrase in filter(None, row.words.split(", "))
    for opening in (_OPENINGS if phrase.isascii() else _CHINESE_OPENINGS)
}
"""The sets by their names in words."""
