"""`touchstone recipes` and `touchstone explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rewards import Recipe
from rewards.recipe.file import loads, shipped
from rewards.recipe.recipe import environment_digest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone


@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "list"]])
def test_recipes_list_every_one_that_ships(arguments: list[str], touchstone: Touchstone) -> None:
    ran = touchstone(*arguments)
    assert ran.exit_code == 0
    for name in shipped():
        recipe = Recipe.load(name)
        assert recipe.title in ran.stdout
        assert recipe.digest[:12] in ran.stdout


@pytest.mark.parametrize("name", shipped())
def test_recipes_show_the_recipe_itself(name: str, touchstone: Touchstone) -> None:
    shown = touchstone("recipes", "show", name).stdout
    assert loads(shown) == Recipe.load(name)
    assert shown.endswith(f"# recipe digest: {Recipe.load(name).digest}\n")


def test_recipes_show_names_the_nearest_to_an_unknown_one(touchstone: Touchstone) -> None:
    ran = touchstone("recipes", "show", "boxde")
    assert ran.exit_code == 2
    assert ran.stderr.startswith("touchstone: no recipe is called 'boxde' (did you mean 'boxed'?)")


def test_recipes_digests_are_those_to_pin(touchstone: Touchstone, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\nreward:\n  boxed_correctness: {}\n  name: correctness\n")
    ran = touchstone("recipes", "digests", "boxed", mine)
    assert ran.stdout.splitlines() == [
        f"{Recipe.load('boxed').digest}  boxed@1",
        f"{Recipe.load('boxed').digest}  mine@1",
        f"{environment_digest()}  (environment)",
    ]


def test_recipes_digests_without_a_name_are_those_of_all(touchstone: Touchstone) -> None:
    assert len(touchstone("recipes", "digests").stdout.splitlines()) == len(shipped()) + 1
