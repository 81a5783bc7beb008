"""Bytes into a command, and lines of JSON out of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from rewards.cli.json_lines import number, reading, writing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("value", "written"), [(0.5, 0.5), (-0.0, 0.0), (math.nan, None)])
def test_number_is_null_where_nothing_was_judged(value: float, written: float | None) -> None:
    assert number(value) == written


def test_writing_puts_one_object_on_a_line(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": "½\n"}, {"total": None}]
    with writing(str(tmp_path / "out.jsonl")) as write:
        for row in rows:
            write(row)
    with reading(str(tmp_path / "out.jsonl")) as stream:
        assert [json.loads(line) for line in stream] == rows


def test_writing_refuses_what_json_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"), writing(str(tmp_path / "out.jsonl")) as write:
        write({"total": math.nan})


def test_writing_nowhere_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with writing(None) as write:
        write({"a": 1})
    assert list(tmp_path.iterdir()) == []
