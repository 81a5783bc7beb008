r"""Exact arithmetic with the places of a family: rational combinations of pi and other constants.

`\frac{\pi}{4} + 2k\pi` is the combination `\frac14 \pi` at 0, with the step `2\pi`. Another constant is an
atom, `\sqrt2` or `\arctan 2`; whether two atoms are equal is asked of the caller.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.syntax import (
    PI,
    Constant,
    Degrees,
    Expr,
    Negate,
    Node,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Combination", "Equal", "linear", "same"]

Equal: TypeAlias = "Callable[[Expr, Expr], bool | None]"

_Atoms: TypeAlias = tuple[Expr, ...]
_Terms: TypeAlias = "Mapping[tuple[int, _Atoms], Fraction]"
"""The coefficient of each power of the integer times a product of atoms."""

_HALF_TURN: Final = 180
_MOST_TERMS: Final = 24
_MOST_BITS: Final = 200
"""Maximum number of bits of a numerator and a denominator."""
_ONE: Final[_Atoms] = ()
_KNOWN: Final = frozenset({_ONE, (PI,)})
"""Products of atoms of which no rational combination but the empty one is 0."""


class _NoFormError(Exception):
    """Not linear in the integer, or too big."""


@dataclasses.dataclass(frozen=True)
class Combination:
    """A sum of rational multiples of products of constants."""

    terms: Mapping[_Atoms, Fraction]

    @property
    def about(self) -> float:
        """The approximate value; not a number where a constant has none."""
        parts = [float(factor) * _size(atoms) for atoms, factor in self.terms.items()]
        return math.fsum(parts) if all(map(math.isfinite, parts)) else math.nan

    def moved(self, times: Fraction, step: Combination) -> Combination:
        """The combination plus a multiple of another."""
        found = dict(self.terms)
        for atoms, factor in step.terms.items():
            found[atoms] = found.get(atoms, Fraction()) + times * factor
        return Combination({atoms: factor for atoms, factor in found.items() if factor})

    def expression(self) -> Expr:
        """The combination as a tree."""
        parts = [
            Product((_number(factor), *atoms)) if atoms else _number(factor)
            for atoms, factor in self.terms.items()
        ]
        return Sum((Number(0), *parts))


def _number(value: Fraction) -> Number:
    return Number(int(value) if value.denominator == 1 else value)


def _size(atoms: _Atoms) -> float:
    sizes = [magnitude(atom) for atom in atoms]
    return math.prod(math.nan if size is None else size for size in sizes)


def same(one: Combination, other: Combination, equal: Equal) -> bool:
    r"""Compare two combinations, exactly; `equal` compares constants that are written differently.

    >>> from rewards.answers.reading.reader import read
    >>> one, other = (linear(read(text), Symbol("k"))[0] for text in (r"\frac{\pi}{6}", r"30^\circ"))
    >>> same(one, other, lambda first, second: None)
    True
    """
    if one.terms == other.terms:
        return True
    if _KNOWN.issuperset(one.terms) and _KNOWN.issuperset(other.terms):
        return False
    return bool(equal(one.expression(), other.expression()))


def linear(node: Node, integer: Symbol) -> tuple[Combination, Combination] | None:
    r"""The value of an expression for the integer 0, and its step to the next one; None if it is not linear.

    >>> from rewards.answers.reading.reader import read
    >>> start, step = linear(read(r"\frac{(4k+1)\pi}{4}"), Symbol("k"))
    >>> start.terms == {(PI,): Fraction(1, 4)}, step.terms == {(PI,): 1}
    (True, True)
    >>> linear(read("k^2"), Symbol("k")) is None
    True
    """
    try:
        terms = _terms(node, integer)
    except _NoFormError:
        return None
    if any(power > 1 for power, _ in terms):
        return None
    parts = (
        {atoms: factor for (power, atoms), factor in terms.items() if power == place} for place in (0, 1)
    )
    start, step = map(Combination, parts)
    return start, step


def _terms(node: Node, integer: Symbol) -> _Terms:
    read = _READERS.get(type(node))
    return _atom(node) if read is None else read(node, integer)


def _letter(node: Symbol, integer: Symbol) -> _Terms:
    if node != integer:
        raise _NoFormError
    return {(1, _ONE): Fraction(1)}


def _total(node: Sum, integer: Symbol) -> _Terms:
    found: _Terms = {}
    for term in node.terms:
        found = _sum(found, _terms(term, integer))
    return found


def _multiplied(node: Product, integer: Symbol) -> _Terms:
    found = _constant(_ONE, Fraction(1))
    for factor in node.factors:
        found = _product(found, _terms(factor, integer))
    return found


def _divided(node: Quotient, integer: Symbol) -> _Terms:
    divisor = _terms(node.denominator, integer)
    above = _terms(node.numerator, integer)
    if divisor.keys() == {(0, _ONE)}:
        return _product(above, _constant(_ONE, 1 / divisor[0, _ONE]))
    if any(power for power, _ in divisor):
        raise _NoFormError
    return _product(above, _atom(Quotient(Number(1), node.denominator)))


_READERS: Final[Mapping[type[Node], Callable[..., _Terms]]] = {
    Number: lambda node, _: _constant(_ONE, Fraction(node.value)),
    Symbol: _letter,
    Degrees: lambda node, integer: _product(
        _terms(node.operand, integer), _constant((PI,), Fraction(1, _HALF_TURN))
    ),
    Negate: lambda node, integer: _product(_terms(node.operand, integer), _constant(_ONE, Fraction(-1))),
    Sum: _total,
    Product: _multiplied,
    Quotient: _divided,
}
"""The way to read each kind of node; all others are atoms."""


def _atom(node: Node) -> _Terms:
    if not isinstance(node, Expr) or unknowns(node) or node == Constant("i"):
        raise _NoFormError
    return _constant((node,), Fraction(1))


def _constant(atoms: _Atoms, factor: Fraction) -> _Terms:
    return {(0, atoms): factor} if factor else {}


def _sum(one: _Terms, other: _Terms) -> _Terms:
    found = dict(one)
    for key, factor in other.items():
        found[key] = found.get(key, Fraction()) + factor
    return _bounded(found)


def _product(one: _Terms, other: _Terms) -> _Terms:
    found: dict[tuple[int, _Atoms], Fraction] = {}
    for (power, atoms), factor in one.items():
        for (more, others), times in other.items():
            key = (
                power + more,
                tuple(sorted((*atoms, *others), key=repr)) if atoms and others else atoms + others,
            )
            found[key] = found.get(key, Fraction()) + factor * times
    return _bounded(found)


def _bounded(terms: _Terms) -> _Terms:
    """The terms that are not 0, where they are few and small."""
    found = {key: factor for key, factor in terms.items() if factor}
    small = all(
        factor.numerator.bit_length() < _MOST_BITS > factor.denominator.bit_length()
        for factor in found.values()
    )
    if len(found) > _MOST_TERMS or not small or any(len(atoms) > _MOST_TERMS for _, atoms in found):
        raise _NoFormError
    return found
