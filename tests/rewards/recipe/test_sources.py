"""Recipes that ship, by name and version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewards import (
    Recipe,
)
from rewards.errors import UnknownRecipeError
from rewards.recipe.file import earlier, load, loads, shipped, text

GOLDEN = Path(__file__).parents[1] / "golden" / "digests.json"


def test_shipped_recipes_keep_their_meaning() -> None:
    pinned = json.loads(GOLDEN.read_text("utf-8"))
    found = {recipe.title: recipe.digest for recipe in map(Recipe.load, (*shipped(), *earlier()))}
    message = (
        "The meaning of a shipped recipe has changed. Whoever pinned its digest will be refused, and "
        "whoever did not gets other rewards under the same name. If that is meant: raise `version` in the "
        "recipe file, say in the changelog what changed, and put the new digest into "
        "tests/rewards/golden/digests.json. If a default changed, the recipe can name the old value instead."
    )
    assert found == pinned, message


def test_shipped_recipes_are_these() -> None:
    assert shipped() == (
        "boxed",
        "dapo",
        "gsm8k-layered",
        "gsm8k-three-part",
        "light-r1",
        "logp-modulated",
        "r1-gated",
        "r1-zero",
    )


@pytest.mark.parametrize("name", ["r1-zeor", "", "R1-ZERO", "..", "r1-zero@1", "r1-zero\x00"])
def test_shipped_names_are_listed_for_an_unknown_one(name: str) -> None:
    with pytest.raises(UnknownRecipeError, match="there are boxed, dapo"):
        load(name)


def test_the_text_of_a_recipe_keeps_its_comments() -> None:
    assert text("r1-zero").startswith("# DeepSeek-R1")
    assert loads(text("r1-zero")) == load("r1-zero")


def test_shipped_recipe_is_not_hidden_by_a_file_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r1-zero").write_text("name: mine\nreward: 1\n")
    assert load("r1-zero").name == "r1-zero"
    assert load("./r1-zero").name == "mine"
