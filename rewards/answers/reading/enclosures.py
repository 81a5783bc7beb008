r"""Everything between an opening and a closing token: brackets, sets, bars, groups, `\begin{...}` blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.reading.bases import based, bracketed_digits
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.letters import indexed
from rewards.answers.reading.parser import Binding
from rewards.answers.reading.relations import connects, joined, set_builder
from rewards.answers.tree import syntax as s
from rewards.answers.tree.shapes import is_infinite

if TYPE_CHECKING:
    from rewards.answers.reading.parser import Parser

__all__ = ["bars", "bracketed", "environment", "group"]

_ROUNDED: Final = frozenset({"floor", "ceil"})
_BRACKETS: Final[dict[str, s.Brackets]] = {"(": "()", "[": "[]", "<": "<>"}
_ENDS: Final = frozenset({"(", "["})
_TWO: Final = 2
_LINES: Final = frozenset({"cases", "dcases", "rcases", "aligned", "align", "gathered", "gather", "split"})
_MATRICES: Final = frozenset(
    f"{kind}matrix" for kind in ("", "p", "b", "B", "v", "V", "small", "psmall", "bsmall")
) | {"array"}


def group(parser: Parser) -> s.Node:
    """A group in braces."""
    parser.take()
    if parser.at(Kind.ENDGROUP):
        parser.fail("nothing in braces")
    node = parser.within(parser.scope._replace(in_set=True, bars=0), Binding.WHOLE)
    parser.expect(Kind.ENDGROUP)
    match node:
        case s.Symbol(_, ()):
            return indexed(parser, node)
        case s.Number(int(value)) if parser.at(Kind.OP, "_"):
            return based(parser, str(value))
        case _:
            return node


def bracketed(parser: Parser) -> s.Node:
    """Round, square, angle, floor and ceiling brackets."""
    opening = parser.take().value
    if opening == "{":
        return _set(parser)
    if opening == "(" and (digits := bracketed_digits(parser)) is not None:
        return digits
    inner = parser.within(parser.scope.enclosed())
    if not parser.at(Kind.CLOSE):
        parser.fail("a bracket is not closed")
    closing = parser.take().value
    if opening in _ROUNDED:
        if closing != opening:
            parser.fail("brackets do not match")
        return s.Apply(opening, (parser.expr(inner),))
    node = _between(parser, opening, inner, closing)
    if opening == closing == "(" and isinstance(node, s.Number) and parser.at(Kind.OP, "_"):
        return based(parser, str(node.value))
    return node


def _between(parser: Parser, opening: str, inner: s.Node, closing: str) -> s.Node:
    items = inner.items if isinstance(inner, s.Listing) and inner.joint in {",", ";"} else (inner,)
    if len(items) == _TWO and {opening, closing} <= _ENDS:
        infinite = any(is_infinite(item) for item in items)
        if opening != closing or infinite:
            return s.Interval(items[0], items[1], opening == "[", closing == "[")
    if opening != closing:
        parser.fail("brackets do not match")
    if len(items) == 1 and (opening == "(" or (opening == "[" and isinstance(inner, s.Matrix))):
        return inner
    return s.Tuple(items, _BRACKETS[opening])


def _set(parser: Parser) -> s.Node:
    r"""Members of a set, an element and its condition, or a system of equations, after `\{`."""
    if parser.at(Kind.BEGIN):
        return _system(parser)
    if parser.skip(Kind.CLOSE, "{"):
        return s.SetOf(())
    inner = parser.within(parser.scope.enclosed(in_set=True))
    parser.expect(Kind.CLOSE, "{")
    items, joint = (inner.items, inner.joint) if isinstance(inner, s.Listing) else ((inner,), ",")
    first = items[0]
    if isinstance(first, s.Relation) and "|" in first.operators:
        return set_builder(first, items[1:], joint)
    if joint == "or":
        parser.fail("alternatives in a set")
    return s.SetOf(items)


def _system(parser: Parser) -> s.Node:
    node = _block(parser, system=True)
    while parser.at(Kind.STOP) or parser.at(Kind.CLOSE, "{"):
        parser.take()
    return node


def bars(parser: Parser) -> s.Node:
    """`|x|`: opened here, closed by the next bar that follows a complete operand."""
    bar = parser.take().value
    inner = parser.within(parser.scope._replace(bars=parser.scope.bars + 1, in_set=False), Binding.UNIT)
    parser.expect(Kind.OP, bar)
    return s.Absolute(parser.expr(inner))


# --- environments


def environment(parser: Parser) -> s.Node:
    r"""`\begin{pmatrix}`, `\begin{cases}` and their like."""
    return _block(parser, system=False)


def _block(parser: Parser, *, system: bool) -> s.Node:
    name = parser.take().value
    if name not in _LINES and name not in _MATRICES:
        parser.fail(f"{name} is no environment")
    rows = _rows(parser, name)
    parser.expect(Kind.END, name)
    if not rows:
        parser.fail("an empty matrix")
    if system or name in _LINES:
        lines = tuple(row[0] if len(row) == 1 else s.Listing(tuple(row)) for row in rows)
        return lines[0] if len(lines) == 1 else s.Listing(lines, ";")
    if len({len(row) for row in rows}) != 1:
        parser.fail("rows of different length")
    return s.Matrix(tuple(tuple(row) for row in rows), name == "vmatrix")


def _rows(parser: Parser, name: str) -> list[list[s.Node]]:
    """The rows that are not empty, cell by cell, up to the end of the environment."""
    rows: list[list[s.Node]] = [[]]
    while not parser.at(Kind.END):
        if parser.skip(Kind.STOP) or (rows[-1] and parser.skip(Kind.SEP)):
            continue
        if connects(parser) and parser.ahead()[:2] == (Kind.OP, "&"):
            parser.advance(2)  # a column of its own for `if`
            continue
        if parser.skip(Kind.ROW):
            rows.append([])
        elif parser.skip(Kind.OP, "&"):
            if not rows[-1]:
                rows[-1].append(s.Symbol(""))
        elif parser.at(Kind.EOF):
            parser.fail(f"{name} is not closed")
        else:
            rows[-1].append(_cell(parser))
    return [row for row in rows if row]


def _cell(parser: Parser) -> s.Node:
    """One cell of a matrix; a separator before the end of the cell is only punctuation."""
    scope = parser.scope.enclosed()._replace(in_cell=True)
    items = [parser.within(scope, Binding.LISTING)]
    joints: list[s.Joint] = []
    while parser.at(Kind.SEP) or connects(parser):
        token = parser.take()
        if connects(parser):
            parser.take()
        if parser.here.kind in _ENDS_CELL or parser.at(Kind.OP, "&"):
            break
        joints.append(s.JOINTS.get(token.value, ",") if token.kind == Kind.SEP else ",")
        items.append(parser.within(scope, Binding.LISTING))
    return joined(items, joints)


_ENDS_CELL: Final = frozenset([Kind.ROW, Kind.END])
