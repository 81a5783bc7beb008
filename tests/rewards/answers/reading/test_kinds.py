"""Kinds of tokens."""

from __future__ import annotations

from rewards.answers.reading.kinds import Kind


def test_kinds_are_named_as_they_are_written() -> None:
    assert all(kind.name.lower() == kind for kind in Kind)


def test_kind_is_an_attribute_that_is_found_without_a_property() -> None:
    assert all(vars(Kind)[kind.name] is kind for kind in Kind)
    assert {Kind.NUM: 1}["num"] == 1
