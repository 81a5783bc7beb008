"""Comparing several things at once: lists of answers, tuples, sets, `a = 1, b = 2`.

Each side is brought to its normal form (:mod:`~.collection`); two forms are compared once. Tuples are
ordered, sets are not, and a list is not unless the policy says so. Named components go by their names.
As many on one side as on the other: a part left out or added is a difference.
"""

from __future__ import annotations

import enum
from typing import Final

from rewards.answers.comparing.amounts import SILENT, Comparison, Judgement, Silent, all_of
from rewards.answers.comparing.collection import Collection, Kind, collection, in_known_order
from rewards.answers.comparing.naming import COORDINATES, is_point
from rewards.answers.notation.units import unit_of
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.shapes import as_choice
from rewards.answers.tree.syntax import (
    Apply,
    Choice,
    Dots,
    Listing,
    Node,
    Product,
    Quantity,
    Relation,
    SetBuilder,
    SetOf,
    Symbol,
    Text,
    Tuple,
)
from rewards.answers.values.magnitudes import magnitude

__all__ = ["by_members"]

_PAIR: Final = 2
_ROMAN: Final = frozenset("IVX")
_GREEK: Final = frozenset({"alpha", "beta", "gamma", "delta"})
_POINTS: Final = frozenset({Kind.ROUND, Kind.SQUARE, Kind.ANGLED, Kind.COLUMN})


class Arrangement(enum.Enum):
    """The demand on the places of members."""

    FREE = "free"
    PLACES = "places"
    LIKE_ITEMS = "like items"
    """In their places, for values only: `1, 2` meets `(1, 2)`."""
    BRACKETS = "brackets"
    """In their places, and two members only in equal brackets: `(1, 2)` and `[1, 2]` may be intervals."""
    ONE = "one"
    """One member meets its value."""


_ARRANGEMENTS: Final = {
    frozenset({Kind.LIST}): Arrangement.FREE,
    frozenset({Kind.SET}): Arrangement.FREE,
    frozenset({Kind.LIST, Kind.SET}): Arrangement.FREE,
    frozenset({Kind.LIST, Kind.ROUND}): Arrangement.LIKE_ITEMS,
    frozenset({Kind.LIST, Kind.SQUARE}): Arrangement.LIKE_ITEMS,
    frozenset({Kind.LIST, Kind.ANGLED}): Arrangement.LIKE_ITEMS,
    frozenset({Kind.ROUND}): Arrangement.PLACES,
    frozenset({Kind.SQUARE}): Arrangement.PLACES,
    frozenset({Kind.ANGLED}): Arrangement.PLACES,
    frozenset({Kind.COLUMN}): Arrangement.PLACES,
    frozenset({Kind.ROUND, Kind.SQUARE}): Arrangement.BRACKETS,
    frozenset({Kind.ROUND, Kind.ANGLED}): Arrangement.PLACES,
    frozenset({Kind.SQUARE, Kind.ANGLED}): Arrangement.PLACES,
    frozenset({Kind.ROUND, Kind.COLUMN}): Arrangement.PLACES,
    frozenset({Kind.ANGLED, Kind.COLUMN}): Arrangement.PLACES,
    frozenset({Kind.VALUE}): Arrangement.ONE,
    frozenset({Kind.VALUE, Kind.LIST}): Arrangement.ONE,
    frozenset({Kind.VALUE, Kind.SET}): Arrangement.ONE,
    frozenset({Kind.VALUE, Kind.SQUARE}): Arrangement.ONE,
}
"""The demand on two collections by their dress; a pair that is not in here is different."""


def by_members(judge: Comparison, gold: Node, answer: Node) -> Judgement:
    """Two collections, or a collection beside its one member."""
    if not (_collects(gold) or _collects(answer)):
        return SILENT
    ours, theirs = collection(gold), collection(answer)
    if _clash(ours, theirs) or _sets_among(ours) != _sets_among(theirs):
        return False
    verdict = _by_component(judge, ours, theirs)
    if not isinstance(verdict, Silent):
        return verdict
    arrangement = _ARRANGEMENTS.get(frozenset({ours.kind, theirs.kind}))
    if arrangement is None or _lost_owner(ours, theirs) or _lost_owner(theirs, ours):
        return False
    if arrangement is Arrangement.ONE:
        return _one(judge, gold, answer, ours, theirs)
    return _arranged(judge, arrangement, ours, theirs)


