"""Recipe files: every tree comes back as it was, and every mistake says where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from shipped_rewards import SHIPPED

from rewards import (
    Constant,
    HasBox,
    Recipe,
    Switch,
)
from rewards.errors import RecipeError, UnknownRecipeError
from rewards.recipe.file import dumps, load, loads, shipped


@pytest.mark.parametrize("name", shipped())
def test_loads_gives_back_shipped_recipes(name: str) -> None:
    recipe = Recipe.load(name)
    assert recipe.name == name
    assert recipe.description
    assert loads(dumps(recipe)) == recipe


def test_dumps_writes_yaml_that_others_read() -> None:
    tree = Switch(key="on", cases=(("no", HasBox()), ("1e-3", 1e-7 * HasBox()), ("é", Constant(value=-0.5))))
    written = dumps(Recipe(name="x", reward=tree, description="yes"))
    assert loads(written).reward == tree
    assert yaml.safe_load(written) == {
        "name": "x",
        "version": 1,
        "description": "yes",
        "reward": {
            "switch": {
                "key": "on",
                "cases": {
                    "no": {"has_box": {"inside_think": False}},
                    "1e-3": {"has_box": {"inside_think": False}, "weight": 1e-7},
                    "é": -0.5,
                },
                "default": None,
            }
        },
    }


WHOLE_FILES = {
    "empty": ("", "should be a mapping"),
    "a list": ("[]", "should be a mapping"),
    "no reward": ("name: x", "reward: missing"),
    "no name": ("reward: 1", "name: missing"),
    "unknown key": (
        "name: x\nreward: 1\nversoin: 2",
        "versoin: no parameter of recipe (did you mean 'version'?)",
    ),
    "version as text": ("name: x\nreward: 1\nversion: '1'", "version: should be a valid integer, not '1'"),
    "version 0": ("name: x\nreward: 1\nversion: 0", "version is 0"),
    "a name with a slash": ("name: a/b\nreward: 1", "a recipe is named 'a/b'"),
    "a duplicate key": ("name: x\nreward: 1\nname: y", "line 3, column 1: the key 'name' stands here twice"),
    "a duplicate key inside": ("name: x\nreward: {sum: [1], sum: [2]}", "the key 'sum' stands here twice"),
    "a key that is no string": ("name: x\nreward: {1: {}}", "line 2, column 10: a key must be a string"),
    "not YAML": ("name: [x", "line 1"),
    "a tab": ("name: x\n\treward: 1", "line 2, column 1"),
    "two documents": ("name: x\nreward: 1\n---\nname: y\nreward: 1\n", "another document"),
    "an alias": ("name: x\nreward: {sum: [&a 1, *a]}", "anchors and aliases are not used"),
    "a merge": ("name: x\nreward: {<<: {has_box: {}}}", "'<<' is no kind"),
    "a tag": ("name: !!python/name:os.system\nreward: 1", "the tag tag:yaml.org,2002:python/name:os.system"),
    "a local tag": ("name: !x y\nreward: 1", "the tag !x"),
    "a date": (
        "name: 2024-01-01\nreward: x",
        "reward: a reward is a number or a mapping with one kind, not 'x'",
    ),
    "a control character": ("name: x\x00", "not readable as YAML"),
    "a lone surrogate": ("name: \ud800", "not readable as YAML"),
    "an endless number": ("name: x\nreward: " + "9" * 5000, "not readable as YAML"),
}


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_load_refuses_a_file_that_is_wrong_as_a_whole(case: str) -> None:
    written, told = WHOLE_FILES[case]
    with pytest.raises(RecipeError) as raised:
        loads(written)
    assert told in str(raised.value)


@pytest.mark.parametrize("path", ["nowhere/mine", "mine.yaml", "mine.yml", Path("mine")])
def test_load_says_that_a_path_is_unknown(
    path: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownRecipeError, match="there is no recipe file"):
        load(path)


def test_load_says_that_a_path_through_a_file_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnknownRecipeError, match="there is no recipe file"):
        load(tmp_path / "file" / "mine.yaml")


def test_load_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_load_refuses_a_path_with_a_null() -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        load("/a\x00.yaml")


def test_load_refuses_an_endless_file() -> None:
    with pytest.raises(RecipeError, match="longer than 1000000 bytes"):
        load("/dev/zero")


def test_load_refuses_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"name: \xff\n")
    with pytest.raises(RecipeError, match=r"mine\.yaml: not UTF-8: .* at byte 6"):
        load(file)


def test_load_begins_an_error_with_the_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: x\nreward: {has_box: {a: 1}}\n")
    with pytest.raises(RecipeError) as raised:
        load(str(file))
    assert str(raised.value).startswith(f"{file}: reward.has_box.a: ")


@pytest.mark.parametrize("kind", SHIPPED)
def test_dumps_of_every_shipped_reward_loads_as_it_was(kind: str) -> None:
    recipe = Recipe.of(SHIPPED[kind])
    assert loads(dumps(recipe)) == recipe
