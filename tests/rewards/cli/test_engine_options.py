"""The flags that choose an engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from rewards.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


def test_without_ray_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "golds.jsonl").write_text('{"gold": "5"}\n')
    result = CliRunner().invoke(main, ["audit", str(tmp_path / "golds.jsonl"), "--engine", "ray"])
    assert result.exit_code == 3
    assert "--engine ray needs Ray Data: pip install '.[ray]'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "-", "--engine", "ray"], "reads its input more than once"),
        (["audit", "-", "--ray-address", "auto"], "the engine is not --engine ray"),
    ],
)
def test_flags_that_do_not_go_together(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, arguments, input="")
    assert result.exit_code == 2
    assert told in result.stderr
