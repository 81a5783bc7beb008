r"""Letters: unknowns with subscripts and primes, calls, names with marks, words, points of geometry.

A letter before brackets is a call only where everyone reads it so: `f(x)`, `P(x)`, `g(1, 2)`. A run of
letters is a product of unknowns where it is short and no word.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.functions import LETTERS, applied
from rewards.answers.notation.units import is_unit
from rewards.answers.notation.words import CONNECTIVES, HEDGES, NUMBER_WORDS, SCALES, SMALL_WORDS
from rewards.answers.reading.bases import based
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.numerals import in_words, numeral
from rewards.answers.reading.parser import FURTHEST, Binding
from rewards.answers.reading.tokens import Token
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import transposed

if TYPE_CHECKING:
    from rewards.answers.reading.parser import Parser

__all__ = [
    "CONSTANTS",
    "LETTER_CONSTANTS",
    "argument",
    "arguments_in_brackets",
    "bare_symbol",
    "circ_ahead",
    "constant",
    "indexed",
    "indexes_combinations",
    "is_product_of_letters",
    "letter",
    "marked",
    "marked_call",
    "raised",
    "stands_in_arithmetic",
    "subscript",
    "took_above",
    "word",
]

CONSTANTS: Final = {"pi": s.PI, "infinity": s.INFINITY}
"""Tokens of kind `const` and what they stand for."""
LETTER_CONSTANTS: Final = {"e": s.E, "i": s.I}
"""Letters that stand for a number where they carry no index."""

_CALLED: Final = frozenset(["f", "g", "h", "F", "G", "H", "phi", "psi", "varphi", "Gamma", "zeta"])
_NO_NAMES: Final = HEDGES | CONNECTIVES | SMALL_WORDS | NUMBER_WORDS.keys() | SCALES.keys()
"""Words before brackets that are no names of functions."""
_NO_PRODUCTS: Final = (HEDGES - {"at", "be", "up"}) | CONNECTIVES | NUMBER_WORDS.keys()
"""Words that are no products of letters, wherever they stand."""
_OPERATORS: Final = frozenset((Kind.OP, sign) for sign in "+-*/^") | {(Kind.GROUP, "{"), (Kind.ENDGROUP, "}")}
_NAMES: Final = frozenset([Kind.WORD, Kind.TEXT, Kind.LETTER])
_INDEXES: Final = frozenset([Kind.LETTER, Kind.SET, Kind.CONST, Kind.WORD, Kind.TEXT, Kind.FUN])
_SIGNS: Final = frozenset(["+", "-", "*"])
_UNIT_VECTORS: Final = frozenset(["i", "j", "k"])
_VECTORS: Final = frozenset({"bold", "vec"})
_TRANSPOSITIONS: Final = ((Kind.OTHER, "\\top"), (Kind.OTHER, "\\intercal"), (Kind.TEXT, "T"))
_BELOW: Final = (Kind.OP, "_")
_NOTHING: Final = Token(Kind.EOF, "")
_UNIT_MARKS: Final = dict.fromkeys(("bold", "hat", "vec"), "unit")
_FIGURES: Final = frozenset(["angle", "triangle"])
_SIGN_INDEXES: Final = frozenset(
    {"perp", "parallel", "triangle", "angle", "*", "\\odot", "\\oplus", "\\otimes"}
)
"""Signs that may stand alone under a letter."""
_COUNTS: Final = frozenset({"C", "P"})
_INVERSE: Final = ((Kind.OP, "^"), (Kind.GROUP, "{"), (Kind.OP, "-"), (Kind.NUM, "1"), (Kind.ENDGROUP, "}"))
_CALL: Final = (Kind.OPEN, "(")
_PRIMES: Final = frozenset(["'", "''"])
_LONGEST_POINTS: Final = 4
_LONGEST_PRODUCT: Final = 3
_LONGEST_ALPHABET: Final = 5
_PAIR: Final = 2


# --- single letters


def letter(parser: Parser) -> s.Node:
    """A letter with its subscript and primes, and its arguments where it is a function."""
    return _symbol(parser, parser.take().value)


def _symbol(parser: Parser, name: str) -> s.Node:
    symbol = bare_symbol(parser, name, glued=True)
    if not isinstance(symbol, s.Symbol):
        return symbol
    if parser.at(Kind.OP, "^"):
        if name == "C" and not symbol.index:
            return _combinations(parser)
        if name in _CALLED and _is_inverse(parser):
            parser.advance(len(_INVERSE))
            symbol = s.Symbol(name, symbol.index, "inverse", symbol.primes)
    if parser.here.kind == Kind.OPEN and _is_call(parser, symbol):
        return _called(parser, symbol)
    if name in _CALLED and parser.here.kind == Kind.GROUP and parser.holds_brackets():
        parser.take()  # `f{\left(x \right)}`
        node = _called(parser, symbol)
        parser.expect(Kind.ENDGROUP)
        return node
    return symbol


def constant(parser: Parser) -> s.Node:
    r"""`\pi`, `\infty`."""
    return CONSTANTS[parser.take().value]


def bare_symbol(parser: Parser, name: str, *, glued: bool = False) -> s.Expr:
    """A letter without arguments; digits may be `glued` to it as its subscript: `x1`."""
    here = parser.here
    if name in LETTER_CONSTANTS and not (here.kind == Kind.OP and here.value in {"_", "'"}):
        return LETTER_CONSTANTS[name]
    index: tuple[s.Node, ...] = ()
    if glued and here.kind == Kind.NUM and not here.gap and len(name) == 1 and here.value.isdecimal():
        index = (numeral(parser.take().value),)
    elif here[:2] == _BELOW:
        parser.take()
        index = (subscript(parser),)
    return s.Symbol(name, index, "", _primes(parser))


def _primes(parser: Parser) -> int:
    count = 0
    while parser.here.kind == Kind.OP and parser.here.value in _PRIMES:
        count += len(parser.take().value)
    return count


def _is_inverse(parser: Parser) -> bool:
    """Return True if `^{-1}(` follows a function."""
    return all(parser.ahead(step)[:2] == pair for step, pair in enumerate((*_INVERSE, _CALL)))


def _combinations(parser: Parser) -> s.Node:
    """`C^k_n`; without a subscript, a power of C."""
    parser.take()
    lower = argument(parser, indexed=False)
    if not parser.skip(Kind.OP, "_"):
        return s.Power(s.Symbol("C"), lower)
    return s.Binomial(argument(parser), lower)


def _is_call(parser: Parser, symbol: s.Symbol) -> bool:
    """Return True if brackets after a letter hold its arguments."""
    name, here = symbol.name, parser.here
    if here.value != "(" or (here.gap and name not in _CALLED):
        return here.value == "[" and _takes_square_brackets(parser, name)
    if name in _CALLED or symbol.primes:
        return True
    condition = parser.holds_condition()
    if name == "P" and (condition or parser.ahead()[:2] == (Kind.OPEN, "{")):
        return True
    if not (len(name) == 1 and name.isalpha()):
        return False
    if _holds_one_letter(parser) and (name.isupper() or _is_defined(parser)):
        return True
    return not condition and parser.holds_listing()


def _takes_square_brackets(parser: Parser, name: str) -> bool:
    """Return True for an expected value, and for the probability of an event: `E[X]`, `P[X > 1]`."""
    return name == "E" or (name == "P" and (parser.holds_condition() or _holds_one_letter(parser)))


def _holds_one_letter(parser: Parser) -> bool:
    return parser.ahead().kind == Kind.LETTER and parser.ahead(2).kind == Kind.CLOSE


def _is_defined(parser: Parser) -> bool:
    """Return True at the brackets of `p(x) = ...`, at the beginning of all."""
    return parser.place == 1 and parser.ahead(3)[:2] == (Kind.REL, "=")


def _called(parser: Parser, symbol: s.Symbol) -> s.Node:
    arguments = arguments_in_brackets(parser)
    match symbol, arguments:
        case s.Symbol("C", ()), (upper, lower):
            return s.Binomial(parser.expr(upper), parser.expr(lower))
        case _:
            row = LETTERS.get(symbol.name)
            known = applied(row.name, arguments) if row and symbol == s.Symbol(symbol.name) else None
            parser.neutral = True  # beside a gold that has the letter for a factor, the call is a product
            return known or s.Call(symbol, arguments)


def arguments_in_brackets(parser: Parser) -> tuple[s.Node, ...]:
    """The arguments of a function, in brackets that open here."""
    bracket = parser.here.value
    parser.expect(Kind.OPEN)
    inner = parser.enclosed(Kind.CLOSE, bracket)
    return inner.items if isinstance(inner, s.Listing) else (inner,)


# --- arguments and subscripts


def argument(parser: Parser, *, indexed: bool = True) -> s.Expr:
    """An exponent or the argument of a command: a group, or one token.

    `indexed` says that a letter may carry a subscript; else that belongs to what the argument is for.
    """
    token = parser.here
    if token.kind == Kind.GROUP:
        return _in_braces(parser)
    if token.kind == Kind.OP and token.value in {"-", "+"}:
        parser.take()
        operand = parser.nested(Binding.PRODUCT)
        return s.Negate(operand) if token.value == "-" else operand
    if token.kind == Kind.LETTER:
        name = parser.take().value
        if indexed or not parser.at(Kind.OP, "_"):
            return bare_symbol(parser, name)
        return LETTER_CONSTANTS.get(name) or s.Symbol(name)
    if token.kind == Kind.CONST:
        return CONSTANTS[parser.take().value]
    number = token.kind == Kind.NUM
    return _with_power(parser, numeral(parser.take().value) if number else parser.operand(Binding.POSTFIX))


def _in_braces(parser: Parser) -> s.Expr:
    parser.take()
    if parser.here.kind != Kind.NUM or parser.ahead().kind != Kind.ENDGROUP:
        return parser.expr(parser.enclosed(Kind.ENDGROUP))
    number = numeral(parser.take().value)  # which is all that most braces hold
    parser.take()
    return number


def raised(parser: Parser, base: s.Node) -> s.Node:
    """The power of a base, after its `^`."""
    if took_above(parser, *_TRANSPOSITIONS) or (
        (_may_be_matrix(base) or _is_bold(parser)) and _took_letter_t(parser)
    ):
        return transposed(base if isinstance(base, s.Tuple) else parser.expr(base))
    if isinstance(base, s.Symbol) and took_above(parser, (Kind.OP, "*")):
        return s.Symbol(base.name, base.index, base.mark + "star", base.primes)
    bare = isinstance(base, s.Symbol) and not base.index
    exponent = argument(parser, indexed=not bare)
    if isinstance(base, s.Symbol) and bare:
        base = indexed(parser, base)
    match base, exponent:
        case s.Symbol("C", (index, *_)), s.Number() | s.Symbol() | s.Sum() | s.Negate() | s.Product():
            return s.Binomial(parser.expr(index), exponent)
        case _:
            return s.Power(parser.expr(base), exponent)


def indexed(parser: Parser, symbol: s.Symbol) -> s.Symbol:
    """The symbol with the subscript that follows, if there is one."""
    if not parser.skip(Kind.OP, "_"):
        return symbol
    return s.Symbol(symbol.name, (subscript(parser),), symbol.mark, symbol.primes)


def _is_bold(parser: Parser) -> bool:
    r"""Return True after `\mathbf{x}^`."""
    tokens, end = parser.tokens, parser.place - 2
    letter = end - (tokens[end].kind == Kind.ENDGROUP)
    return tokens[letter].kind == Kind.LETTER and (Kind.MARK, "bold") in {
        tokens[letter - 1][:2],
        tokens[letter - 2][:2],
    }


def took_above(parser: Parser, *signs: tuple[str, str]) -> bool:
    """Take one of these signs above a base, maybe in braces of its own; True if there was one."""
    if parser.here[:2] in signs:
        parser.take()
        return True
    if (
        parser.here.kind == Kind.GROUP
        and parser.ahead()[:2] in signs
        and parser.ahead(2).kind == Kind.ENDGROUP
    ):
        parser.advance(3)
        return True
    return False


def _took_letter_t(parser: Parser) -> bool:
    """Take the T above a base; of letters that run together, `^TXW`, only the first is above it."""
    if parser.at(Kind.WORD) and parser.here.value.startswith("T"):
        parser.take_first()
        return True
    return took_above(parser, (Kind.LETTER, "T"))


def _may_be_matrix(base: s.Node) -> bool:
    r"""Return True for matrices, vectors, and what is named like them: `A`, `\mathbf{a}`, `\vec{a}`."""
    match base:
        case s.Matrix(determinant=False) | s.Tuple():
            return True
        case s.Symbol(name, _, mark):
            return mark in _VECTORS or (len(name) == 1 and name.isupper())
        case _:
            return False


def _with_power(parser: Parser, base: s.Expr) -> s.Expr:
    """An argument with a power of its own: plain `9^9^9` is read from the right."""
    if not parser.skip(Kind.OP, "^"):
        return base
    parser.deeper()
    node = s.Power(base, argument(parser))
    parser.depth -= 1
    return node


def subscript(parser: Parser) -> s.Node:
    """The subscript of a letter: a word, a number, or any expression."""
    if not parser.skip(Kind.GROUP):
        return _index(parser)
    if parser.here.value in _SIGN_INDEXES and parser.ahead().kind == Kind.ENDGROUP:
        sign = parser.take().value
        parser.take()
        return s.Symbol(sign)
    size = parser.run(_SUBSCRIPTS)
    if size and parser.ahead(size).kind == Kind.ENDGROUP:
        names = [parser.take() for _ in range(size)]
        parser.take()
        if size == 1 and names[0].kind == Kind.NUM:
            return numeral(names[0].value)
        return s.Symbol("".join(token.value for token in names))
    return parser.enclosed(Kind.ENDGROUP)


_SUBSCRIPTS: Final = frozenset([Kind.LETTER, Kind.WORD, Kind.TEXT, Kind.FUN, Kind.NUM])


def _index(parser: Parser) -> s.Node:
    """One token under a letter."""
    token = parser.here
    if token.kind == Kind.WORD and parser.ahead()[:2] == (Kind.OP, "_"):
        return s.Symbol(parser.take_first())  # `p_Av_A`: the next letter has an index of its own
    if token.kind == Kind.MARK and parser.ahead().kind == Kind.WORD:
        return marked(parser)
    if token.kind in _INDEXES or token.value in _SIGNS or token.value in _SIGN_INDEXES:
        parser.take()
        return s.Symbol(token.value)
    if token.kind == Kind.NUM and token.value.isdecimal():
        return numeral(parser.take().value)
    return parser.fail("expected a subscript")


# --- runs of letters


def word(parser: Parser) -> s.Node:
    """A run of letters: a product of unknowns, a point or a segment, or a number in words."""
    token = parser.here
    value = token.value
    if token.kind == Kind.TEXT and value.lower() in NUMBER_WORDS:
        size, number = in_words(parser.tokens, parser.place)
        parser.advance(size)
        return s.Number(number)
    if marked_call(parser):
        parser.take()
        return _call_of_name(parser, value)
    if len(value) == 1:
        parser.take()
        return _symbol(parser, value)
    if value.isupper() and parser.ahead()[:2] == _BELOW:
        parser.take()
        group = _matrix_group(parser, value)  # `\mathrm{GL}_2` is no gigalitre
        return group or _product_of_letters(parser, value)
    if not (is_product_of_letters(token) or stands_in_arithmetic(parser)):
        parser.fail("a word")
    parser.take()
    return _product_of_letters(parser, value)


def _call_of_name(parser: Parser, name: str) -> s.Call:
    r"""`\operatorname{Cov}(X, Y)`, `\mathrm{proj}_v u`: with an index, the argument needs no brackets."""
    head = indexed(parser, s.Symbol("P" if name == "Pr" else name))
    if parser.here[:2] == _CALL:
        return s.Call(head, arguments_in_brackets(parser))
    return s.Call(head, (parser.operand(Binding.PRODUCT),))


def _product_of_letters(parser: Parser, value: str) -> s.Expr:
    """The letters of a run; the last one may carry a subscript, a prime, arguments or a power of its own."""
    letters: list[s.Expr] = [LETTER_CONSTANTS.get(name) or s.Symbol(name) for name in value[:-1]]
    name = value[-1]
    if value.isupper() and (group := _matrix_group(parser, value)) is not None:
        return group
    last = parser.expr(_symbol(parser, name) if name in _CALLED else bare_symbol(parser, name))
    if parser.at(Kind.OP, "^") and not circ_ahead(parser):
        parser.take()
        last = parser.expr(raised(parser, last))
    return s.Product((*letters, last))


def _matrix_group(parser: Parser, name: str) -> s.Call | None:
    r"""`SL_2(\mathbb{R})`, `GL(n, \mathbb{R})`: capitals applied to a field; None where none follows."""
    size = 0
    if parser.at(Kind.OP, "_"):
        size = 4 if parser.ahead().kind == Kind.GROUP else 2
    begin = [parser.ahead(size + step) for step in range(4)]
    if begin[0][:2] != _CALL or Kind.SET not in {begin[1].kind, begin[3].kind}:
        return None
    return s.Call(indexed(parser, s.Symbol(name)), arguments_in_brackets(parser))


def indexes_combinations(parser: Parser) -> bool:
    """Return True at the index before a C or a P: `_nC_k`, `_{20}P_3`."""
    index = parser.ahead()
    if index.kind == Kind.GROUP:
        return parser.ahead(3).kind == Kind.ENDGROUP and parser.ahead(4).value in _COUNTS
    if index.kind == Kind.WORD:
        return index.value[1:] in _COUNTS
    return parser.ahead(2).value in _COUNTS and parser.here.gap


def stands_in_arithmetic(parser: Parser) -> bool:
    """Return True at letters that spell a word but stand beside an operator: the `an` of `an + b`.

    Words that change what a number says, or that connect values, stay words.
    """
    token = parser.here
    if token.kind != Kind.WORD or token.value not in SMALL_WORDS:
        return False
    before, after = parser.before if parser.place else _NOTHING, parser.ahead()
    calculated = [before[:2] in _OPERATORS or before.kind == Kind.REL, after[:2] in _OPERATORS]
    if token.value in _NO_PRODUCTS:  # `is+to`: an operator on one side, and on the other no value
        closed = [before.kind == Kind.EOF, after.kind in {Kind.EOF, Kind.REL}]
        return len(token.value) == _PAIR and all(map(any, zip(calculated, closed, strict=True)))
    return any(calculated) or (after.kind == Kind.REL and before.kind != Kind.NUM)


def circ_ahead(parser: Parser) -> bool:
    """Return True if an exponent here is a degree sign."""
    return parser.ahead().value in {"circ", "deg"} or parser.ahead(2).value in {"circ", "deg"}


def marked_call(parser: Parser) -> bool:
    r"""Return True at a word marked as a name before its arguments: `\operatorname{Cov}(X, Y)`.

    Whatever its function is, it is never a product, and equal only to itself at equal arguments.
    """
    token, value = parser.here, parser.here.value
    if token.kind != Kind.TEXT or not (value.isascii() and value.isalpha()):
        return False
    if parser.ahead()[:2] != _CALL:
        return _is_indexed_name(parser)
    if value.isupper():
        return True
    return len(value) > 1 and not is_unit(value) and value.lower() not in _NO_NAMES


def _is_indexed_name(parser: Parser) -> bool:
    r"""Return True at a name with an index before its argument: `\mathrm{proj}_v u`."""
    value = parser.here.value
    if len(value) <= _PAIR or parser.ahead()[:2] != _BELOW or is_unit(value) or value.lower() in _NO_NAMES:
        return False
    size = depth = 0
    while not size or (depth and size < FURTHEST):
        kind = parser.ahead(2 + size).kind
        depth += (kind == Kind.GROUP) - (kind == Kind.ENDGROUP)
        size += 1
    return value.islower() and not depth and parser.ahead(size + 2).kind in _ARGUMENTS


_ARGUMENTS: Final = frozenset([Kind.LETTER, Kind.MARK, Kind.OPEN])


def is_product_of_letters(token: Token) -> bool:
    """Return True if a run of letters is a product of unknowns or a name of points, and not a word."""
    value = token.value
    if not value.isascii() or (value in SMALL_WORDS) or (is_unit(value) and token.kind == Kind.TEXT):
        return False
    if value.isupper():
        return len(value) <= _LONGEST_POINTS
    if token.kind == Kind.TEXT:
        return (
            len(value) == _PAIR and value[0] == "d"
        )  # marked as one name it is none, but for `\\mathrm{dx}`
    if len(value) <= _LONGEST_PRODUCT:
        return len(value) == _PAIR or token.kind == Kind.WORD
    return len(value) <= _LONGEST_ALPHABET and all(
        ord(after) - ord(before) == 1 for before, after in pairwise(value)
    )


# --- names with marks


def marked(parser: Parser) -> s.Node:
    r"""`\vec{a}`, `\overline{AB}`, `\angle ABC`, `\mathbf{i}`."""
    mark = parser.take().value
    if mark in _FIGURES:
        return _figure(parser, mark)
    grouped = parser.skip(Kind.GROUP)
    if mark == "bold" and not _is_unit_vector(parser, grouped=grouped):
        return _only_bold(parser, grouped=grouped)
    bold = grouped and parser.skip(Kind.MARK, "bold") and parser.skip(Kind.GROUP)
    name = _marked_name(parser, grouped=grouped)
    if bold:
        parser.expect(Kind.ENDGROUP)
    if grouped and parser.here.value == "_" and parser.ahead(2).kind != Kind.ENDGROUP and mark != "bold":
        name += _points(parser)
    if not name:
        parser.fail("nothing under a mark")
    mark = _UNIT_MARKS.get(mark, mark) if name in _UNIT_VECTORS else mark
    symbol = indexed(parser, s.Symbol(name, (), mark))
    if grouped:
        parser.expect(Kind.ENDGROUP)
    if symbol.index:
        return symbol
    if mark == "bar" and name.isdecimal() and parser.at(Kind.OP, "_"):
        return based(parser, name)  # the digits of one numeral: `\overline{1221}_3`
    return indexed(parser, symbol)


def _marked_name(parser: Parser, *, grouped: bool) -> str:
    """The name under a mark: all the letters and digits in braces, or one token."""
    size = parser.run(_MARKED) if grouped else int(parser.here.kind in _MARKED)
    return "".join(parser.take().value for _ in range(size))


_MARKED: Final = _NAMES | {Kind.NUM}


def _is_unit_vector(parser: Parser, *, grouped: bool) -> bool:
    if parser.here.value not in _UNIT_VECTORS or parser.here.kind not in _MARKED:
        return False
    return not grouped or parser.ahead().kind == Kind.ENDGROUP or parser.ahead().value == "_"


def _only_bold(parser: Parser, *, grouped: bool) -> s.Node:
    r"""Bold is only weight, except on the unit vectors."""
    name = parser.here
    if name.kind == Kind.LETTER and name.value in LETTER_CONSTANTS:
        end = parser.ahead(1 + grouped)
        if end[:2] == _BELOW and (not grouped or parser.ahead().kind == Kind.ENDGROUP):
            parser.advance(1 + grouped)  # `\mathbf{e}_1` is a vector, no number
            return indexed(parser, s.Symbol(name.value))
    if not grouped:
        return parser.parse(Binding.POSTFIX)
    parser.deeper()
    node = parser.parse(Binding.OVER)
    parser.expect(Kind.ENDGROUP)
    parser.depth -= 1
    return indexed(parser, node) if isinstance(node, s.Symbol) and not node.index else node


def _figure(parser: Parser, mark: str) -> s.Symbol:
    name = _points(parser)
    if not name:
        parser.fail(f"{mark} of what")
    turned = mark == "angle" and name.isalpha()  # the angle CBA is the angle ABC
    return s.Symbol(min(name, name[::-1]) if turned else name, (), mark)


def _points(parser: Parser) -> str:
    """The names of points side by side: `ABC`, `A_1 B_1`, `A'B'`."""
    name = ""
    while True:
        token = parser.here
        if token.kind in _NAMES or (name and (token.kind == Kind.NUM or token.value == "'")):
            name += parser.take().value
        elif name and token.value == "_":
            parser.take()
            grouped = parser.skip(Kind.GROUP)
            name += "_" + parser.take().value
            if grouped:
                parser.expect(Kind.ENDGROUP)
        else:
            return name
