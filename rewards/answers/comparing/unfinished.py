r"""Forms of a value by the work left undone, so that a copy of the question earns nothing.

The forms of a value are put in order, from a number written out to a sum or an integral. An answer may be
as unfinished as its gold and no more: `55` meets `\sum_{k=1}^{10} k`, `\sqrt2` meets `2\sin\frac\pi4`, and
`x = 5` meets `3x + 2 = 17`, but not the other way round. It decides by shape alone; a policy can waive it
(`unevaluated`).
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.naming import is_name
from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.shapes import is_numeral, is_written_out
from rewards.answers.values.exact import NoValue, ValueTooBig, rational

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["Form", "form", "is_as_finished", "is_as_solved"]


class Form(enum.IntEnum):
    """The work left undone in a value, from nothing to everything."""

    NUMERAL = 0
    r"""A number written out: `391`, `-\frac12`, `2.5\cdot 10^3`."""
    CLOSED = 1
    r"""Arithmetic, powers, roots, `\pi` and unknowns: `17\cdot 23`, `5!`, `\sqrt4`, `2\sqrt3`, `x+1`."""
    LOOKED_UP = 2
    r"""A function at a number: `\log_2 8`, `\tan 60^\circ`; a complex number has it in its polar form."""
    OPERATOR = 3
    r"""A sum, a product over an index, an integral, a limit or a derivative."""


def form(node: s.Expr) -> Form:
    r"""The form that an expression is left in.

    >>> from rewards.answers.reading.reader import read
    >>> [form(read(text)).name for text in ("391", r"17\cdot 23", r"\log_2 8", r"\sum_{k=1}^{10} k")]
    ['NUMERAL', 'CLOSED', 'LOOKED_UP', 'OPERATOR']
    """
    if is_written_out(node):
        return Form.NUMERAL
    parts = s.walk(node)
    if any(isinstance(part, s.BigOperator) for part in parts):
        return Form.OPERATOR
    return Form.LOOKED_UP if _is_looked_up(parts) else Form.CLOSED


def is_as_finished(answer: s.Expr, gold: s.Expr) -> bool:
    r"""Return True if the answer leaves no more undone than the gold.

    A power, a binomial, a polar form or a closed form with irrational parts may stand for its number.

    >>> from rewards.answers.reading.reader import read
    >>> one, other = read(r"\sqrt{2}"), read(r"2\sin\frac{\pi}{4}")
    >>> is_as_finished(one, other), is_as_finished(other, one)
    (True, False)
    """
    if is_numeral(answer):
        return True
    left = form(answer)
    if left is Form.CLOSED:  # as most are, and that a gold is a numeral is cheaper to see than its form
        return not is_written_out(gold) or _stands_for_number(answer)
    return left <= form(gold)


def is_as_solved(answer: s.Node, gold: s.Node) -> bool:
    """Return True if the answer isolates its unknown, or a multiple of it, wherever the gold does.

    Only what has one unknown is to be solved: a line may be written in many ways.

    >>> from rewards.answers.reading.reader import read
    >>> [is_as_solved(read(text), read("x < 5")) for text in ("5 > x", "2x < 10", "x + 1 < 6")]
    [True, True, False]
    """
    return not _is_unsolved(answer) or _is_unsolved(gold)


def _is_unsolved(node: s.Node) -> bool:
    return any(isinstance(part, s.Relation) and _has_to_be_solved(part) for part in s.walk(node))


def _has_to_be_solved(relation: s.Relation) -> bool:
    if len(unknowns(relation)) != 1:
        return False
    return not all(_is_multiple_of_name(side) for side in relation.sides if unknowns(side))


def _is_multiple_of_name(side: s.Node) -> bool:
    match side:
        case s.Negate(operand) | s.Quotient(operand, s.Number()):
            return _is_multiple_of_name(operand)
        case s.Product((s.Number(), other)):
            return _is_multiple_of_name(other)
        case s.Absolute(operand):  # `|x| > 2`
            return is_name(operand) or is_name(side)
        case _:
            return is_name(side)


_LOOKED_UP: Final = frozenset(name for name, row in FUNCTIONS.items() if row.looked_up)


def _is_looked_up(parts: Sequence[s.Node]) -> bool:
    return any(isinstance(part, s.Apply) and part.function in _LOOKED_UP for part in parts) and not any(
        isinstance(part, s.Symbol) or part == s.I for part in parts
    )


def _stands_for_number(answer: s.Expr) -> bool:
    r"""`-1+0i`, `2e^{i\pi}`, `2(\cos\pi + i\sin\pi)`, `\sqrt{3+2\sqrt2} - \sqrt2`; not `\sqrt4`."""
    parts = s.walk(answer)
    if s.I in parts:
        match answer:
            case s.Sum((real, _)) if is_numeral(real):
                return True
        return any(
            (isinstance(part, s.Power) and part.base == s.E)
            or (isinstance(part, s.Apply) and part.function in {"cos", "sin"})
            for part in parts
        )
    if any(isinstance(part, (s.Symbol, s.Factorial, s.Binomial)) for part in parts):
        return False
    try:
        return rational(answer) is None
    except (NoValue, ValueTooBig):
        return False
