"""The group: finding commands, and ending with one line and an exit code whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rewards
from rewards.cli.main import main

if TYPE_CHECKING:
    from conftest import Touchstone

COMMAND = Path(sys.executable).with_name("touchstone")


def test_main_help_lists_every_command_with_its_purpose(touchstone: Touchstone) -> None:
    ran = touchstone("--help")
    assert ran.exit_code == 0
    for name in ("explain", "recipes", "score", "serve", "verify"):
        (line,) = [line for line in ran.stdout.splitlines() if line.startswith(f"  {name} ")]
        assert len(line.split()) > 3
        assert "(" not in line


def test_main_version_is_that_of_the_package(touchstone: Touchstone) -> None:
    assert touchstone("--version").stdout == f"touchstone, version {rewards.__version__}\n"
    assert version("touchstone-rl") == rewards.__version__


def test_main_refuses_an_unknown_command(touchstone: Touchstone) -> None:
    ran = touchstone("scoer")
    assert ran.exit_code == 2
    assert "No such command 'scoer'" in ran.stderr


def install_command(folder: Path, name: str, module: str) -> None:
    """What an installer writes for a distribution that brings a command."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[touchstone.commands]\n{name} = {name}_command:run\n")
    (folder / f"{name}_command.py").write_text(module)


def test_main_finds_commands_of_other_packages(
    touchstone: Touchstone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_command(
        tmp_path,
        "greet",
        '"""Say hello.\n\nAnd more."""\nimport click\n@click.command()\ndef run(): click.echo("hello")\n',
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "  greet    Say hello\n" in touchstone("--help").stdout
    assert "greet_command" not in sys.modules
    assert touchstone("greet").stdout == "hello\n"


BROKEN_COMMANDS = {
    "needs what is not there": ("import nowhere\n", "cannot be loaded: No module named 'nowhere'"),
    "is no command": ("run = 3\n", "is no click command"),
    "has no such name": ("x = 3\n", "cannot be loaded: module 'broken_command' has no attribute 'run'"),
}


@pytest.mark.parametrize(("module", "reason"), BROKEN_COMMANDS.values(), ids=BROKEN_COMMANDS)
def test_main_is_broken_by_no_broken_command(
    module: str, reason: str, touchstone: Touchstone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_command(tmp_path, "broken", module)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_command", raising=False)
    assert touchstone("--help").exit_code == 0
    ran = touchstone("broken")
    assert ran.exit_code == 3
    assert reason in ran.stderr


@pytest.mark.parametrize("name", sorted(point.name for point in entry_points(group="touchstone.commands")))
def test_main_shows_the_help_of_every_command(name: str, touchstone: Touchstone) -> None:
    ran = touchstone(name, "--help")
    assert ran.exit_code == 0
    assert ran.stdout.startswith(f"Usage: main {name}")


def test_the_main_group_is_what_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="touchstone")
    assert script.load() is main


def many_lines(path: Path, count: int) -> Path:
    with path.open("w") as file:
        for n in range(count):
            file.write(json.dumps({"completion": rf"\boxed{{{n}}}" + " x" * 200, "ground_truth": n}) + "\n")
    return path


def test_main_ends_quietly_when_its_reader_goes_away(tmp_path: Path) -> None:
    source = many_lines(tmp_path / "many.jsonl", 5000)
    command = [COMMAND, "verify", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"status": "CORRECT"')
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


HEEDING_INTERRUPTS = (
    sys.executable,
    "-c",
    "import os, sys; from signal import *; signal(SIGINT, SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])",
)
"""What was started in the background of a shell ignores interrupts, and so would what it starts.

A `preexec_fn` would run gRPC's handlers of forks, where another test loaded it, and they may write to stderr.
"""


def test_main_ends_with_one_line_at_control_c_and_keeps_what_is_done(tmp_path: Path) -> None:
    source, out = tmp_path / "fifo", tmp_path / "out.jsonl"
    os.mkfifo(source)
    command = [*HEEDING_INTERRUPTS, COMMAND, "verify", source, "-o", out]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        with source.open("w") as feed:
            for n in range(600):
                feed.write(json.dumps({"answer": n, "ground_truth": n}) + "\n")
            feed.flush()
            partial = tmp_path / "out.jsonl.partial"
            until = time.monotonic() + 60
            while not (partial.exists() and partial.stat().st_size) and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "touchstone: interrupted\n"
    assert not out.exists()
    assert partial.read_text().count("CORRECT") >= 1
