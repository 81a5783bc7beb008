"""Kinds of tokens."""

from __future__ import annotations

from rewards.answers.reading.kinds import KINDS, Kind


def test_kinds_holds_every_kind_and_nothing_else() -> None:
    named = {name: value for name, value in vars(Kind).items() if not name.startswith("_")}
    assert set(named.values()) == KINDS
    assert all(name.lower() == value for name, value in named.items())
    assert len(KINDS) == len(named)
