"""`touchstone stress` names what is wrong with a recipe, and its exit code says it to CI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Touchstone, WriteLines


def test_stress_gives_its_findings_as_json(touchstone: Touchstone) -> None:
    document = json.loads(touchstone("stress", "gsm8k-layered", "--threshold", "0.2", "--json").stdout)
    assert document["holds"]
    by_name = {cheat["name"]: cheat for cheat in document["cheats"]}
    assert by_name["constant"]["earns"] == pytest.approx(0.1)
    assert by_name["constant"]["finding"] is None


def test_stress_passes_a_recipe_without_a_trap(touchstone: Touchstone, write_lines: WriteLines) -> None:
    file = write_lines({"reasoning": "on and on it goes " * 30}, {"reasoning": "short"}, {"reasoning": 4})
    result = touchstone("stress", "r1-gated", "--honest", file, "--map", "completion=reasoning")
    assert result.exit_code == 0, result.output
    assert "No reward trap: a policy that never solves anything earns at most 0 (0 %" in result.output
    assert "Of 2 rollouts of yours: repetition takes 1 on average from 50.0 %" in result.stdout
    assert "lines.jsonl:3: completion is of type int" in result.stderr


def test_stress_asks_for_metadata_in_form(touchstone: Touchstone) -> None:
    result = touchstone("stress", "boxed", "--metadata", "kind")
    assert result.exit_code == 2
    assert "write KEY=VALUE" in result.stderr
