r"""The grammar of answers, one row for a notation: kinds of tokens, their values, and the rule for them.

How tightly a rule binds is its :class:`~.parser.Binding`. Of several rules for one token, the first that
binds tightly enough and applies counts.
"""

from __future__ import annotations

from typing import Final

from rewards.answers.reading import arithmetic, bases, commands, enclosures, letters, quantities, relations
from rewards.answers.reading.parser import Binding, Grammar, Infix, Prefix, Row, tabulated

__all__ = ["GRAMMAR"]

_PREFIXES: Final[list[Row[Prefix]]] = [
    # numbers and bases
    ("num letter word text", "", Prefix(Binding.ATOM, bases.lettered_numeral, bases.has_lettered_base)),
    ("num", "", Prefix(Binding.ATOM, arithmetic.number)),
    ("op", "+ - pm mp", Prefix(Binding.SUM, arithmetic.signed)),
    # names and calls
    ("text word quant", "", Prefix(Binding.UNIT, relations.skipped_connective, relations.is_cell_condition)),
    ("text word", "", Prefix(Binding.ATOM, quantities.money, quantities.starts_with_code)),
    ("text word", "", Prefix(Binding.ATOM, letters.word)),
    ("letter", "", Prefix(Binding.ATOM, letters.letter)),
    ("const", "", Prefix(Binding.ATOM, letters.constant)),
    ("mark", "", Prefix(Binding.ATOM, letters.marked)),
    # commands, functions, operators with bounds
    ("cmd", "frac", Prefix(Binding.ATOM, commands.fraction)),
    ("cmd", "binom", Prefix(Binding.ATOM, commands.binomial)),
    ("cmd", "sqrt cbrt qdrt", Prefix(Binding.ATOM, commands.root)),
    ("op", "_ ^", Prefix(Binding.ATOM, commands.after_index)),
    ("op", "not", Prefix(Binding.ATOM, arithmetic.negation)),
    ("fun", "", Prefix(Binding.ATOM, commands.function)),
    ("big", "union", Prefix(Binding.SET, commands.indexed_union)),
    ("big", "sum product integral limit", Prefix(Binding.ATOM, commands.big_operator)),
    # brackets, sets, environments
    ("open", "", Prefix(Binding.ATOM, enclosures.bracketed)),
    ("group", "", Prefix(Binding.ATOM, enclosures.group)),
    ("op", "| ||", Prefix(Binding.ATOM, enclosures.bars)),
    ("begin", "", Prefix(Binding.ATOM, enclosures.environment)),
    ("set", "", Prefix(Binding.ATOM, relations.named_set)),
    ("dots", "", Prefix(Binding.ATOM, relations.dots)),
    # money before its amount
    ("money", "", Prefix(Binding.ATOM, quantities.money)),
]

_INFIXES: Final[list[Row[Infix]]] = [
    # signs after an operand
    ("text word letter", "st nd rd th", Infix(Binding.ORDINAL, arithmetic.ordinal, arithmetic.is_ordinal)),
    ("op", "^", Infix(Binding.ORDINAL, arithmetic.raised_ordinal, arithmetic.is_raised_ordinal)),
    ("op", "^", Infix(Binding.POSTFIX, arithmetic.exponent)),
    ("op", "_", Infix(Binding.POSTFIX, arithmetic.indexed_call, arithmetic.indexes_call)),
    ("op", "'", Infix(Binding.POSTFIX, arithmetic.prime)),
    ("op", "!", Infix(Binding.POSTFIX, arithmetic.factorial)),
    ("op", "%", Infix(Binding.POSTFIX, arithmetic.percent)),
    ("op", "deg circ", Infix(Binding.POSTFIX, arithmetic.ring)),
    # factors and terms
    (" ".join(arithmetic.FACTORS), "", Infix(Binding.PRODUCT, arithmetic.product, arithmetic.multiplies)),
    ("op", "+ - pm mp", Infix(Binding.SUM, arithmetic.total, arithmetic.adds)),
    # units and counted things
    ("text word", "", Infix(Binding.UNIT, quantities.measured, quantities.measures_word)),
    ("money", "", Infix(Binding.UNIT, quantities.measured)),
    ("letter", "", Infix(Binding.UNIT, quantities.measured, quantities.measures_letter)),
    ("fun", "", Infix(Binding.UNIT, quantities.measured, quantities.is_unit_function)),
    ("cmd", "frac", Infix(Binding.UNIT, quantities.measured, quantities.is_unit_fraction)),
    ("letter text word op", "x by *", Infix(Binding.RATIO, quantities.sides, quantities.has_sides)),
    # sets, ratios, relations, lists
    ("op", "cup cap minus -", Infix(Binding.SET, relations.combined)),
    ("big", "union", Infix(Binding.SET, relations.combined)),
    ("op", ":", Infix(Binding.RATIO, relations.ratio, relations.is_ratio)),
    ("text word", "to", Infix(Binding.RATIO, relations.ratio, relations.compares)),
    ("op", "|", Infix(Binding.RELATION, relations.relation, relations.is_such_that)),
    ("op", ":", Infix(Binding.RELATION, relations.relation, relations.is_divider)),
    ("rel", "", Infix(Binding.RELATION, relations.relation)),
    ("sep row", "", Infix(Binding.LISTING, relations.listing)),
    ("text word quant", "", Infix(Binding.LISTING, relations.listing, relations.connects)),
    ("open", "(", Infix(Binding.LISTING, relations.listing, relations.is_condition)),
    ("infix", "", Infix(Binding.OVER, commands.over)),
]

GRAMMAR: Final = Grammar(tabulated(_PREFIXES), tabulated(_INFIXES))
"""The rules of all notations."""
