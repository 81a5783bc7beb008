"""Pools of workers for tests."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pools import Asker

from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for sockets that no other test uses, so that its pools are its own."""
    with tempfile.TemporaryDirectory(prefix="ts", dir="/tmp") as folder:  # a socket's path is short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def narrow() -> Iterator[Pool]:
    """A pool with one quick worker and one slow one, and little memory."""
    pool = Pool(Limits(workers=1, cpu_seconds=0.3, memory_bytes=96 << 20))
    yield pool
    pool.close()


@pytest.fixture
def asker(narrow: Pool) -> Asker:
    return Asker(narrow)
