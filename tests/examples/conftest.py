"""A tiny model for the examples that train."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_grpo import make_folder

    return make_folder(tmp_path_factory.mktemp("tiny-grpo"))
