"""What the tests of adapters have in common."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Give later tests the root of all loggers back, in whose place AReaL puts another."""
    before = logging.Logger.root, logging.Logger.manager
    yield
    logging.Logger.root, logging.Logger.manager = before


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes that other tests set up and never called are no recipes of this test's run."""
    monkeypatch.setattr("trainer_adapters.scoring.names._SET_UP", weakref.WeakSet())
