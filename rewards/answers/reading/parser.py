"""The core of the grammar: a Pratt parser over the tokens of an answer, and the tables it is driven by.

A rule says how tightly it binds, what it builds, and when it applies. Prefix rules read what begins at a
token, infix rules what follows an operand. Nothing here knows a notation: the rules of :mod:`~.grammar` do.

The tokens are read once, from left to right: nothing is taken back, and no rule looks further ahead than
`FURTHEST` tokens, except along a run of letters. What a bracket holds, one pass over the tokens tells.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias, TypeVar

from rewards.answers.reading.brackets import Layout, layout
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.tokens import TextTooBigError, Token
from rewards.answers.tree.syntax import MAX_DEPTH, Expr, Matrix, Node, Tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "FURTHEST",
    "Binding",
    "Grammar",
    "Infix",
    "Parser",
    "Prefix",
    "ReadError",
    "Row",
    "Scope",
    "tabulated",
]

FURTHEST: Final = 16
"""Most tokens that a rule looks ahead, apart from a run of letters and the end of a bracket."""


class Binding:
    """The binding power of a rule: `parse(Binding.SUM)` reads one term, which binds tighter than a sum.

    Plain numbers, not an enum: reading compares them at every token.
    """

    WHOLE: Final = 0
    """Everything up to a closing token."""
    OVER: Final = 1
    LISTING: Final = 2
    RELATION: Final = 3
    RATIO: Final = 4
    SET: Final = 5
    UNIT: Final = 6
    SUM: Final = 7
    PRODUCT: Final = 8
    ORDINAL: Final = 9
    POSTFIX: Final = 10
    ATOM: Final = 11


class Scope(NamedTuple):
    """The bars, integrals, braces of a set, cells of a matrix and bounds that are open around a place."""

    bars: int = 0
    integrals: int = 0
    in_set: bool = False
    in_cell: bool = False
    in_bound: bool = False

    def enclosed(self, *, in_set: bool = False) -> Scope:
        """The scope inside brackets: bars and integrals outside do not reach in."""
        return Scope(0, 0, in_set, self.in_cell)


class ReadError(Exception):
    """The text cannot be read; the message says what was found."""

    def __init__(self, message: str, token: Token) -> None:
        super().__init__(message)
        self.token = token


class Prefix(NamedTuple):
    """A rule for what begins at a token."""

    binding: int
    build: Callable[[Parser], Node]
    when: Callable[[Parser], bool] | None = None


class Infix(NamedTuple):
    """A rule for what follows an operand."""

    binding: int
    build: Callable[[Parser, Node], Node]
    when: Callable[[Parser, Node], bool] | None = None


_Rule = TypeVar("_Rule", Prefix, Infix)
Row: TypeAlias = tuple[str, str, _Rule]
"""Kinds of tokens, their values (none for any value), and the rule for them."""
Table: TypeAlias = dict[str, tuple[dict[str, tuple[_Rule, ...]], tuple[_Rule, ...]]]


def tabulated(rows: Sequence[Row[_Rule]]) -> Table[_Rule]:
    """Rows by kind of token, and by value where that matters; the first rule that applies counts.

    >>> from rewards.answers.reading.parser import Binding, Prefix, tabulated
    >>> signs = Prefix(Binding.SUM, lambda parser: parser.parse(Binding.SUM))
    >>> sorted(tabulated([("op", "+ -", signs)])["op"][0])
    ['+', '-']
    """
    table: Table[_Rule] = {}
    for kind in {kind for kinds, _, _ in rows for kind in kinds.split()}:
        matching = [(values.split(), rule) for kinds, values, rule in rows if kind in kinds.split()]
        by_value = {
            value: tuple(rule for values, rule in matching if not values or value in values)
            for value in {value for values, _ in matching for value in values}
        }
        table[kind] = by_value, tuple(rule for values, rule in matching if not values)
    return table


class Grammar(NamedTuple):
    """The rules of a grammar."""

    prefixes: Table[Prefix]
    infixes: Table[Infix]


_NO_RULES: Final[tuple[dict[str, tuple[Any, ...]], tuple[Any, ...]]] = ({}, ())


class Parser:
    """A place in a list of tokens, and what is open around it."""

    def __init__(self, tokens: list[Token], grammar: Grammar) -> None:
        self.tokens = tokens
        self.prefixes, self.infixes = grammar
        self.place = 0
        self.here = tokens[0]
        self.depth = 0
        self.scope = Scope()
        self.neutral = False
        """True if a node was built that the names of the other side may settle."""

    # --- reading by the tables

    def parse(self, binding: int = Binding.WHOLE) -> Node:
        """Read what begins here and binds tighter than `binding`, with all that it takes on its right."""
        kind, value, _ = self.here
        by_value, general = self.prefixes.get(kind, _NO_RULES)
        for rule in by_value.get(value, general):
            if rule.binding > binding and (rule.when is None or rule.when(self)):
                break
        else:
            self.fail("expected a value")
        return self.extended(rule.build(self), binding, rule.binding)

    def extended(self, left: Node, binding: int, ceiling: int) -> Node:
        """The operand with what follows it; nothing that binds tighter than what it already took."""
        infixes = self.infixes
        while True:
            kind, value, _ = self.here
            by_value, general = infixes.get(kind, _NO_RULES)
            for rule in by_value.get(value, general):
                if binding < rule.binding <= ceiling and (rule.when is None or rule.when(self, left)):
                    break
            else:
                return left
            left = rule.build(self, left)
            # Rules up to products gather all their operands; the signs after an atom come one by one.
            ceiling = rule.binding if rule.binding >= Binding.POSTFIX else rule.binding - 1

    def within(self, scope: Scope, binding: int = Binding.OVER) -> Node:
        """Read in another scope, one level deeper."""
        outer, self.scope = self.scope, scope
        self.deeper()
        node = self.parse(binding)
        self.depth -= 1
        self.scope = outer
        return node

    def operand(self, binding: int) -> Expr:
        """Read an expression."""
        return self.expr(self.parse(binding))

    def nested(self, binding: int) -> Expr:
        """Read an expression, one level deeper."""
        self.deeper()
        node = self.operand(binding)
        self.depth -= 1
        return node

    def enclosed(self, closing: str, value: str | None = None) -> Node:
        """Read everything inside brackets that are open, and take the closing one."""
        node = self.within(self.scope.enclosed())
        self.expect(closing, value)
        return node

    # --- moving along the tokens

    def ahead(self, steps: int = 1) -> Token:
        """The token some steps further on."""
        try:
            return self.tokens[self.place + steps]
        except IndexError:
            return self.tokens[-1]

    @property
    def before(self) -> Token:
        """The token taken last."""
        return self.tokens[self.place - 1]

    def take(self) -> Token:
        """Take the token here."""
        token = self.here
        if token.kind != Kind.EOF:
            self.place += 1
            self.here = self.tokens[self.place]
        return token

    def advance(self, steps: int) -> None:
        """Take tokens that were looked at before."""
        self.place += steps
        self.here = self.tokens[self.place]

    def take_first(self) -> str:
        r"""Take one character of the token here: the 1 of `\frac12`."""
        first, rest = self.here.value[0], self.here.value[1:]
        if not rest:
            self.take()
        else:
            kind = Kind.LETTER if len(rest) == 1 and self.here.kind == Kind.WORD else self.here.kind
            self.here = Token(kind, rest)
        return first

    def at(self, kind: str, value: str | None = None) -> bool:
        """Return True if a token of this kind stands here."""
        token = self.here
        return token.kind == kind and (value is None or token.value == value)

    def skip(self, kind: str, value: str | None = None) -> bool:
        """Take the token here if it is of this kind."""
        if self.at(kind, value):
            self.take()
            return True
        return False

    def expect(self, kind: str, value: str | None = None) -> None:
        """Take a token that must stand here."""
        if not self.skip(kind, value):
            self.fail(f"expected {value or kind}")

    def run(self, kinds: frozenset[str]) -> int:
        """The number of tokens of these kinds from here on."""
        size = 0
        while self.ahead(size).kind in kinds:
            size += 1
        return size

    def fail(self, message: str) -> NoReturn:
        """Give up reading: say what was expected and what stands there."""
        token = self.here
        found = "the end" if token.kind == Kind.EOF else repr(token.value or token.kind)
        reason = f"{message} at {found}"
        raise ReadError(reason, token)

    def deeper(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"nested deeper than {MAX_DEPTH}"
            raise TextTooBigError(msg)

    # --- what one pass over the tokens tells

    @cached_property
    def _layout(self) -> Layout:
        return layout(self.tokens)

    def holds_condition(self) -> bool:
        r"""Return True if the bracket here holds a relation: `(k \in \mathbb{Z})`, `(\bmod 3)`."""
        return self.place in self._layout.conditions

    def holds_listing(self) -> bool:
        """Return True if the bracket here holds several items."""
        return self.place in self._layout.listings

    def holds_brackets(self) -> bool:
        """Return True if the group here holds one pair of brackets and nothing else."""
        return self.place in self._layout.wrappers

    def bar_opens(self) -> bool:
        """Return True if the bar here, after an operand, opens a new pair."""
        return not self.scope.bars and self.place in self._layout.bars

    # --- trees

    def expr(self, node: Node) -> Expr:
        """The node as an expression; a tuple in arithmetic is a column vector."""
        if isinstance(node, Expr):
            return node
        if isinstance(node, Tuple):
            if node.brackets == "[]" and len(node.items) == 1:
                return self.expr(node.items[0])
            return Matrix(tuple((item,) for item in node.items))
        return self.fail(f"a {type(node).__name__.lower()} where a value should be")
