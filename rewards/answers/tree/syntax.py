r"""The syntax tree of an answer: the typed notation, not yet evaluated.

Two levels. *Expressions* (:class:`Expr`) denote one mathematical value and are what the symbolic tier
compares; *structures* (:class:`Structure`) hold expressions together: tuples, sets, intervals, relations,
choices, text. Every node is immutable, hashable and compares by what was written; the reader keeps trees
shallow (`MAX_DEPTH`) and small (`MAX_NODES`), so recursion over a tree is safe.

The tree evaluates nothing. `1/2` is a quotient, `2^{100}` a power, `20!` a factorial; only a literal number
has a value, and a mixed number is one literal. It leaves out all layout: brackets, sizes, fonts and the
choice between `\frac`, `/` and `½` do not survive reading.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "CROSS",
    "DOT",
    "INFINITY",
    "JOINTS",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_NODES",
    "OPERATIONS",
    "OPERATORS",
    "ORDERED",
    "PI",
    "Absolute",
    "Apply",
    "BaseNumeral",
    "BigOperator",
    "Binomial",
    "Brackets",
    "Call",
    "Choice",
    "Constant",
    "Date",
    "Degrees",
    "Difference",
    "Dots",
    "E",
    "Exact",
    "Expr",
    "Factorial",
    "I",
    "Intersection",
    "Interval",
    "Joint",
    "Listing",
    "Matrix",
    "NamedSet",
    "Negate",
    "Node",
    "Number",
    "Operation",
    "Operator",
    "Percent",
    "PlusMinus",
    "Power",
    "Product",
    "Quantity",
    "Quotient",
    "Ratio",
    "Relation",
    "Root",
    "SetBuilder",
    "SetOf",
    "Side",
    "Structure",
    "Sum",
    "Symbol",
    "Text",
    "Time",
    "Tuple",
    "Union",
    "children",
    "holds",
    "walk",
]

MAX_DEPTH = 50
"""Nesting allowed in an answer; deeper ones are refused as too big."""

MAX_NODES = 8_000
"""Tokens allowed in one answer, and so about the nodes of its tree."""

MAX_DIGITS = 4_000
"""Digits allowed in one literal number; below the interpreter's own limit on int(str)."""

Joint: TypeAlias = Literal[",", ";", "or", "and"]
"""The word or sign between answers side by side."""

Brackets: TypeAlias = Literal["()", "[]", "<>"]
"""The brackets of a tuple."""

Operation: TypeAlias = Literal["sum", "product", "integral", "limit"]
"""The operators with a variable of their own."""

Side: TypeAlias = Literal[-1, 0, 1]
"""The side from which a limit's point is approached: below, both, above."""

# fmt: off
Operator: TypeAlias = Literal[
    "=", "!=", "<", "<=", ">", ">=", "<<", ">>", "~", "in", "notin", "equiv", "cong", "sim", "perp",
    "parallel", "subset", "subseteq", "supset", "supseteq", "to", "implies", "iff", "|", "nmid", "propto",
    "not ~", "not equiv", "not cong", "not sim", "not perp", "not parallel", "not subset", "not subseteq",
    "not supset", "not supseteq",
]
# fmt: on
"""The operator of a relation; `~` is approximately, `|` divides or such that."""

OPERATORS: Final[Mapping[str, Operator]] = {operator: operator for operator in get_args(Operator)}
OPERATIONS: Final[Mapping[str, Operation]] = {operation: operation for operation in get_args(Operation)}
JOINTS: Final[Mapping[str, Joint]] = {joint: joint for joint in get_args(Joint)}
"""Each of them by its text."""

Exact: TypeAlias = int | Fraction
"""An exact rational; an `int` whenever it is whole."""


class Node:
    """Anything an answer can be read as."""

    __slots__ = ()


