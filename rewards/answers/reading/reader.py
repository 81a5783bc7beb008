"""The strict reader: from the text of an answer to a tree in which every token has its place.

Understood or not, never half: what is left over (a word, a second value, a stray sign) makes the whole answer
:class:`Unread` with the reason. Reading takes linear time, evaluates nothing, and refuses what is too big
(:class:`Oversized`). :func:`read` remembers what it read, so that a gold is parsed once.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Final, TypeAlias

from rewards.answers.reading.brackets import turned
from rewards.answers.reading.conditions import with_symbols
from rewards.answers.reading.phrases import read_phrase
from rewards.answers.reading.quantities import QuantityParser
from rewards.answers.reading.tokens import ReadError, TextTooBigError, Token, tokenize
from rewards.answers.tree.syntax import (
    Apply,
    Difference,
    Expr,
    Intersection,
    Listing,
    Matrix,
    NamedSet,
    Node,
    Ratio,
    Relation,
    SetBuilder,
    SetOf,
    Symbol,
    Union,
)

__all__ = ["Oversized", "Reading", "Unread", "read", "tokens_of"]


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """A text that cannot be read."""

    reason: str
    words: bool = False
    """True if it holds words, so that it can still be compared as text."""


@dataclasses.dataclass(frozen=True, slots=True)
class Oversized:
    """A text that is too big to read."""

    reason: str


Reading: TypeAlias = Node | Unread | Oversized

_SETS: Final = frozenset(["R", "Q", "Z", "N", "C"])
_LINES: Final = frozenset({"cases", "dcases", "rcases", "aligned", "align", "gathered", "gather", "split"})
_MATRICES: Final = frozenset(
    f"{kind}matrix" for kind in ("", "p", "b", "B", "v", "V", "small", "psmall", "bsmall")
) | {"array"}
_SEPARATORS: Final = frozenset({"sep", "row"})


@lru_cache(maxsize=16_384)
def read(text: str) -> Reading:
    r"""Read one answer or gold.

    >>> read(r"\dfrac{1}{2}") == read("½") == read("1/2")
    True
    >>> read("5 is wrong")
    Unread(reason="expected the end at 'is'", words=True)
    """
    tokens = tokens_of(text)
    if isinstance(tokens, Oversized):
        return tokens
    try:
        return read_tokens(tokens)
    except TextTooBigError as error:
        return Oversized(str(error))
    except RecursionError:
        return Oversized("nested too deep")


@lru_cache(maxsize=16_384)
def tokens_of(text: str) -> list[Token] | Oversized:
    """The tokens of a text, for reading it and for comparing it as text; not to be changed."""
    try:
        return tokenize(text)
    except TextTooBigError as error:
        return Oversized(str(error))


def read_tokens(tokens: list[Token]) -> Reading:
    """Read a list of tokens that ends in `eof`."""
    if len(tokens) == 1:
        return Unread("nothing is written")
    phrase = read_phrase(tokens, read_tokens)
    if phrase is not None:
        return phrase
    try:
        return Reader(turned(_unaligned(with_symbols(tokens)))).answer()
    except ReadError as error:
        words = any(token.kind in {"word", "text"} and len(token.value) > 1 for token in tokens)
        return Unread(str(error), words)


def _unaligned(tokens: list[Token]) -> list[Token]:
    """A copy without the marks at which lines are put below one another: `x &= 2`."""
    return [
        token
        for place, token in enumerate(tokens)
        if token[:2] != ("op", "&") or "rel" not in {tokens[place - 1].kind, tokens[place + 1].kind}
    ]


class Reader(QuantityParser):
    """The complete grammar: relations, lists, sets and structures around expressions."""

    def answer(self) -> Node:
        """The whole text."""
        node = self.whole()
        if isinstance(node, Expr):
            node = self._modulus(node)
        elif isinstance(node, Listing) and isinstance(node.items[-1], Expr):
            last = self._modulus(node.items[-1])
            node = _congruences(node, _residue(last) if isinstance(node.items[0], Relation) else last)
        if not self.at("eof"):
            self.fail("expected the end")
        first = node.items[0] if isinstance(node, Listing) and node.joint in {"or", "and"} else node
        if isinstance(first, Relation) and first.operators[0] == "|" and len(first.operators) > 1:
            return (
                _built(first, node.items[1:], node.joint) if isinstance(node, Listing) else _built(first, ())
            )
        return node

    # --- several things side by side

    def listing(self) -> Node:
        """Items with separators between them, up to a closing token."""
        items = [self.item()]
        joints: list[str] = []
        while (
            self.here.kind in _SEPARATORS
            or self.connective()
            or (self.at("open", "(") and self.ahead().value != "mod" and self.holds_condition())
        ):
            if self.at("open", "("):
                joints.append(",")
                items.append(self.bracketed())
                continue
            joint = self._joint()
            if self.at("eof") and self.tokens[self.position - 1].value in {",", ";"} and len(items) == 1:
                break
            joints.append(joint)
            items.append(self.item())
        return _joined(items, joints) if joints else items[0]

    def _joint(self) -> str:
        """One separator; `, and` and `; or` count as one."""
        joint = ""
        while self.here.kind in _SEPARATORS or (self.connective() and joint in {"", ","}):
            token = self.take()
            if token.value == "for" and self.here.value in {"all", "every", "any"}:
                self.take()
            value = "where" if token.kind in {"text", "word", "quant"} else token.value or ","
            if joint and not (joint in {",", ";"} and value in {"or", "and", "where"}):
                self.fail("two separators in a row")
            joint = value
        return "," if joint == "where" else joint

    def item(self) -> Node:
        """One relation or chain of relations, or one value."""
        sides = [self.ratio()]
        operators: list[str] = []
        while True:
            token = self.here
            if token.kind == "rel":
                operators.append(self.take().value)
            elif (token.kind == "op" and token.value == "|" and not self.open_bars) or (
                token.kind == "op" and token.value == ":" and self.in_set
            ):
                self.take()
                operators.append("|")
            else:
                break
            sides.append(self.ratio())
        if operators and operators[-1] == "equiv":
            sides[-1] = _residue(self._modulus(sides[-1]))
        if not operators:
            return sides[0]
        if "in" in operators:
            sides = [side if place == 0 else _as_set(side) for place, side in enumerate(sides)]
        return Relation(tuple(sides), tuple(operators))

    def _modulus(self, residue: Node) -> Node:
        r"""`\pmod{6}` or `(\bmod 6)` after a congruence."""
        bracketed = self.at("open", "(") and self.ahead().value == "mod"
        if bracketed:
            self.take()
        if not (self.at("op", "pmod") or self.at("op", "mod")):
            return residue
        self.take()
        modulus = self.argument()
        if bracketed:
            self.expect("close", "(")
        return Apply("residue", (residue, modulus))

    def ratio(self) -> Node:
        """`a : b : c`, or just one operand."""
        first = self.operand()
        if not self.ratio_sign() or self.in_set:
            return first
        parts = [self.expr(first)]
        while self.ratio_sign():
            self.take()
            parts.append(self.expr(self.sum()))
        return Ratio(tuple(parts))

    # --- sets

    def operand(self) -> Node:
        """Unions, intersections and differences of sets; or a value with its unit."""
        node = self.measured()
        while self.at("op") and self.here.value in {"cup", "cap", "minus", "-"}:
            operator = self.here.value
            parts = [_as_set(node)]
            while self.skip("op", operator):
                parts.append(_as_set(self.measured()))
            if operator == "cup":
                node = Union(tuple(parts))
            elif operator == "cap":
                node = Intersection(tuple(parts))
            else:
                node = parts[0]
                for part in parts[1:]:
                    node = Difference(node, part)
        return node

    def set_braces(self) -> Node:
        r"""Read the contents of `\{`: members, an element and its condition, or a system of equations."""
        if self.at("begin"):
            node = self.environment(system=True)
            while self.at("stop") or self.at("close", "{"):
                self.take()
            return node
        if self.skip("close", "{"):
            return SetOf(())
        saved = self.open_bars, self.open_integrals, self.in_set
        self.open_bars, self.open_integrals, self.in_set = 0, 0, True
        inner = self.listing()
        self.open_bars, self.open_integrals, self.in_set = saved
        self.expect("close", "{")
        items = inner.items if isinstance(inner, Listing) else (inner,)
        first = items[0]
        if isinstance(first, Relation) and "|" in first.operators:
            return _built(first, items[1:], inner.joint if isinstance(inner, Listing) else ",")
        if isinstance(inner, Listing) and inner.joint == "or":
            self.fail("alternatives in a set")
        return SetOf(items)

    def environment(self, *, system: bool = False) -> Node:
        r"""`\begin{pmatrix}`, `\begin{cases}` and their like."""
        name = self.take().value
        if name not in _LINES and name not in _MATRICES:
            self.fail(f"{name} is no environment")
        self.deeper()
        rows = self._rows(name)
        self.expect("end", name)
        self.depth -= 1
        if not rows:
            self.fail("an empty matrix")
        if system or name in _LINES:
            lines = tuple(row[0] if len(row) == 1 else Listing(tuple(row)) for row in rows)
            return lines[0] if len(lines) == 1 else Listing(lines, ";")
        if len({len(row) for row in rows}) != 1:
            self.fail("rows of different length")
        return Matrix(tuple(tuple(row) for row in rows), name == "vmatrix")

    def _rows(self, name: str) -> list[list[Node]]:
        """The rows that are not empty, cell by cell, up to the end of the environment."""
        rows: list[list[Node]] = [[]]
        while not self.at("end"):
            if self.skip("stop") or (rows[-1] and self.skip("sep")):
                continue
            if self.skip("row"):
                rows.append([])
            elif self.skip("op", "&"):
                if not rows[-1]:
                    rows[-1].append(Symbol(""))
            elif self.at("eof"):
                self.fail(f"{name} is not closed")
            else:
                rows[-1].append(self.isolated_cell())
        return [row for row in rows if row]

    def isolated_cell(self) -> Node:
        """One cell of a matrix; a separator before the end of the cell is only punctuation."""
        saved = self.open_bars, self.open_integrals, self.in_set, self.in_cell
        self.open_bars, self.open_integrals, self.in_set, self.in_cell = 0, 0, False, True
        items = [self.item()]
        joints = []
        while self.at("sep") or self.connective():
            joint = self._cell_joint()
            if self.at("op", "&") or self.at("row") or self.at("end"):
                break
            joints.append(joint)
            items.append(self.item())
        self.open_bars, self.open_integrals, self.in_set, self.in_cell = saved
        return _joined(items, joints) if joints else items[0]

    def _cell_joint(self) -> str:
        token = self.take()
        if self.connective():
            self.take()
        return "," if token.kind != "sep" or token.value == "where" else token.value


def _residue(node: Node) -> Node:
    r"""`3 \bmod 5` after a congruence: the class, not the remainder."""
    match node:
        case Apply("mod", arguments):
            return Apply("residue", arguments)
        case _:
            return node


def _congruences(node: Listing, last: Node) -> Listing:
    r"""`n \equiv 1, 4 \pmod 6` as two congruences."""
    if not (isinstance(last, Apply) and last.function == "residue"):
        return node
    modulus = last.arguments[1]
    items: list[Node] = []
    name: Node | None = None
    for item in (*node.items[:-1], last.arguments[0]):
        match item:
            case Relation((name, residue), ("equiv",)) if not isinstance(residue, Apply):
                pass
            case Expr() as residue:
                pass
            case _:
                return Listing((*node.items[:-1], last), node.joint)
        value = Apply("residue", (residue, modulus))
        items.append(value if name is None else Relation((name, value), ("equiv",)))
    return Listing(tuple(items), node.joint)


def _joined(items: list[Node], joints: list[str]) -> Node:
    """Items with the separators between them; the weaker separator groups the stronger ones."""
    if ";" in joints and len(set(joints)) > 1:
        return _grouped(items, joints, ";")
    if "or" in joints and len(set(joints)) > 1:
        last = max(place for place, joint in enumerate(joints) if joint == "or")
        relational = any(isinstance(item, Relation) for item in items)
        if relational or joints.count("or") > 1 or last != len(joints) - 1:
            return _grouped(items, joints, "or")
        return Listing(tuple(items), ",")
    if len(set(joints)) > 1:
        return Listing(tuple(items), ",")
    return Listing(tuple(items), joints[0])


def _grouped(items: list[Node], joints: list[str], weak: str) -> Node:
    groups: list[Node] = []
    start = 0
    for place, joint in enumerate([*joints, weak]):
        if joint == weak:
            part = items[start : place + 1]
            groups.append(part[0] if len(part) == 1 else _joined(part, joints[start:place]))
            start = place + 1
    return Listing(tuple(groups), weak)


def _built(relation: Relation, more: tuple[Node, ...], joint: str = ",") -> Node:
    """`x | x > 0` with the conditions that follow, as a set-builder."""
    place = relation.operators.index("|")
    element = _sliced(relation, 0, place)
    condition = _sliced(relation, place + 1, len(relation.operators))
    if more:
        condition = Listing((condition, *more), joint)
    return SetBuilder(element, condition)


def _sliced(relation: Relation, start: int, end: int) -> Node:
    if start == end:
        return relation.sides[start]
    return Relation(relation.sides[start : end + 1], relation.operators[start:end])


def _as_set(node: Node) -> Node:
    """A bare letter where a set belongs: `x ∈ R`."""
    if isinstance(node, Symbol) and node.name in _SETS and not node.index and not node.primes:
        return NamedSet(node.name)
    return node
