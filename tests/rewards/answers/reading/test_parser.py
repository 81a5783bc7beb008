"""The core of the grammar: precedence, depth, and the number of its steps."""

from __future__ import annotations

import contextlib

import pytest

from rewards.answers.reading.brackets import turned
from rewards.answers.reading.grammar import GRAMMAR
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.parser import (
    FURTHEST,
    Binding,
    Grammar,
    Infix,
    Parser,
    Prefix,
    ReadError,
    tabulated,
)
from rewards.answers.reading.relations import answer
from rewards.answers.reading.tokens import TextTooBigError, Token, tokenize
from rewards.answers.tree import syntax as s


def small_number(parser: Parser) -> s.Node:
    return s.Number(int(parser.take().value))


def small_sum(parser: Parser, left: s.Node) -> s.Node:
    parser.take()
    return s.Sum((parser.expr(left), parser.expr(parser.parse(Binding.SUM))))


def small_power(parser: Parser, left: s.Node) -> s.Node:
    parser.take()
    return s.Power(parser.expr(left), parser.expr(parser.parse(Binding.PRODUCT)))


SMALL = Grammar(
    tabulated([("num", "", Prefix(Binding.ATOM, small_number))]),
    tabulated([("op", "^", Infix(Binding.POSTFIX, small_power)), ("op", "+", Infix(Binding.SUM, small_sum))]),
)
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)


def test_parser_reads_by_the_binding_of_its_rules() -> None:
    assert Parser(tokenize("1 + 2^3"), SMALL).parse() == s.Sum((ONE, s.Power(TWO, THREE)))
    assert Parser(tokenize("1^2 + 3"), SMALL).parse() == s.Sum((s.Power(ONE, TWO), THREE))


def test_parser_knows_no_notation_of_its_own() -> None:
    with pytest.raises(ReadError, match="expected a value at '-'") as error:
        Parser(tokenize("-1"), SMALL).parse()
    assert error.value.token == Token(Kind.OP, "-")


def test_parser_gives_up_beyond_its_depth() -> None:
    parser = Parser(tokenize("1"), SMALL)
    for _ in range(s.MAX_DEPTH):
        parser.deeper()
    with pytest.raises(TextTooBigError):
        parser.deeper()


class Counting(Parser):
    """A parser that counts the tokens it looks at."""

    looks = 0
    furthest = 0

    def ahead(self, steps: int = 1) -> Token:
        self.looks += 1
        self.furthest = max(self.furthest, steps)
        return super().ahead(steps)

    def parse(self, binding: int = Binding.WHOLE) -> s.Node:
        self.looks += 1
        return super().parse(binding)

    def at(self, kind: str, value: str | None = None) -> bool:
        self.looks += 1
        return super().at(kind, value)


LONG = {
    "terms": "x+",
    "factors": "2x ",
    "letters": "abc ",
    "calls": "f(x)",
    "brackets": "a(b,c)+",
    "fractions": r"\frac{1}{2}+",
    "items": "1,",
    "bars": "|x|+",
    "subscripts": "x_{abc}+",
    "subscripts of many letters": "x_{a b c d e f g h i j k l m n}+",
    "digits": "1A2B ",
    "angles": r"30^\circ 5' + ",
    "units": "5 cm, ",
    "words": "3 red apples, ",
    "money": r"\$5 + ",
    "relations": "x = ",
    "sets": r"\{1,2\} \cup ",
    "matrices": r"\begin{pmatrix}1&2\end{pmatrix}",
    "marks": r"\vec{ab}",
    "conditions": "(x>1)",
}


def counted(text: str) -> Counting:
    parser = Counting(turned(tokenize(text)), GRAMMAR)
    with contextlib.suppress(ReadError):
        answer(parser)
    return parser


@pytest.mark.parametrize("part", LONG.values(), ids=LONG.keys())
def test_parser_takes_twice_as_many_steps_for_twice_as_long_an_answer(part: str) -> None:
    short, long = (counted(part * times + "1") for times in (60, 120))
    assert long.looks <= 2.2 * short.looks + 20
    assert short.furthest == long.furthest <= FURTHEST
