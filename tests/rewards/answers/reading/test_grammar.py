"""The table of notations: every kind of token that may stand in an answer has its rules."""

from __future__ import annotations

from rewards.answers.notation.symbols import COMMANDS, RUNS, SIGNS
from rewards.answers.reading.grammar import GRAMMAR
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.parser import Binding

CLOSING = {Kind.CLOSE, Kind.ENDGROUP, Kind.END, Kind.STOP, Kind.QUOTE, Kind.OTHER, Kind.EOF}
READ_INSIDE = {"&", "pmod", "''", "and", "or", "wedge", "vee"}
"""Operators that another rule takes, or that nothing reads."""


def test_grammar_has_a_rule_for_each_kind_of_token() -> None:
    ruled = GRAMMAR.prefixes.keys() | GRAMMAR.infixes.keys()
    assert set(Kind) - ruled == CLOSING


def test_grammar_has_a_rule_for_each_operator() -> None:
    operators = {
        value for table in (COMMANDS, RUNS, SIGNS) for kind, value in table.values() if kind == Kind.OP
    }
    (before, _), (after, _) = GRAMMAR.prefixes[Kind.OP], GRAMMAR.infixes[Kind.OP]
    factors = {"*", "/", "mod", "cross", "dot"}
    assert operators - before.keys() - after.keys() - factors == READ_INSIDE


def test_grammar_binds_between_the_whole_and_an_atom() -> None:
    for by_value, general in GRAMMAR.infixes.values():
        for rules in (*by_value.values(), general):
            assert all(Binding.WHOLE < rule.binding < Binding.ATOM for rule in rules)
