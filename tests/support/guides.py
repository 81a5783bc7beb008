"""The pages of docs/contributing as a newcomer follows them: in a copy of the repository, step by step.

A `python`, `yaml` or `proto` block whose first line is a comment with a path is a new file. A `diff` block
opens with `--- PATH` and changes that file: context lines, `-` and `+`, without line numbers, and `@@`
between two places. The commands of a `sh` block run in the copy.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from documents import ROOT, SHELLS, commands_of

if TYPE_CHECKING:
    from documents import Block

__all__ = ["GENERATOR", "copy_of_the_repository", "files_of", "follow"]

GENERATOR = ".venv-proto"
"""The environment that `tools/generate_stubs.py` installs."""

_LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "node_modules")
_NEW_FILE = re.compile(r"(?:#|//) (?P<path>[\w./-]+\.\w+)\n")
_CHANGE = re.compile(r"--- (?P<path>[\w./-]+)\n")


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what the repository holds, without environments and what tools leave behind, into `folder`.

    The generator of stubs, where it is installed, is the one of the repository.
    """
    copy = Path(shutil.copytree(ROOT, folder / "touchstone", ignore=_LEFT_OUT))
    if (ROOT / GENERATOR).exists():
        (copy / GENERATOR).symlink_to(ROOT / GENERATOR)
    return copy


def files_of(blocks: list[Block]) -> list[str]:
    """The paths that the blocks of a page add or change, in the page's order, each once."""
    found = [_NEW_FILE.match(block.text) or _CHANGE.match(block.text) for block in blocks]
    return [*dict.fromkeys(match["path"] for match in found if match)]


def follow(block: Block, copy: Path) -> None:
    """Do in `copy` what one block of a guide says."""
    if block.info in SHELLS:
        for command in commands_of(block):
            _run(command.text, copy)
    elif block.info == "diff":
        _change(block, copy)
    else:
        _add(block, copy)


def _run(command: str, copy: Path) -> None:
    here = str(Path(sys.executable).parent)
    variables = {**os.environ, "PYTHONPATH": str(copy), "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        shlex.split(command), cwd=copy, env=variables, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"


def _add(block: Block, copy: Path) -> None:
    found = _NEW_FILE.match(block.text)
    assert found, f"{block.name}: a block of a guide opens with the path of its file"
    path = copy / found["path"]
    assert not path.exists(), f"{block.name}: {found['path']} is there already; show the change as a diff"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text[found.end() :].lstrip("\n"), "utf-8")


def _change(block: Block, copy: Path) -> None:
    found = _CHANGE.match(block.text)
    assert found, f"{block.name}: a diff of a guide opens with `--- ` and the path of its file"
    path = copy / found["path"]
    text = path.read_text("utf-8")
    for hunk in re.split(r"^@@.*\n", block.text[found.end() :], flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if line[0] in " -\n")
        after = "".join(line[1:] or "\n" for line in lines if line[0] in " +\n")
        assert text.count(before) == 1, (
            f"{block.name}: stands {text.count(before)} times in {path.name}:\n{before}"
        )
        text = text.replace(before, after)
    path.write_text(text, "utf-8")
