"""Comparing several things at once: lists of answers, tuples, sets, `a = 1, b = 2`.

Each side is brought to its normal form (:mod:`~.collection`); two forms are compared once. Tuples are
ordered, sets are not, and a list is not unless the policy says so. Named components go by their names.
As many on one side as on the other: a part left out or added is a difference.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.amounts import SILENT, Comparison, Judgement, Silent, all_of
from rewards.answers.comparing.collection import Collection, Kind, collection, in_known_order
from rewards.answers.comparing.naming import COORDINATES, is_point
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.shapes import as_choice
from rewards.answers.tree.syntax import (
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
    Tuple,
)
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["by_members"]

_PAIR: Final = 2
_GREEK: Final = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda"),
    *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "varphi", "phi", "chi", "psi", "omega"),
)


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
    if arrangement is None or not (_may_stand_for(ours, theirs) and _may_stand_for(theirs, ours)):
        return False
    if arrangement is Arrangement.ONE:
        return _one(judge, gold, answer, ours, theirs)
    return _arranged(judge, arrangement, ours, theirs)


def _by_component(judge: Comparison, ours: Collection, theirs: Collection) -> Judgement:
    """Components by their names, and the roots of one equation in any order."""
    names, others = ours.components, theirs.components
    if names is not None and others is not None and names.keys() == others.keys():
        return all_of(judge.same(names[name], others[name]) for name in names)
    if _is_record(ours) and _count_different(theirs):
        return _by_label(judge, ours, theirs.values)
    if _is_record(theirs) and _count_different(ours):
        return _by_label(judge, theirs, ours.values)
    if ours.is_numbered == theirs.is_numbered:
        return SILENT
    if ours.is_named and theirs.is_named:
        same_letter = ours.subject == theirs.subject
        return judge.unordered(ours.values, theirs.values) if same_letter else False
    return judge.unordered(ours.nodes, theirs.nodes)


def _may_stand_for(named: Collection, bare: Collection) -> bool:
    """Return True unless names say otherwise than a bare collection which component is which."""
    if bare.is_named or not named.is_named or len(named.members) == 1:
        return True
    if bare.kind is Kind.SET:
        return not _is_record(named) or named.is_numbered
    if bare.kind is Kind.LIST:
        return True
    return named.components is not None and _are_in_order([member.name for member in named.members])


def _are_in_order(names: Sequence[Node | None]) -> bool:
    """Return True for names in the order of the alphabet, or words and other names that have none."""
    if set(names) <= set(COORDINATES):
        return True
    letters = [_letter_order(name) for name in names]
    return None in letters or letters == sorted(letters)  # type: ignore[type-var]


def _letter_order(name: Node | None) -> tuple[bool, str] | None:
    """The place of a plain letter in its alphabet, Latin before Greek; None for another name."""
    if not isinstance(name, Symbol) or name.index:
        return None
    greek = name.name in _GREEK
    if greek or len(name.name) == 1:
        return (greek, chr(_GREEK.index(name.name)) if greek else name.name.lower())
    return None


def _by_label(judge: Comparison, labelled: Collection, counted: Sequence[Node]) -> Judgement:
    """Labels against amounts of what they name: `Boys: 18, Girls: 14` and `14 girls, 18 boys`."""
    labels = labelled.components or {}
    found = {label: [one for one in counted if _counts(label, one)] for label in labels}
    if len(counted) != len(found) or any(len(amounts) != 1 for amounts in found.values()):
        return False
    return all_of(judge.same(labels[label], amounts[0]) for label, amounts in found.items())


def _counts(label: Node, amount: Node) -> bool:
    """Return True if an amount is of what a label names, in whole or by its first letter."""
    if not isinstance(amount, Quantity) or not isinstance(label, Symbol):
        return False
    unit = amount.unit.removesuffix("s")
    return label.name.lower().removesuffix("s") in {unit, unit[:1]}


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
    if _count_different(ours) != _count_different(theirs):
        return True
    return (
        judge.policy.ordered_lists
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


def _clash(ours: Collection, theirs: Collection) -> bool:
    """Return True if only one side leaves open what holds: `x = 1 or y = 2`, `A or B`, `x > 1 or x < 3`."""
    if (ours.joint == "or") == (theirs.joint == "or"):
        return False
    nodes = (*ours.nodes, *theirs.nodes)
    if _is_record(ours if ours.joint == "or" else theirs) or all(
        isinstance(as_choice(node), Choice) for node in nodes
    ):
        return True
    joints = {ours.joint, theirs.joint}
    if _count_different(ours) or ("and" in joints and all(map(_is_statement, nodes))):
        return True
    if all(map(_is_statement, nodes)) and any(isinstance(node, Product) for node in nodes):
        return True  # `I, II, or III`
    return joints <= {"or", "and", ","} and (
        any(map(_is_condition, nodes)) or not (_is_of_one(ours) and _is_of_one(theirs))
    )


def _is_statement(node: Node) -> bool:
    """A letter for a statement: of `P and Q` both hold, and of `P or Q` maybe one."""
    return isinstance(node, Symbol) or (
        isinstance(node, Product)
        and all(factor == Symbol("I") or factor == Symbol("V") for factor in node.factors)
    )


def _count_different(one: Collection) -> bool:
    """Return True for amounts of different things: `3 apples and 5 pears`."""
    return len({value.unit for value in one.values if isinstance(value, Quantity)}) > 1


def _is_of_one(one: Collection) -> bool:
    """Return True unless the members are equations of different things, or of unknowns between them."""
    if not any(isinstance(node, Relation) for node in one.nodes):
        return True
    subject = one.subject
    return subject in COORDINATES or (
        subject is not None and not any(unknowns(value) for value in one.values)
    )


def _is_condition(node: Node) -> bool:
    """Return True for a relation that gives no name a value, but can hold together with another one."""
    return isinstance(node, Relation) and set(node.operators) != {"="} and "~" not in node.operators


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
    if _may_be_interval(ours) or _may_be_interval(theirs):
        return False
    return ours.is_named or theirs.is_named or not any(isinstance(value, Tuple) for value in values)


def _may_be_interval(one: Collection) -> bool:
    """`[-1, 1]`, which says an interval rather than a list; `[8, 4]` can only be a list."""
    if one.kind is not Kind.SQUARE or len(one.members) != _PAIR:
        return False
    low, high = map(magnitude, one.values)
    return low is None or high is None or low < high
