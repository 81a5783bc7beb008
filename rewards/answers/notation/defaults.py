r"""The sets that letters range over: as `\in` says it, and where nothing says it.

A condition that only says the default again may be left out or added; one that restricts it may not.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Final, NamedTuple

__all__ = ["DEFAULTS", "INTEGER_LETTERS", "SETS", "Default", "Domain", "Role", "default_domains"]


class Domain(NamedTuple):
    """A set of numbers, and for whole numbers the least of them."""

    numbers: str
    least: int | None = None


class Role(enum.Enum):
    """The use that a statement makes of a letter it binds."""

    ARGUMENT = "argument"
    """`x` in `f(x) = 2x`."""
    INDEX = "index"
    """`n` in `a_n = 2n`."""
    PLACE = "place"
    r"""`n` in `\frac{n(n+1)}{2}`: the only letter of a value, a whole number by its name."""
    PARAMETER = "parameter"
    """`c` in `f(x) = cx`, `k` in `x = 2k`."""


_REALS: Final = Domain("R")
_INTEGERS: Final = Domain("Z")
_FROM_ZERO: Final = Domain("Z", 0)
_FROM_ONE: Final = Domain("Z", 1)

INTEGER_LETTERS: Final = frozenset("jklmn")
"""Letters that usually stand for whole numbers."""

SETS: Final = {
    "R": frozenset({_REALS}),
    "Q": frozenset({Domain("Q")}),
    "C": frozenset({Domain("C")}),
    "Z": frozenset({_INTEGERS}),
    "N": frozenset({_FROM_ZERO, _FROM_ONE}),
    "constants": frozenset({_REALS}),
    "any": frozenset(),
    "some": frozenset(),
}
"""The domains that a whole set may mean; `N` begins with 0 for some and with 1 for others."""


@dataclasses.dataclass(frozen=True, slots=True)
class Default:
    """The domains of a letter that has none stated."""

    role: Role
    letters: frozenset[str] | None
    """The letters it is for; None for any other letter."""
    domains: frozenset[Domain]
    reason: str
    example: tuple[str, str]
    """A gold, and an answer that adds or drops the condition."""
    golds: bool = False
    """True if only a condition of the gold may be left out, and none added."""


DEFAULTS: Final = (
    Default(
        Role.ARGUMENT,
        INTEGER_LETTERS,
        frozenset({_INTEGERS, _FROM_ZERO, _FROM_ONE, _REALS}),
        "the problem says which whole numbers a function takes",
        ("f(n) = n", r"f(n) = n \text{ for all positive integers } n"),
    ),
    Default(
        Role.ARGUMENT,
        None,
        frozenset({_REALS}),
        "an argument is any real number",
        ("f(x) = 2x", r"f(x) = 2x, x \in \mathbb{R}"),
    ),
    Default(
        Role.INDEX,
        None,
        frozenset({_FROM_ONE}),
        "a sequence begins with its first member",
        ("a_n = 2n-1", r"a_n = 2n-1 (n \in \mathbb{N}^*)"),
    ),
    Default(
        Role.PLACE,
        frozenset({"n"}),
        frozenset({_FROM_ONE}),
        "a formula in n is for n = 1, 2, 3 and so on",
        (r"\frac{n(n+1)}{2}", r"\frac{n(n+1)}{2}, n \in \mathbb{N}^*"),
    ),
    Default(
        Role.PLACE,
        None,
        frozenset({_REALS}),
        "a formula in another letter is for any real number",
        ("2x + 1", r"2x + 1, x \in \mathbb{R}"),
    ),
    Default(
        Role.PARAMETER,
        INTEGER_LETTERS,
        frozenset({_INTEGERS, _REALS}),
        "a gold that says that k is an integer says it of the same letter of an answer",
        (r"x = 3k^2, k \in \mathbb{Z}", "x = 3k^2"),
        golds=True,
    ),
    Default(
        Role.PARAMETER,
        None,
        frozenset({_REALS}),
        "a constant is any real number",
        ("f(x) = cx", r"f(x) = cx \text{ for some constant } c"),
    ),
)
"""For each letter the first row of its role that has it; the row `golds` holds for conditions of a gold."""


def default_domains(role: Role, letter: str, *, golds: bool) -> frozenset[Domain]:
    """The domains of a letter whose condition only the other side states, which is the gold or is not.

    >>> default_domains(Role.ARGUMENT, "x", golds=False)
    frozenset({Domain(numbers='R', least=None)})
    """
    return next(
        row.domains
        for row in DEFAULTS
        if row.role is role and (row.letters is None or letter in row.letters) and row.golds <= golds
    )
