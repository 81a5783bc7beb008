"""Scores as tables of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Touchstone, WriteLines


RIGHT = {"id": "right", "completion": r"<think>1 + 1</think> \boxed{2}", "ground_truth": "2"}


BROKEN = {"id": "broken gold", "completion": r"<think></think> \boxed{3}", "ground_truth": r"\frac{1}{"}


def test_table_has_a_row_for_each_rollout(touchstone: Touchstone, write_lines: WriteLines) -> None:
    nameless = {name: value for name, value in RIGHT.items() if name != "id"}
    ran = touchstone("score", write_lines(RIGHT, BROKEN, nameless, "[]"), "--table")
    rows = {
        line.split("  ")[1].strip(): line.split() for line in ran.stdout.splitlines() if line.startswith("  ")
    }
    assert rows["right"][1:3] == ["CORRECT", "string"]
    assert rows["broken gold"][2] == "UNPARSEABLE_GOLD"
    assert rows["line 3"][2] == "CORRECT"
    assert "not a JSON object but a list" in ran.stdout


def test_table_escapes_what_a_model_wrote(touchstone: Touchstone, write_lines: WriteLines) -> None:
    evil = "\x1b]0;owned\x07\u202e[red]"
    ran = touchstone(
        "score", write_lines({**RIGHT, "id": evil}, {**RIGHT, "id": evil}, {evil: 1}), "--table", "-o", "-"
    )
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.stderr)
    assert r"\x1b]0;owned\x07\u202e[red]" in ran.stderr
