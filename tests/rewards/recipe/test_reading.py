"""Recipes by whatever names them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import rewards


def test_loading_a_recipe_needs_neither_the_judge_nor_its_libraries() -> None:
    program = (
        "import sys; from rewards import Recipe; Recipe.of('r1-gated');"
        "print({'sympy', 'flint', 'grpc', 'torch', 'rewards.answers.judge'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program]
    root = Path(rewards.__file__).parent.parent
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
