r"""Values for every integer: `\frac{\pi}{4} + k\pi`, `x = 5k + 3`, `x \equiv 3 \pmod 5`, `[k\pi, k\pi + 1]`.

A member of a family has a shape (a value, an interval, a point, what a letter is not) and places that move
by a step from one integer to the next. Brought to a common period and reduced modulo it, two families are
equal if they have the same members: the name of the integer, the representative of a class, and the number of
classes in which a family is written make no difference.

Something must say that the letter is an integer: `k \in \mathbb{Z}`, a residue, or the well-known form of a
solution, an angle and a multiple of `k\pi` beside it. `\pi(l + 2)` and `(n - 2)\pi` are formulas, and so is
what has its letter in its name: `S_n = n\pi`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.amounts import paired
from rewards.answers.comparing.statement import statement, values_of
from rewards.answers.notation.defaults import INTEGER_LETTERS
from rewards.answers.notation.symbols import MIRRORED
from rewards.answers.tree.rewriting import all_signs, replaced, unknowns
from rewards.answers.tree.syntax import (
    PI,
    Apply,
    Degrees,
    Expr,
    Interval,
    Listing,
    NamedSet,
    Negate,
    Node,
    Number,
    PlusMinus,
    Power,
    Product,
    Relation,
    SetBuilder,
    SetOf,
    Sum,
    Symbol,
    Tuple,
    Union,
    walk,
)
from rewards.answers.values.combinations import Combination, Equal, linear, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Families", "Member", "families", "same_families"]

_SOLVED: Final = frozenset({"k", "n"})
"""Letters that mean an integer in the well-known form of a solution."""
_CLOSE: Final = 1e-9
_MOST_MEMBERS: Final = 64
"""Maximum number of members that a family has on the common period."""
_LARGEST: Final = 1e9
"""Largest distance, in periods, of a member from 0."""
_ANY: Final = Symbol("k")
"""The integer of a residue."""
_NOTHING: Final = Combination({})
_VALUE: Final = "value"
_NOT: Final = "not"
_ENDS: Final = {"<": "()", "<=": "[]"}


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """The places of one member for the integer 0, and the step of each to the next integer."""

    shape: str
    places: tuple[Combination, ...]
    steps: tuple[Combination, ...]

    def at(self, integer: Fraction) -> Member:
        """The member with another integer for 0."""
        if not integer:
            return self
        moved = tuple(place.moved(integer, step) for place, step in zip(self.places, self.steps, strict=True))
        return dataclasses.replace(self, places=moved)


@dataclasses.dataclass(frozen=True, slots=True)
class Families:
    """The families that an answer states, and the quantity they are values of."""

    members: tuple[Member, ...]
    about: Node | None
    stated: bool
    r"""True if the integer is declared to be one, as in `k \in \mathbb{Z}`."""
    circular: bool = False
    r"""True if it is undeclared but the family has the well-known form `\frac{\pi}{4} + k\pi`."""
    letters: frozenset[str] = frozenset()
    """The names of the integers."""


_EVERY_INTEGER: Final = Member(_VALUE, (_NOTHING,), (Combination({(): Fraction(1)}),))


# --- reading a family


def families(node: Node, letters: frozenset[str] = frozenset()) -> Families | None:
    r"""The families that a node means, or None; `letters` may mean an integer in it without a declaration.

    >>> from rewards.answers.reading.reader import read
    >>> families(read("x \\equiv 3 \\pmod 5")).members == families(read("3 \\pmod 5")).members
    True
    >>> families(read("x = 2k + 1")).stated, families(read("x^2"))
    (False, None)
    """
    match node:
        case SetBuilder(Symbol() as element, condition) | SetBuilder(
            Relation((Symbol() as element, NamedSet("R")), ("in",)), condition
        ):
            return _built(element, condition, letters)
        case Relation((Expr() as name, SetBuilder() as built), ("in",)):
            found = families(built, letters)
            return found and dataclasses.replace(found, about=name)
        case Union(parts) if all(isinstance(part, SetBuilder) for part in parts):
            return _united(parts, letters)
        case Relation((Symbol() as name, NamedSet("Z")), ("in",)):
            return Families((_EVERY_INTEGER,), name, stated=True)
        case Listing() | Relation() | Expr() | Interval() | Tuple() | SetOf() | Union() | SetBuilder():
            return _residues(node) or _values(node, letters)
        case _:
            return None


def _built(name: Symbol, condition: Node, letters: frozenset[str]) -> Families | None:
    r"""`\{x \mid x = k\pi, k \in \mathbb{Z}\}` as its condition."""
    found = families(condition, letters)
    return dataclasses.replace(found, about=None) if found and found.about == name else None


def _united(parts: Iterable[Node], letters: frozenset[str]) -> Families | None:
    found = [families(part, letters) for part in parts]
    stated = [part for part in found if part is not None and part.stated]
    if len(stated) != len(found):
        return None
    members = tuple(member for part in stated for member in part.members)
    return Families(members, None, stated=True, letters=stated[0].letters)


def _residues(node: Node) -> Families | None:
    """Classes modulo one number; of several moduli a word must say that they are alternatives."""
    found: list[Member] = []
    names: set[Node | None] = set()
    moduli: set[Expr] = set()
    for item in values_of(node):
        match item:
            case Relation((name, Apply("residue", (Expr() as value, Expr() as modulus))), ("equiv",)):
                names.add(name)
            case Apply("residue", (Expr() as value, Expr() as modulus)):
                names.add(None)
            case _:
                return None
        moduli.add(modulus)
        member = _member(_VALUE, (Sum((value, Product((modulus, _ANY)))),), _ANY)
        if member is None:
            return None
        found.append(member)
    apart = len(moduli) == 1 or (isinstance(node, Listing) and node.joint == "or")
    return Families(tuple(found), names.pop(), stated=True) if len(names) == 1 and apart else None


def _values(node: Node, letters: frozenset[str]) -> Families | None:
    names = unknowns(node)
    if not isinstance(node, (Listing, SetBuilder)):  # nothing else declares a letter
        names = frozenset(name for name in names if name.name in INTEGER_LETTERS | letters)
    if not names:
        return None
    said = statement(node)
    integers = said.integers()
    if integers:
        return _family(said.body, integers, stated=True)
    if any(binder.declared for binder in said.binders.values()):
        return None
    used = {
        name for value in _shaped(values_of(node)) or () for place in value.places for name in unknowns(place)
    }
    if len(used) != 1 or next(iter(used)).name not in INTEGER_LETTERS | letters:
        return None
    return _family(node, used, stated=False)


def _family(body: Node, integers: frozenset[Symbol] | set[Symbol], *, stated: bool) -> Families | None:
    shaped = _shaped(values_of(body))
    if not shaped or len(shaped) > _MOST_MEMBERS:
        return None
    names = {_without_number(value.about) for value in shaped} - {None}
    if len(names) > 1:
        return None
    about = next(iter(names), None)
    if about is not None and not integers.isdisjoint(unknowns(about)):
        return None
    found: list[Member] = []
    circular = not stated
    for value in shaped:
        used = {name for place in value.places for name in unknowns(place)}
        if len(used) != 1 or not used <= integers:
            return None
        (integer,) = used
        circular = circular and _is_solution(value.places, integer)
        members = _members(value, integer)
        if members is None:
            return None
        found += members
    return Families(tuple(found), about, stated, circular, frozenset(name.name for name in integers))


def _without_number(name: Node | None) -> Node | None:
    """`x` for `x_1`, the first of several values of it."""
    if isinstance(name, Symbol) and len(name.index) == 1 and isinstance(name.index[0], Number):
        return dataclasses.replace(name, index=())
    return name


@dataclasses.dataclass(frozen=True, slots=True)
class _Shaped:
    """A value that may be a member of a family."""

    about: Node | None
    shape: str
    places: tuple[Expr, ...]


def _shaped(items: Sequence[Node]) -> list[_Shaped] | None:
    """The values of a body, or None where one of them has no shape known here."""
    components = _components(items)
    if components is not None:
        return [components]
    found: list[_Shaped] = []
    for item in items:
        shaped = list(_shapes(item))
        if not shaped:
            return None
        found += shaped
    return found


def _components(items: Sequence[Node]) -> _Shaped | None:
    """`x = 3k, y = 5k` as the point `(3k, 5k)`."""
    named: dict[str, tuple[Symbol, Expr]] = {}
    for item in items:
        match item:
            case Relation((Symbol() as name, Expr() as value), ("=",)) if name.name not in named:
                named[name.name] = (name, value)
            case _:
                return None
    if len(named) < 2:  # noqa: PLR2004 - one component is no point
        return None
    ordered = [named[name] for name in sorted(named)]
    return _point(tuple(value for _, value in ordered), Tuple(tuple(name for name, _ in ordered)))


def _point(places: tuple[Expr, ...], about: Node | None) -> _Shaped:
    return _Shaped(about, "()" if len(places) == len("()") else f"point {len(places)}", places)


def _shapes(item: Node) -> Iterator[_Shaped]:
    """The values that one item gives; none where it has no shape known here."""
    match item:
        case Expr():
            yield _Shaped(None, _VALUE, (item,))
        case Relation():
            yield from _related(item)
        case Interval(Expr() as low, Expr() as high, low_closed, high_closed):
            yield _Shaped(None, "(["[low_closed] + ")]"[high_closed], (low, high))
        case Tuple(places, brackets) if all(isinstance(place, Expr) for place in places):
            closed = brackets == "[]" and len(places) == len(brackets)
            point = _point(places, None)  # type: ignore[arg-type]
            yield dataclasses.replace(point, shape=brackets) if closed else point
        case SetOf(parts) | Union(parts):
            for part in parts:
                yield from _shapes(part)
        case _:
            return


def _related(item: Relation) -> Iterator[_Shaped]:
    """The values that a relation gives to a name."""
    match item:
        case Relation((Tuple(names), Tuple(values)), ("=",)) if len(names) == len(values):
            components = _components([Relation(pair, ("=",)) for pair in zip(names, values, strict=True)])
            if components is not None:
                yield components
        case Relation((Expr() as name, Expr() as value), ("=" | "!=" as operator,)):
            yield _Shaped(name, _VALUE if operator == "=" else _NOT, (value,))
        case Relation((Expr() as name, structure), ("in",)) if not isinstance(structure, NamedSet):
            for shaped in _shapes(structure):
                yield dataclasses.replace(shaped, about=name)
        case Relation((Expr() as low, Symbol() as name, Expr() as high), operators):
            yield from _between(low, name, high, operators)
        case _:
            return


def _between(low: Expr, name: Symbol, high: Expr, operators: tuple[str, ...]) -> Iterator[_Shaped]:
    """`low < name <= high`, or the same from the right to the left."""
    if {">", ">="}.issuperset(operators):
        low, high, operators = high, low, tuple(MIRRORED[operator] for operator in reversed(operators))
    if _ENDS.keys() >= set(operators):
        left, right = operators
        yield _Shaped(name, _ENDS[left][0] + _ENDS[right][1], (low, high))


def _members(value: _Shaped, integer: Symbol) -> list[Member] | None:
    found: list[Member] = []
    for signed in all_signs(Tuple(value.places)):
        for places in _without_parity(signed, integer):
            member = _member(value.shape, places.items, integer) if isinstance(places, Tuple) else None
            if member is None:
                return None
            found.append(member)
    return found


def _member(shape: str, places: Iterable[Node], integer: Symbol) -> Member | None:
    read = [linear(place, integer) for place in places]
    found = [place for place in read if place is not None]
    if len(found) != len(read):
        return None
    return Member(shape, tuple(start for start, _ in found), tuple(step for _, step in found))


def _without_parity(node: Node, integer: Symbol) -> list[Node]:
    r"""`(-1)^k \frac{\pi}{6} + k\pi` once for even and once for odd `k`."""
    signs = [part for part in walk(node) if isinstance(part, Power) and _is_minus_one(part.base)]
    if not any(integer in walk(sign) for sign in signs):
        return [node]
    return [_of_parity(node, integer, parity) for parity in range(2)]


def _of_parity(node: Node, integer: Symbol, parity: int) -> Node:
    place = Sum((Product((Number(2), integer)), Number(parity)))

    def change(part: Node) -> Node | None:
        if isinstance(part, Power) and _is_minus_one(part.base):
            exponent = linear(part.exponent, integer)
            if exponent is not None:
                even = _is_even(*exponent, parity)
                return None if even is None else Number(1 if even else -1)
        return place if part == integer else None

    return replaced(node, change)


def _is_minus_one(node: Node) -> bool:
    return node in {Negate(Number(1)), Number(-1)}


def _is_even(start: Combination, step: Combination, parity: int) -> bool | None:
    """Return True if an exponent is even for all integers of one parity, None if it is not a whole number."""
    whole = [sum(part.terms.values(), Fraction()) for part in (start, step)]
    if any(not {()}.issuperset(part.terms) for part in (start, step)) or any(
        value.denominator != 1 for value in whole
    ):
        return None
    return (whole[0] + whole[1] * parity) % 2 == 0


def _is_solution(places: Iterable[Expr], integer: Symbol) -> bool:
    r"""Return True if a place is an angle plus a multiple of `k\pi`, and no other moves in another way."""
    moving = [place for place in places if integer in walk(place)]
    return (
        integer.name in _SOLVED
        and any(_is_angle(place, integer) for place in moving)
        and all(_is_circular(place) for place in moving)
    )


def _is_circular(node: Node) -> bool:
    return any(part == PI or isinstance(part, Degrees) for part in walk(node))


def _is_angle(value: Expr, integer: Symbol) -> bool:
    r"""Return True if a value is an angle plus a multiple of `k\pi` that does not divide the angle."""
    match value:
        case Sum((one, other)):
            angle, multiple = (one, other) if integer in walk(other) else (other, one)
        case _:
            return False
    angular = _is_circular(angle) or any(isinstance(part, Apply) for part in walk(angle))
    if not angular or not _is_circular(multiple) or integer in walk(angle):
        return False
    read = linear(_unsigned(angle), integer), linear(_unsigned(multiple), integer)
    if read[0] is None or read[1] is None:
        return False
    start, period = read[0][0].about, read[1][1].about
    return bool(period) and abs(start / period - round(start / period)) > _CLOSE


def _unsigned(node: Expr) -> Expr:
    return node.operand if isinstance(node, (Negate, PlusMinus)) else node


# --- comparing two of them


def same_families(gold: Families, answer: Families, equal: Equal) -> bool:
    """Compare the members of two families; `equal` compares constants.

    Where the gold does not declare its integer, all must step in one direction; and where it has no
    well-known form either, the members must be the same at the same integer.
    """
    if not (gold.stated or gold.circular):
        same_steps = functools.partial(_same_member, equal=equal, steps=True)
        return answer.stated and bool(paired(gold.members, answer.members, same_steps))
    period = _Period.of((*gold.members, *answer.members), equal)
    if period is None or not (gold.stated or all(ratio > 0 for ratio in period.ratios)):
        return False
    count = len(gold.members)
    ours = _distinct(period.reduced(gold.members, period.ratios[:count]), equal)
    theirs = _distinct(period.reduced(answer.members, period.ratios[count:]), equal)
    return bool(ours and paired(ours, theirs, functools.partial(_same_member, equal=equal)))


@dataclasses.dataclass(frozen=True, slots=True)
class _Period:
    """The period that some members have in common, as a multiple of the step of the first."""

    lead: int
    """The place by which members are put in order, which moves."""
    size: float
    """The approximate step of that place."""
    length: Fraction
    ratios: tuple[Fraction, ...]
    """The steps of the members, each as a multiple of the first."""

    @classmethod
    def of(cls, members: Sequence[Member], equal: Equal) -> _Period | None:
        """The period of some members; None where their steps have no common multiple."""
        first = members[0]
        lead = next((place for place, step in enumerate(first.steps) if step.terms), None)
        ratios = [None if lead is None else _ratio(member, first, lead, equal) for member in members]
        known = tuple(ratio for ratio in ratios if ratio is not None)
        if lead is None or len(known) != len(ratios):
            return None
        length = Fraction(
            math.lcm(*(ratio.numerator for ratio in known)), math.gcd(*(ratio.denominator for ratio in known))
        )
        return cls(lead, first.steps[lead].about, length, known)

    def reduced(self, members: Sequence[Member], ratios: Sequence[Fraction]) -> list[Member]:
        """The members within one period, each as often as it is there; none where they are too many."""
        found: list[Member] = []
        for member, ratio in zip(members, ratios, strict=True):
            copies = int(self.length / abs(ratio))
            start = member.places[self.lead].about / self.size
            if not abs(start) < _LARGEST or len(found) + copies > _MOST_MEMBERS:
                return []
            for copy in range(copies):
                whole = math.floor((start + float(ratio) * copy) / float(self.length) + _CLOSE)
                found.append(member.at(copy - whole * self.length / ratio))
        return found


def _ratio(member: Member, first: Member, lead: int, equal: Equal) -> Fraction | None:
    """The multiple of one step that another is, to be the same for all places; None where there is none."""
    if len(member.steps) != len(first.steps):
        return None
    size, base = member.steps[lead].about, first.steps[lead].about
    if not size or not base or not math.isfinite(size / base):
        return None
    ratio = Fraction(size / base).limit_denominator(_MOST_MEMBERS)
    if not ratio or abs(float(ratio) - size / base) > _CLOSE * abs(size / base):
        return None
    pairs = zip(member.steps, first.steps, strict=True)
    return ratio if all(same(step, _NOTHING.moved(ratio, other), equal) for step, other in pairs) else None


def _distinct(members: list[Member], equal: Equal) -> list[Member]:
    """The members without those that are written twice."""
    found: list[Member] = []
    for member in members:
        if not any(_same_member(member, other, equal) for other in found):
            found.append(member)
    return found


def _same_member(one: Member, other: Member, equal: Equal, *, steps: bool = False) -> bool:
    """Return True if two members have the same shape and places, and where it is asked the same steps."""
    if one.shape != other.shape or len(one.places) != len(other.places):
        return False
    pairs = list(zip(one.places, other.places, strict=True))
    pairs += zip(one.steps, other.steps, strict=True) if steps else ()
    return all(_are_close(*pair) for pair in pairs) and all(same(*pair, equal) for pair in pairs)


def _are_close(one: Combination, other: Combination) -> bool:
    ours, theirs = one.about, other.about
    return abs(ours - theirs) <= _CLOSE * max(1.0, abs(ours), abs(theirs))