class Expr(Node):
    """An expression: one mathematical value, perhaps with unknowns."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Number(Expr):
    r"""A literal number: `5`, `1,234.50`, `0.\overline{3}`, `4.7e-34`, `2\frac12`.

    `places` tells how a decimal was written: its last digit stands for `10**-places`. None for a whole
    number, a mixed number and a repeating decimal, which are exact.

    >>> Number(Fraction(5, 2), 2)  # written 2.50
    Number(value=Fraction(5, 2), places=2)
    """

    value: Exact
    places: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class BaseNumeral(Expr):
    r"""A numeral with its base: `1010_2`, `\mathrm{FF}_{16}`."""

    digits: str
    """Upper-case digits, as written; valid in `base`."""
    base: int
    """From 2 to 36."""


@dataclasses.dataclass(frozen=True, slots=True)
class Constant(Expr):
    """A constant that everyone reads alike: `pi`, `e`, `i`, `infinity`."""

    name: str


PI = Constant("pi")
E = Constant("e")
I = Constant("i")  # noqa: E741 - its name in mathematics
INFINITY = Constant("infinity")


@dataclasses.dataclass(frozen=True, slots=True)
class Symbol(Expr):
    r"""An unknown: `x`, `\alpha` (name `alpha`), `a_{n-1}`, `\vec{a}`, `\overline{AB}`, `f'`.

    A subscript of digits or letters is an index too: `x_1` has index `(Number(1),)`.
    """

    name: str
    index: tuple[Node, ...] = ()
    mark: str = ""
    """The mark drawn on it: `vec`, `bar`, `hat`, `tilde`, `bold`, `angle`, ... ; empty for a bare letter."""
    primes: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Sum(Expr):
    """Two or more terms; a subtracted term is a :class:`Negate`."""

    terms: tuple[Expr, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Negate(Expr):
    """`-operand`."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class PlusMinus(Expr):
    r"""`\pm operand` (or `\mp`, with `upper` -1): two values; signs of one expression go together."""

    operand: Expr
    upper: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Product(Expr):
    """Two or more factors, by a sign or side by side."""

    factors: tuple[Expr, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """`numerator / denominator`, however it was drawn."""

    numerator: Expr
    denominator: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Power(Expr):
    """`base ^ exponent`."""

    base: Expr
    exponent: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Root(Expr):
    r"""`\sqrt[index]{radicand}`: the real root where there is one, else the principal one."""

    radicand: Expr
    index: Expr = Number(2)


@dataclasses.dataclass(frozen=True, slots=True)
class Factorial(Expr):
    """`operand!` (`order` 1) or `operand!!` (`order` 2)."""

    operand: Expr
    order: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Binomial(Expr):
    r"""`\binom{upper}{lower}`; `C_n^k`, `C(n,k)` and `{}_nC_k` read the same."""

    upper: Expr
    lower: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Absolute(Expr):
    """`|operand|`; of a vector or a complex number, its length."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Percent(Expr):
    """`operand %`."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Degrees(Expr):
    r"""`operand^\circ`, an angle; minutes and seconds are folded into the operand."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Apply(Expr):
    """A function everyone knows by name, applied: a row of :mod:`~rewards.answers.notation.functions`."""

    function: str
    arguments: tuple[Node, ...]
    base: Expr | None = None
    """The base of a logarithm."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call(Expr):
    """A function with a name of its own, applied: `f(x)`, `f'(2)`, `g(x, y)`. Never a product."""

    head: Symbol
    arguments: tuple[Node, ...]


ORDERED: Final = Symbol("in order")
"""The head of a product whose factors do not commute."""
DOT: Final = Symbol("dot product")
CROSS: Final = Symbol("cross product")


@dataclasses.dataclass(frozen=True, slots=True)
class BigOperator(Expr):
    r"""`\sum`, `\prod`, `\int` or `\lim` with its bounds; opaque until the symbolic tier opens it."""

    kind: Operation
    body: Expr
    variable: Expr | None = None
    lower: Expr | None = None
    """The lower bound; for a limit, the point approached."""
    upper: Expr | None = None
    side: Side = 0
    """For a limit, 1 if its point is approached from above, -1 from below, 0 from both sides."""


@dataclasses.dataclass(frozen=True, slots=True)
class Matrix(Expr):
    """Rows of equal length; a column vector has rows of one. `determinant` for `vmatrix`."""

    rows: tuple[tuple[Node, ...], ...]
    determinant: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Dots(Expr):
    r"""`\ldots`: equal only to itself in the same place."""


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity(Expr):
    r"""An amount with its unit, a currency included: `5 cm`, `\$20`, `2 h 30 min` (folded to one unit)."""

    amount: Expr
    unit: str
    """Canonical text of the unit, as :mod:`~.units` has it: `cm^2`, `m*s^-1`, `apple`."""


# --- structures --------------------------------------------------------------------------------------------


class Structure(Node):
    """Several values held together, or something that is not a value at all."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Tuple(Structure):
    r"""`(1, 2)`, `\langle 1, 2 \rangle`, `[1, 2, 3]`. A pair in round ones may be an open interval."""

    items: tuple[Node, ...]
    brackets: Brackets = "()"
    """`()`, `[]` or `<>`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listing(Structure):
    """Several answers side by side: `1, 2, 3`, `2 or 3`, `x=1; y=2`."""

    items: tuple[Node, ...]
    joint: Joint = ","
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
    """A chain `sides[0] operators[0] sides[1] ...`; an equation has the one operator `=`."""

    sides: tuple[Node, ...]
    operators: tuple[Operator, ...]


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


# --- the nodes below a node --------------------------------------------------------------------------------

_BELOW: dict[type, Callable[[Any], Iterable[Node]] | None] = {}
"""The function that finds the nodes below a node of each kind; None for a leaf."""

_NODES: Final = ("Expr", "Node", "Symbol")
_SEVERAL: Final = tuple(f"tuple[{kind}, ...]" for kind in _NODES)


def _below(kind: type) -> Callable[[Any], Iterable[Node]] | None:
    """The function that finds the nodes below a node of a kind, by the types of its fields."""
    if kind in _BELOW:
        return _BELOW[kind]
    fields = [
        (field.name, str(field.type))
        for field in dataclasses.fields(kind)
        if any(name in str(field.type) for name in _NODES)
    ]
    names = [name for name, _ in fields]
    found: Callable[[Any], Iterable[Node]] | None
    if not fields:
        found = None
    elif len(fields) == 1 and fields[0][1] in _SEVERAL:
        found = operator.attrgetter(names[0])
    elif all(hint in _NODES for _, hint in fields):
        found = operator.attrgetter(*names) if len(fields) > 1 else functools.partial(_one, names[0])
    else:
        found = functools.partial(_flattened, operator.attrgetter(*names))
    _BELOW[kind] = found
    return found


def _one(name: str, node: Node) -> tuple[Node]:
    return (getattr(node, name),)


def _flattened(values_of: Callable[[Any], object], node: Node) -> list[Node]:
    """The nodes in the fields of a node, which may hold one, none, or tuples of them."""
    found: list[Node] = []
    left = [values_of(node)]
    while left:
        value = left.pop()
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            left += reversed(value)
    return found


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one node, in the order they were written.

    >>> from rewards.answers.tree.syntax import PI, Number, Quotient
    >>> [type(child).__name__ for child in children(Quotient(Number(1), PI))]
    ['Number', 'Constant']
    """
    below = _below(node.__class__)
    return () if below is None else tuple(below(node))


def walk(node: Node) -> list[Node]:
    """The node and all nodes below it, parents before their children.

    >>> from rewards.answers.tree.syntax import Negate, Number, Sum
    >>> sum(isinstance(part, Number) for part in walk(Sum((Number(1), Negate(Number(2))))))
    2
    """
    found = [node]
    for part in found:  # which grows on the way
        below = _BELOW[part.__class__] if part.__class__ in _BELOW else _below(part.__class__)
        if below is not None:
            found += below(part)
    return found


def holds(node: Node, *kinds: type[Node]) -> bool:
    """Return True if the node or one below it is of exactly one of these types.

    >>> from rewards.answers.tree.syntax import Negate, Number, Product
    >>> holds(Negate(Number(2)), Number), holds(Negate(Number(2)), Product)
    (True, False)
    """
    return not set(kinds).isdisjoint(map(type, walk(node)))
