"""Meanings of letters: unknowns with subscripts and primes, functions called by name, points, digits.

A letter before brackets is a call only where everyone reads it so: `f(x)`, `P(x)`, `g(1, 2)`. A run of
letters is a product of unknowns where it is short and no word. Named functions (`sin`) are in
:mod:`~.applications`.
"""

# ruff: noqa: C901, PLR0911 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: RET503 - what ends in fail() does not return

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.functions import LETTERS, applied
from rewards.answers.notation.units import is_unit
from rewards.answers.notation.words import CONNECTIVES, HEDGES, NUMBER_WORDS, SCALES, SMALL_WORDS
from rewards.answers.reading.cursor import Cursor
from rewards.answers.reading.numerals import in_words, numeral
from rewards.answers.tree.syntax import (
    INFINITY,
    PI,
    BaseNumeral,
    Binomial,
    Call,
    E,
    Expr,
    I,
    Listing,
    Node,
    Number,
    Power,
    Product,
    Symbol,
)

if TYPE_CHECKING:
    from rewards.answers.reading.tokens import Token

__all__ = ["CONSTANTS", "LetterParser", "is_product_of_letters"]

CONSTANTS: Final = {"pi": PI, "infinity": INFINITY}
"""Tokens of kind `const` and what they stand for."""

_CALLED: Final = frozenset(["f", "g", "h", "F", "G", "H", "phi", "psi", "varphi", "Gamma", "zeta"])
_DIGIT_KINDS: Final = frozenset({"num", "letter", "word", "text"})
_NO_NAMES: Final = HEDGES | CONNECTIVES | SMALL_WORDS | NUMBER_WORDS.keys() | SCALES.keys()
"""Words before brackets that are no names of functions."""
_BASE_WORDS: Final = {word: base for word, base in NUMBER_WORDS.items() if 2 <= base <= 10}


