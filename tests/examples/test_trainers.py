"""The files that trainers load, by the trainers' own loaders where they are installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


@pytest.mark.parametrize(("name", "attribute"), [("slime", "custom_rm"), ("verifiers", "reward")])
def test_the_other_examples_load_without_their_trainer(name: str, attribute: str) -> None:
    spec = importlib.util.spec_from_file_location("my_rewards", EXAMPLES / name / "my_rewards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(getattr(module, attribute))