def _by_component(judge: Comparison, ours: Collection, theirs: Collection) -> Judgement:
    """Components by their names, and the roots of one equation in any order."""
    names, others = ours.components, theirs.components
    if names is not None and others is not None and names.keys() == others.keys():
        return all_of(judge.same(names[name], others[name]) for name in names)
    by_thing = _by_thing(judge, ours, theirs)
    if not isinstance(by_thing, Silent):
        return by_thing
    if ours.is_numbered == theirs.is_numbered:
        return SILENT
    if ours.is_named and theirs.is_named:
        same_letter = ours.subject == theirs.subject
        return judge.unordered(ours.values, theirs.values) if same_letter else False
    return judge.unordered(ours.nodes, theirs.nodes)


def _by_thing(judge: Comparison, ours: Collection, theirs: Collection) -> Judgement:
    r"""`\text{Boys: }18, \text{Girls: }14` beside `14 girls, 18 boys`, in any order."""
    if ours.is_named == theirs.is_named:
        return SILENT
    named, counted = (ours, theirs) if ours.is_named else (theirs, ours)
    things = {node.unit: node.amount for node in counted.nodes if isinstance(node, Quantity)}
    if not len(things) == len(named.members) == len(counted.members):
        return SILENT
    pairs: list[tuple[Node, Node]] = []
    for member in named.members:
        name = member.name.name if isinstance(member.name, Symbol) else ""
        thing = next((unit for unit in things if name in {unit, unit + "s", unit + "es"}), None)
        if thing is None or isinstance(member.value, Quantity):
            return SILENT
        pairs.append((member.value, things.pop(thing)))
    return all_of(judge.same(*(pair if named is ours else pair[::-1])) for pair in pairs)


def _one(judge: Comparison, gold: Node, answer: Node, ours: Collection, theirs: Collection) -> Judgement:
    """One value against a collection, which can only mean that value if it is its one member."""
    if Kind.SQUARE in {ours.kind, theirs.kind} and not (
        judge.policy.optional_names and ours.kind is Kind.SQUARE
    ):
        return False
    if (ours.nodes, theirs.nodes) == ((gold,), (answer,)):
        return SILENT
    return judge.unordered(ours.nodes, theirs.nodes)


def _arranged(judge: Comparison, arrangement: Arrangement, ours: Collection, theirs: Collection) -> Judgement:
    if arrangement is Arrangement.BRACKETS and len(ours.members) == _PAIR:
        return False
    if arrangement is Arrangement.LIKE_ITEMS and not _are_like_items(ours, theirs):
        return False
    if arrangement is Arrangement.FREE and not _keeps_order(judge, ours, theirs):
        return judge.unordered(ours.nodes, theirs.nodes)
    return judge.all_same(_placed(ours, theirs), _placed(theirs, ours))


def _keeps_order(judge: Comparison, ours: Collection, theirs: Collection) -> bool:
    """Return True if order counts: by policy, with dots, or where names meet bare values."""
    if any(isinstance(node, Dots) for node in (*ours.nodes, *theirs.nodes)):
        return True
    if Kind.SET in {ours.kind, theirs.kind}:
        return False
    return (
        judge.policy.ordered_lists
        or _has_owners(ours) != _has_owners(theirs)
        or (_is_record(ours) and not theirs.is_named)
        or (_is_record(theirs) and not ours.is_named)
    )


def _collects(node: Node) -> bool:
    """Return True if a node is written as a collection; other nodes are one only beside such a node."""
    if isinstance(node, Relation):
        if node.operators == ("in",):
            return isinstance(node.sides[1], SetOf)
        return any(isinstance(side, Tuple) for side in node.sides) and is_point(node)
    return isinstance(node, (Listing, SetOf, Tuple, SetBuilder))


def _is_record(one: Collection) -> bool:
    """Return True for components with a name each: `a = 1, b = 2`."""
    return one.components is not None and len(one.members) > 1


def _has_owners(one: Collection) -> bool:
    """Return True for amounts of different things: `18 boys, 14 girls`."""
    units = [node.unit for node in one.nodes if isinstance(node, Quantity)]
    return len(units) == len(one.members) and len(set(units)) > 1


