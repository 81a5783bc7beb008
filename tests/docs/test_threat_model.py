"""Each line of the threat model names the tests that hold it, and these are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| who")
]


def test_threat_model_has_lines_about_every_attacker() -> None:
    assert len(ROWS) >= 15
    assert {row[0] for row in ROWS} == {"policy", "stranger", "another user", "caller", "operator"}


@pytest.mark.parametrize("row", ROWS, ids=[row[1][:40] for row in ROWS])
def test_threat_model_names_tests_that_are_there(row: list[str]) -> None:
    attacker, attempt, held_by, tests = row
    assert attacker
    assert attempt
    assert held_by
    named = re.findall(r"`(tests/[^`]+)`", tests)
    assert ", ".join(f"`{one}`" for one in named) == tests
    for one in named:
        file, _, name = one.partition("::")
        found = {
            node.name
            for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        assert name in found if name else any(each.startswith("test_") for each in found), one
