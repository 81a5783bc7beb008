"""The commands that install extras."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from rewards.extras import install_command

PYPROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("extra", sorted(PYPROJECT["project"]["optional-dependencies"]))
def test_install_command_installs_the_extra_from_the_clone(extra: str) -> None:
    assert install_command(extra).startswith(f"pip install '.[{extra}]'")
