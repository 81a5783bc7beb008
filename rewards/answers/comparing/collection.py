r"""Normal form of several values: lists, sets, points, vectors, `x \in \{1, 2\}`, `a = 1, b = 2`.

Each side is read alone: `\pm` is written out, dots are filled in, names are spread over the values they are
names of, and assignments that recur in groups become points. :mod:`~.listings` compares two of these forms.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.naming import COORDINATES, is_point, named
from rewards.answers.comparing.realsets import real_set
from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.tree.rewriting import all_signs, unknowns
from rewards.answers.tree.syntax import (
    Dots,
    Expr,
    Listing,
    Matrix,
    NamedSet,
    Negate,
    Node,
    Number,
    Product,
    Relation,
    SetBuilder,
    SetOf,
    Sum,
    Symbol,
    Tuple,
)
from rewards.answers.values.exact import rational, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rewards.answers.comparing.spans import Span

__all__ = ["Collection", "Kind", "Member", "collection", "in_known_order"]

_MOST_FILLED_IN: Final = 300
"""Maximum number of members written out for dots, or for the integers that meet a condition."""
_FEWEST_BEFORE_DOTS: Final = 2
_LEAST_GROUPED: Final = 2
_NAME_AND_VALUE: Final = 2


class Kind(enum.Enum):
    """The dress of a collection, which says whether its order counts and for how much."""

    VALUE = "value"
    """One value that is no collection."""
    LIST = "list"
    """Answers side by side; ordered if the policy says so."""
    SET = "set"
    ROUND = "()"
    SQUARE = "[]"
    ANGLED = "<>"
    COLUMN = "column"
    """A column vector."""


_BRACKETS: Final = {"()": Kind.ROUND, "[]": Kind.SQUARE, "<>": Kind.ANGLED}


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One member, and the name that it is a value of."""

    node: Node
    """The member; with a name, the equation that gives the name this value."""
    name: Node | None = None
    """A name, or a tuple of the names of a point."""

    @property
    def value(self) -> Node:
        """The value without its name; of a chain of values, the whole chain, which is still to be checked."""
        if self.name is None or not isinstance(self.node, Relation) or len(self.node.sides) > _NAME_AND_VALUE:
            return self.node
        first, second = self.node.sides
        return second if first == self.name else first


@dataclasses.dataclass(frozen=True, slots=True)
class Collection:
    """Members with the dress they stand in."""

    members: tuple[Member, ...]
    kind: Kind
    joint: str = ""
    """The word between the members of a list: `,`, `;`, `or`, `and`."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The members, each with its name."""
        return tuple(member.node for member in self.members)

    @property
    def values(self) -> tuple[Node, ...]:
        """The members without their names."""
        return tuple(member.value for member in self.members)

    @property
    def components(self) -> dict[Node, Node] | None:
        """The named members by their names; None unless each has a name of its own."""
        found = {member.name: member.node for member in self.members if member.name is not None}
        return found if found and len(found) == len(self.members) else None

    @property
    def is_named(self) -> bool:
        """Return True if any member has a name."""
        return any(member.name is not None for member in self.members)

    @property
    def is_numbered(self) -> bool:
        """Return True for `x_1 = 2, x_2 = 3`: the roots of one equation, whose order says nothing."""
        names = [member.name for member in self.members]
        symbols = [name for name in names if isinstance(name, Symbol) and name.index]
        return len(symbols) == len(names) > 1 and len({name.name for name in symbols}) == 1

    @property
    def subject(self) -> Node | None:
        """The one name that all members are values of; of numbered names, their letter."""
        names = {member.name for member in self.members}
        if self.is_numbered:
            name = self.members[0].name
            return Symbol(name.name) if isinstance(name, Symbol) else None
        return next(iter(names)) if len(names) == 1 else None


