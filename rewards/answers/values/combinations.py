r"""Linear forms: rational combinations of pi and other constants, and multiples of one letter.

`\frac{\pi}{4} + 2k\pi` is the combination `\frac14 \pi` for `k = 0`, with the step `2\pi`. Another constant
is an atom, `\sqrt2` or `\arctan 2`; whether two atoms are equal is asked of the caller.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.values.exact import NoValue, ValueTooBig, rational
from rewards.answers.values.lowering import lowered
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Combination", "Equal", "linear", "same"]

Equal: TypeAlias = "Callable[[s.Expr, s.Expr], bool | None]"

_Atoms: TypeAlias = tuple[s.Expr, ...]
_Terms: TypeAlias = "Mapping[tuple[int, _Atoms], Fraction]"
"""The coefficient of each power of the letter times a product of atoms."""

_MOST_TERMS: Final = 24
_MOST_BITS: Final = 200
"""Maximum number of bits of a numerator and a denominator."""
_ONE: Final[_Atoms] = ()
_KNOWN: Final = frozenset({_ONE, (s.PI,)})
"""Products of atoms of which no rational combination but the empty one is 0."""


class _NoFormError(Exception):
    """Not linear in the letter, or too big."""


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

    def expression(self) -> s.Expr:
        """The combination as a tree."""
        parts = [
            s.Product((_number(factor), *atoms)) if atoms else _number(factor)
            for atoms, factor in self.terms.items()
        ]
        return s.Sum((s.Number(0), *parts))


def _number(value: Fraction) -> s.Number:
    return s.Number(int(value) if value.denominator == 1 else value)


def _size(atoms: _Atoms) -> float:
    sizes = [magnitude(atom) for atom in atoms]
    return math.prod(math.nan if size is None else size for size in sizes)


def same(one: Combination, other: Combination, equal: Equal) -> bool:
    r"""Compare two combinations, exactly; `equal` compares constants that are written differently.

    >>> from rewards.answers.reading.reader import read
    >>> one, other = (linear(read(text), s.Symbol("k"))[0] for text in (r"\frac{\pi}{6}", r"30^\circ"))
    >>> same(one, other, lambda first, second: None)
    True
    """
    if one.terms == other.terms:
        return True
    if _KNOWN.issuperset(one.terms) and _KNOWN.issuperset(other.terms):
        return False
    return bool(equal(one.expression(), other.expression()))


def linear(node: s.Node, letter: s.Symbol | s.Constant) -> tuple[Combination, Combination] | None:
    r"""The value of an expression with 0 for a letter, and its step to 1; None if it is not linear in it.

    >>> from rewards.answers.reading.reader import read
    >>> start, step = linear(read(r"\frac{(4k+1)\pi}{4}"), s.Symbol("k"))
    >>> start.terms == {(s.PI,): Fraction(1, 4)}, step.terms == {(s.PI,): 1}
    (True, True)
    >>> linear(read("k^2"), s.Symbol("k")) is None
    True
    """
    try:
        terms = _terms(node, letter)
    except _NoFormError:
        return None
    if any(power > 1 for power, _ in terms):
        return None
    parts = (
        {atoms: factor for (power, atoms), factor in terms.items() if power == place} for place in (0, 1)
    )
    start, step = map(Combination, parts)
    return start, step


def _terms(node: s.Node, letter: s.Symbol | s.Constant) -> _Terms:
    read = _READERS.get(type(node))
    if read is not None:
        return read(node, letter)
    primitive = lowered(node) if isinstance(node, s.Expr) else node
    return _atom(node) if primitive is node else _terms(primitive, letter)


def _letter(node: s.Symbol | s.Constant, letter: s.Symbol | s.Constant) -> _Terms:
    return {(1, _ONE): Fraction(1)} if node == letter else _atom(node)


def _total(node: s.Sum, letter: s.Symbol | s.Constant) -> _Terms:
    found: _Terms = {}
    for term in node.terms:
        found = _sum(found, _terms(term, letter))
    return found


def _multiplied(node: s.Product, letter: s.Symbol | s.Constant) -> _Terms:
    found = _constant(_ONE, Fraction(1))
    for factor in node.factors:
        found = _product(found, _terms(factor, letter))
    return found


def _divided(node: s.Quotient, letter: s.Symbol | s.Constant) -> _Terms:
    divisor = _terms(node.denominator, letter)
    above = _terms(node.numerator, letter)
    if divisor.keys() == {(0, _ONE)}:
        return _product(above, _constant(_ONE, 1 / divisor[0, _ONE]))
    if any(power for power, _ in divisor):
        raise _NoFormError
    return _product(above, _atom(s.Quotient(s.Number(1), node.denominator)))


_READERS: Final[Mapping[type[s.Node], Callable[..., _Terms]]] = {
    s.Number: lambda node, _: _constant(_ONE, Fraction(node.value)),
    s.Symbol: _letter,
    s.Constant: _letter,
    s.Negate: lambda node, letter: _product(_terms(node.operand, letter), _constant(_ONE, Fraction(-1))),
    s.Sum: _total,
    s.Product: _multiplied,
    s.Quotient: _divided,
}
"""The way to read each kind of node; all others are atoms."""


def _atom(node: s.Node) -> _Terms:
    if not isinstance(node, s.Expr) or unknowns(node) or node == s.I:
        raise _NoFormError
    try:
        value = rational(node)
    except NoValue:
        raise _NoFormError from None
    except ValueTooBig:
        value = None
    return _constant((node,), Fraction(1)) if value is None else _constant(_ONE, Fraction(value))


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
