r"""Products whose factors do not commute: of matrices, operators, permutations and elements of groups.

Letters are numbers unless an expression says otherwise: by an inverse beside other capitals, `A^{-1}B`, by
the same letter on both sides of another, `ghg^{-1}`, by both orders of two factors, `AB - BA`, by hats, or by
bold capitals side by side. Then a product becomes one call on its factors in their order, without neighbours
that cancel, and what is divided by such a letter stays as it is written.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rewards.answers.tree.rewriting import TRANSPOSE, replaced, unknowns
from rewards.answers.tree.syntax import (
    ORDERED,
    Call,
    Expr,
    Negate,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["in_order"]

_OVER: Final = Symbol("divided by")
_ADJUGATE: Final = "adj"
_MINUS_ONE: Final = Negate(Number(1))
_OF_GROUPS: Final = frozenset({"g", "h", "sigma", "tau"})
"""Letters of elements of groups, whose product has an inverse in the other order."""
_PAIR: Final = 2


def in_order(gold: Expr, answer: Expr) -> tuple[Expr, Expr]:
    """Gold and answer, with the products of what does not commute as calls on their factors in order.

    >>> from rewards.answers.reading.reader import read
    >>> one, other = in_order(read("A^{-1}B"), read("BA^{-1}"))
    >>> one == other
    False
    >>> in_order(read("ab"), read("ba")) == (read("ab"), read("ba"))
    True
    """
    letters = _letters(gold) | _letters(answer)
    return (_ordered(gold, letters), _ordered(answer, letters)) if letters else (gold, answer)


def _letters(tree: Expr) -> frozenset[Symbol]:
    """The letters that do not commute by what a tree says of them."""
    found: set[Symbol] = set()
    orders: dict[frozenset[tuple[Node, int]], Sequence[Node]] = {}
    for part in walk(tree):
        match part:
            case Call(head, arguments) if head == ORDERED:
                found.update(*map(unknowns, arguments))
            case Product(factors):
                names = [factor for factor in factors if isinstance(factor, Symbol)]
                other = orders.setdefault(frozenset(Counter(names).items()), names)
                if len(names) >= _PAIR and (other != names or all(name.mark == "hat" for name in names)):
                    found.update(names)
                if _has_inverse(factors) or _has_transpose(factors):
                    found |= _letters_of(factors)
            case Power(Product(factors), exponent) if exponent == _MINUS_ONE and _are_elements(factors):
                found |= _letters_of(factors)
            case _:
                pass
    return frozenset(found)


def _letters_of(factors: Sequence[Node]) -> frozenset[Symbol]:
    return frozenset(
        name
        for factor in factors
        for name in unknowns(factor)
        if len(name.name) == 1 or name.name in _OF_GROUPS
    )


def _has_inverse(factors: Sequence[Node]) -> bool:
    """Return True for an inverse beside another capital, or beside the letter itself, or for an adjugate."""
    if len(_letters_of(factors)) < _PAIR:
        return False
    bases = [factor.base for factor in factors if isinstance(factor, Power) and factor.exponent == _MINUS_ONE]
    return any(base in factors or _are_capitals(base, factors) for base in bases) or any(
        isinstance(factor, Call) and factor.head.name == _ADJUGATE for factor in factors
    )


def _has_transpose(factors: Sequence[Node]) -> bool:
    return any(isinstance(factor, Call) and factor.head == TRANSPOSE for factor in factors)


def _are_capitals(base: Node, factors: Sequence[Node]) -> bool:
    """Return True if an inverse and the letters beside it are all capitals, as matrices are."""
    return bool(unknowns(base)) and all(
        name.name.isupper() and not name.index for factor in factors for name in unknowns(factor)
    )


def _are_elements(factors: Sequence[Node]) -> bool:
    names = [factor for factor in factors if isinstance(factor, Symbol)]
    if len(names) < len(factors):
        return False
    return all(name.name.isupper() for name in names) or all(name.name in _OF_GROUPS for name in names)


def _ordered(tree: Expr, letters: frozenset[Symbol]) -> Expr:
    def change(part: Node) -> Node | None:
        match part:
            case Quotient(above, below) if not letters.isdisjoint(unknowns(below)):
                return Call(_OVER, (replaced(above, change), replaced(below, change)))
            case Product() | Power(Product()) if not letters.isdisjoint(unknowns(part)):
                return _product(part, letters, change)
            case Call(head) if head == ORDERED:
                return _product(part, letters, change)
            case _:
                return None

    return replaced(tree, change)  # type: ignore[return-value]


def _product(node: Expr, letters: frozenset[Symbol], change: Callable[[Node], Node | None]) -> Expr:
    """A product with its numbers before one call on the other factors, of which neighbours are joined."""
    numbers: list[Expr] = []
    words: list[tuple[Expr, int]] = []
    for base, power in _factors(node, 1):
        if letters.isdisjoint(unknowns(base)):
            numbers.append(_power(base, power))
        elif words and words[-1][0] == base:
            words[-1] = (base, words[-1][1] + power)
            words = [word for word in words if word[1]]
        else:
            words.append((base, power))
    kept = [
        _power(base if base == node else _expression(replaced(base, change)), power) for base, power in words
    ]
    factors = (*numbers, Call(ORDERED, tuple(kept))) if len(kept) > 1 else (*numbers, *kept)
    return factors[0] if len(factors) == 1 else Product(factors) if factors else Number(1)


def _expression(node: Node) -> Expr:
    if not isinstance(node, Expr):
        message = f"{type(node).__name__} in place of an expression"
        raise TypeError(message)
    return node


def _factors(node: Node, power: int) -> Iterator[tuple[Expr, int]]:
    """The factors of a product with their exponents; the inverse of a product is in the other order."""
    match node:
        case Product(factors) | Call(Symbol("in order"), factors):
            for factor in factors if power > 0 else factors[::-1]:
                yield from _factors(factor, power)
        case Power(base, exponent) if exponent == _MINUS_ONE:
            yield from _factors(base, -power)
        case Power(base, Number(int(times))) if not isinstance(base, Product) and 0 < times < 100:  # noqa: PLR2004 - a word, not a number
            yield base, power * times
        case Expr():
            yield node, power


def _power(base: Expr, power: int) -> Expr:
    if power == 1:
        return base
    return Power(base, Number(power) if power > 0 else Negate(Number(-power)))
