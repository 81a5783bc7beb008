"""Functions that everyone knows by name, and the operators with bounds: sums, products, integrals, limits."""

# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: RET503 - what ends in fail() does not return

from __future__ import annotations

from typing import Final

from rewards.answers.notation.functions import FUNCTIONS, applied
from rewards.answers.reading.letters import LetterParser
from rewards.answers.reading.numerals import numeral
from rewards.answers.tree.shapes import is_numeric
from rewards.answers.tree.syntax import (
    BigOperator,
    Expr,
    Negate,
    Node,
    Number,
    Power,
    Product,
    Relation,
    SetOf,
    Symbol,
)

__all__ = ["ApplicationParser"]

_ENDS_ARGUMENT: Final = frozenset({"fun", "big", "open", "num"})


class ApplicationParser(LetterParser):
    r"""Reads `\sin x`, `\log_2 8`, `\sum_{k=1}^n k`."""

    def function(self) -> Node:
        name = self.take().value
        row = FUNCTIONS[name]
        self.deeper()
        base = self._base_of_log() if name == "log" else None
        power: Expr | None = None
        for _ in range(2):
            if base is None and self.at("op", "_"):
                self.take()
                base = self.argument()
            elif power is None and self.at("op", "^"):
                self.take()
                power = self.argument()
        arguments = self._function_arguments()
        bracketed = self.tokens[self.position - 1].kind == "close"
        if base is not None and name != "log":
            self.fail(f"a subscript on {name}")
        if row.names_values and power is None and not bracketed and is_numeric(arguments[0]):
            self.depth -= 1
            return Relation((Symbol(name), arguments[0]), ("=",))
        if power == Negate(Number(1)):
            if row.inverse is None:
                self.fail(f"the inverse of {name}, or its reciprocal")
            name, power = row.inverse, None
        if power is not None and not row.power:
            self.fail(f"{name} of something else")
        node = applied(name, arguments, base)
        if node is None:
            self.fail(f"{name} of something else")
        self.depth -= 1
        return Power(node, power) if power is not None else node

    def _base_of_log(self) -> Expr | None:
        """The 2 of `log2(8)`."""
        base, following = self.here, self.ahead()
        if base.gap or base[:2] not in {("num", "2"), ("num", "10")} or following.gap:
            return None
        return numeral(self.take().value) if following[:2] == ("open", "(") else None

    def _function_arguments(self) -> tuple[Node, ...]:
        """Read the arguments of a function: brackets, or the factors up to the next function."""
        if self.at("open", "(") or self.at("open", "["):
            return self.arguments_in_brackets()
        if self.at("open", "{"):
            inner = self.atom()
            return inner.items if isinstance(inner, SetOf) else (inner,)
        negative = self.skip("op", "-")
        factors = [self.expr(self.power())]
        while self.here.kind not in _ENDS_ARGUMENT and self.starts_factor(factors, factors[-1]):
            begin = self.position
            right = self.expr(self.power())
            mixed = self.mixed(factors[-1], right) or self.called(factors[-1], right, begin)
            if mixed is None:
                factors.append(right)
            else:
                factors[-1] = self.expr(mixed)
        node = factors[0] if len(factors) == 1 else Product(tuple(factors))
        return (Negate(node) if negative else node,)

    def big_operator(self) -> Node:
        r"""`\sum_{k=1}^n`, `\int_a^b ... dx`, `\lim_{x \to a}`."""
        kind = self.take().value
        self.deeper()
        lower: Node | None = None
        upper: Expr | None = None
        for _ in range(2):
            if self.at("op", "_"):
                self.take()
                lower = self._bound()
            elif self.at("op", "^"):
                self.take()
                upper = self.argument()
        variable: Expr | None = None
        if isinstance(lower, Relation) and len(lower.operators) == 1 and lower.operators[0] in {"=", "to"}:
            variable, lower = self.expr(lower.sides[0]), lower.sides[1]
        if kind == "integral":
            self.open_integrals += 1
            body = self.expr(self.sum())
            self.open_integrals -= 1
            variable = self._differential()
        else:
            body = self.expr(self.product())
        self.depth -= 1
        start = self.expr(lower) if lower is not None else None
        return BigOperator(kind, body, variable, start, upper)

    def _bound(self) -> Node:
        if self.skip("group"):
            node = self.isolated()
            self.expect("endgroup")
            return node
        if self.at("num"):
            return numeral(self.take().value)
        return self.argument()

    def _differential(self) -> Expr:
        token = self.take()
        if token.kind in {"word", "text"} and len(token.value) == 2 and token.value[0] == "d":
            return Symbol(token.value[1])
        if token.value == "d" and self.here.kind == "letter":
            return Symbol(self.take().value)
        self.position -= 1
        self.fail("an integral without its variable")