class LetterParser(Cursor):
    """Reads symbols, words and numerals with a base."""

    def symbol(self, name: str, *, called: bool = True) -> Node:
        """A letter with its subscript and primes, and its arguments where it is a function."""
        if name == "e" and not (self.at("op", "_") or self.at("op", "'")):
            return E
        if name == "i" and not (self.at("op", "_") or self.at("op", "'")):
            return I
        index: tuple[Node, ...] = ()
        primes = 0
        mark = ""
        if called and self.at("num") and not self.here.gap and self.here.value.isdecimal() and len(name) == 1:
            index = (numeral(self.take().value),)
        elif self.at("op", "_"):
            self.take()
            based = self.letters_in_base(name)
            if based:
                return based
            index = (self.subscript(),)
        while self.at("op", "'") or self.at("op", "''"):
            primes += len(self.take().value)
        if name in _CALLED and self.at("op", "^"):
            primes += self._raised_primes()
        if not called:
            return Symbol(name, index, mark, primes)
        if name in _CALLED and self.at("op", "^") and self._inverse_ahead():
            self.position += 5
            mark = "inverse"
        if name == "C" and not index and self.at("op", "^"):
            return self._combinations()
        symbol = Symbol(name, index, mark, primes)
        if self._is_call(name, primes):
            arguments = self.arguments_in_brackets()
            if name == "C" and len(arguments) == 2 and not index:
                return Binomial(self.expr(arguments[0]), self.expr(arguments[1]))
            row = LETTERS.get(name)
            known = applied(row.name, arguments) if row and symbol == Symbol(name) else None
            return known or Call(symbol, arguments)
        return symbol

    def _raised_primes(self) -> int:
        r"""Consume the primes in the exponent of a function and return their number: `f^{\prime}(x)`."""
        count = 0
        while self.ahead(2 + count)[:2] == ("op", "'"):
            count += 1
        if not count or self.ahead().kind != "group" or self.ahead(2 + count).kind != "endgroup":
            return 0
        self.position += count + 3
        return count

    def single(self) -> Node:
        r"""One token as an argument: `\frac12`, `x^2`."""
        token = self.take()
        if token.kind == "num":
            node: Node = numeral(token.value)
            if self.at("op", "^"):  # plain 9^9^9 is read from the right
                self.take()
                self.deeper()
                node = Power(self.expr(node), self.argument())
                self.depth -= 1
            return node
        if token.kind == "const":
            return CONSTANTS[token.value]
        if token.kind in {"letter", "text"} and (len(token.value) == 1 or token.kind == "letter"):
            return self.symbol(token.value, called=False)
        self.position -= 1
        self.fail("expected one symbol")

    def _combinations(self) -> Node:
        """`C^k_n`; without a subscript, a power of C."""
        self.take()
        lower = self.argument()
        if not self.skip("op", "_"):
            return Power(Symbol("C"), lower)
        return Binomial(self.argument(), lower)

    def _inverse_ahead(self) -> bool:
        wanted = (("op", "^"), ("group", "{"), ("op", "-"), ("num", "1"), ("endgroup", "}"))
        return all(self.ahead(step)[:2] == pair for step, pair in enumerate(wanted)) and self.ahead(5)[
            :2
        ] == (
            "open",
            "(",
        )

    def _is_call(self, name: str, primes: int) -> bool:
        """Return True if brackets after a letter hold its arguments."""
        if not self.at("open", "(") or (self.here.gap and name not in _CALLED):
            return name == "E" and self.at("open", "[")  # an expected value
        if name in _CALLED or primes or (name == "P" and self.holds_condition()):
            return True
        if not (len(name) == 1 and name.isalpha()):
            return False
        if name.isupper() and self.ahead().kind == "letter" and self.ahead(2).kind == "close":
            return True
        if self.position == 1 and self.ahead().kind == "letter" and self.ahead(3)[:2] == ("rel", "="):
            return self.ahead(2).kind == "close"  # `p(x) = ...`
        if self.holds_condition():
            return False
        level = 0
        for step in range(1, 40):
            token = self.ahead(step)
            if token.kind == "open":
                level += 1
            elif token.kind == "close":
                if level == 0:
                    return False
                level -= 1
            elif token.kind == "sep" and level == 0:
                return True
            elif token.kind == "eof":
                return False
        return False

    def arguments_in_brackets(self) -> tuple[Node, ...]:
        self.expect("open")
        self.deeper()
        inner = self.isolated()
        self.expect("close")
        self.depth -= 1
        return inner.items if isinstance(inner, Listing) else (inner,)

    def subscript(self) -> Node:
        """Read the subscript of a letter: a word, a number, or any expression."""
        if not self.at("group"):
            token = self.here
            if token.kind in {"word", "text", "fun"}:
                self.take()
                return Symbol(token.value)
            if token.kind == "num" and not token.value.isdecimal():
                self.fail("a decimal as subscript")
            return self.single_index()
        self.take()
        names: list[Token] = []
        while self.here.kind in {"letter", "word", "text", "fun", "num"}:
            names.append(self.take())
        if names and self.at("endgroup"):
            self.take()
            if len(names) == 1 and names[0].kind == "num":
                return numeral(names[0].value)
            return Symbol("".join(token.value for token in names))
        self.position -= len(names)
        self.deeper()
        inner = self.isolated()
        self.expect("endgroup")
        self.depth -= 1
        return inner

    def single_index(self) -> Node:
        """One token under a letter."""
        token = self.take()
        if token.kind == "num":
            return numeral(token.value)
        if token.kind in {"letter", "set", "const"} or token.value in {"+", "-", "*"}:
            return Symbol(token.value)
        self.position -= 1
        self.fail("expected a subscript")

    def word(self) -> Node:
        """A run of letters: a product of unknowns, a point or a segment, or a number in words."""
        token = self.here
        value = token.value
        if token.kind == "text" and value.lower() in NUMBER_WORDS:
            size, number = in_words(self.tokens, self.position)
            self.position += size
            return Number(number)
        if self.marked_call():
            self.take()
            return Call(Symbol(value), self.arguments_in_brackets())
        if len(value) == 1:
            self.take()
            return self.symbol(value)
        if self.ahead().value == "_" and value.isupper():
            self.take()
            self.take()
            based = self.letters_in_base(value)
            if based:
                return based
            self.position -= 2
        if not is_product_of_letters(token):
            self.fail("a word")
        self.take()
        # The last letter may carry a subscript, a prime or arguments of its own.
        letters: list[Expr] = [E if c == "e" else I if c == "i" else Symbol(c) for c in value[:-1]]
        last = self.expr(self.symbol(value[-1], called=value[-1] in _CALLED))
        if self.at("op", "^") and not self.circ_ahead():
            self.take()
            last = self.expr(self.raised(last))
        return Product((*letters, last))

    def marked_call(self) -> bool:
        r"""Return True at a word marked as a name before its arguments: `\operatorname{Cov}(X, Y)`.

        Whatever its function is, it is never a product, and equal only to itself at equal arguments.
        """
        token, value = self.here, self.here.value
        if (
            token.kind != "text"
            or self.ahead()[:2] != ("open", "(")
            or not (value.isascii() and value.isalpha())
        ):
            return False
        if value.isupper():
            return True
        return len(value) > 1 and not is_unit(value) and value.lower() not in _NO_NAMES

    def circ_ahead(self) -> bool:
        return self.ahead().value in {"circ", "deg"} or self.ahead(2).value in {"circ", "deg"}

    def marked(self) -> Node:
        r"""`\vec{a}`, `\overline{AB}`, `\angle ABC`, `\mathbf{i}`."""
        mark = self.take().value
        if mark in {"angle", "triangle"}:
            return self._figure(mark)
        grouped = self.skip("group")
        bold = grouped and mark != "bold" and self.skip("mark", "bold") and self.skip("group")
        names: list[Token] = []
        while self.here.kind in {"word", "text", "letter", "num"} and (grouped or not names):
            names.append(self.take())
        if bold:
            self.expect("endgroup")
        name = "".join(token.value for token in names)
        if grouped and self.here.value == "_" and self.ahead(2).kind != "endgroup" and mark != "bold":
            name += self.points()
        if mark == "bold" and not (len(names) == 1 and name in {"i", "j", "k"}):
            # Bold is only weight, except on the unit vectors.
            self.position -= len(names)
            node = self.listing() if grouped else self.atom()
            if grouped:
                self.expect("endgroup")
            return node
        if not names:
            self.fail("nothing under a mark")
        if mark in {"bold", "hat", "vec"} and name in {"i", "j", "k"}:
            mark = "unit"
        index: tuple[Node, ...] = ()
        if self.at("op", "_"):
            self.take()
            index = (self.subscript(),)
        if grouped:
            self.expect("endgroup")
        if self.at("op", "_") and not index:
            if mark == "bar" and name.isdecimal():
                return self.based(name)  # the digits of one numeral: `\overline{1221}_3`
            self.take()
            index = (self.subscript(),)
        return Symbol(name, index, mark)

    def _figure(self, mark: str) -> Symbol:
        name = self.points()
        if not name:
            self.fail(f"{mark} of what")
        turned = mark == "angle" and name.isalpha()  # the angle CBA is the angle ABC
        return Symbol(min(name, name[::-1]) if turned else name, (), mark)

    def points(self) -> str:
        """The names of points side by side: `ABC`, `A_1 B_1`, `A'B'`."""
        name = ""
        while True:
            token = self.here
            if (
                token.kind in {"word", "text", "letter"}
                or (token.kind == "num" and name)
                or (name and token.value == "'")
            ):
                name += self.take().value
            elif name and token.value == "_":
                self.take()
                grouped = self.skip("group")
                name += "_" + self.take().value
                if grouped:
                    self.expect("endgroup")
            else:
                return name

    # --- numerals with a base

    def based(self, digits: str) -> Node:
        self.take()
        base = self._base()
        if base is None or not _valid(digits, base):
            self.fail(f"{digits[:20]} is no numeral of that base")
        return BaseNumeral(digits.upper(), base)

    def letters_in_base(self, name: str) -> BaseNumeral | None:
        """`FF_{16}`: letters as digits, only for bases above ten."""
        if not name.isupper() or not name.isascii():
            return None
        saved = self.position
        base = self._base()
        if base is not None and base > 10 and base in {11, 12, 16, 36} and _valid(name, base):
            return BaseNumeral(name, base)
        self.position = saved
        return None

    def mixed_digits(self) -> BaseNumeral | None:
        """`1C_{16}`, `A5_{11}`: digits and letters of one numeral."""
        following = self.ahead()
        if following.kind not in _DIGIT_KINDS or following.gap or self.here.kind not in _DIGIT_KINDS:
            return None
        digits, step = self._digits_ahead()
        return self._digits_with_base(digits, step) if any(map(str.isdigit, digits)) else None

    def bracketed_digits(self) -> BaseNumeral | None:
        """`(3A)_{16}`, after its bracket."""
        digits, step = self._digits_ahead()
        return self._digits_with_base(digits, step + 1) if self.ahead(step)[:2] == ("close", "(") else None

    def _digits_ahead(self) -> tuple[str, int]:
        """Digits and letters without a gap, and how many tokens they take."""
        step, digits = 0, ""
        while self.ahead(step).kind in _DIGIT_KINDS and step < 12 and not (step and self.ahead(step).gap):
            digits += self.ahead(step).value
            step += 1
        return digits, step

    def _digits_with_base(self, digits: str, step: int) -> BaseNumeral | None:
        """The numeral, if a base above ten stands under what comes after `step` tokens."""
        if self.ahead(step)[:2] != ("op", "_") or not digits.isupper():
            return None
        saved = self.position
        self.position += step + 1
        base = self._base()
        if base is not None and base > 10 and _valid(digits, base):
            return BaseNumeral(digits, base)
        self.position = saved
        return None

    def _base(self) -> int | None:
        """The base written as a subscript."""
        grouped = self.skip("group")
        bracketed = self.skip("open", "(")
        token = self.take()
        if (bracketed and not self.skip("close", "(")) or (grouped and not self.skip("endgroup")):
            return None
        if token.kind == "num" and token.value.isdecimal() and len(token.value) < 3:
            base = int(token.value)
        else:
            base = _BASE_WORDS.get(token.value.lower(), 0)
        return base if 2 <= base <= 36 else None


def is_product_of_letters(token: Token) -> bool:
    """Return True if a run of letters is a product of unknowns or a name of points, and not a word."""
    value = token.value
    if not value.isascii() or (value in SMALL_WORDS) or (is_unit(value) and token.kind == "text"):
        return False
    if value.isupper():
        return len(value) <= 4
    if token.kind == "text":
        return len(value) == 2 and value[0] == "d"  # marked as one name it is none, but for `\\mathrm{dx}`
    if len(value) == 2:
        return True
    if len(value) == 3:
        return token.kind == "word"
    return len(value) <= 5 and all(ord(after) - ord(before) == 1 for before, after in pairwise(value))


def _valid(digits: str, base: int) -> bool:
    return digits.isalnum() and digits.isascii() and all(int(digit, 36) < base for digit in digits.lower())
