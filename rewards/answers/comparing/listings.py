"""Comparing several things at once: lists of answers, tuples, sets, `a = 1, b = 2`.

Tuples are ordered, sets are not, and a list is not unless the policy says so. Named values go by their names.
As many on one side as on the other: a part left out or added is a difference.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

import dataclasses
from typing import Final

from rewards.answers.comparing.amounts import SILENT, Judgement, all_of
from rewards.answers.comparing.naming import COORDINATES, assignments, named
from rewards.answers.comparing.relations import RelationComparison
from rewards.answers.tree.rewriting import all_signs, unknowns
from rewards.answers.tree.syntax import (
    Call,
    Dots,
    Expr,
    Listing,
    Matrix,
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
from rewards.answers.values.magnitudes import magnitude

__all__ = ["ListingComparison"]

_INEQUALITIES: Final = frozenset({"<", "<=", ">", ">=", "!="})


@dataclasses.dataclass(slots=True)
class ListingComparison(RelationComparison):
    """Compares whatever has several members."""

    def collections(self, gold: Node, answer: Node) -> Judgement:
        gold, answer = _spread(_members_of_set(gold)), _spread(_members_of_set(answer))
        if isinstance(gold, (Tuple, Matrix)) != isinstance(answer, (Tuple, Matrix)):
            gold, answer = _unit_vectors(gold), _unit_vectors(answer)
        ours, theirs = _members(gold), _members(answer)
        if isinstance(gold, Listing) or isinstance(answer, Listing):
            return self._listings(gold, answer)
        if isinstance(gold, Tuple) and isinstance(answer, Tuple):
            if (
                "<>" not in (gold.brackets, answer.brackets)
                and gold.brackets != answer.brackets
                and len(gold.items) == 2
            ):
                return False
            return self.all_same(gold.items, answer.items)
        if isinstance(gold, SetOf) and isinstance(answer, SetOf):
            return _as_nested(gold, answer) and self.unordered(
                self._alternatives(gold), self._alternatives(answer)
            )
        if isinstance(gold, Tuple) and isinstance(answer, Matrix):
            return self._vector(gold, answer)
        if isinstance(answer, Tuple) and isinstance(gold, Matrix):
            return self._vector(answer, gold, swapped=True)
        if (
            isinstance(gold, Tuple)
            and gold.brackets == "[]"
            and len(gold.items) == 1
            and isinstance(answer, Expr)
        ):
            return self.same(gold.items[0], answer)
        if isinstance(gold, Tuple) and isinstance(answer, Call):
            return self._point(gold, answer)
        if isinstance(answer, Tuple) and isinstance(gold, Call):
            return self._point(answer, gold, swapped=True)
        if isinstance(gold, SetOf) and len(gold.items) == 1 and isinstance(answer, Expr):
            return self.same(gold.items[0], answer)
        if isinstance(answer, SetOf) and len(answer.items) == 1 and isinstance(gold, Expr):
            return self.same(gold, answer.items[0])
        if isinstance(gold, SetOf) and isinstance(answer, Expr) and len(all_signs(answer)) > 1:
            return self.unordered(gold.items, all_signs(answer))
        if isinstance(answer, SetOf) and isinstance(gold, Expr) and len(all_signs(gold)) > 1:
            return self.unordered(all_signs(gold), answer.items)
        return SILENT if ours is None or theirs is None else False

    def _point(self, point: Tuple, call: Call, *, swapped: bool = False) -> bool | None:
        """`A(1, 2)` against `(1, 2)`."""
        if not (self.policy.optional_names and call.head.name.isupper() and point.brackets == "()"):
            return False
        return (
            self.all_same(call.arguments, point.items)
            if swapped
            else self.all_same(point.items, call.arguments)
        )

    def _vector(self, row: Tuple, matrix: Matrix, *, swapped: bool = False) -> bool | None:
        if row.brackets == "[]" or any(len(cells) != 1 for cells in matrix.rows) or matrix.determinant:
            return False
        column = [cells[0] for cells in matrix.rows]
        return self.all_same(column, row.items) if swapped else self.all_same(row.items, column)

    def _listings(self, gold: Node, answer: Node) -> Judgement:
        """Several answers side by side; named ones by name, others in any order."""
        ours, theirs = self._alternatives(gold), self._alternatives(answer)
        if not _as_nested(gold, answer):
            return False
        joints = {_joint(gold), _joint(answer)}
        if joints in ({"or", "and"}, {"or", ","}) and any(map(_is_condition, (*ours, *theirs))):
            return False  # `x > 1 or x < 3` is no `x > 1 and x < 3`
        values, others = assignments(ours), assignments(theirs)
        if values is not None and others is not None and (len(values) > 1 or len(others) > 1):
            if values.keys() == others.keys():
                if len(values) > 1 and _joint(answer) == "or" != _joint(gold):
                    return False  # `x = 1 or y = 2` leaves one of them open
                return all_of(self.same(values[name], others[name]) for name in values)
            if not _numbered(values) or not _numbered(others):
                return False
        if self.policy.optional_names:
            if values is not None and others is None and len(values) == len(ours):
                return self._against_values(values, answer, theirs)
            if others is not None and values is None and len(others) == len(theirs):
                return self._against_values(others, gold, ours, swapped=True)
        if (
            isinstance(gold, Tuple)
            or isinstance(answer, Tuple)
            or isinstance(gold, Matrix)
            or isinstance(answer, Matrix)
        ):
            return self._list_against_tuple(gold, answer)
        if self.policy.ordered_lists and not _is_unordered(gold, answer):
            return self.all_same(ours, theirs)
        if any(isinstance(item, Dots) for item in ours):
            return self.all_same(ours, theirs)
        return (
            self.unordered(_unnamed(ours), _unnamed(theirs))
            if self.policy.optional_names
            else self.unordered(ours, theirs)
        )

    def _list_against_tuple(self, gold: Node, answer: Node) -> bool | None:
        """`1, 2` meets `(1, 2)` and `[1, 2]`, in that order."""
        ours = gold.items if isinstance(gold, (Listing, Tuple)) else ()
        theirs = answer.items if isinstance(answer, (Listing, Tuple)) else ()
        if any(_may_be_interval(node) for node in (gold, answer)):
            return False
        if not ours or not theirs or any(isinstance(item, (Tuple, Relation)) for item in (*ours, *theirs)):
            return False
        return self.all_same(ours, theirs)

    def _against_values(
        self, values: dict[Node, Node], other: Node, items: tuple[Node, ...], *, swapped: bool = False
    ) -> bool | None:
        """`a = 1, b = 2` against `1, 2` or `(1, 2)`: in order, unless the names are roots of one equation."""
        ours = tuple(values.values())
        if isinstance(other, Tuple):
            items = other.items
            if all(name in COORDINATES for name in values):
                ours = tuple(values[name] for name in sorted(values, key=COORDINATES.index))
        if _numbered(values) and _name_of(items) == _stem(next(iter(values))):
            items = _unnamed(items)
        if any(named(item) is not None for item in items):
            return False
        pair = (items, ours) if swapped else (ours, items)
        if _numbered(values) or isinstance(other, SetOf):
            return self.unordered(*pair)
        return self.all_same(*pair)

    def _alternatives(self, node: Node) -> tuple[Node, ...]:
        r"""The answers that a node lists, with every `\pm` written out."""
        if isinstance(node, (Listing, SetOf)):
            items: tuple[Node, ...] = node.items
        else:
            items = (node,)
        found: list[Node] = []
        for item in items:
            found += all_signs(item) if isinstance(item, (Expr, Relation, Tuple)) else (item,)
        return tuple(found)


def _joint(node: Node) -> str:
    return node.joint if isinstance(node, Listing) else ""


def _is_condition(node: Node) -> bool:
    """An inequality: what can hold together with another one, or be an alternative to it."""
    return isinstance(node, Relation) and not _INEQUALITIES.isdisjoint(node.operators)


def _spread(node: Node) -> Node:
    r"""`(\pm 1, 2)` as the two points that it stands for."""
    if isinstance(node, Tuple):
        points = all_signs(node)
        return Listing(points) if len(points) > 1 else node
    return node


def _members_of_set(node: Node) -> Node:
    r"""`x \in \{1, 2\}` as `x = 1, x = 2`."""
    match node:
        case Relation((Expr() as name, SetOf(items)), ("in",)) if len(items) > 1:
            return Listing(tuple(Relation((name, item), ("=",)) for item in items), "or")
        case SetBuilder(element, Listing(items)) if all(
            isinstance(item, Relation) and item.operators == ("=",) and item.sides[0] == element
            for item in items
        ):
            return SetOf(tuple(item.sides[1] for item in items if isinstance(item, Relation)))
        case _:
            return node


def _unit_vectors(node: Node) -> Node:
    r"""`\mathbf{i} - 2\mathbf{j}` as the vector of its coordinates; other nodes as they are."""
    if not isinstance(node, Expr) or not any(name.mark == "unit" for name in unknowns(node)):
        return node
    coordinates: dict[str, Expr] = {}
    for term in node.terms if isinstance(node, Sum) else (node,):
        body = term.operand if isinstance(term, Negate) else term
        factors = body.factors if isinstance(body, Product) else (body,)
        units = [factor for factor in factors if isinstance(factor, Symbol) and factor.mark == "unit"]
        rest = tuple(factor for factor in factors if factor not in units)
        if len(units) != 1 or units[0].name in coordinates or len(rest) > 1:
            return node
        size = rest[0] if rest else Number(1)
        coordinates[units[0].name] = Negate(size) if isinstance(term, Negate) else size
    names = "ijk" if "k" in coordinates else "ij"
    return Tuple(tuple(coordinates.get(name, Number(0)) for name in names), "<>")


def _members(node: Node) -> tuple[Node, ...] | None:
    return node.items if isinstance(node, (Tuple, Listing, SetOf)) else None


def _as_nested(gold: Node, answer: Node) -> bool:
    r"""Return True if both have as many sets among their members: `\{\{1\}, \{2\}\}` is not `\{1, 2\}`."""
    ours, theirs = (
        sum(isinstance(member, SetOf) for member in _members(node) or ()) for node in (gold, answer)
    )
    return ours == theirs


def _may_be_interval(node: Node) -> bool:
    """`[-1, 1]`, which says an interval rather than a list; `[8, 4]` can only be a list."""
    if not isinstance(node, Tuple) or node.brackets != "[]" or len(node.items) != 2:
        return False
    low, high = (magnitude(item) for item in node.items)
    return low is None or high is None or low < high


def _numbered(values: dict[Node, Node]) -> bool:
    """`x_1 = 2, x_2 = 3`: the roots of one equation, whose order says nothing."""
    names = list(values)
    return (
        len(names) > 1
        and all(isinstance(name, Symbol) and name.index for name in names)
        and len({name.name for name in names if isinstance(name, Symbol)}) == 1
    )


def _stem(name: Node) -> str | None:
    """`x` of `x_1`."""
    return name.name if isinstance(name, Symbol) else None


def _name_of(items: tuple[Node, ...]) -> str | None:
    """The one unknown that all of these give values for."""
    meanings = [named(item) for item in items]
    names = {meaning.names for meaning in meanings if meaning is not None}
    return _stem(next(iter(names))[0]) if len(names) == 1 and None not in meanings else None


def _unnamed(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """`x = 1` or `x = 2` as 1 or 2, where all say it of the same name (or none does)."""
    meanings = [named(item) for item in items]
    names = {meaning.names for meaning in meanings if meaning is not None and len(meaning.values) == 1}
    if len(names) != 1:
        return items
    return tuple(
        meaning.values[0] if meaning is not None and len(meaning.values) == 1 else item
        for item, meaning in zip(items, meanings, strict=True)
    )


def _is_unordered(gold: Node, answer: Node) -> bool:
    return isinstance(gold, SetOf) or isinstance(answer, SetOf)
