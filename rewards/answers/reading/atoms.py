"""Atoms of expressions: numbers, symbols, whatever is in brackets or bars, commands with their arguments."""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: RET503 - what ends in fail() does not return

from __future__ import annotations

from typing import Final

from rewards.answers.notation.units import CURRENCY_CODES
from rewards.answers.reading.applications import ApplicationParser
from rewards.answers.reading.letters import CONSTANTS
from rewards.answers.reading.numerals import numeral
from rewards.answers.reading.tokens import Token
from rewards.answers.tree.shapes import is_infinite
from rewards.answers.tree.syntax import (
    Absolute,
    Binomial,
    Call,
    Dots,
    E,
    Expr,
    I,
    Interval,
    Listing,
    Matrix,
    NamedSet,
    Negate,
    Node,
    Number,
    Product,
    Quantity,
    Quotient,
    Root,
    Rounding,
    SetOf,
    Symbol,
    Tuple,
)

__all__ = ["AtomParser"]

_WORDS: Final = frozenset({"text", "word"})


class AtomParser(ApplicationParser):
    """Reads one operand of an expression."""

    def atom(self) -> Node:
        """A number, a symbol, something in brackets, a command with its arguments."""
        token = self.here
        kind = token.kind
        numeral_in_base = self.mixed_digits()
        if numeral_in_base is not None:
            return numeral_in_base
        if kind == "num":
            self.take()
            if self.at("op", "_"):
                return self.based(token.value)
            return numeral(token.value)
        if kind == "letter":
            self.take()
            return self.symbol(token.value)
        if kind == "const":
            self.take()
            return CONSTANTS[token.value]
        if kind == "cmd":
            return self._command()
        if kind == "open":
            return self.bracketed()
        if kind == "group":
            return self._group()
        if kind == "fun":
            return self.function()
        if kind == "mark":
            return self.marked()
        if kind == "op" and token.value in {"|", "||"}:
            return self._bars(token.value)
        if kind == "op" and token.value in {"_", "^"}:
            return self._combinations_after_index()
        if kind == "op" and token.value == "not":
            self.take()
            return Call(Symbol("not"), (self.expr(self.atom()),))
        if kind in _WORDS:
            if token.value == "US" and self.ahead()[:2] == ("money", "USD"):
                self.take()
                return self._money()
            return self._money() if self.currency_code() else self.word()
        if kind == "set":
            self.take()
            if self.at("op", "_") and self.ahead().value in {"+", "-"}:
                self.take()
                return NamedSet(token.value + self.take().value)
            return SetOf(()) if token.value == "empty" else NamedSet(token.value)
        if kind == "big":
            return self.big_operator()
        if kind == "begin":
            return self.environment()
        if kind == "dots":
            self.take()
            return Dots()
        if kind == "money":
            return self._money()
        self.fail("expected a value")

    def _money(self) -> Node:
        currency = CURRENCY_CODES[self.take().value] if self.here.kind in _WORDS else self.take().value
        self.skip("stop")
        negative = self.skip("op", "-")
        amount = self.expr(self.power())
        return Quantity(Negate(amount) if negative else amount, currency)

    def currency_code(self) -> bool:
        """`USD 5`, `Rs. 5`: a code before its amount."""
        if self.here.value not in CURRENCY_CODES:
            return False
        return self.ahead(2 if self.ahead().kind == "stop" else 1).kind == "num"

    def _combinations_after_index(self) -> Node:
        """`{}_{20}C_{10}`, `^{20}C_{10}`."""
        self.take()
        upper = self.argument()
        if not self.skip("letter", "C"):
            self.fail("an index of nothing")
        self.expect("op", "_")
        return Binomial(upper, self.argument())

    def _group(self) -> Node:
        self.take()
        self.deeper()
        if self.at("endgroup"):
            self.fail("nothing in braces")
        saved, self.in_set = self.in_set, True
        bars, self.open_bars = self.open_bars, 0
        node = self.whole()
        self.in_set, self.open_bars = saved, bars
        self.expect("endgroup")
        self.depth -= 1
        if self.at("op", "_") and isinstance(node, Symbol) and not node.index:
            self.take()
            return Symbol(node.name, (self.subscript(),), node.mark, node.primes)
        if isinstance(node, Number) and self.at("op", "_") and isinstance(node.value, int):
            return self.based(str(node.value))
        return node

    def whole(self) -> Node:
        r"""Everything in a group, or all of the text: `a \over b` and `n \choose k` divide all of it."""
        node = self.listing()
        if not self.at("infix"):
            return node
        command = self.take().value
        above, below = self.expr(node), self.expr(self.listing())
        return Quotient(above, below) if command == "frac" else Binomial(above, below)

    def _command(self) -> Node:
        name = self.take().value
        self.deeper()
        node: Node
        if name == "frac":
            above = self._part()
            below = self._part()
            node = _derivative(above, below) or Quotient(above, below)
        elif name == "binom":
            above = self._part()
            node = Binomial(above, self._part())
        elif name == "sqrt":
            index = Number(2)
            if self.at("open", "["):
                self.take()
                inner = self.expr(self.isolated())
                self.expect("close", "[")
                node = Root(self._radicand(), inner)
            else:
                node = Root(self._radicand(), index)
        else:
            node = Root(self._radicand(), Number(3 if name == "cbrt" else 4))
        self.depth -= 1
        return node

    def _part(self) -> Expr:
        r"""One argument of `\frac`: a group, or a single digit of what follows."""
        token = self.here
        if token.kind == "num" and len(token.value) > 1 and token.value.isdecimal():
            self.tokens[self.position] = Token("num", token.value[1:])
            return numeral(token.value[0])
        if token.kind == "word" and token.value.isascii():  # the letters of `\frac xy` are one argument each
            rest = token.value[1:]
            self.tokens[self.position] = Token("letter" if len(rest) == 1 else "word", rest)
            return E if token.value[0] == "e" else I if token.value[0] == "i" else Symbol(token.value[0])
        if token.kind == "num":
            self.take()
            return numeral(token.value)
        if token.kind == "const":
            self.take()
            return CONSTANTS[token.value]
        if token.kind == "letter":
            self.take()
            return E if token.value == "e" else I if token.value == "i" else Symbol(token.value)
        return self.argument()

    def _radicand(self) -> Expr:
        if self.at("num"):
            return numeral(self.take().value)
        if self.at("open", "("):
            return self.expr(self.bracketed())
        if self.at("word"):
            return self.argument()
        return self._part() if not self.at("text") else self.expr(self.single())

    def bracketed(self) -> Node:
        """Round, square, angle, floor, ceiling brackets and set braces."""
        opening = self.take().value
        if opening == "(":
            numeral_in_base = self.bracketed_digits()
            if numeral_in_base is not None:
                return numeral_in_base
        self.deeper()
        if opening == "{":
            node = self.set_braces()
            self.depth -= 1
            return node
        inner = self.isolated()
        if not self.at("close"):
            self.fail("a bracket is not closed")
        closing = self.take().value
        self.depth -= 1
        if opening in {"floor", "ceil"}:
            if closing != opening:
                self.fail("brackets do not match")
            return Rounding(self.expr(inner), -1 if opening == "floor" else 1)
        node = self._between(opening, inner, closing)
        if opening == closing == "(" and self.at("op", "_") and isinstance(node, Number):
            return self.based(str(node.value))
        return node

    def _between(self, opening: str, inner: Node, closing: str) -> Node:
        items = inner.items if isinstance(inner, Listing) and inner.joint in {",", ";"} else (inner,)
        infinite = len(items) == 2 and any(is_infinite(item) for item in items)
        if {opening, closing} <= {"(", "["} and len(items) == 2 and (opening != closing or infinite):
            return Interval(items[0], items[1], opening == "[", closing == "[")
        if opening != closing:
            self.fail("brackets do not match")
        if opening == "(" and len(items) == 1:
            return inner
        if opening == "[" and isinstance(inner, Matrix):
            return inner
        return Tuple(items, {"(": "()", "[": "[]", "<": "<>"}[opening])

    def _bars(self, bar: str) -> Node:
        """`|x|`: opened here, closed by the next bar that follows a complete operand."""
        self.take()
        self.deeper()
        self.open_bars += 1
        saved, self.in_set = self.in_set, False
        inner = self.sum()
        self.in_set = saved
        self.expect("op", bar)
        self.open_bars -= 1
        self.depth -= 1
        return Absolute(self.expr(inner))


def _derivative(above: Expr, below: Expr) -> Symbol | None:
    r"""`\frac{dy}{dx}`: a name, not a quotient whose d's cancel."""
    match above, below:
        case Product((Symbol("d" | "partial"), Symbol(name))), Product(
            (Symbol("d" | "partial"), Symbol(variable))
        ):
            return Symbol(name, (Symbol(variable),), "derivative")
        case _:
            return None
