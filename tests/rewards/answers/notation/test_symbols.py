r"""The table of signs: every spelling is one token, and relations have their mirror images."""

from __future__ import annotations

import itertools

import pytest

from rewards.answers.notation.symbols import (
    COMMANDS,
    INEQUALITIES,
    MIRRORED,
    NEGATED,
    ORDERS,
    RUNS,
    SIGNS,
    SYMMETRIC,
    VULGAR_FRACTIONS,
)
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.tokens import tokenize

SPELLINGS = [
    *((f"\\{name}", token) for name, token in COMMANDS.items() if token[0] != Kind.MARK),
    *SIGNS.items(),
    *RUNS.items(),
]
BRACKETS = {Kind.OPEN, Kind.CLOSE, Kind.GROUP, Kind.ENDGROUP, Kind.STOP, Kind.MONEY, Kind.ROW}
RELATIONS = {value for kind, value in (*COMMANDS.values(), *SIGNS.values()) if kind == Kind.REL}


@pytest.mark.parametrize(("spelling", "token"), [pair for pair in SPELLINGS if pair[1][0] not in BRACKETS])
def test_symbols_become_their_token(spelling: str, token: tuple[str, str]) -> None:
    assert tokenize(f"1 {spelling} 2")[1][:2] == token


def test_symbols_mirror_both_ways() -> None:
    assert all(MIRRORED[other] == one for one, other in MIRRORED.items())
    assert SYMMETRIC.isdisjoint(MIRRORED)
    assert (SYMMETRIC | MIRRORED.keys()) <= RELATIONS
    assert SYMMETRIC | MIRRORED.keys() >= INEQUALITIES


@pytest.mark.parametrize(("one", "other"), NEGATED.items())
def test_symbols_negated_deny_each_other(one: str, other: str) -> None:
    assert other in RELATIONS
    assert NEGATED.get(other, one) == one
    assert one not in ORDERS or other in ORDERS


def test_symbols_have_fractions_below_one() -> None:
    values = [[int(part) for part in fraction.split("/")] for fraction in VULGAR_FRACTIONS.values()]
    assert all(0 < above < below for above, below in values)
    assert len({above / below for above, below in values}) == len(values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *itertools.combinations([r"x \le 2", r"x \leqslant 2", "x ≤ 2", "x <= 2", "x ⩽ 2"], 2),
        (r"A \setminus B", r"A \backslash B"),
        (r"3 \times 4", "3·4"),
    ],
)
def test_symbols_of_one_row_are_one_text(one: str, other: str) -> None:
    assert [token[:2] for token in tokenize(one)] == [token[:2] for token in tokenize(other)]
