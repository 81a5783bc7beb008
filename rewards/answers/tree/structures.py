"""Structures: the nodes that hold values together, or are no value at all. See :mod:`~.syntax`."""

from __future__ import annotations

import dataclasses

from rewards.answers.tree.expressions import Expr, Node

__all__ = [
    "Choice",
    "Date",
    "Difference",
    "Intersection",
    "Interval",
    "Listing",
    "NamedSet",
    "Ratio",
    "Relation",
    "SetBuilder",
    "SetOf",
    "Structure",
    "Text",
    "Time",
    "Tuple",
    "Union",
]


class Structure(Node):
    """Several values held together, or something that is not a value at all."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Tuple(Structure):
    r"""`(1, 2)`, `\langle 1, 2 \rangle`, `[1, 2, 3]`. A pair in round ones may be an open interval."""

    items: tuple[Node, ...]
    brackets: str = "()"
    """`()`, `[]` or `<>`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listing(Structure):
    """Several answers side by side: `1, 2, 3`, `2 or 3`, `x=1; y=2`."""

    items: tuple[Node, ...]
    joint: str = ","
    """`,`, `;`, `or`, `and`."""


@dataclasses.dataclass(frozen=True, slots=True)
class SetOf(Structure):
    r"""`\{1, 2, 3\}`; without items, the empty set."""

    items: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class SetBuilder(Structure):
    r"""`\{element \mid condition\}`."""

    element: Node
    condition: Node


@dataclasses.dataclass(frozen=True, slots=True)
class NamedSet(Structure):
    """`R`, `Q`, `Z`, `N`, `C`, `R+`, `R-`, `Z+`, `Z-`, `N+`, ..."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Interval(Structure):
    """`[low, high)`; an infinite end is never closed unless it was written so."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Union(Structure):
    r"""`A \cup B \cup ...`."""

    parts: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Intersection(Structure):
    r"""`A \cap B \cap ...`."""

    parts: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Difference(Structure):
    r"""`whole \setminus removed`."""

    whole: Node
    removed: Node


@dataclasses.dataclass(frozen=True, slots=True)
class Relation(Structure):
    """A chain `sides[0] operators[0] sides[1] ...`; an equation has the one operator `=`.

    Operators: `= != < <= > >= ~ in notin equiv cong sim perp parallel subset subseteq to implies iff | nmid
    propto`; `~` is approximately, `|` divides or such that.
    """

    sides: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Ratio(Structure):
    """`2 : 3`, `1 : 2 : 3`."""

    parts: tuple[Expr, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Time(Structure):
    """A time of day. `meridiem` is `am`, `pm` or empty where none was written."""

    hour: int
    minute: int
    second: int | None = None
    meridiem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Date(Structure):
    """A calendar date; what was not written is None."""

    month: int
    day: int | None = None
    year: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Choice(Structure):
    """Letters of a multiple-choice question, sorted: `A`, `(B)`, `ABD`; with what stood beside the letter."""

    letters: tuple[str, ...]
    content: Node | None = None
    explicit: bool = True
    """Written as a choice (`(B)`, `B.`, `Option B`) and not just as a letter, which may be a symbol."""


@dataclasses.dataclass(frozen=True, slots=True)
class Text(Structure):
    """Words: lower case, single spaces, no final punctuation."""

    words: str