def collection(node: Node) -> Collection:
    r"""The members of a node and the dress they stand in; a node that holds none is its own one member.

    >>> from rewards.answers.reading.reader import read
    >>> collection(read("1, 2, ..., 5")).nodes == collection(read("1, 2, 3, 4, 5")).nodes
    True
    >>> collection(read("p=5,q=2,p=7,q=2")).nodes == collection(read("(p,q)=(5,2), (p,q)=(7,2)")).nodes
    True
    >>> collection(read("(1, 2)")).kind, len(collection(read("5")).members)
    (<Kind.ROUND: '()'>, 1)
    """
    return _forms().get(type(node), _single)(node)


@functools.cache
def _forms() -> dict[type[Node], Callable[..., Collection]]:
    return {
        Listing: _list,
        SetOf: _set,
        Tuple: _tuple,
        Matrix: _matrix,
        Relation: _relation,
        SetBuilder: _set_builder,
    }


def _single(node: Node) -> Collection:
    """A value: several with a plus-minus, a vector with unit vectors."""
    if isinstance(node, Expr):
        readings = all_signs(node)
        if len(readings) > 1:
            return Collection(tuple(map(Member, readings)), Kind.LIST, "or")
        coordinates = _unit_coordinates(node)
        if coordinates is not None:
            return Collection(tuple(map(Member, coordinates)), Kind.ANGLED)
    return Collection((Member(node),), Kind.VALUE)


def _list(node: Listing) -> Collection:
    integers = _integers_of(node.items)
    if integers is not None:
        name, values = integers
        return Collection(tuple(Member(_equation(name, value), name) for value in values), Kind.LIST, "or")
    return Collection(_members(node.items), Kind.LIST, node.joint)


def _set(node: SetOf) -> Collection:
    return Collection(_members(node.items), Kind.SET)


def _tuple(node: Tuple) -> Collection:
    points = all_signs(node)
    if len(points) > 1:
        return Collection(tuple(map(Member, points)), Kind.LIST, "or")
    return Collection(tuple(map(Member, node.items)), _BRACKETS[node.brackets])


def _matrix(node: Matrix) -> Collection:
    if node.determinant or any(len(cells) != 1 for cells in node.rows):
        return Collection((Member(node),), Kind.VALUE)
    return Collection(tuple(Member(cells[0]) for cells in node.rows), Kind.COLUMN)


def _relation(node: Relation) -> Collection:
    r"""`x \in \{1, 2\}` as `x = 1` or `x = 2`, and `(a, b) = (1, 2)` as `a = 1` and `b = 2`."""
    match node:
        case Relation((Expr() | Tuple() as name, SetOf(items)), ("in",)) if items and unknowns(name):
            equations = [_equation(name, item) for item in items]
            return Collection(_members(equations), Kind.LIST, "or") if items[1:] else collection(equations[0])
        case _:
            members = _members((node,))
            return _point(node) or Collection(members, Kind.LIST if members[1:] else Kind.VALUE)


def _point(node: Relation) -> Collection | None:
    meaning = named(node) if is_point(node) else None
    if meaning is None:
        return None
    name, value = meaning.names[0], meaning.values[0]
    if not (isinstance(name, Tuple) and isinstance(value, Tuple)) or len(all_signs(value)) > 1:
        return None
    members = tuple(
        Member(_equation(part, component), part)
        for part, component in zip(name.items, value.items, strict=True)
    )
    return Collection(in_known_order(members), _BRACKETS[value.brackets])


def _set_builder(node: SetBuilder) -> Collection:
    r"""`\{x \mid x = 1, x = 2\}` and `\{n \in \mathbb{Z} \mid 1 \le n \le 3\}` as sets of values."""
    match node:
        case SetBuilder(element, Listing(items)) if all(
            isinstance(item, Relation) and item.operators == ("=",) and item.sides[0] == element
            for item in items
        ):
            values = [item.sides[1] for item in items if isinstance(item, Relation)]
            return Collection(tuple(map(Member, values)), Kind.SET)
    conditions = node.condition.items if isinstance(node.condition, Listing) else (node.condition,)
    integers = _integers_of((node.element, *conditions))
    if integers is None or not isinstance(node.element, (Relation, Symbol)):
        return Collection((Member(node),), Kind.VALUE)
    return Collection(tuple(map(Member, integers[1])), Kind.SET)


