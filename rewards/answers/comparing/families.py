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
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.comparing.statement import statement, values_of
from rewards.answers.notation.defaults import INTEGER_LETTERS
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
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Families", "Member", "families", "same_families"]

Equal: TypeAlias = "Callable[[Expr, Expr], bool | None]"

_SOLVED: Final = frozenset({"k", "n"})
"""Letters that mean an integer in the well-known form of a solution."""
_CLOSE: Final = 1e-9
_MOST_MEMBERS: Final = 64
"""Maximum number of members that a family has on the common period."""
_LARGEST: Final = 1e9
"""Largest distance, in periods, of a member from 0."""
_VALUE: Final = "value"
_NOT: Final = "not"
_ENDS: Final = {"<": "()", "<=": "[]"}
_FALLING: Final = {">": "<", ">=": "<="}


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """The places of one member for the integer 0, and the step of each to the next integer."""

    shape: str
    places: tuple[Expr, ...]
    steps: tuple[Expr, ...]
    bends: tuple[Expr, ...] = ()
    """What must be 0 for the places to be linear in the integer."""


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
        case SetBuilder(element, condition):
            return _built(element, condition, letters)
        case Listing() | Relation() | Expr() | Interval() | Tuple() | SetOf() | Union():
            return _residues(values_of(node)) or _values(node, letters)
        case _:
            return None


def _built(element: Node, condition: Node, letters: frozenset[str]) -> Families | None:
    r"""`\{x \mid x = k\pi, k \in \mathbb{Z}\}` as its condition, `\{k\pi \mid ...\}` as a value."""
    match element:
        case Relation((Symbol() as name, NamedSet("R")), ("in",)) | (Symbol() as name):
            found = families(condition, letters)
            return found if found is not None and found.about == name else None
        case Expr() | Relation() | Tuple():
            return families(Listing((element, *values_of(condition))), letters)
        case _:
            return None


def _residues(items: Iterable[Node]) -> Families | None:
    found: list[Member] = []
    names: set[Node | None] = set()
    for item in items:
        match item:
            case Relation((name, Apply("residue", (Expr() as value, Expr() as modulus))), ("equiv",)):
                names.add(name)
            case Apply("residue", (Expr() as value, Expr() as modulus)):
                names.add(None)
            case _:
                return None
        found.append(Member(_VALUE, (value,), (modulus,)))
    return Families(tuple(found), names.pop(), stated=True) if len(names) == 1 else None


def _values(node: Node, letters: frozenset[str]) -> Families | None:
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
    if not shaped or len({value.about for value in shaped}) != 1:
        return None
    about = shaped[0].about
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
    if _FALLING.keys() >= set(operators):
        low, high, operators = high, low, tuple(_FALLING[operator] for operator in reversed(operators))
    if _ENDS.keys() >= set(operators):
        left, right = operators
        yield _Shaped(name, _ENDS[left][0] + _ENDS[right][1], (low, high))


def _members(value: _Shaped, integer: Symbol) -> list[Member] | None:
    found: list[Member] = []
    for signed in all_signs(Tuple(value.places)):
        for places in _without_parity(signed, integer):
            first, second, third = (_at(places, integer, place) for place in range(3))
            if not isinstance(first, Tuple) or not isinstance(second, Tuple) or not isinstance(third, Tuple):
                return None
            steps = tuple(
                Sum((after, Negate(start)))  # type: ignore[arg-type]
                for start, after in zip(first.items, second.items, strict=True)
            )
            bends = tuple(
                Sum((last, Negate(after), Negate(step)))  # type: ignore[arg-type]
                for last, after, step in zip(third.items, second.items, steps, strict=True)
            )
            found.append(Member(value.shape, first.items, steps, bends))  # type: ignore[arg-type]
    return found


def _without_parity(node: Node, integer: Symbol) -> list[Node]:
    r"""`(-1)^k \frac{\pi}{6} + k\pi` once for even and once for odd `k`."""
    signs = [part for part in walk(node) if isinstance(part, Power) and _is_minus_one(part.base)]
    if not any(integer in walk(sign) for sign in signs):
        return [node]
    found: list[Node] = []
    for parity in range(2):
        place = Sum((Product((Number(2), integer)), Number(parity)))

        def change(part: Node, parity: int = parity, place: Node = place) -> Node | None:
            if part in signs and isinstance(part, Power) and integer in walk(part):
                exponents = [magnitude(_at(part.exponent, integer, parity + step)) for step in (0, 2, 4)]
                even = _even_steps(exponents)
                return None if even is None else Number(1 if even else -1)
            return place if part == integer else None

        found.append(replaced(node, change))
    return found


def _is_minus_one(node: Node) -> bool:
    return node in {Negate(Number(1)), Number(-1)}


def _even_steps(exponents: list[float | None]) -> bool | None:
    """Return True if whole exponents that go up by even steps are even, None for other exponents."""
    if any(exponent is None or abs(exponent) > _LARGEST or exponent % 1 for exponent in exponents):
        return None
    parities = {exponent % 2 == 0 for exponent in exponents if exponent is not None}
    return parities.pop() if len(parities) == 1 else None


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
    start, period = magnitude(_unsigned(angle)), magnitude(_at(_unsigned(multiple), integer, 1))
    if start is None or not period:
        return False
    return abs(start / period - round(start / period)) > _CLOSE


def _unsigned(node: Expr) -> Expr:
    return node.operand if isinstance(node, (Negate, PlusMinus)) else node


