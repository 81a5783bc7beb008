"""The tree of tests mirrors the repository: where a thing is tested, and what a test file is about."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
FILES = sorted(path for path in TESTS.rglob("test_*.py") if "support" not in path.parts)
PACKAGES = ("rewards", "server", "trainer_adapters")
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "rewards/v1" not in str(path)
)

SUITES: dict[str, str] = {}
"""Files about no single module, package, folder or page, each with what it is about."""

TESTED_THROUGH: dict[str, str] = {}
"""Modules without a test file of their own, each with the file that tests it through its public entry."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def mirrored(test: Path) -> Path | None:
    """Return the module, folder or page that `tests/PLACE/test_NAME[_ASPECT].py` is about: `PLACE/NAME`.

    Of several, that of the longest name; the package `PLACE` itself where NAME is its own.
    """
    place = ROOT / test.parent.relative_to(TESTS)
    words = test.stem.removeprefix("test_")
    names = {path.stem.lower().replace("-", "_"): path for path in place.iterdir()} if place.is_dir() else {}
    names.setdefault(place.name, place)
    found = [name for name in names if words == name or words.startswith(f"{name}_")]
    return names[max(found, key=len)] if found else None


def holds_code(path: Path) -> bool:
    """True of a module that defines a function: any other holds tables, which others are tested by."""
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in ast.walk(tree))
