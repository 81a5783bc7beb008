r"""The grammar of expressions: sums, products, powers, functions, from tokens to :class:`~.syntax.Expr`.

Recursive descent. Most rules look one token ahead; some look further, a few of them save their place and
return to it, and both are bounded, so that reading stays linear. The depth is bounded before Python's own.
Factors side by side are multiplied, `/` binds to the left like `\cdot`, a named function takes the product
that follows it up to the next function, and a letter before brackets is a call only where that is the usual
reading (`f(x)`, `P(x)`, `g(1, 2)`). Whatever does not fit raises :class:`~.tokens.ReadError`: nothing is
skipped.

It leaves what holds expressions together (lists, relations, sets, units) to :mod:`~.reader`.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

from fractions import Fraction
from typing import Final

from rewards.answers.notation.units import UNIT_LETTERS, is_unit
from rewards.answers.notation.words import CLASSIFIERS
from rewards.answers.reading.atoms import AtomParser
from rewards.answers.reading.letters import is_product_of_letters
from rewards.answers.reading.numerals import ORDINALS, exact, numeral, ordinal_ending
from rewards.answers.reading.tokens import ReadError
from rewards.answers.tree.shapes import is_literal, is_numeric, mixed_number
from rewards.answers.tree.syntax import (
    Apply,
    Binomial,
    Call,
    Constant,
    Degrees,
    Dots,
    Expr,
    Factorial,
    Interval,
    NamedSet,
    Negate,
    Node,
    Number,
    Percent,
    PlusMinus,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    Symbol,
    Tuple,
    walk,
)

__all__ = ["ExpressionParser"]

_STARTS: Final = frozenset(["letter", "const", "fun", "cmd", "mark", "big", "begin", "set"])
_CLOSERS: Final = frozenset(["eof", "close", "endgroup", "sep", "rel", "row", "stop", "end", "infix"])


class ExpressionParser(AtomParser):
    """Reads sums, products and powers; see the module's docstring for the grammar."""

    def sum(self) -> Node:
        """Terms with signs between them."""
        first = self.signed()
        token = self.here
        if token.kind != "op" or token.value not in {"+", "-", "pm", "mp"}:
            return first
        if token.value == "-" and isinstance(first, (NamedSet, Interval)) and self.ahead().kind == "open":
            return first  # the difference of two sets
        terms = [self.expr(first)]
        while True:
            token = self.here
            if token.kind == "dots" and len(terms) > 1:
                self.take()
                terms.append(Dots())
                continue
            if token.kind != "op" or token.value not in {"+", "-", "pm", "mp"}:
                break
            self.take()
            if self.at("dots"):
                self.take()
                terms.append(Dots())
                continue
            if self.at("op") and self.here.value in {"+", "-"}:
                self.fail("two signs in a row")
            term = self.expr(self.product())
            terms.append(_signed(token.value, term))
        return Sum(tuple(terms))

    def signed(self) -> Node:
        """A product with at most one sign before it."""
        token = self.here
        if token.kind == "op" and token.value in {"+", "-", "pm", "mp"}:
            self.take()
            if self.at("op") and self.here.value in {"+", "-", "pm", "mp"}:
                self.fail("two signs in a row")
            operand = self.product()
            if token.value == "+":
                return operand
            return _signed(token.value, self.expr(operand))
        return self.product()

    def product(self) -> Node:
        """Factors, by a sign or side by side."""
        node = self.power()
        factors: list[Expr] = []
        while self.here.kind not in _CLOSERS:
            divided = self._divided(factors, node)
            if divided is not None:
                node = divided
                continue
            side_by_side, begin = not self.at("op"), self.position
            right = self._next_factor(factors, node)
            if right is None:
                break
            mixed = self.mixed(node, right) or self.called(node, right, begin) if side_by_side else None
            if mixed is not None:
                node = mixed
            else:
                factors.append(self.expr(node))
                node = right
        return self._joined(factors, node) if factors else node

    def mixed(self, whole: Node, part: Node) -> Node | None:
        r"""A whole number and the fraction beside it as one number; 0 before a fraction is never a factor."""
        number = mixed_number(whole, part)
        if number is None and isinstance(whole, Number) and whole.value == 0 and isinstance(part, Quotient):
            self.fail("nought beside a fraction")
        return number

    def called(self, node: Node, argument: Node, begin: int) -> Expr | None:
        r"""`I(0)`, `S_n(2)`, `\dot{x}(1)`, `SU(2)`: a name before a number in brackets, which is no factor.

        `argument` is what was read from the token at `begin` on. None where both are factors: `x(y+1)`,
        `(x)(2)`, `P(1.05)^t`.
        """
        if isinstance(argument, Tuple) and len(argument.items) == 1:
            argument = argument.items[0]
        if not isinstance(argument, Expr):
            return None
        if isinstance(node, Symbol) and _AFTER in node.name and self._begins_bracket(begin):
            return Call(node, (argument,))
        power: Expr | None = None
        if isinstance(argument, Power) and self.tokens[self.position - 1].kind != "close":
            power, argument = argument.exponent, argument.base
        if not (is_literal(argument) and self._begins_bracket(begin)):
            return None
        unseen = argument in _UNSEEN_FACTORS
        if power is not None and not is_numeric(power) and not unseen:
            return None
        before = self.tokens[begin - 1].kind
        name = _callee(node) if before != "close" else None
        if name is None:
            if (unseen and before != "close" and not is_numeric(node)) or (
                (before in _NAMES and isinstance(node, Quotient))
                or _is_inverse(node)
                or _is_of_functions(node)
            ):
                self.fail("a function of a number, or a factor")
            return None
        call: Expr = Call(name[-1], (argument,))
        if power is not None:
            call = Power(call, power)
        return Product((*name[:-1], call)) if name[:-1] else call

    def _begins_bracket(self, begin: int) -> bool:
        """Return True if the token at a place opens a bracket, maybe in braces of its own."""
        while self.tokens[begin].kind == "group":
            begin += 1
        return self.tokens[begin][:2] in {("open", "("), ("open", "[")}

    def _divided(self, factors: list[Expr], node: Node) -> Node | None:
        """The last factor over what follows `/`; or all of them modulo what follows `mod`."""
        if self.skip("op", "/"):
            return Quotient(self.expr(node), self.expr(self.signed_factor()))
        if self.skip("op", "mod"):
            value = self._joined(factors, node)
            factors.clear()
            return Apply("mod", (value, self.expr(self.power())))
        return None

    def _next_factor(self, factors: list[Expr], node: Node) -> Node | None:
        """Read the next factor of the product; None where it ends."""
        token = self.here
        if self.skip("op", "*"):
            return Dots() if self.skip("dots") else self.signed_factor()
        if token.kind == "op":
            return self.power() if token.value in {"|", "||"} and self.bar_opens() else None
        if token.kind == "num":
            if not self._scientific_or_mixed(node):
                return None
            return self._plain_fraction() if self.ahead().value == "/" else self.power()
        if token.kind == "dots":
            return self.atom() if factors else None
        return self.power() if self.starts_factor(factors, node) else None

    def _joined(self, factors: list[Expr], last: Node) -> Expr:
        if not factors:
            return self.expr(last)
        return Product((*factors, self.expr(last)))

    def signed_factor(self) -> Node:
        """A factor after an explicit sign; it may have a minus of its own."""
        if self.skip("op", "-"):
            if self.at("op", "-"):
                self.fail("two signs in a row")
            return Negate(self.expr(self.power()))
        return self.power()

    def _scientific_or_mixed(self, before: Node) -> bool:
        """Return True if a number may stand beside its predecessor: `2.9 10^{-23}`, `2 1/2`, `(n+1)2^n`."""
        if not isinstance(before, Number):
            return self.ahead()[:2] in {("op", "^"), ("op", "!")} and not self.circ_ahead()
        if not self.here.gap:
            return False
        if self.here.value == "10" and self.ahead().value == "^":
            return True
        above, slash, below = self.here, self.ahead(), self.ahead(2)
        return (
            isinstance(before.value, int)
            and above.value.isdecimal()
            and slash.value == "/"
            and below.kind == "num"
            and below.value.isdecimal()
            and len(above.value) < 20 > len(below.value)
            and int(above.value) < int(below.value)
        )

    def _plain_fraction(self) -> Quotient:
        """The `1/2` of `2 1/2`."""
        above = numeral(self.take().value)
        self.take()
        return Quotient(above, numeral(self.take().value))

    def starts_factor(self, factors: list[Expr], node: Node) -> bool:
        """Return True if the token here begins a factor that stands beside the last one."""
        token = self.here
        kind = token.kind
        if kind == "letter":
            if is_numeric(node) and self.more_time():
                return False
            if isinstance(node, Degrees) and token.value in {"C", "F"} and self._ends_after():
                return False
            return not (self.open_integrals and token.value == "d" and self.ahead().kind == "letter")
        if kind == "cmd" and self.unit_fraction():
            return False
        if kind in _STARTS or kind == "group":
            return not (self.unit_like_function() and is_numeric(node) and self._ends_after())
        if kind == "open":
            if token.value == "(" and self.holds_condition():
                return False
            return token.value != "{" or not isinstance(node, Expr)
        if kind == "text" and token.value in CLASSIFIERS:
            return False
        if self.marked_call():
            return True
        if kind in {"word", "text"}:
            numeric = is_numeric(node) and all(is_numeric(factor) for factor in factors)
            if numeric and (
                is_unit(token.value)
                if kind == "word"
                else token.value in UNIT_LETTERS or len(token.value) > 1
            ):
                return False
            if self.open_integrals and token.value[0] == "d" and len(token.value) == 2:
                return False
            return len(token.value) == 1 or is_product_of_letters(token)
        return False

    def _ends_after(self) -> bool:
        return self.ahead().kind in _CLOSERS

    # --- powers and what follows an atom

    def power(self) -> Node:
        """An atom with its exponents, factorials, per cent and degree signs."""
        node = self.atom()
        while True:
            token = self.here
            if token.kind != "op":
                if token.value in ORDINALS and isinstance(node, Number) and not token.gap:
                    node = self._ordinal(node)
                break
            value = token.value
            if value == "^":
                self.take()
                if isinstance(node, Number) and self.here.kind == "group" and self.ahead().value in ORDINALS:
                    self.take()
                    node = self._ordinal(node)
                    self.expect("endgroup")
                    break
                if self._circ():
                    node = self._minutes(Degrees(self.expr(node)))
                    continue
                if self._primes():
                    node = _primed(self.expr(node), 1)
                    continue
                node = self.raised(node)
            elif value == "!":
                if self.ahead().value == "!" and not self.ahead().gap:
                    self.take()
                    self.take()
                    node = Factorial(self.expr(node), 2)
                else:
                    self.take()
                    node = Factorial(self.expr(node))
                if self.at("op", "!"):
                    self.fail("too many factorial signs")
            elif value == "%":
                self.take()
                node = Percent(self.expr(node))
            elif value in {"deg", "circ"}:
                self.take()
                if isinstance(node, Symbol) and value == "circ" and self.here.kind == "letter":
                    node = Symbol(
                        f"{node.name}{_AFTER}{self.take().value}", node.index, node.mark, node.primes
                    )
                    continue
                node = self._minutes(Degrees(self.expr(node)))
            elif value == "_" and isinstance(node, Call) and not node.head.index:
                self.take()
                head = Symbol(node.head.name, (self.subscript(),), node.head.mark, node.head.primes)
                node = Call(head, node.arguments)
            else:
                break
        return node

    def _ordinal(self, number: Number) -> Quantity:
        """`12th`, `3^{rd}`: which one it is, with the letters that belong to the number."""
        value = number.value
        if not isinstance(value, int) or self.take().value != ordinal_ending(value):
            self.fail("an ordinal number that is none")
        return Quantity(number, "th")

    def raised(self, base: Node) -> Node:
        if isinstance(base, NamedSet) and self.here.value in {"+", "-", "*"}:
            return NamedSet(base.name + self.take().value)
        if isinstance(base, NamedSet) and self.here.kind == "group" and self.ahead().value in {"+", "-", "*"}:
            self.take()
            name = base.name + self.take().value
            self.expect("endgroup")
            return NamedSet(name)
        exponent = self.argument()
        if isinstance(base, Symbol) and base.name == "C" and base.index and _small(exponent):
            return Binomial(self.expr(base.index[0]), exponent)
        return Power(self.expr(base), exponent)

    def _circ(self) -> bool:
        """Consume a degree sign, in any of its spellings, as the exponent; True if there was one."""
        token = self.here
        if token.kind == "op" and token.value in {"circ", "deg"}:
            self.take()
            return True
        if token.kind == "text" and token.value == "o":
            self.take()
            return True
        if token.kind == "group" and self.ahead(2).kind == "endgroup":
            inner = self.ahead()
            if (inner.kind == "op" and inner.value in {"circ", "deg"}) or (
                inner.kind == "text" and inner.value == "o"
            ):
                self.position += 3
                return True
        return False

    def _primes(self) -> bool:
        if self.skip("op", "'"):
            return True
        if self.at("group") and self.ahead()[:2] == ("op", "'") and self.ahead(2).kind == "endgroup":
            self.position += 3
            return True
        return False

    def _minutes(self, degrees: Degrees) -> Node:
        r"""`37^\circ 30'` as one angle."""
        angle = degrees
        for divisor, marks in ((60, 1), (3600, 2)):
            size = self._angle_part(marks)
            if not size:
                break
            if not isinstance(angle.operand, Number):
                self.fail("minutes after an angle that is not a number")
            part = Fraction(int(self.here.value[:9]), divisor)
            self.position += size
            angle = Degrees(Number(exact(Fraction(angle.operand.value) + part)))
        return angle

    def _angle_part(self, marks: int) -> int:
        """Return the number of tokens that `30'` or `52''` takes here, or 0."""
        if not (self.at("num") and self.here.value.isdecimal()):
            return 0
        step, written = 1, 0
        while self.ahead(step).kind in {"group", "endgroup", "quote"} or self.ahead(step).value in {
            "^",
            "'",
            "''",
        }:
            token = self.ahead(step)
            written += 2 if token.kind == "quote" else token.value.count("'")
            step += 1
            if written >= marks and self.ahead(step).kind != "endgroup":
                break
        return step if written == marks else 0

    def argument(self) -> Expr:
        """An exponent or the argument of a command: a group, or one token."""
        token = self.here
        if token.kind == "group":
            self.take()
            self.deeper()
            inner = self.isolated()
            self.expect("endgroup")
            self.depth -= 1
            return self.expr(inner)
        if token.kind == "op" and token.value in {"-", "+"}:
            sign = self.take().value
            operand = self.expr(self.power())
            return Negate(operand) if sign == "-" else operand
        if token.kind in {"letter", "num", "const"}:
            return self.expr(self.single())
        self.deeper()
        node = self.expr(self.atom())
        if self.at("op", "^"):
            self.take()
            node = Power(node, self.argument())
        self.depth -= 1
        return node


