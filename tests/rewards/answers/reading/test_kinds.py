"""Kinds of tokens."""

from __future__ import annotations

import pytest

from rewards.answers.reading.kinds import Kind


def test_kind_is_known_by_its_value() -> None:
    for kind in Kind:
        assert Kind(kind.value) is kind
        assert kind == kind.value
        assert getattr(Kind, kind.name) is kind


def test_kind_refuses_what_is_none() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Kind("nonsense")