# --- members and their names


def _members(items: Iterable[Node]) -> tuple[Member, ...]:
    r"""The members that are written, with every `\pm` written out, dots filled in and names spread."""
    written: list[Node] = []
    for item in items:
        written += all_signs(item) if isinstance(item, (Expr, Relation, Tuple)) else (item,)
    if any(isinstance(item, Dots) for item in written):
        return tuple(map(Member, _filled_in(written)))
    members = [member for item in _with_shared_exclusion(written) for member in _named_members(item)]
    return _in_groups(_with_shared_name(tuple(members)))


def _with_shared_exclusion(items: list[Node]) -> list[Node]:
    r"""`x \ne 1, 2` as `x \ne 1, x \ne 2`."""
    match items:
        case [Relation((name, _), ("!=",)) as first, *others] if all(isinstance(one, Expr) for one in others):
            return [first, *(Relation((name, other), ("!=",)) for other in others)]
        case _:
            return items


def _named_members(item: Node) -> list[Member]:
    """One member; `x = y = 1` is two, and a group `p = 5, q = 2` is a point."""
    if isinstance(item, Listing):
        inner = _members(item.items)
        point = _as_point(inner) if item.joint != "or" else None
        return [Member(item) if point is None else point]
    meaning = named(item)
    if meaning is None:
        return [Member(item)]
    if len(meaning.names) == 1:
        return [Member(item, meaning.names[0])]
    return [Member(_equation(name, meaning.values[-1]), name) for name in meaning.names]


def _as_point(members: tuple[Member, ...]) -> Member | None:
    """Components with a name each as one point; None for other members."""
    names = [member.name for member in members]
    if None in names or len(set(names)) != len(names) or len(names) < _LEAST_GROUPED:
        return None
    if any(member.value is member.node for member in members):
        return None
    ordered = in_known_order(members)
    name = Tuple(tuple(member.name for member in ordered if member.name is not None))
    return Member(_equation(name, Tuple(tuple(member.value for member in ordered))), name)


