"""Several values held together: lists, relations, ratios, unions and their like, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.sets import SUFFIXES
from rewards.answers.notation.words import CONNECTIVES, NUMBER_WORDS
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.letters import argument, arguments_in_brackets, subscript
from rewards.answers.reading.parser import Binding
from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from rewards.answers.reading.parser import Parser

__all__ = [
    "answer",
    "combined",
    "compares",
    "connects",
    "dots",
    "is_cell_condition",
    "is_condition",
    "is_divider",
    "is_ratio",
    "is_such_that",
    "joined",
    "listing",
    "named_set",
    "ratio",
    "relation",
    "set_builder",
    "skipped_connective",
]

_RAISED_OR_LOWERED: Final = frozenset({"^", "_"})
_SUFFIX_KINDS: Final = frozenset({Kind.OP, Kind.REL, Kind.NUM})
_SET_MARKS: Final = frozenset({"+", "-", "*"})
_ENDS: Final = frozenset({Kind.EOF, Kind.SEP, Kind.CLOSE, Kind.STOP})
_LONGEST_SUFFIX: Final = 2
_SETS: Final = frozenset(["R", "Q", "Z", "N", "C"])
_SEPARATORS: Final = frozenset([Kind.SEP, Kind.ROW])
_WORDS: Final = frozenset([Kind.TEXT, Kind.WORD])
_ALL: Final = frozenset({"all", "every", "any"})
_OPERATORS: Final = frozenset({"E", "P"})
"""Letters that in the type of sets are an operator of probability."""
_SET_MARK: Final = "set"
"""The mark of a letter that names a set or a group and stands in an expression."""
_MODULI: Final = frozenset([Kind.NUM, Kind.LETTER])
_SET_SIGNS: Final = frozenset({"cup", "cap", "minus", "-"})


def connects(parser: Parser, _left: s.Node | None = None) -> bool:
    """Return True if a word that connects a value and a condition stands here: `where`, `for`."""
    token = parser.here
    if token.kind == Kind.QUANT:
        return token.value == "forall"
    return token.kind in _WORDS and token.value.lower() in CONNECTIVES


def compares(parser: Parser, _left: s.Node | None = None) -> bool:
    """Return True at the `to` of `1 to 2`."""
    token, before = parser.here, parser.before
    if token.kind not in _WORDS or token.value != "to" or parser.scope.in_set:
        return False
    return before.value.lower() not in NUMBER_WORDS  # `three to four` is rather a range


# --- the whole answer


def answer(parser: Parser) -> s.Node:
    """The whole text."""
    node = parser.parse(Binding.WHOLE)
    if isinstance(node, s.Expr):
        node = _modulus(parser, node)
    elif isinstance(node, s.Listing) and isinstance(node.items[-1], s.Expr):
        last = _modulus(parser, node.items[-1])
        node = _congruences(node, _residue(last) if isinstance(node.items[0], s.Relation) else last)
    if not parser.at(Kind.EOF):
        parser.fail("expected the end")
    items: tuple[s.Node, ...] = (node,)
    joint: s.Joint = ","
    if isinstance(node, s.Listing) and node.joint in {"or", "and"}:
        items, joint = node.items, node.joint
    first = items[0]
    if isinstance(first, s.Relation) and first.operators[0] == "|" and len(first.operators) > 1:
        return set_builder(first, items[1:], joint)
    return node


# --- several things side by side


def is_condition(parser: Parser, _left: s.Node) -> bool:
    r"""Return True at brackets that hold a condition on what stands before them: `(k \in \mathbb{Z})`."""
    return parser.here.value == "(" and parser.ahead().value != "mod" and parser.holds_condition()


def listing(parser: Parser, first: s.Node) -> s.Node:
    """Items with separators between them, up to a closing token."""
    items = [first]
    joints: list[s.Joint] = []
    while True:
        if parser.at(Kind.OPEN, "(") and is_condition(parser, first):
            joints.append(",")
            items.append(parser.parse(Binding.POSTFIX))
            continue
        if parser.here.kind not in _SEPARATORS and not connects(parser):
            return joined(items, joints)
        joint = _joint(parser)
        if len(items) == 1 and parser.at(Kind.EOF) and parser.before.value in {",", ";"}:
            return first
        joints.append(joint)
        items.append(parser.parse(Binding.LISTING))


def _joint(parser: Parser) -> s.Joint:
    """One separator; `, and` and `; or` count as one."""
    joint = ""
    while parser.here.kind in _SEPARATORS or (joint in {"", ","} and connects(parser)):
        token = parser.take()
        if token.value == "for" and parser.here.value in _ALL:
            parser.take()
        value = token.value or ","
        if token.kind not in _SEPARATORS:
            value = "where"
        if joint and not (joint in {",", ";"} and value in {"or", "and", "where"}):
            parser.fail("two separators in a row")
        joint = value
    return s.JOINTS.get(joint, ",")


def joined(items: list[s.Node], joints: list[s.Joint]) -> s.Node:
    """Items with the separators between them; the weaker separator groups the stronger ones."""
    if not joints:
        return items[0]
    if len(set(joints)) == 1:
        return s.Listing(tuple(items), joints[0])
    if ";" in joints:
        return _grouped(items, joints, ";")
    if "or" in joints:
        relational = any(isinstance(item, s.Relation) for item in items)
        if relational or joints.index("or") < len(joints) - 1:
            return _grouped(items, joints, "or")
        return s.Listing(tuple(items), "or")
    return s.Listing(tuple(items), ",")


def _grouped(items: list[s.Node], joints: list[s.Joint], weak: s.Joint) -> s.Node:
    groups: list[s.Node] = []
    start = 0
    for place, joint in enumerate([*joints, weak]):
        if joint == weak:
            groups.append(joined(items[start : place + 1], joints[start:place]))
            start = place + 1
    return s.Listing(tuple(groups), weak)


def is_cell_condition(parser: Parser) -> bool:
    r"""Return True at `\text{if}` in a cell of its own: `& \text{if } x > 0`."""
    return parser.scope.in_cell and connects(parser)


def skipped_connective(parser: Parser) -> s.Node:
    """A condition whose place says that it is one."""
    while connects(parser):
        parser.take()
    return parser.parse(Binding.SET)


# --- relations


def is_such_that(parser: Parser, _left: s.Node) -> bool:
    """Return True at a bar that closes nothing."""
    return not parser.scope.bars


def is_divider(parser: Parser, _left: s.Node) -> bool:
    """Return True at a colon that parts an element of a set from its condition."""
    return parser.scope.in_set


def relation(parser: Parser, first: s.Node) -> s.Node:
    """A relation, or a chain of them."""
    sides = [first]
    operators: list[s.Operator] = []
    united = False
    while operator := _operator(parser):
        parser.take()
        operators.append(operator)
        united = parser.at(Kind.BIG)
        sides.append(parser.parse(Binding.RELATION))
    if not operators:
        parser.fail("a relation that is not known")
    if operators[-1] == "equiv":
        sides[-1] = _residue(_modulus(parser, sides[-1]))
    if "in" in operators:
        sides[1:] = [_as_set(side) for side in sides[1:]]
    last = sides[-1]
    if united and isinstance(last, s.Listing):  # what holds for the index of a union holds for all of it
        sides[-1], *more = last.items
        return s.Listing((s.Relation(tuple(sides), tuple(operators)), *more))
    return s.Relation(tuple(sides), tuple(operators))


def _operator(parser: Parser) -> s.Operator | None:
    token = parser.here
    if token.kind == Kind.REL:
        return s.OPERATORS.get(token.value)
    if token.kind != Kind.OP:
        return None
    outside = not parser.scope.bars if token.value == "|" else token.value == ":" and parser.scope.in_set
    return "|" if outside else None


def _modulus(parser: Parser, residue: s.Node) -> s.Node:
    r"""`\pmod{6}` or `(\bmod 6)` after a congruence."""
    bracketed = parser.at(Kind.OPEN, "(") and parser.ahead().value == "mod"
    if bracketed:
        parser.take()
    if not (parser.skip(Kind.OP, "pmod") or parser.skip(Kind.OP, "mod")):
        return residue
    modulus = argument(parser)
    if bracketed:
        parser.expect(Kind.CLOSE, "(")
    return s.Apply("residue", (residue, modulus))


def _residue(node: s.Node) -> s.Node:
    r"""`3 \bmod 5` after a congruence: the class, not the remainder."""
    match node:
        case s.Apply("mod", arguments):
            return s.Apply("residue", arguments)
        case _:
            return node


def _congruences(node: s.Listing, last: s.Node) -> s.Listing:
    r"""`n \equiv 1, 4 \pmod 6` as two congruences."""
    if not (isinstance(last, s.Apply) and last.function == "residue"):
        return node
    modulus = last.arguments[1]
    items: list[s.Node] = []
    name: s.Node | None = None
    for item in (*node.items[:-1], last.arguments[0]):
        match item:
            case s.Relation((name, residue), ("equiv",)) if not isinstance(residue, s.Apply):
                pass
            case s.Expr() as residue:
                pass
            case _:
                return s.Listing((*node.items[:-1], last), node.joint)
        value = s.Apply("residue", (residue, modulus))
        items.append(value if name is None else s.Relation((name, value), ("equiv",)))
    return s.Listing(tuple(items), node.joint)


# --- ratios and sets


def is_ratio(parser: Parser, _left: s.Node) -> bool:
    """Return True at the colon of `a : b`."""
    return not parser.scope.in_set


def ratio(parser: Parser, first: s.Node) -> s.Node:
    """`a : b : c`."""
    parts = [parser.expr(first)]
    while parser.skip(Kind.OP, ":") or (compares(parser) and parser.take()):
        parts.append(parser.operand(Binding.UNIT))
    return s.Ratio(tuple(parts))


def combined(parser: Parser, node: s.Node) -> s.Node:
    """Unions, intersections and differences of sets."""
    while operator := _set_sign(parser):
        parts = [_as_set(node)]
        while _set_sign(parser) == operator:
            parser.take()
            parts.append(_as_set(parser.parse(Binding.SET)))
        node = _of_sets(operator, parts)
    return node


def _set_sign(parser: Parser) -> str:
    kind, value, _ = parser.here
    if kind == Kind.OP and value in _SET_SIGNS:
        return value
    return "cup" if kind == Kind.BIG and value == "union" else ""


def _of_sets(operator: str, parts: list[s.Node]) -> s.Node:
    if operator == "cup":
        return s.Union(tuple(parts))
    if operator == "cap":
        return s.Intersection(tuple(parts))
    node = parts[0]
    for part in parts[1:]:
        node = s.Difference(node, part)
    return node


def _as_set(node: s.Node) -> s.Node:
    """A bare letter where a set belongs: `x ∈ R`."""
    match node:
        case s.Symbol(name, (), _, 0) if name in _SETS:
            return s.NamedSet(name)
        case _:
            return node


def set_builder(element: s.Relation, more: tuple[s.Node, ...], joint: s.Joint = ",") -> s.Node:
    """`x | x > 0` with the conditions that follow, as a set-builder."""
    place = element.operators.index("|")
    condition = _sliced(element, place + 1, len(element.operators))
    if more:
        condition = s.Listing((condition, *more), joint)
    return s.SetBuilder(_sliced(element, 0, place), condition)


def _sliced(relation_: s.Relation, start: int, end: int) -> s.Node:
    if start == end:
        return relation_.sides[start]
    return s.Relation(relation_.sides[start : end + 1], relation_.operators[start:end])


def named_set(parser: Parser) -> s.Node:
    r"""`\mathbb{R}`, `\mathbb{Z}_+`, `\emptyset`, and what a set makes a value of."""
    name = parser.take().value
    if name == "empty":
        return s.SetOf(())
    size, suffix = _suffix(parser)
    found = SUFFIXES.get((name, suffix), name + suffix if suffix in _SET_MARKS else None)
    if found is not None:
        parser.advance(size)
        return s.NamedSet(found)
    return _value_of_set(parser, name) or s.NamedSet(name)


def _suffix(parser: Parser) -> tuple[int, str]:
    """The signs above, below or after a set (`N*`), and the number of tokens that they take."""
    sign = parser.here.value
    if sign not in _RAISED_OR_LOWERED:
        return (1, sign) if sign in _SET_MARKS and parser.ahead().kind in _ENDS else (0, "")
    grouped = int(parser.ahead().kind == Kind.GROUP)
    suffix, size = "", 1 + grouped
    while size - grouped <= _LONGEST_SUFFIX and parser.ahead(size).kind in _SUFFIX_KINDS:
        suffix += parser.ahead(size).value
        size += 1
        if not grouped:
            break
    if grouped and parser.ahead(size).kind != Kind.ENDGROUP:
        return 0, ""
    return size + grouped, suffix


def _value_of_set(parser: Parser, name: str) -> s.Expr | None:
    r"""`\mathbb{Z}_n` and `\mathbb{Z}/n\mathbb{Z}`, `\mathbb{R}^n`, `\mathbb{E}[X]` and `\mathbb{P}(A)`."""
    if name in _OPERATORS and parser.here.kind == Kind.OPEN:
        return s.Call(s.Symbol(name), arguments_in_brackets(parser))
    symbol = s.Symbol(name, (), _SET_MARK)
    if parser.skip(Kind.OP, "_"):
        return s.Call(symbol, (subscript(parser),))
    if parser.skip(Kind.OP, "^"):
        return s.Power(symbol, argument(parser))
    modulus, other = parser.ahead(), parser.ahead(2)
    if modulus.kind in _MODULI and other[:2] == (Kind.SET, name) and parser.skip(Kind.OP, "/"):
        node = s.Call(symbol, (argument(parser),))
        parser.take()
        return node
    return None


def dots(parser: Parser) -> s.Node:
    r"""`\ldots`."""
    parser.take()
    return s.Dots()
