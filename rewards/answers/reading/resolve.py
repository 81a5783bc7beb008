r"""Settling what letters mean beside brackets and side by side, by the names of gold and answer together.

The parser leaves neutral nodes where the notation does not tell: :class:`Juxtaposed` for a name before
brackets, :class:`Letters` for a word that stands alone. One pass settles them. The gold decides: a letter
that it calls is a function, and one that it uses bare is a factor. Without a gold's word, a number in
brackets right after a name is its argument (`I(0)`, `SU(2)`), and other brackets are a factor (`x(y+1)`,
`P(1.05)^t`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.notation.words import without_case
from rewards.answers.reading.letters import LETTER_CONSTANTS
from rewards.answers.tree.rewriting import replaced
from rewards.answers.tree.shapes import is_literal, is_numeric
from rewards.answers.tree.syntax import (
    Call,
    Constant,
    Expr,
    Node,
    Number,
    Power,
    Product,
    Relation,
    Structure,
    Symbol,
    Text,
    children,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_USES",
    "UNSEEN_FACTORS",
    "Juxtaposed",
    "Letters",
    "Uses",
    "neutral_names",
    "resolved",
    "uses_of",
]

Uses: TypeAlias = "Mapping[Symbol, bool]"
"""The names that a text uses: True for those that it calls, False for those that stand bare."""
NO_USES: Final[Uses] = {}
UNSEEN_FACTORS: Final = (Number(0), Number(1), Number(0, 1), Number(1, 1))
"""Factors that nobody writes in brackets behind a name: there they are arguments, whatever the gold says."""


@dataclasses.dataclass(frozen=True, slots=True)
class Juxtaposed(Expr):
    """Names side by side, the last of them before something in brackets: a call, or a product."""

    names: tuple[Symbol, ...]
    argument: Expr
    power: Expr | None = None
    """The exponent after the brackets."""


@dataclasses.dataclass(frozen=True, slots=True)
class Letters(Structure):
    """A word that stands alone: itself, or the product of its letters."""

    word: str


def uses_of(node: Node) -> Uses:
    """The names that a tree uses, as functions or bare; a name that is called anywhere is a function.

    >>> from rewards.answers.reading.reader import read
    >>> {name.name: called for name, called in uses_of(read("f(x) + 2y")).items()}
    {'f': True, 'x': False, 'y': False}
    """
    found: dict[Symbol, bool] = {}
    parts = [node]
    for part in parts:  # which grows on the way
        match part:
            case Symbol():
                found.setdefault(part, False)
                parts += part.index
            case Constant("e" | "i" as letter):
                found.setdefault(Symbol(letter), False)
            case Call(head, arguments):
                found[head] = True
                parts += arguments
            case Relation(sides):
                parts += [side for side in sides if not isinstance(side, Symbol)]
            case _:
                parts += children(part)
    return found


def neutral_names(node: Node) -> Uses:
    """The names in neutral nodes and calls, and whether they are calls without a gold's word."""
    found: dict[Symbol, bool] = {}
    for part in walk(node):
        if isinstance(part, Juxtaposed):
            found[part.names[-1]] = _is_call(part, NO_USES)
        elif isinstance(part, Call):
            found[part.head] = True
    return found


def resolved(node: Node, uses: Uses = NO_USES) -> Node:
    """The tree without neutral nodes, settled by the names that the other side uses."""

    def change(part: Node) -> Node | None:
        match part:
            case Product(factors) if any(isinstance(factor, Juxtaposed) for factor in factors):
                return Product(tuple(spliced for factor in factors for spliced in settled(factor)))
            case Juxtaposed():
                return _product(settled(part))
            case Letters(word):
                return _word(word, uses)
            case Call(head, (Expr() as argument,)) if _is_factor(head, argument, uses):
                return _product((head, _expression(replaced(argument, change))))
            case _:
                return None

    def settled(part: Expr) -> tuple[Expr, ...]:
        if not isinstance(part, Juxtaposed):
            return (_expression(replaced(part, change)),)
        argument = _expression(replaced(part.argument, change))
        power = part.power and _expression(replaced(part.power, change))
        head = part.names[-1]
        called = _is_call(part, uses)
        operand: Expr = Call(head, (argument,)) if called else argument
        if power is not None:
            operand = Power(operand, power)
        if called:
            return (_product((*part.names[:-1], operand)),)
        return (*(_letter(name) for name in part.names), operand)

    return replaced(node, change)


def _word(word: str, uses: Uses) -> Node:
    letters = tuple(Symbol(letter) for letter in word)
    return Product(tuple(map(_letter, letters))) if uses.keys() >= set(letters) else Text(without_case(word))


def _letter(name: Symbol) -> Expr:
    return LETTER_CONSTANTS.get(name.name, name) if name == Symbol(name.name) else name


def _is_factor(head: Symbol, argument: Expr, uses: Uses) -> bool:
    """Return True if the other side has the name of a call for a factor; `f(2)` stays a value of f."""
    return uses.get(head) is False and not is_literal(argument)


def _is_call(part: Juxtaposed, uses: Uses) -> bool:
    head = part.names[-1]
    if len(part.names) > 1 or len(head.name) > 1 or part.argument in UNSEEN_FACTORS:
        return True
    usual = is_literal(part.argument) and (part.power is None or is_numeric(part.power))
    if usual and head.name.isupper():
        return True  # `P(3)` is no `3P`
    return uses.get(head, usual)


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(factors)


def _expression(node: Node) -> Expr:
    if not isinstance(node, Expr):
        message = f"{type(node).__name__} in place of an expression"
        raise TypeError(message)
    return node
