"""Every example runs and says what it should."""

from __future__ import annotations

import doctest
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rewards import Recipe
from rewards.cli.rollout_lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"


def run(*arguments: object, path: str = "") -> str:
    ran = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), path]))},
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_example_of_scoring_in_python_gives_its_totals() -> None:
    totals = dict(
        line.split(" (")[0].split(": ") for line in run(EXAMPLES / "score_in_python.py").splitlines()
    )
    assert totals == {"right": "2.5", "wrong": "0.5", "hopeless": "0.5", "broken gold": "nan"}


def test_example_of_scoring_remotely_gives_the_same_bits(address: str) -> None:
    said = run(EXAMPLES / "score_remotely.py", address)
    assert said == "mean total 1.000, same bits here and there: True\n"


def test_example_of_streaming_scores_while_generating(address: str) -> None:
    said = run(EXAMPLES / "stream_while_generating.py", address)
    assert " of 64 were scored before the last token, and all were " in said


def test_demo_stops_hanging_rollouts_alone() -> None:
    said = run(EXAMPLES / "demo" / "demo.py")
    assert "hanging-power-tower " in said
    assert said.endswith("hanging rollouts were decided or stopped; nothing else was held up.\n")


def test_the_rollouts_of_the_demo_are_what_they_are_called() -> None:
    with (EXAMPLES / "demo" / "rollouts.jsonl").open("rb") as stream:
        lines = list(read_lines(stream, {}))
    assert 35 <= len(lines) <= 50
    assert not [line.error for line in lines if line.error]
    names = [line.rollout.id for line in lines if line.rollout is not None]
    for kind in ("right", "wrong", "hedged", "hanging", "repeating", "language-mixed", "truncated", "gold"):
        assert any(name.startswith(kind) for name in names)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "recipes").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_file_reads(path: Path) -> None:
    assert Recipe.load(path).name == path.stem


@pytest.fixture
def brevity(tmp_path: Path) -> Path:
    """The plugin as an installer leaves it: the module, and the metadata that its project file asks for."""
    project = tomllib.loads((EXAMPLES / "own_reward" / "pyproject.toml").read_text("utf-8"))["project"]
    (tmp_path / "brevity.py").write_bytes((EXAMPLES / "own_reward" / "brevity.py").read_bytes())
    metadata = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    text = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (metadata / "METADATA").write_text(text)
    points = project["entry-points"]["touchstone.rewards"]
    lines = [f"{name} = {value}\n" for name, value in points.items()]
    (metadata / "entry_points.txt").write_text("".join(["[touchstone.rewards]\n", *lines]))
    (metadata / "RECORD").write_text("brevity.py,,\n")
    return tmp_path


def test_ones_own_reward_by_its_entry_point(brevity: Path, tmp_path: Path) -> None:
    rollouts = tmp_path / "rollouts.jsonl"
    texts = [r"\boxed{4}", r"\boxed{4}".rjust(800)]
    rollouts.write_text(
        "".join(json.dumps({"completion": text, "ground_truth": "4"}) + "\n" for text in texts)
    )
    command = "from rewards.cli.main import main; main()"
    recipe = EXAMPLES / "own_reward" / "recipe.yaml"
    said = run("-c", command, "score", rollouts, "--recipe", recipe, "-o", "-", path=str(brevity))
    short, long = (json.loads(line) for line in said.splitlines())
    assert (short["components"]["brevity"], long["components"]["brevity"]) == (1.0, 0.5)
    assert (short["total"], long["total"]) == (1.1, 1.05)
    assert long["spans"]["brevity"] == [[400, 800, "over the limit"]]


@pytest.fixture
def module() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("brevity", EXAMPLES / "own_reward" / "brevity.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["brevity"] = loaded
    spec.loader.exec_module(loaded)
    yield loaded
    del sys.modules["brevity"]


def test_ones_own_reward_does_what_its_docstring_says(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert (found.attempted > 0, found.failed) == (True, 0)
