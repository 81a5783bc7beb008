"""README and the pages of docs: every command and every piece of code runs, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from rewards.cli.main import main
from rewards.recipe_file import loads, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running import ServerProcess

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTED_ADDRESS = "127.0.0.1:50051"
DOCUMENTED_METRICS = "127.0.0.1:9090"

RUN_BY_CI = {"pip install .": ".ci/run"}
"""What cannot run inside a test, and who runs it."""

NOT_RUN = {"pip install 'touchstone-rl[otel]'"}
"""What needs the published package."""

LONG = {"python -m benchmarks.server", "python -m benchmarks.verdicts"}
"""What takes too long for a test, which only asks for its help."""


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        for number, block in enumerate(found):
            yield f"{page.relative_to(ROOT)}-{number}", block


def commands() -> list[str]:
    lines = (line for _, block in blocks("bash") for line in block.splitlines())
    return sorted({line.split("  #")[0].strip() for line in lines if line.strip()})


def commands_of(*programs: str) -> list[str]:
    return [command for command in commands() if command.split()[0] in programs]


PYTHON = dict(blocks("python"))
YAML = dict(blocks("yaml"))


@pytest.mark.parametrize("code", PYTHON.values(), ids=PYTHON)
def test_python_runs(code: str, tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(code, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "snippet.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_example_of_the_readme_says_what_it_is_about(tmp_path: Path) -> None:
    (tmp_path / "snippet.py").write_text(PYTHON["README.md-0"], "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "snippet.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "[2.5 0.5] ['CORRECT', 'RESOURCE_LIMIT']",
        "{'boxed_correctness': [1.0, 0.0], 'think_format': [1.0, 1.0], 'ngram_repetition': [0.0, 0.0]}",
    ]


@pytest.mark.parametrize(
    "text",
    # A dotted path stands for the reader's own module; Sum is one that is there.
    [text.replace("mypackage.rewards:Brevity: {limit: 400}", "constant: 1.0") for text in YAML.values()],
    ids=YAML,
)
def test_recipes_read(text: str) -> None:
    assert loads(text).digest


@pytest.mark.parametrize("command", commands_of("touchstone", "python"))
def test_commands_run(
    command: str, tmp_path: Path, start_server: Callable[..., ServerProcess], address: str
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    words = shlex.split(command)
    if words[:2] == ["touchstone", "serve"] and not {"--help", "--print-config"} & {*words}:
        free = {DOCUMENTED_ADDRESS: "127.0.0.1:0", DOCUMENTED_METRICS: "127.0.0.1:0"}
        assert start_server(*(free.get(word, word) for word in words[2:]))
        return
    if words[:2] == ["touchstone", "top"]:  # it is live, until somebody ends it
        watched = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
        words = [watched.metrics if word == DOCUMENTED_METRICS else word for word in [*words, "--once"]]
    if command in LONG:
        words.append("--help")
    if words[0] == "touchstone":
        words[:1] = [sys.executable, "-c", "from rewards.cli.main import main; main()"]
    else:
        words[0] = sys.executable
    words = [address if word == DOCUMENTED_ADDRESS else word for word in words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    # The demo's rollouts hold a broken gold on purpose, which is exit code 1.
    assert ran.returncode in ({0, 1} if "rollouts.jsonl" in command else {0}), ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("command", commands_of("make", ".ci/run"))
def test_make_targets_are_there_and_run_by_ci(command: str) -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8") + (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    if command.startswith("make"):
        target = command.split()[1]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        command = f"make {target}"
    assert command in ci


def test_no_command_is_left_out() -> None:
    known = commands_of("touchstone", "python", "make", ".ci/run")
    assert sorted(set(commands()) - set(known) - NOT_RUN) == sorted(RUN_BY_CI)
    for command, where in RUN_BY_CI.items():
        assert command.partition(" ")[0] in (ROOT / where).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_the_readme_lists_every_recipe_that_ships() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(shipped())


def test_the_tree_in_the_readme_is_there() -> None:
    tree = re.search(r"## The tree\n\n```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert tree is not None
    folder = Path()
    for line in tree[1].splitlines():
        name = line.split()[0]
        inner = line.startswith(" ")
        folder = folder if inner else Path(name)
        assert (ROOT / (folder / name if inner else folder)).exists(), name


def test_the_page_about_the_command_knows_every_shared_flag() -> None:
    page = (ROOT / "docs" / "command.md").read_text("utf-8")
    context = click.Context(main)
    for name in ("score", "verify"):
        command = main.get_command(context, name)
        assert command is not None
        flags = [flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")]
        missing = [flag for flag in flags if flag not in page and not flag.endswith("-field")]
        assert missing == []
