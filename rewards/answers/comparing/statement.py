r"""An answer as a statement: its values, the letters it binds with their domains, and the conditions on them.

`f(x) = cx, c \in \mathbb{R}` binds `x`, an argument, and `c`, a parameter. Two statements are equal if one is
the other with its bound letters renamed, and if the domains agree: as they are stated, or by default
(:mod:`~rewards.answers.notation.defaults`).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.comparing.naming import COORDINATES
from rewards.answers.notation.defaults import INTEGER_LETTERS, SETS, Domain, Role, default_domains
from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.symbols import INEQUALITIES, MIRRORED
from rewards.answers.tree.rewriting import renamed, unknowns
from rewards.answers.tree.syntax import (
    Call,
    Expr,
    Listing,
    NamedSet,
    Node,
    Number,
    Relation,
    SetBuilder,
    Sum,
    Symbol,
    Tuple,
)
from rewards.answers.values.exact import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["Binder", "Statement", "same_statement", "statement", "values_of"]

_Condition: TypeAlias = "tuple[Symbol, Relation]"
"""A condition, and the letter that it is on."""

_CONDITIONS: Final = INEQUALITIES | {"in", "notin"}
_MOST_CONDITIONS: Final = 12
"""Maximum number of conditions that a statement has."""
_MOST_PARAMETERS: Final = 3
"""Maximum number of parameters whose names are exchanged."""
_EVERY_INTEGER: Final = frozenset({Domain("Z")})


@dataclasses.dataclass(frozen=True, slots=True)
class Binder:
    """A letter that a statement binds."""

    role: Role
    declared: bool = False
    """True if the statement says something about it beside using it."""
    renameable: bool = False
    """True if it says that the letter is any member of a set."""
    domains: frozenset[Domain] | None = None
    """The sets that the stated one may mean; None where none is stated."""
    limits: tuple[Node, ...] = ()
    """Conditions on the letter beside its set."""


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """An answer without the conditions on the letters that it binds."""

    body: Node
    binders: Mapping[Symbol, Binder]

    def conditioned(self) -> list[Symbol]:
        """The letters that have conditions, whatever they are."""
        return [letter for letter, binder in self.binders.items() if binder.declared]

    def declared(self) -> list[Symbol]:
        """The parameters that have conditions, in the order of the conditions."""
        return [
            letter
            for letter, binder in self.binders.items()
            if binder.declared and binder.role in {Role.PARAMETER, Role.PLACE}
        ]

    def renameable(self) -> list[Symbol]:
        """The parameters whose names make no difference: any member of a set, or constants of a function."""
        of_function = any(binder.role is Role.ARGUMENT for binder in self.binders.values())
        return [letter for letter in self.declared() if of_function or self.binders[letter].renameable]

    def integers(self) -> frozenset[Symbol]:
        """The parameters that are declared to be any integer."""
        return frozenset(
            letter
            for letter in self.declared()
            if self.binders[letter].domains == _EVERY_INTEGER and not self.binders[letter].limits
        )

    def with_names(self, names: Mapping[Node, Node]) -> Statement:
        """The statement with some of its letters renamed."""
        if not names:
            return self
        undeclared = {
            letter: Binder(Role.PARAMETER, domains=default_domains(Role.PARAMETER, letter.name, golds=True))
            for letter in names
            if isinstance(letter, Symbol)
        }
        binders = {
            names.get(letter, letter): dataclasses.replace(
                binder, limits=tuple(renamed(limit, names) for limit in binder.limits)
            )
            for letter, binder in (undeclared | {**self.binders}).items()
        }
        return Statement(renamed(self.body, names), binders)  # type: ignore[arg-type]


# --- reading a statement


def statement(node: Node) -> Statement:
    r"""The statement that a node makes; all of the node is its body where it states no condition.

    >>> from rewards.answers.reading.reader import read
    >>> statement(read(r"f(x) = 2x, x \in \mathbb{R}")).body == read("f(x) = 2x")
    True
    """
    written = node
    if isinstance(node, SetBuilder) and not isinstance(node.element, Symbol):
        written = Listing((node.element, *values_of(node.condition)))
    body, conditions = _split(written, None)
    if not 0 < len(conditions) <= _MOST_CONDITIONS:
        return Statement(node, _roles(node))
    bound = {letter for letter, _ in conditions}
    bindable = bound & _bindable(body)
    if bindable != bound:
        body, conditions = _split(written, bindable)
    if body is None or not bindable:
        return Statement(node, _roles(node))
    found = _roles(body)
    for letter in dict.fromkeys(letter for letter, _ in conditions):
        stated = [condition for name, condition in conditions if name == letter]
        role = found.get(letter, Binder(Role.PARAMETER)).role
        binder = _binder(role, letter, stated) if _may_exist(role, letter, stated, found) else None
        if binder is None:
            return Statement(node, _roles(node))
        found[letter] = binder
    return Statement(body, found)


def _split(node: Node, letters: Iterable[Symbol] | None) -> tuple[Node | None, list[_Condition]]:
    """The values of a node, None if there are none, and its conditions on some letters (None: on any)."""
    if not isinstance(node, Listing):
        return node, []
    values: list[Node] = []
    found: list[_Condition] = []
    groups: list[tuple[Node, list[_Condition]]] = []
    for item in node.items:
        conditions = _conditions(item, values, letters)
        if conditions:
            found += conditions
        elif isinstance(item, Listing):
            value, inner = _split(item, letters)
            if value is None:
                return None, []
            values.append(value)
            groups.append((item, inner))
        else:
            values.append(item)
    if not values or not _hold_for_all(groups, node):
        return None, []
    found += [condition for _, inner in groups for condition in inner]
    body = values[0] if len(values) == 1 else dataclasses.replace(node, items=tuple(values))
    return body, list(dict.fromkeys(found))


def _hold_for_all(groups: list[tuple[Node, list[_Condition]]], node: Listing) -> bool:
    """Return True if the conditions of each group of values can be those of all groups."""
    if not any(conditions for _, conditions in groups):
        return True
    places = Counter(letter for item in node.items for letter in unknowns(item))
    last, stated = groups[-1]
    return all(
        condition in stated or places[condition[0]] == 1
        for group, conditions in groups[: None if last is not node.items[-1] else -1]
        for condition in conditions[:_MOST_CONDITIONS]
    )


def _conditions(item: Node, values: list[Node], letters: Iterable[Symbol] | None) -> list[_Condition]:
    r"""The conditions that one item states; `k, n \in \mathbb{Z}` takes the `k` before it from the values."""
    if not values:
        return []
    if isinstance(item, Listing):
        *letters_before, last = item.items
        shared = [*values, *letters_before]
        if not all(isinstance(letter, Symbol) for letter in letters_before) or _condition(last) is None:
            return []
        found = _conditions(last, shared, letters)
        return found if len(found) == len(item.items) else []
    if isinstance(item, Tuple):
        inner = [_condition(part) for part in item.items]
        found = [condition for condition in inner if condition is not None]
        return found if len(found) == len(inner) and _are_on(found, letters) else []
    condition = _condition(item)
    if condition is None or not _are_on([condition], letters):
        return []
    found = [condition]
    letter, relation = condition
    while relation.operators == ("in",) and len(found) < _MOST_PARAMETERS and _is_letter_of(values):
        name = values.pop()
        found.append((name, renamed(relation, {letter: name})))  # type: ignore[arg-type]
    return found


def _condition(item: Node) -> _Condition | None:
    if not isinstance(item, Relation) or not _CONDITIONS.issuperset(item.operators):
        return None
    letters = unknowns(item)
    return (next(iter(letters)), item) if len(letters) == 1 else None


def _are_on(conditions: Iterable[_Condition], letters: Iterable[Symbol] | None) -> bool:
    return letters is None or all(letter in letters for letter, _ in conditions)


def _is_letter_of(values: Sequence[Node]) -> bool:
    """Return True if the last value is a letter that the values before it use."""
    return isinstance(values[-1], Symbol) and any(values[-1] in _used(value) for value in values[:-1])


def values_of(body: Node) -> tuple[Node, ...]:
    """The values side by side in a body.

    >>> from rewards.answers.reading.reader import read
    >>> len(values_of(read("1, 2"))), len(values_of(read("3")))
    (2, 1)
    """
    return body.items if isinstance(body, Listing) else (body,)


def _bindable(body: Node | None) -> frozenset[Symbol]:
    """The letters that a body can bind: all but the names that it gives values to."""
    return frozenset() if body is None else frozenset(_used(body))


def _used(item: Node) -> Iterator[Symbol]:
    match item:
        case Listing(items):
            for part in items:
                yield from _used(part)
        case Relation(sides, operators):
            for place, side in enumerate(sides):
                if (place and operators[0] == "=") or not isinstance(side, Symbol) or side.index:
                    yield from unknowns(side)
        case SetBuilder(Symbol() as element, condition):
            yield from unknowns(condition) - {element}
        case _:
            yield from unknowns(item)


def _roles(body: Node) -> dict[Symbol, Binder]:
    """The arguments and indices in the names that a body gives values to, and the letter of a bare value."""
    if isinstance(body, Expr):
        letters = unknowns(body)
        return {letter: Binder(Role.PLACE) for letter in letters} if len(letters) == 1 else {}
    return {
        part: Binder(role) for _, parts, role in _heads(body) for part in parts if isinstance(part, Symbol)
    }


def _heads(body: Node) -> Iterator[tuple[Symbol, tuple[Node, ...], Role]]:
    """The functions and sequences that a body gives values to, with their arguments or indices."""
    for item in values_of(body):
        match item:
            case Relation((Call(head, arguments), *_), ("=", *_)):
                yield head, arguments, Role.ARGUMENT
            case Relation((Symbol(_, index) as name, *_), ("=", *_)):
                role = Role.ARGUMENT if name.mark == "derivative" else Role.INDEX
                yield dataclasses.replace(name, index=()), index, role
            case _:
                pass


def _binder(role: Role, letter: Symbol, conditions: list[Relation]) -> Binder | None:
    """A letter with the conditions on it; None where they name two different sets."""
    names: set[str] = set()
    limits: list[Relation] = []
    for condition in conditions:
        match condition:
            case Relation((Symbol(), NamedSet(name)), ("in",)) if row := NUMBER_SETS.get(name):
                names.add(row.numbers)
                if row.relation:
                    limits.append(Relation((letter, Number(0)), (row.relation,)))
            case Relation((Symbol(), NamedSet(name)), ("in",)) if name in SETS:
                names.add(name)
            case _:
                limits.append(condition)
    renameable = bool(names)
    names -= {"any", "some"}
    if len(names) > 1:
        names.discard("constants")
    if len(names) > 1:
        return None
    stated = SETS[names.pop()] if names else None
    counted = any(domain.numbers == "Z" for domain in default_domains(role, letter.name, golds=False))
    integers = _EVERY_INTEGER if counted and role is not Role.ARGUMENT else None
    domains, rest = _with_least(stated or integers, limits)
    if stated is None and len(rest) == len(limits):
        domains = None
    return Binder(role, declared=True, renameable=renameable, domains=domains, limits=tuple(rest))


def _may_exist(
    role: Role, letter: Symbol, conditions: list[Relation], binders: Mapping[Symbol, Binder]
) -> bool:
    """Return True unless a thing is claimed "for some" value of a letter that has to take every value."""
    names = {part.name for condition in conditions for part in condition.sides if isinstance(part, NamedSet)}
    if "some" not in names:
        return True
    if role in {Role.ARGUMENT, Role.INDEX}:
        return False
    if role is Role.PLACE or letter in COORDINATES:
        return False
    of_function = any(binder.role is Role.ARGUMENT for binder in binders.values())
    return of_function or letter.name not in INTEGER_LETTERS or names != {"some", "any"}


def _with_least(
    domains: frozenset[Domain] | None, limits: list[Relation]
) -> tuple[frozenset[Domain] | None, list[Relation]]:
    r"""`n \ge 2` as the least of the whole numbers, and the limits that say something else."""
    if domains is None or any(domain.numbers != "Z" for domain in domains):
        return domains, limits
    rest: list[Relation] = []
    for limit in limits:
        least = _least(limit)
        if least is None:
            rest.append(limit)
        else:
            domains = frozenset(
                Domain("Z", least if domain.least is None else max(least, domain.least)) for domain in domains
            )
    return domains, rest


def _least(limit: Relation) -> int | None:
    """The least whole number that a limit from below allows; None for other limits."""
    if len(limit.operators) != 1:
        return None
    (left, right), (operator,) = limit.sides, limit.operators
    if not isinstance(left, Symbol):
        left, right, operator = right, left, MIRRORED.get(operator, operator)
    if not isinstance(left, Symbol) or operator not in {">", ">="}:
        return None
    bound = whole(right)
    return None if bound is None else bound + (operator == ">")


# --- comparing two of them


def same_statement(
    gold: Node, answer: Node, same: Callable[[Node, Node], bool | None], *, defaults: bool
) -> bool | None:
    """Compare two answers as statements, up to the names they bind; `same` compares bodies and limits.

    With `defaults`, a condition that only restates the default of its letter may stand on one side alone.
    """
    if not (_may_declare(gold) or _may_declare(answer) or _arguments(gold, answer)):
        return False
    ours, theirs = statement(gold), statement(answer)
    if not defaults and len(ours.conditioned()) != len(theirs.conditioned()):
        return False
    return _same_statement(ours, theirs, same)


def _may_declare(node: Node) -> bool:
    """Return True if a node may state conditions; nothing else binds a letter that is no argument."""
    return isinstance(node, (Listing, SetBuilder)) and bool(unknowns(node))


def _same_statement(
    gold: Statement, answer: Statement, same: Callable[[Node, Node], bool | None]
) -> bool | None:
    arguments = _arguments(gold.body, answer.body)
    declared = any(binder.declared for side in (gold, answer) for binder in side.binders.values())
    if not (declared or arguments):
        return False
    for names in _renamings(gold, answer, arguments):
        moved = _in_step(gold, answer.with_names(names))
        if _same_domains(gold, moved, same):
            verdict = same(gold.body, moved.body)
            if verdict is not False:
                return verdict
    return False


def _renamings(gold: Statement, answer: Statement, arguments: dict[Node, Node]) -> Iterator[dict[Node, Node]]:
    """The ways to give the letters that the answer binds the names that they have in the gold."""
    ours, theirs = gold.renameable(), answer.renameable()
    letters = unknowns(answer.body)
    if len(theirs) < len(ours):
        ours = [letter for letter in ours if letter not in letters]
        fixed = unknowns(gold.body) | set(arguments)
        free = sorted(letters - fixed - answer.binders.keys(), key=lambda letter: letter.name)
        theirs = [letter for letter in theirs if letter not in fixed] + free
        if any(gold.binders[letter].role is Role.PLACE for letter in ours):
            ours = []
    if not ours or len(ours) != len(theirs) or len(ours) > _MOST_PARAMETERS:
        ours, theirs = [], []
    for order in permutations(ours):
        names = arguments | dict(zip(theirs, order, strict=True))
        names = {other: letter for other, letter in names.items() if other != letter}
        if not (letters - set(names)) & set(names.values()):
            yield names


def _arguments(gold: Node, answer: Node) -> dict[Node, Node]:
    """The arguments and indices of the answer's functions, each with the gold's name for it."""
    ours = {head: parts for head, parts, _ in _heads(gold)}
    return {
        other: name
        for head, parts, _ in _heads(answer)
        for name, other in zip(ours.get(head, ()), parts, strict=False)
        if name != other
        and isinstance(name, Symbol)
        and isinstance(other, Symbol)
        and not (name.name.isupper() or other.name.isupper())  # events: `P(A)` is not `P(B)`
    }


def _in_step(gold: Statement, answer: Statement) -> Statement:
    r"""`2k, k \ge 1` as `2k + 2, k \ge 0` against a gold that counts from 0."""
    binders = dict(answer.binders)
    body = answer.body
    for letter in gold.declared():
        ours, theirs = (_first(side.binders.get(letter)) for side in (gold, answer))
        if ours is None or theirs is None or ours == theirs or letter not in binders:
            continue
        place = Sum((letter, Number(theirs - ours)))
        body = renamed(body, {letter: place})
        binders[letter] = dataclasses.replace(binders[letter], domains=gold.binders[letter].domains)
    return Statement(body, binders)


def _first(binder: Binder | None) -> int | None:
    if binder is None or binder.role is not Role.PARAMETER or binder.limits or not binder.domains:
        return None
    return next(iter(binder.domains)).least if len(binder.domains) == 1 else None


def _same_domains(gold: Statement, answer: Statement, same: Callable[[Node, Node], bool | None]) -> bool:
    undeclared = Binder(Role.PARAMETER)
    for letter in {**gold.binders, **answer.binders}:
        ours = gold.binders.get(letter, undeclared)
        theirs = answer.binders.get(letter, undeclared)
        role = ours.role if ours.declared else theirs.role
        if not (ours.declared or theirs.declared):
            continue
        if not _same_sets(ours, theirs, role, letter.name):
            return False
        if not (ours.limits or theirs.limits):
            continue
        if not (ours.limits and theirs.limits and same(_joined(ours.limits), _joined(theirs.limits))):
            return False
    return True


def _same_sets(ours: Binder, theirs: Binder, role: Role, letter: str) -> bool:
    if ours.domains is not None and theirs.domains is not None:
        if role is Role.PARAMETER and ours.declared and theirs.declared:
            return ours.domains == theirs.domains
        return bool(ours.domains & theirs.domains)
    gold = ours.domains or default_domains(role, letter, golds=False)
    answer = theirs.domains or default_domains(role, letter, golds=ours.declared)
    return bool(gold & answer)


def _joined(limits: tuple[Node, ...]) -> Node:
    return limits[0] if len(limits) == 1 else Listing(limits, ",")
