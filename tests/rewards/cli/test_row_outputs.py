"""Outputs of every command go through links, pipes and devices, and never replace them.

Whoever runs these as root could lose what is in `/dev` to a command that replaces it: devices are made in
folders of the tests' own, and standard output goes by names that no file can take.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Touchstone, WriteLines


COMMAND = Path(sys.executable).with_name("touchstone")


ROWS = [
    {"prompt": f"{n} + 1?", "completion": rf"\boxed{{{n + 1}}}", "ground_truth": str(n + 1)} for n in range(3)
]


COMMANDS = {
    "audit": ("audit",),
    "audit rejects": ("audit", "--reject-suspicious"),
    "filter": ("filter", "--high", "1"),
    "score": ("score", "--recipe", "boxed"),
    "verify": ("verify",),
    "report": ("report",),
}


FLAGS = {"audit rejects": "--rejects"}


@pytest.fixture
def rollouts(write_lines: WriteLines) -> Path:
    return write_lines(*ROWS, {**ROWS[0], "prompt": "c?", "ground_truth": "0.333"})


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A device that takes everything: one of the test's own, or one that only root could replace."""
    if os.geteuid() != 0:
        return Path("/dev/null")
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        device.write_bytes(b"is it one?")
    except PermissionError:
        pytest.skip("no devices can be made here")
    return device


@contextlib.contextmanager
def reading(pipe: Path) -> Iterator[list[bytes]]:
    """What comes through a pipe, known when the block ends; an output that replaces the pipe ends it too."""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    yield found
    reader.join(10)


def called(name: str, file: Path, output: object) -> list[str]:
    return [*COMMANDS[name], str(file), FLAGS.get(name, "-o"), str(output)]


def holds_results(name: str, data: bytes) -> bool:
    if name == "report":
        return data.startswith(b"<!doctype html>") and data.rstrip().endswith(b"</html>")
    lines = [json.loads(line) for line in data.splitlines()]
    return len(lines) == {"audit rejects": 1, "filter": 3}.get(name, 4)


@pytest.mark.parametrize(
    ("name", "output", "to"),
    [
        ("audit", "-", "pipe"),
        ("audit", "/proc/self/fd/1", "pipe"),
        ("audit", "/dev/fd/1", "file"),
        ("audit rejects", "/proc/self/fd/1", "file"),
        ("filter", "/dev/fd/1", "file"),
        ("filter", "link", "pipe"),
        ("score", "/dev/fd/1", "file"),
        ("verify", "link", "file"),
        ("report", "-", "pipe"),
    ],
)
def test_standard_output_holds_results_alone(
    rollouts: Path, tmp_path: Path, name: str, output: str, to: str
) -> None:
    if output == "link":
        (tmp_path / "out").symlink_to("/dev/stdout")
        output = str(tmp_path / "out")
    command = [str(COMMAND), *called(name, rollouts, output)]
    if to == "pipe":
        data = subprocess.run(command, capture_output=True, check=True).stdout
    else:
        with (tmp_path / "redirected").open("wb") as stream:
            subprocess.run(command, stdout=stream, stderr=subprocess.PIPE, check=True)
        data = (tmp_path / "redirected").read_bytes()
    assert holds_results(name, data), data
    assert not [path for path in tmp_path.iterdir() if path.suffix in {".partial", ".work"}]
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("before", [b"of before", None])
def test_output_through_a_link_leaves_the_link(
    touchstone: Touchstone, rollouts: Path, tmp_path: Path, name: str, before: bytes | None
) -> None:
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "results"
    if before is not None:
        target.write_bytes(before)
    (tmp_path / "link").symlink_to(Path("elsewhere", "results"))
    assert touchstone(*called(name, rollouts, tmp_path / "link")).exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert holds_results(name, target.read_bytes())
    assert [path.name for path in target.parent.iterdir()] == ["results"]


@pytest.mark.parametrize("name", COMMANDS)
def test_output_to_a_pipe_is_written_and_leaves_it(
    touchstone: Touchstone, rollouts: Path, tmp_path: Path, name: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with reading(pipe) as found:
        assert touchstone(*called(name, rollouts, pipe)).exit_code == 0
    assert found
    assert holds_results(name, found[0])
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "lines.jsonl"}


@pytest.mark.parametrize("name", COMMANDS)
def test_output_to_a_device_leaves_it_and_a_link_to_it(
    touchstone: Touchstone, rollouts: Path, tmp_path: Path, device: Path, name: str
) -> None:
    link = tmp_path / "link"
    link.symlink_to(device)
    for output in (device, link):
        assert touchstone(*called(name, rollouts, output)).exit_code == 0
    assert link.is_symlink()
    assert stat.S_ISCHR(device.lstat().st_mode)
    assert not list(device.parent.glob(f"{device.name}.*"))


@pytest.mark.parametrize("command", ["audit", "filter"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.jsonl", "a.jsonl"),
        ("a.jsonl", "./b/../a.jsonl"),
        ("a.jsonl", "link.jsonl"),
        ("a.jsonl", "a.jsonl.partial"),
        ("-", "/dev/fd/1"),
        ("pipe", "pipe"),
    ],
)
def test_two_outputs_are_two_places(
    touchstone: Touchstone,
    rollouts: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    first: str,
    second: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "link.jsonl").symlink_to("a.jsonl")
    os.mkfifo(tmp_path / "pipe")
    result = touchstone(command, rollouts, "-o", first, "--rejects", second)
    assert result.exit_code == 2
    assert "are one place" in result.stderr
    assert not (tmp_path / "a.jsonl").exists()


def test_two_outputs_may_be_thrown_away(touchstone: Touchstone, rollouts: Path, device: Path) -> None:
    assert touchstone("audit", rollouts, "-o", device, "--rejects", device).exit_code == 0
    assert stat.S_ISCHR(device.lstat().st_mode)


@pytest.mark.parametrize("name", ["audit", "filter", "score"])
def test_a_folder_is_no_output_for_lines(
    touchstone: Touchstone, rollouts: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    for folder in (tmp_path / "folder", "."):
        result = touchstone(*COMMANDS[name], rollouts, "-o", folder)
        assert result.exit_code == 2, result.output
        assert "is a folder" in result.stderr


def test_output_of_parquet_goes_through_a_pipe(touchstone: Touchstone, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    golds = tmp_path / "golds.parquet"
    parquet.write_table(pyarrow.table({"gold": [str(n) for n in range(600)]}), golds)
    whole, pipe = tmp_path / "whole.parquet", tmp_path / "pipe.parquet"
    assert touchstone("audit", golds, "-o", whole).exit_code == 0
    os.mkfifo(pipe)
    with reading(pipe) as found:
        assert touchstone("audit", golds, "-o", pipe).exit_code == 0
    assert found == [whole.read_bytes()]
    assert parquet.read_table(whole).num_rows == 600


def test_output_of_a_data_set_does_not_replace_a_folder_of_something_else(
    touchstone: Touchstone, tmp_path: Path
) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    datasets.Dataset.from_list([{"gold": "4"}]).save_to_disk(tmp_path / "golds")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "work.txt").write_text("of years")
    refused = touchstone("audit", tmp_path / "golds", "-o", tmp_path / "mine")
    assert refused.exit_code == 2, refused.output
    assert (tmp_path / "mine" / "work.txt").read_text() == "of years"
    (tmp_path / "link").symlink_to("clean")
    for _ in range(2):
        assert touchstone("audit", tmp_path / "golds", "-o", tmp_path / "link").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert datasets.load_from_disk(tmp_path / "clean").num_rows == 1