def _signed(sign: str, operand: Expr) -> Expr:
    if sign == "+":
        return operand
    if sign == "-":
        return Negate(operand)
    return PlusMinus(operand, 1 if sign == "pm" else -1)


def _primed(node: Expr, count: int) -> Expr:
    if isinstance(node, Symbol):
        return Symbol(node.name, node.index, node.mark, node.primes + count)
    message = "a prime on something that is no name"
    raise ReadError(message)


_AFTER: Final = "\N{RING OPERATOR}"
"""Separator of the names of functions applied one after the other."""
_NAMES: Final = frozenset({"letter", "word", "text"})
"""Kinds of tokens that a name may end in."""
_UNSEEN_FACTORS: Final = (Number(0), Number(1), Number(0, 1), Number(1, 1))
"""Factors that nobody writes in brackets behind a name: they say that what stands there is an argument."""


def _callee(node: Node) -> tuple[Symbol, ...] | None:
    """Return the callee of a number in brackets: the letters before the name, and the name last."""
    match node:
        case Symbol():
            return (node,)
        case Constant("e" | "i" as name):
            return (Symbol(name),)
        case Product(factors):
            names = tuple(factor for factor in factors if isinstance(factor, Symbol))
            if len(names) < len(factors):
                return None
            return (Symbol("".join(_plain_names(names))),) if _plain_names(names) else names
        case _:
            return None


def _plain_names(names: tuple[Symbol, ...]) -> list[str]:
    """The capital letters that spell a name together, as in `SU(2)`; none where they do not."""
    plain = [name.name for name in names if name == Symbol(name.name) and name.name.isupper()]
    return plain if len(plain) == len(names) else []


def _is_inverse(node: Node) -> bool:
    match node:
        case Power(base, Negate(Number(1))):
            return not is_numeric(base)
        case _:
            return False


def _is_of_functions(node: Node) -> bool:
    r"""`f + g`, `f \circ g`: put together from functions alone."""
    names = {part for part in walk(node) if isinstance(part, Symbol)}
    return bool(names) and all(name.name in {"f", "g", "h"} for name in names)


def _small(node: Expr) -> bool:
    return isinstance(node, (Number, Symbol, Sum, Negate, Product))
