"""The command as a user runs it, in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from rewards.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Touchstone = Callable[..., Result]
    WriteLines = Callable[..., Path]


@pytest.fixture
def touchstone(monkeypatch: pytest.MonkeyPatch) -> Touchstone:
    """Runs `touchstone ARGUMENTS` and gives back its output and exit code."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)

    return run


@pytest.fixture
def write_lines(tmp_path: Path) -> WriteLines:
    """Writes a file of JSON lines; a text is written as it is, everything else as JSON."""

    def write(*lines: object, name: str = "lines.jsonl") -> Path:
        path = tmp_path / name
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("".join(f"{text}\n" for text in texts), "utf-8")
        return path

    return write
