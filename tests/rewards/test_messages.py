"""Ends of messages: the spelling meant, and the command that installs an extra."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rewards.messages import did_you_mean, install_command

KNOWN = ["completion", "ground_truth", "prompt"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("completon", " (did you mean 'completion'?)"),
        ("groundtruth", " (did you mean 'ground_truth'?)"),
        ("elephant", ""),
        ("", ""),
    ],
)
def test_did_you_mean_names_a_near_word_or_nothing(word: str, said: str) -> None:
    assert did_you_mean(word, KNOWN) == said


PYPROJECT = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("extra", sorted(PYPROJECT["project"]["optional-dependencies"]))
def test_install_command_installs_the_extra_from_the_clone(extra: str) -> None:
    assert install_command(extra).startswith(f"pip install '.[{extra}]'")
