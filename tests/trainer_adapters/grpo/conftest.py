"""Tiny models for all runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_grpo import make_folder

    return make_folder(tmp_path_factory.mktemp("tiny-grpo"))


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with heads of 32, the least that vLLM takes on a CPU, whose answers are right at times."""
    from tiny_grpo import make_folder, teach

    folder = make_folder(tmp_path_factory.mktemp("taught"), hidden=64)
    rows = [{"prompt": f"{a}+{b}?", "answer": str(a + b)} for a in range(4) for b in range(4 - a)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    teach(folder)
    return folder
