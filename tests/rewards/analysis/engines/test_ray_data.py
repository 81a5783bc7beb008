"""Ray gives what this process gives: the same bytes, in the same order, after a kill as without one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rewards.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result


SEARCHED = os.pathsep.join([str(Path(__file__).parents[3] / "support"), *filter(None, sys.path)])


COMMAND = "from rewards.cli.main import main; main()"


ROWS = 1300
"""Three chunks."""


pytestmark = [
    pytest.mark.timeout(600),  # Ray takes its time to start
    pytest.mark.filterwarnings("ignore"),  # it leaves sockets and files to be collected
]


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray on two cores of this machine, which is used as it is already there."""
    ray = pytest.importorskip("ray", reason="`make test-ray` installs Ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", SEARCHED)  # its workers are to find rewards of tests
        patch.setenv("RAY_raylet_start_wait_time_s", "300")
        ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield ray
        ray.shutdown()


def touchstone(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code in {0, 1}, result.output
    return result


def rollouts() -> list[dict[str, object]]:
    answers = ["0.5", r"\frac{1}{2}", r"\sin(\pi/6)", "3", "", r"\boxed{", "x" * 40]
    golds = ["1/2", r"\frac{1}{2}", "150^", "0.333", "True", "the larger of the two numbers"]
    return [
        {
            "prompt": f"prompt {row * 7 % 163}",
            "completion": rf"so \boxed{{{answers[row % 7]}}}",
            "ground_truth": golds[row % 11] if row % 11 < len(golds) else None,
            "id": f"{row % 1290}",
        }
        for row in range(ROWS)
    ]


@pytest.fixture(params=["jsonl", "parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Rollouts of which some are bad, in each format that rows come in."""
    path = tmp_path / f"rollouts.{request.param}"
    if request.param == "jsonl":
        lines = [json.dumps(row) for row in rollouts()]
        lines[600:600] = ["nonsense", "[]", ""]
        path.write_text("\n".join(lines) + "\n")
    else:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pyarrow.Table.from_pylist(rollouts()), path)
    return path


def without_seconds(scores: Path) -> str:
    return re.sub(r'"seconds": [\d.e-]+', "", scores.read_text())


@pytest.mark.usefixtures("ray")
def test_ray_scores_are_those_of_this_process(file: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    local = touchstone("score", file, "--recipe", "boxed", "-o", here)
    by_ray = touchstone("score", file, "--recipe", "boxed", "-o", there, "--engine", "ray")
    assert without_seconds(there) == without_seconds(here)
    assert len(here.read_text().splitlines()) == ROWS + 3 * (file.suffix == ".jsonl")
    assert (by_ray.exit_code, by_ray.stdout, by_ray.stderr) == (local.exit_code, local.stdout, local.stderr)
    assert not (tmp_path / "there.jsonl.work").exists()


@pytest.mark.usefixtures("ray")
@pytest.mark.parametrize("command", ["audit", "filter"])
def test_ray_keeps_and_rejects_rows_as_this_process_does(command: str, file: Path, tmp_path: Path) -> None:
    told, written = [], []
    for engine in ("local", "ray"):
        kept, rejected = (
            tmp_path / f"{engine}-kept{file.suffix}",
            tmp_path / f"{engine}-rejected{file.suffix}",
        )
        result = touchstone(command, file, "-o", kept, "--rejects", rejected, "--json", "--engine", engine)
        told.append((result.exit_code, result.stdout, result.stderr))
        written.append((kept.read_bytes(), rejected.read_bytes()))
    assert told[0] == told[1]
    assert written[0] == written[1]
    assert all(written[0])
    assert not list(tmp_path.glob("*.work"))


@pytest.mark.usefixtures("ray")
def test_ray_scores_an_empty_file_as_this_process_does(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    arguments = ("score", tmp_path / "empty.jsonl", "--recipe", "boxed", "--engine")
    assert touchstone(*arguments, "ray").stdout == touchstone(*arguments, "local").stdout


@pytest.mark.usefixtures("ray")
@pytest.mark.parametrize("command", ["score", "filter"])
def test_ray_run_that_was_killed_does_what_is_left_and_writes_the_same(command: str, tmp_path: Path) -> None:
    """The last chunk waits for a file, so that the kill comes when some are done.

    How many is for Ray to say, which may hand several to a worker at once.
    """
    gate, recipe, file = tmp_path / "gate", tmp_path / "gated.yaml", tmp_path / "rollouts.jsonl"
    recipe.write_text(
        f"name: gated\nversion: 1\nreward:\n  odd_rewards:Gated: {{gate: {json.dumps(str(gate))}}}\n"
    )
    completions = ["right" if row % 3 else "wrong" for row in range(2000)]
    completions[1999] = "wait"
    rows = ({"prompt": f"{row % 100}", "completion": text} for row, text in enumerate(completions))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = [command, str(file), "--recipe", str(recipe), "--engine", "ray", "-o"]
    output = tmp_path / "out.jsonl"
    folder = tmp_path / "out.jsonl.work" / ("blocks" if command == "filter" else "")
    killed = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments, str(output)],
        env={**os.environ, "PYTHONPATH": SEARCHED},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not list(folder.glob("*.block")):
            assert killed.poll() is None, "it ended by itself"
            time.sleep(0.1)
    finally:
        killed.kill()  # SIGKILL
        killed.communicate()
    assert not output.exists()
    blocks = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.block")}
    assert sorted(blocks) == [f"{first:012}.block" for first in (1, 513, 1025)][: len(blocks)]
    gate.touch()
    resumed = touchstone(*arguments, output)
    assert f"going on with {len(blocks)} block" in resumed.stderr
    assert not (tmp_path / "out.jsonl.work").exists()
    touchstone(command, file, "--recipe", recipe, "-o", tmp_path / "plain.jsonl")
    assert output.read_bytes() == (tmp_path / "plain.jsonl").read_bytes()


@pytest.mark.usefixtures("ray")
def test_ray_worker_errors_are_those_of_this_process(tmp_path: Path) -> None:
    file, recipe = tmp_path / "rollouts.jsonl", tmp_path / "boundless.yaml"
    file.write_text('{"completion": "x"}\n')
    recipe.write_text("name: boundless\nversion: 1\nreward:\n  odd_rewards:Boundless: {}\n")
    arguments = ["score", str(file), "--recipe", str(recipe), "--engine"]
    local, by_ray = (CliRunner().invoke(main, [*arguments, engine]) for engine in ("local", "ray"))
    assert local.exit_code == 3
    assert "boundless gave inf" in local.output
    assert (by_ray.exit_code, by_ray.output) == (local.exit_code, local.output)
