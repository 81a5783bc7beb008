"""The virtual environment the peers live in, and where results go.

Leaves out our own environment: our judge runs under the interpreter that runs the benchmark.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BUILD", "LIMIT", "REPOSITORY", "RESULTS", "data_directory", "limited", "peers_python"]

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build" / "verdicts"

LIMIT = int(os.environ.get("VERDICTS_LIMIT", "0"))
"""How many rows, pairs or answers of each kind a suite takes; 0 for all."""

RESULTS = BUILD / (f"limited-{LIMIT}" if LIMIT else "results")
"""Where suites keep what they measured; a limited run never overwrites a full one."""

_Item = TypeVar("_Item")

_HERE = Path(__file__).resolve().parent
_WITH_DEPENDENCIES = _HERE / "requirements-peers.txt"
_WITHOUT_DEPENDENCIES = _HERE / "requirements-peers-nodeps.txt"


def limited(items: Sequence[_Item]) -> list[_Item]:
    """All of `items`, or as many as the limit allows, evenly spread over them."""
    if not LIMIT or len(items) <= LIMIT:
        return list(items)
    return [items[place * len(items) // LIMIT] for place in range(LIMIT)]


def data_directory() -> Path:
    """Where the labelled data lies: ``TOUCHSTONE_DATA``, else ``../shared/data`` beside the repository."""
    named = os.environ.get("TOUCHSTONE_DATA")
    found = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not found.is_dir():
        message = f"no labelled data at {found}: set TOUCHSTONE_DATA to the directory that holds it"
        raise FileNotFoundError(message)
    return found


def peers_python() -> Path:
    """The interpreter of the peers' environment, made or renewed when its requirements changed."""
    home = BUILD / "peers"
    python = home / "bin" / "python"
    wanted = hashlib.sha256(_WITH_DEPENDENCIES.read_bytes() + _WITHOUT_DEPENDENCIES.read_bytes()).hexdigest()
    stamp = home / "requirements.sha256"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"making the peers' environment in {home}", file=sys.stderr)
    venv.create(home, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "-r", str(_WITH_DEPENDENCIES)], check=True)
    subprocess.run([*install, "--no-deps", "-r", str(_WITHOUT_DEPENDENCIES)], check=True)
    stamp.write_text(wanted)
    return python