def _in_groups(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """`p = 5, q = 2, p = 7, q = 2` as two points: names that recur in the same order."""
    names = [member.name for member in members]
    period = len(set(names))
    if period < _LEAST_GROUPED or len(names) == period or len(names) % period:
        return members
    if None in names or names != names[:period] * (len(names) // period):
        return members
    points = [_as_point(members[start : start + period]) for start in range(0, len(names), period)]
    return members if None in points else tuple(point for point in points if point is not None)


def _with_shared_name(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """`x = 1, 2` as `x = 1, x = 2`: the only name goes for the bare values after it."""
    names = {member.name for member in members if member.name is not None}
    if len(names) != 1 or members[0].name is None:
        return members
    name = names.pop()
    spread = tuple(
        Member(_equation(name, member.node), name)
        if member.name is None and isinstance(member.node, Tuple if isinstance(name, Tuple) else Expr)
        else member
        for member in members
    )
    return spread if len(set(spread)) == len(spread) else members  # `x = 5, 5` says one value twice


def in_known_order(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """`y = 2, x = 1` in the order x, y, z, which everyone knows; others as written."""
    if all(member.name in COORDINATES for member in members):
        return tuple(sorted(members, key=lambda member: COORDINATES.index(member.name)))
    return members


def _equation(name: Node, value: Node) -> Relation:
    return Relation((name, value), ("=",))


# --- members that are not written


def _filled_in(items: list[Node]) -> list[Node]:
    r"""An arithmetic progression with dots, written out if its end is known and near, else cut to two terms.

    Two terms at least stand before the dots, and all that are written belong to the progression.
    """
    place = next(position for position, item in enumerate(items) if isinstance(item, Dots))
    before, after = items[:place], items[place + 1 :]
    start = [whole(item) for item in before]
    if len(before) < _FEWEST_BEFORE_DOTS or None in start:
        return items
    first, second = Fraction(start[0] or 0), Fraction(start[1] or 0)
    step = second - first
    if not step or any(value != first + step * position for position, value in enumerate(start)):
        return items
    last = [whole(item) for item in after]
    if not last or None in last:
        return [*before[:_FEWEST_BEFORE_DOTS], *items[place:]]
    count = (Fraction(last[-1] or 0) - first) / step + 1
    if count.denominator != 1 or not len(before) < count <= _MOST_FILLED_IN:
        return [*before[:_FEWEST_BEFORE_DOTS], *items[place:]]
    values = [first + step * position for position in range(int(count))]
    return items if values[-len(last) :] != last else [_number(int(value)) for value in values]


def _number(value: int) -> Expr:
    """A whole number as it is written."""
    return Number(value) if value >= 0 else Negate(Number(-value))


def _integers_of(items: tuple[Node, ...]) -> tuple[Node, tuple[Expr, ...]] | None:
    r"""The integers that meet a condition: `1 \le n \le 3, n \in \mathbb{Z}`; None if not finitely many."""
    domain = next((item for item in items if _integers_in(item)), None)
    if not isinstance(domain, Relation) or not isinstance(domain.sides[1], NamedSet):
        return None
    name, row = domain.sides[0], NUMBER_SETS[domain.sides[1].name]
    conditions = [item for item in items if item not in (domain, name)]
    relation = ">=" if row.numbers == "N" else row.relation
    if not conditions:
        return None
    if relation:
        conditions.append(Relation((name, Number(0)), (relation,)))
    found = real_set(Listing(tuple(conditions), "and") if conditions[1:] else conditions[0])
    values = None if found is None or found.about != name else _integers_between(found.spans)
    if values is None or (row.numbers == "N" and 0 in values):
        return None  # 0 is a natural number to some
    return name, tuple(map(_number, values))


def _integers_in(item: Node) -> bool:
    match item:
        case Relation((Symbol(), NamedSet(name)), ("in",)):
            return name in NUMBER_SETS and NUMBER_SETS[name].numbers in {"Z", "N"}
        case _:
            return False


def _integers_between(spans: tuple[Span, ...]) -> list[int] | None:
    """All integers in the spans; None if they are too many, or an end is no rational number."""
    values: list[int] = []
    for start, end in spans:
        if math.isinf(start.about) or math.isinf(end.about):
            return None
        low, high = rational(start.at), rational(end.at)
        if low is None or high is None:
            return None
        first, last = math.ceil(low), math.floor(high)
        first += first == low and start.after
        last -= last == high and not end.after
        if last - first + len(values) > _MOST_FILLED_IN:
            return None
        values += range(first, last + 1)
    return values


def _unit_coordinates(node: Expr) -> tuple[Expr, ...] | None:
    r"""The coordinates of `\mathbf{i} - 2\mathbf{j}`."""
    if not any(name.mark == "unit" for name in unknowns(node)):
        return None
    coordinates: dict[str, Expr] = {}
    for term in node.terms if isinstance(node, Sum) else (node,):
        body = term.operand if isinstance(term, Negate) else term
        factors = body.factors if isinstance(body, Product) else (body,)
        units = [factor for factor in factors if isinstance(factor, Symbol) and factor.mark == "unit"]
        rest = tuple(factor for factor in factors if factor not in units)
        if len(units) != 1 or units[0].name in coordinates or len(rest) > 1:
            return None
        size = rest[0] if rest else Number(1)
        coordinates[units[0].name] = Negate(size) if isinstance(term, Negate) else size
    names = "ijk" if "k" in coordinates else "ij"
    return tuple(coordinates.get(name, Number(0)) for name in names)
