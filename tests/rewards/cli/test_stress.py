"""`touchstone stress` names what is wrong with a recipe, and its exit code says it to CI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

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


def test_stress_takes_the_format_of_the_reasoning(touchstone: Touchstone) -> None:
    document = json.loads(touchstone("stress", "r1-zero", "--reasoning", "magistral", "--json").stdout)
    by_name = {cheat["name"]: cheat for cheat in document["cheats"]}
    assert document["best"] == 1.5
    assert by_name["format only"]["earns"] == 0.5
    assert by_name["unfinished reasoning"]["variant"].startswith("magistral")
    assert by_name["unfinished reasoning"]["gains"] == by_name["stop token"]["gains"] == 0.0
    assert by_name["nothing"]["gains"] is None
    own = json.loads(touchstone("stress", "r1-zero", "--reasoning", "<a>,</a>", "--json").stdout)
    assert own["best"] == 1.5
    assert touchstone("stress", "r1-gated", "--think-prefilled").exit_code == 0


def test_stress_fails_a_recipe_that_pays_for_unfinished_reasoning(
    touchstone: Touchstone, tmp_path: Path
) -> None:
    recipe = tmp_path / "leaky.yaml"
    recipe.write_text("name: leaky\nreward: {sum: [boxed_correctness: {}, has_box: {inside_think: true}]}\n")
    result = touchstone("stress", recipe, "--threshold", "0.5")
    assert result.exit_code == 1
    assert "GAINS" in result.output
    assert "Pays for the right answer in reasoning that is cut off: unfinished reasoning (" in result.output
    assert "earns up to 1 more than the same completion without it, as in " in result.output