def _lost_owner(named: Collection, bare: Collection) -> bool:
    """Return True if who has which value cannot be told: names beside a set, or beside amounts of things."""
    if not _is_record(named) or bare.is_named:
        return False
    if bare.kind is Kind.SET:
        return True
    if not named.is_numbered and bare.kind in _POINTS and not _in_customary_order(named):
        return True
    counted = [node.unit for node in bare.nodes if isinstance(node, Quantity)]
    return (
        bool(counted)
        and not any(isinstance(value, Quantity) for value in named.values)
        and (len(set(counted)) > 1 or unit_of(counted[0]) is None)
    )


def _in_customary_order(one: Collection) -> bool:
    """Return True unless single letters are named against the alphabet: `b = 3, a = 5` is no point (3, 5)."""
    names = [member.name for member in one.members]
    if not all(isinstance(name, Symbol) and (len(name.name) == 1 or name.name in _GREEK) for name in names):
        return True
    if all(name in COORDINATES for name in names):
        return True
    letters = [name.name for name in names if isinstance(name, Symbol)]
    return letters == sorted(letters)


def _clash(ours: Collection, theirs: Collection) -> bool:
    """Return True if only one side leaves open what holds: `x = 1 or y = 2`, `A or B`, `x > 1 or x < 3`."""
    if (ours.joint == "or") == (theirs.joint == "or"):
        return False
    if _is_record(ours if ours.joint == "or" else theirs) or all(
        isinstance(as_choice(node), Choice) for node in (*ours.nodes, *theirs.nodes)
    ):
        return True
    joints = {ours.joint, theirs.joint}
    nodes = (*ours.nodes, *theirs.nodes)
    if not joints <= {"or", "and", ","}:
        return False
    holds = _holds if "and" in joints else _holds_alone
    return any(map(holds, nodes)) or len(set(map(_modulus, nodes))) > 1


def _modulus(node: Node) -> Node | None:
    match node:
        case Relation((_, Apply("residue", (_, modulus))), ("equiv",)):
            return modulus
        case _:
            return None


def _holds(node: Node) -> bool:
    """A statement, a label or an amount of things: what can hold together with another one or instead."""
    match node:
        case Relation(sides, ("=",)) if any(unknowns(side) for side in sides[1:]):
            return True
        case Relation((_, Apply("residue")), ("equiv",)):
            return False
        case Symbol():
            return True
    return _holds_alone(node)


def _holds_alone(node: Node) -> bool:
    """A node that a comma joins as `and` does: an inequality, a relation of things, `3 apples`, `II`."""
    match node:
        case Relation((Symbol() as name, Symbol() as value), ("=",)):
            return not (name in COORDINATES and value not in COORDINATES)
        case Relation(_, ("=",)):
            return False
        case Relation((_, Apply("residue")), ("equiv",)):
            return False
        case Quantity():
            return unit_of(node.unit) is None
        case Product(factors):
            return all(isinstance(factor, Symbol) and factor.name in _ROMAN for factor in factors)
    return isinstance(node, (Relation, Text))


def _sets_among(one: Collection) -> int:
    r"""The number of sets among the members: `\{\{1\}, \{2\}\}` is not `\{1, 2\}`."""
    return sum(isinstance(value, SetOf) for value in one.values)


def _placed(one: Collection, other: Collection) -> tuple[Node, ...]:
    """The members in the order of their places: coordinates of a point in the order x, y, z."""
    members = one.members if other.kind is Kind.LIST else in_known_order(one.members)
    return tuple(member.node for member in members)


def _are_like_items(ours: Collection, theirs: Collection) -> bool:
    """Return True if a list can mean a tuple: plain values or named components, no alternatives."""
    values = (*ours.values, *theirs.values)
    if "or" in {ours.joint, theirs.joint} or any(isinstance(value, Relation) for value in values):
        return False
    if any(one.is_named and one.components is None for one in (ours, theirs)):
        return False  # `x = 3, x = 5` are two values of one name
    if _may_be_interval(ours) or _may_be_interval(theirs):
        return False
    return ours.is_named or theirs.is_named or not any(isinstance(value, Tuple) for value in values)


def _may_be_interval(one: Collection) -> bool:
    """`[-1, 1]`, which says an interval rather than a list; `[8, 4]` can only be a list."""
    if one.kind is not Kind.SQUARE or len(one.members) != _PAIR:
        return False
    low, high = map(magnitude, one.values)
    return low is None or high is None or low < high
