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

from rewards.answers.notation.units import is_unit
from rewards.answers.notation.words import without_case
from rewards.answers.reading.letters import LETTER_CONSTANTS
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import replaced
from rewards.answers.tree.shapes import is_literal, is_numeric

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "NO_USES",
    "UNSEEN_FACTORS",
    "Juxtaposed",
    "Letters",
    "Uses",
    "neutral_names",
    "rearranged",
    "resolved",
    "uses_of",
    "yields",
]

Uses: TypeAlias = "Mapping[s.Symbol, bool]"
"""The names that a text uses: True for those that it calls, False for those that stand bare."""
NO_USES: Final[Uses] = {}
UNSEEN_FACTORS: Final = (s.Number(0), s.Number(1), s.Number(0, 1), s.Number(1, 1))
"""Factors that nobody writes in brackets behind a name: there they are arguments, whatever the gold says."""


@dataclasses.dataclass(frozen=True, slots=True)
class Juxtaposed(s.Expr):
    """Names side by side, the last of them before something in brackets: a call, or a product."""

    names: tuple[s.Symbol, ...]
    argument: s.Expr
    power: s.Expr | None = None
    """The exponent after the brackets."""


@dataclasses.dataclass(frozen=True, slots=True)
class Letters(s.Structure):
    """A word that stands alone: itself, or the product of its letters."""

    word: str


def uses_of(node: s.Node) -> Uses:
    """The names that a tree uses, as functions or bare; a name that is called anywhere is a function.

    >>> from rewards.answers.reading.reader import read
    >>> {name.name: called for name, called in uses_of(read("f(x) + 2y")).items()}
    {'f': True, 'x': False, 'y': False}
    """
    found: dict[s.Symbol, bool] = {}
    parts = [node]
    for part in parts:  # which grows on the way
        match part:
            case s.Symbol():
                found.setdefault(part, False)
                parts += part.index
            case s.Constant("e" | "i" as letter):
                found.setdefault(s.Symbol(letter), False)
            case s.Call(head, arguments):
                found[head] = True
                parts += arguments
            case s.Relation(sides):
                parts += [side for side in sides if not isinstance(side, s.Symbol)]
            case _:
                parts += s.children(part)
    return found


def neutral_names(node: s.Node) -> Uses:
    """The names in neutral nodes and calls, and whether they are calls without a gold's word."""
    found: dict[s.Symbol, bool] = {}
    for part in s.walk(node):
        if isinstance(part, Juxtaposed):
            found[part.names[-1]] = _is_call(part, NO_USES)
        elif isinstance(part, s.Call):
            found[part.head] = True
        elif isinstance(part, s.Quantity) and part.unit.isalpha():
            found |= {s.Symbol(letter): True for letter in part.unit}
    return found


def yields(gold: s.Node) -> bool:
    r"""Return True if the answer may settle what the gold leaves open: a word or a bare unit, never a call.

    >>> from rewards.answers.reading.reader import read
    >>> yields(read("3 cm")), yields(read(r"\frac12mg"))
    (False, True)
    """
    if isinstance(gold, Letters):
        return True
    parts = s.walk(gold)
    if any(isinstance(part, (Juxtaposed, s.Call)) for part in parts):
        return False
    rooted = any(isinstance(part, s.Root) for part in parts)  # `\sqrt{2hg}`; but `3 cm` stays an amount
    return any(
        isinstance(part, s.Quantity) and (rooted or not isinstance(part.amount, s.Number)) for part in parts
    )


def resolved(node: s.Node, uses: Uses = NO_USES) -> s.Node:
    """The tree without neutral nodes, settled by the names that the other side uses."""

    def change(part: s.Node) -> s.Node | None:
        match part:
            case s.Product(factors) if any(isinstance(factor, Juxtaposed) for factor in factors):
                return s.Product(tuple(spliced for factor in factors for spliced in settled(factor)))
            case Juxtaposed():
                return _product(settled(part))
            case Letters() | s.Quantity():
                return _spelled(part, uses)
            case s.Call(head, (s.Expr() as argument,)) if _is_factor(head, argument, uses):
                return _product((head, _expression(replaced(argument, change))))
        return None

    def settled(part: s.Expr) -> tuple[s.Expr, ...]:
        if not isinstance(part, Juxtaposed):
            return (_expression(replaced(part, change)),)
        argument = _expression(replaced(part.argument, change))
        power = part.power and _expression(replaced(part.power, change))
        head = part.names[-1]
        called = _is_call(part, uses)
        operand: s.Expr = s.Call(head, (argument,)) if called else argument
        if power is not None:
            operand = s.Power(operand, power)
        if called:
            return (_product((*part.names[:-1], operand)),)
        return (*(_letter(name) for name in part.names), operand)

    return replaced(node, change)


def rearranged(word: str, other: str) -> bool:
    """Return True for one product of letters in two orders: letters that can spell neither word nor unit.

    >>> rearranged("mgh", "hgm"), rearranged("art", "rat"), rearranged("HHT", "THH"), rearranged("km", "mk")
    (True, False, False, False)
    """
    known = is_unit(word) or is_unit(other) or word.isupper()
    distinct = len(set(word)) == len(word) <= _LONGEST_PRODUCT
    return distinct and not known and sorted(word) == sorted(other) and _VOWELS.isdisjoint(word.lower())


_LONGEST_PRODUCT: Final = 4
_VOWELS: Final = frozenset("aeiouy")


def _spelled(part: Letters | s.Quantity, uses: Uses) -> s.Node | None:
    r"""The product of the letters of a word or a bare unit where the other side has them: `\frac12mg`."""
    word = part.word if isinstance(part, Letters) else part.unit
    letters = tuple(s.Symbol(letter) for letter in word)
    known = uses.keys() >= set(letters)
    factors = tuple(map(_letter, letters))
    if isinstance(part, Letters):
        return s.Product(factors) if known else s.Text(without_case(word))
    if not known or len(word) == 1 or not word.isalpha() or any(map(uses.get, letters)):
        return None
    return s.Product((_expression(resolved(part.amount, uses)), *factors))


def _letter(name: s.Symbol) -> s.Expr:
    return LETTER_CONSTANTS.get(name.name, name) if name == s.Symbol(name.name) else name


def _is_factor(head: s.Symbol, argument: s.Expr, uses: Uses) -> bool:
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


def _product(factors: tuple[s.Expr, ...]) -> s.Expr:
    return factors[0] if len(factors) == 1 else s.Product(factors)


def _expression(node: s.Node) -> s.Expr:
    if not isinstance(node, s.Expr):
        message = f"{type(node).__name__} in place of an expression"
        raise TypeError(message)
    return node
