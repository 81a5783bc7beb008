"""Code and pickles of version 0.1, which name modules by their old places."""

from __future__ import annotations

import base64
import importlib
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from rewards import BoxedCorrectness, Recipe, RemoteScorer, Tls
from rewards.moved import GONE, MOVED
from rewards.recipe import file

PICKLES = json.loads((Path(__file__).parents[1] / "golden" / "pickles_0_1.json").read_text("utf-8"))
"""What version 0.1 pickled, with the text that it showed for each."""


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_a_module_that_moved_is_imported_by_its_old_name(old: str, new: str) -> None:
    assert importlib.import_module(old) is importlib.import_module(new)


@pytest.mark.parametrize(("old", "new"), GONE.items())
def test_a_package_that_moved_as_a_whole_says_where_it_is(old: str, new: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"{old} is {new} now"):
        importlib.import_module(old)


def test_names_of_modules_that_became_packages_are_still_there() -> None:
    client = importlib.import_module("rewards.client")
    recipe = importlib.import_module("rewards.recipe")
    assert (client.RemoteScorer, client.Tls) == (RemoteScorer, Tls)
    assert recipe.Recipe is Recipe
    assert recipe.environment_digest()
    assert importlib.import_module("rewards.answers.extraction").Extraction().box
    with pytest.raises(ImportError, match="nothing"):
        exec("from rewards.recipe import nothing", {})  # noqa: S102  # the statement that a user writes


def test_moved_module_is_imported_first_by_its_old_name() -> None:
    program = "import rewards.recipe_file as old; print(old.loads(old.text('boxed')).title)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == file.load("boxed").title


LATER = (", reasoning='any'", ", tags=()", ", extraction='boxed'")
"""Fields that 0.1 did not have, at their defaults."""


@pytest.mark.parametrize("name", PICKLES)
def test_moved_classes_are_found_in_pickles_of_the_first_version(name: str) -> None:
    loaded = pickle.loads(base64.b64decode(PICKLES[name]["pickle"]))  # noqa: S301  # our own, from the tree
    if name == "scores":
        assert repr(loaded.totals.tolist()) == PICKLES[name]["repr"]
        assert loaded.verdicts[0].correct
    elif name.startswith("recipe "):
        assert loaded.digest == Recipe.of(name.removeprefix("recipe ")).digest
    else:
        text = repr(loaded)
        for later in LATER:
            text = text.replace(later, "")
        assert text == PICKLES[name]["repr"]


def test_moved_classes_in_a_pickle_still_work() -> None:
    switch = pickle.loads(base64.b64decode(PICKLES["switch"]["pickle"]))  # noqa: S301
    assert switch.cases[0][1] == BoxedCorrectness()
