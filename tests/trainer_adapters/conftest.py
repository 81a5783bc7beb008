"""What the tests of adapters have in common."""

from __future__ import annotations

import weakref

import pytest


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that other tests set up and never called are no recipes of this test's run."""
    monkeypatch.setattr("trainer_adapters.scoring.names._SET_UP", weakref.WeakSet())
