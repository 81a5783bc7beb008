"""Versions and limits that verdicts depend on, and their digest."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fresh_python import run_python

import rewards
from rewards.recipe.environment import environment, environment_digest

if TYPE_CHECKING:
    import pytest


def test_the_environment_names_versions_and_limits() -> None:
    found = environment()
    assert found["touchstone"] == rewards.__version__
    assert found["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert {"numpy", "python-flint", "sympy"} <= found.keys()
    limits = found["limits"]
    assert isinstance(limits, dict)
    assert "cpu_seconds" in limits
    assert "workers" not in limits  # more cores change no verdict


def test_the_environment_digest_is_the_same_in_every_process_and_imports_no_library() -> None:
    program = (
        "import sys; from rewards.recipe.recipe import environment_digest as d; print(d());"
        "print({'sympy', 'flint', 'pydantic', 'grpc'} & set(sys.modules))"
    )
    assert {run_python(program, PYTHONHASHSEED=seed) for seed in "01"} == {f"{environment_digest()}\nset()"}


def test_another_version_of_touchstone_is_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment_digest()
    monkeypatch.setattr(rewards, "__version__", "0.0.0")
    environment_digest.cache_clear()
    try:
        assert environment_digest() != before
    finally:
        environment_digest.cache_clear()
