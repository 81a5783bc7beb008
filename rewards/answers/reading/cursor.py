"""Moving along the tokens of an answer: the common ground of all its grammars.

It knows where it is, how deep, and which brackets and bars are open; it reads nothing by itself.
"""

# ruff: noqa: RET503 - what ends in fail() does not return

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from rewards.answers.notation.units import is_unit
from rewards.answers.reading.tokens import ReadError, TextTooBigError, Token
from rewards.answers.tree.syntax import (
    MAX_DEPTH,
    Expr,
    Matrix,
    Node,
    Tuple,
)

__all__ = ["Cursor"]


class Cursor(ABC):
    """A place in a list of tokens, and what is open around it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.open_bars = 0
        self.open_integrals = 0
        self.in_set = False
        self.in_cell = False
        self._pairs: dict[int, bool] | None = None
        self._conditions: set[int] | None = None

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def ahead(self, steps: int = 1) -> Token:
        return self.tokens[min(self.position + steps, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.tokens[self.position]
        if token.kind != "eof":
            self.position += 1
        return token

    def at(self, kind: str, value: str | None = None) -> bool:
        token = self.tokens[self.position]
        return token.kind == kind and (value is None or token.value == value)

    def skip(self, kind: str, value: str | None = None) -> bool:
        if self.at(kind, value):
            self.position += 1
            return True
        return False

    def expect(self, kind: str, value: str | None = None) -> None:
        if not self.skip(kind, value):
            self.fail(f"expected {value or kind}")

    def fail(self, message: str) -> NoReturn:
        """Give up reading: say what was expected and what stands there."""
        token = self.here
        found = "the end" if token.kind == "eof" else repr(token.value or token.kind)
        reason = f"{message} at {found}"
        raise ReadError(reason)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            msg = f"nested deeper than {MAX_DEPTH}"
            raise TextTooBigError(msg)

    # --- what stands around

    def isolated(self) -> Node:
        """A listing inside its own brackets: bars and integrals outside do not reach in."""
        saved = self.open_bars, self.open_integrals, self.in_set
        self.open_bars, self.open_integrals, self.in_set = 0, 0, False
        node = self.listing()
        self.open_bars, self.open_integrals, self.in_set = saved
        return node

    def more_time(self) -> bool:
        """Return True if the letter here is a unit with a smaller one to follow: `2 h 30 min`."""
        return (
            self.here.value in {"h", "m"}
            and self.ahead().kind == "num"
            and self.ahead(2).value in {"min", "m", "s", "sec", "minutes"}
        )

    def unit_like_function(self) -> bool:
        """Return True if the function here may be a unit of time: `5 min`, `45 sec`."""
        return self.here.kind == "fun" and self.here.value in {"min", "sec"}

    def unit_fraction(self) -> bool:
        r"""Return True if units over units stand here: `\frac{\text{km}}{\text{h}}`."""
        return (
            self.at("cmd", "frac")
            and [self.ahead(step).kind for step in (1, 2, 3, 4, 5)]
            == ["group", "text", "endgroup", "group", "text"]
            and is_unit(self.ahead(2).value)
            and is_unit(self.ahead(5).value)
        )

    def holds_condition(self) -> bool:
        r"""Return True if the bracket here holds a relation: `(k \in \mathbb{Z})`, `(\bmod 3)`."""
        if self._conditions is None:
            self._conditions = _relational_brackets(self.tokens)
        return self.position in self._conditions

    def bar_opens(self) -> bool:
        """Return True if the bar here, after an operand, opens a new pair."""
        if self.open_bars or (self.in_set and not self._bars_pair()):
            return False
        return self._bars_pair()

    def _bars_pair(self) -> bool:
        if self._pairs is None:
            self._pairs = _bar_parity(self.tokens)
        return self._pairs.get(self.position, False)

    def expr(self, node: Node) -> Expr:
        """The node as an expression; a tuple in arithmetic is a column vector."""
        if isinstance(node, Expr):
            return node
        if isinstance(node, Tuple):
            if node.brackets == "[]" and len(node.items) == 1:
                return self.expr(node.items[0])
            return Matrix(tuple((item,) for item in node.items))
        self.fail(f"a {type(node).__name__.lower()} where a value should be")

    # --- what the grammars built on this one bring in

    @abstractmethod
    def listing(self) -> Node:
        """Everything up to the closing token."""

    @abstractmethod
    def sum(self) -> Node:
        """Terms with signs between them."""

    @abstractmethod
    def product(self) -> Node:
        """Factors, by a sign or side by side."""

    @abstractmethod
    def power(self) -> Node:
        """An atom with what follows it."""

    @abstractmethod
    def raised(self, base: Node) -> Node:
        """The power of a base, after its `^`."""

    @abstractmethod
    def argument(self) -> Expr:
        """An exponent or the argument of a command."""

    @abstractmethod
    def atom(self) -> Node:
        """A number, a symbol, something in brackets, a command."""

    @abstractmethod
    def starts_factor(self, factors: list[Expr], node: Node) -> bool:
        """Return True if the token here begins a factor beside the last one."""

    @abstractmethod
    def mixed(self, whole: Node, part: Node) -> Node | None:
        """A whole number and the fraction beside it as one number."""

    @abstractmethod
    def called(self, node: Node, argument: Node, begin: int) -> Expr | None:
        """A name before a number in brackets as a call."""

    @abstractmethod
    def environment(self) -> Node:
        r"""A `\begin{...}` block."""

    @abstractmethod
    def set_braces(self) -> Node:
        r"""Read the set or system after `\{`."""


def _relational_brackets(tokens: list[Token]) -> set[int]:
    """The places of round brackets with a relation or a modulus directly inside."""
    stack: list[int] = []
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind in {"open", "group"}:
            stack.append(place)
        elif token.kind in {"close", "endgroup"}:
            if stack:
                stack.pop()
        elif stack and (token.kind == "rel" or (token.value == "mod" and stack[-1] == place - 1)):
            found.add(stack[-1])
    return found


def _bar_parity(tokens: list[Token]) -> dict[int, bool]:
    """For each bar, whether the bars from it to the end of its bracket are even in number."""
    levels: list[list[int]] = [[]]
    parity: dict[int, bool] = {}

    def close(bars: list[int]) -> None:
        for count, place in enumerate(reversed(bars), start=1):
            parity[place] = count % 2 == 0

    for place, token in enumerate(tokens):
        if token.kind in {"open", "group"}:
            levels.append([])
        elif token.kind in {"close", "endgroup"} and len(levels) > 1:
            close(levels.pop())
        elif token.kind in {"sep", "rel"}:
            close(levels[-1])
            levels[-1] = []
        elif token.kind == "op" and token.value in {"|", "||"}:
            levels[-1].append(place)
    for bars in levels:
        close(bars)
    return parity
