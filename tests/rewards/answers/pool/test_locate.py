"""A caller's way to its pool."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from pools import Asker, area, status

from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool
from rewards.answers.pool.locate import connect
from rewards.errors import PoolError
from rewards.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_connect_does_not_trust_a_folder_that_others_can_enter(own_folder: Path) -> None:
    folder = own_folder / f"touchstone-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(PoolError, match="belongs to you alone"):
        connect(Limits())
    asker = Asker(Pool(Limits()))
    asker.ask(*area(1))
    assert status(asker, area(1)[0]) == Status.ERROR
    asker.pool.close()


def no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")


def broken_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")


@pytest.mark.parametrize("breaking", [no_interpreter, broken_interpreter])
def test_connect_says_that_a_pool_cannot_start(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[pytest.MonkeyPatch], None]
) -> None:
    assert own_folder.is_dir()
    breaking(monkeypatch)
    with pytest.raises(PoolError, match="the pool of workers"):
        connect(Limits())