def _at(node: Node, integer: Symbol, place: int) -> Node:
    return replaced(node, lambda part: Number(place) if part == integer else None)


# --- comparing two of them


def same_families(gold: Families, answer: Families, equal: Equal) -> bool:
    """Compare the members of two families; `equal` compares places.

    Where the gold does not declare its integer, all must step in one direction; and where it has no
    well-known form either, the members must be the same at the same integer.
    """
    if not _are_linear((*gold.members, *answer.members), equal):
        return False
    if not (gold.stated or gold.circular):
        return answer.stated and _match(_in_place(gold), _in_place(answer), equal)
    scale = _Scale.of((*gold.members, *answer.members), equal)
    if scale is None or not (gold.stated or all(ratio > 0 for ratio in scale.ratios.values())):
        return False
    ours, theirs = (_distinct(scale.reduced(side.members), equal) for side in (gold, answer))
    return ours is not None and theirs is not None and _match(ours, theirs, equal)


_Places: TypeAlias = "tuple[str, tuple[Expr, ...]]"


def _in_place(found: Families) -> list[_Places]:
    return [(member.shape, (*member.places, *member.steps)) for member in found.members]


def _are_linear(members: Iterable[Member], equal: Equal) -> bool:
    for member in members:
        for bend in member.bends:
            about = magnitude(bend)
            if about is None or abs(about) > _CLOSE or not equal(Number(0), bend):
                return False
    return True


@dataclasses.dataclass(frozen=True, slots=True)
class _Scale:
    """A step, and the period that all members have in common, a whole number of parts of it."""

    step: tuple[Expr, ...]
    lead: int
    """The place by which members are put in order, which moves."""
    ratios: dict[Member, Fraction]
    """The steps of the members, each as a multiple of the first."""

    @classmethod
    def of(cls, members: Sequence[Member], equal: Equal) -> _Scale | None:
        """The scale of some members; None where their steps have no common multiple."""
        step = members[0].steps
        sizes = [magnitude(part) for part in step]
        lead = next((place for place, size in enumerate(sizes) if size), None)
        if lead is None:
            return None
        ratios: dict[Member, Fraction] = {}
        for member in members:
            ratio = _ratio(member.steps, step, lead, equal)
            if ratio is None:
                return None
            ratios[member] = ratio
        return cls(step, lead, ratios)

    def reduced(self, members: Sequence[Member]) -> list[_Places]:
        """The places of the members within one period, each as often as it is there."""
        ratios = [abs(ratio) for ratio in self.ratios.values()]
        period = Fraction(
            math.lcm(*(ratio.numerator for ratio in ratios)),
            math.gcd(*(ratio.denominator for ratio in ratios)),
        )
        size = magnitude(self.step[self.lead])
        found: list[_Places] = []
        for member in members:
            ratio = self.ratios[member]
            copies = int(period / abs(ratio))
            start = magnitude(member.places[self.lead])
            if size is None or start is None or len(found) + copies > _MOST_MEMBERS:
                return []
            for copy in range(copies):
                about = (start / size + float(ratio) * copy) / float(period)
                if abs(about) > _LARGEST:
                    return []
                shift = ratio * copy - period * math.floor(about + _CLOSE)
                found.append((member.shape, tuple(map(self._moved(shift), member.places, self.step))))
        return found

    @staticmethod
    def _moved(shift: Fraction) -> Callable[[Expr, Expr], Expr]:
        times = Number(int(shift) if shift.denominator == 1 else shift)
        return lambda place, step: Sum((place, Product((times, step)))) if shift else place


def _ratio(steps: tuple[Expr, ...], step: tuple[Expr, ...], lead: int, equal: Equal) -> Fraction | None:
    """The multiple of one step that another is, to be the same for all places; None where there is none."""
    size, base = (magnitude(parts[lead]) if lead < len(parts) else None for parts in (steps, step))
    if not size or not base or math.isinf(size) or math.isinf(base) or len(steps) != len(step):
        return None
    ratio = Fraction(size / base).limit_denominator(_MOST_MEMBERS)
    if not ratio or abs(float(ratio) - size / base) > _CLOSE * abs(size / base):
        return None
    below, above = Number(ratio.denominator), Number(ratio.numerator)
    exact = all(
        equal(Product((below, part)), Product((above, other)))
        for part, other in zip(steps, step, strict=True)
    )
    return ratio if exact else None


def _distinct(members: list[_Places], equal: Equal) -> list[_Places] | None:
    """The members without those that are written twice; None without any."""
    found: list[_Places] = []
    for member in members:
        if not any(_same_member(member, other, equal) for other in found):
            found.append(member)
    return found or None


def _match(ours: list[_Places], theirs: list[_Places], equal: Equal) -> bool:
    left = list(theirs)
    for member in ours:
        met = next((other for other in left if _same_member(member, other, equal)), None)
        if met is None:
            return False
        left.remove(met)
    return not left


def _same_member(one: _Places, other: _Places, equal: Equal) -> bool:
    if one[0] != other[0] or len(one[1]) != len(other[1]):
        return False
    pairs = list(zip(one[1], other[1], strict=True))
    return all(map(_are_close, *zip(*pairs, strict=True))) and all(equal(*pair) for pair in pairs)


def _are_close(one: Expr, other: Expr) -> bool:
    ours, theirs = magnitude(one), magnitude(other)
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= _CLOSE * max(1.0, abs(ours), abs(theirs))
