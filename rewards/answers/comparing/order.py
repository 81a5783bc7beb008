r"""Products whose factors do not commute: of matrices, operators, permutations and elements of groups.

Letters are numbers unless an expression says otherwise: by an inverse beside other capitals, `A^{-1}B`, by
the same letter on both sides of another, `ghg^{-1}`, by both orders of two factors, `AB - BA`, by hats, or by
bold capitals side by side. Then a product becomes one call on its factors in their order, without neighbours
that cancel, and what is divided by such a letter stays as it is written.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import TRANSPOSE, replaced, unknowns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["in_order"]

_OVER: Final = s.Symbol("divided by")
_ADJUGATE: Final = "adj"
_MINUS_ONE: Final = s.Negate(s.Number(1))
_OF_GROUPS: Final = frozenset({"g", "h", "sigma", "tau"})
"""Letters of elements of groups, whose product has an inverse in the other order."""
_PAIR: Final = 2


def in_order(gold: s.Expr, answer: s.Expr) -> tuple[s.Expr, s.Expr]:
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


def _letters(tree: s.Expr) -> frozenset[s.Symbol]:
    """The letters that do not commute by what a tree says of them."""
    found: set[s.Symbol] = set()
    orders: dict[frozenset[tuple[s.Node, int]], Sequence[s.Node]] = {}
    for part in s.walk(tree):
        match part:
            case s.Call(head, arguments) if head == s.ORDERED:
                found.update(*map(unknowns, arguments))
            case s.Product(factors):
                names = [factor for factor in factors if isinstance(factor, s.Symbol)]
                other = orders.setdefault(frozenset(Counter(names).items()), names)
                if len(names) >= _PAIR and (other != names or all(name.mark == "hat" for name in names)):
                    found.update(names)
                if _has_inverse(factors) or _has_transpose(factors):
                    found |= _letters_of(factors)
            case s.Power(s.Product(factors), exponent) if exponent == _MINUS_ONE and _are_elements(factors):
                found |= _letters_of(factors)
            case _:
                pass
    return frozenset(found)


def _letters_of(factors: Sequence[s.Node]) -> frozenset[s.Symbol]:
    return frozenset(
        name
        for factor in factors
        for name in unknowns(factor)
        if len(name.name) == 1 or name.name in _OF_GROUPS
    )


def _has_inverse(factors: Sequence[s.Node]) -> bool:
    """Return True for an inverse beside another capital, or beside the letter itself, or for an adjugate."""
    if len(_letters_of(factors)) < _PAIR:
        return False
    bases = [
        factor.base for factor in factors if isinstance(factor, s.Power) and factor.exponent == _MINUS_ONE
    ]
    return any(base in factors or _are_capitals(base, factors) for base in bases) or any(
        isinstance(factor, s.Call) and factor.head.name == _ADJUGATE for factor in factors
    )


def _has_transpose(factors: Sequence[s.Node]) -> bool:
    return any(isinstance(factor, s.Call) and factor.head == TRANSPOSE for factor in factors)


def _are_capitals(base: s.Node, factors: Sequence[s.Node]) -> bool:
    """Return True if an inverse and the letters beside it are all capitals, as matrices are."""
    return bool(unknowns(base)) and all(
        name.name.isupper() and not name.index for factor in factors for name in unknowns(factor)
    )


def _are_elements(factors: Sequence[s.Node]) -> bool:
    names = [factor for factor in factors if isinstance(factor, s.Symbol)]
    if len(names) < len(factors):
        return False
    return all(name.name.isupper() for name in names) or all(name.name in _OF_GROUPS for name in names)


def _ordered(tree: s.Expr, letters: frozenset[s.Symbol]) -> s.Expr:
    def change(part: s.Node) -> s.Node | None:
        match part:
            case s.Quotient(above, below) if not letters.isdisjoint(unknowns(below)):
                return s.Call(_OVER, (replaced(above, change), replaced(below, change)))
            case s.Product() | s.Power(s.Product()) if not letters.isdisjoint(unknowns(part)):
                return _product(part, letters, change)
            case s.Call(head) if head == s.ORDERED:
                return _product(part, letters, change)
            case _:
                return None

    return replaced(tree, change)  # type: ignore[return-value]


def _product(node: s.Expr, letters: frozenset[s.Symbol], change: Callable[[s.Node], s.Node | None]) -> s.Expr:
    """A product with its numbers before one call on the other factors, of which neighbours are joined."""
    numbers: list[s.Expr] = []
    words: list[tuple[s.Expr, int]] = []
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
    factors = (*numbers, s.Call(s.ORDERED, tuple(kept))) if len(kept) > 1 else (*numbers, *kept)
    return factors[0] if len(factors) == 1 else s.Product(factors) if factors else s.Number(1)


def _expression(node: s.Node) -> s.Expr:
    if not isinstance(node, s.Expr):
        message = f"{type(node).__name__} in place of an expression"
        raise TypeError(message)
    return node


def _factors(node: s.Node, power: int) -> Iterator[tuple[s.Expr, int]]:
    """The factors of a product with their exponents; the inverse of a product is in the other order."""
    match node:
        case s.Product(factors) | s.Call(s.Symbol("in order"), factors):
            for factor in factors if power > 0 else factors[::-1]:
                yield from _factors(factor, power)
        case s.Power(base, exponent) if exponent == _MINUS_ONE:
            yield from _factors(base, -power)
        case s.Power(base, s.Number(int(times))) if not isinstance(base, s.Product) and 0 < times < 100:  # noqa: PLR2004 - a word, not a number
            yield base, power * times
        case s.Expr():
            yield node, power


def _power(base: s.Expr, power: int) -> s.Expr:
    if power == 1:
        return base
    return s.Power(base, s.Number(power) if power > 0 else s.Negate(s.Number(-power)))
