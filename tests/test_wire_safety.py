"""No text from the wire becomes code: by what the server loads, and by trying."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rewards import RemoteScorer, Rollout, Status

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent

LOADERS = """
import importlib, pkgutil, sys
import rewards.answers, server
for package in (rewards.answers, server):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as missing:  # of an extra that is not installed here
            assert missing.name.partition(".")[0] not in ("rewards", "server"), missing
from rewards.recipe.file import load, shipped
for name in shipped():
    load(name)
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("rewards", "server")))
"""
"""What a server and its workers load, all recipes that ship included."""

RUNNING = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "cloudpickle", "joblib", "code", "runpy"}
CALLS = {
    "os.system",
    "os.popen",
    "sympy.sympify",
    "sympy.parse_expr",
    "sympy.lambdify",
    "numpy.load",
    "yaml.load",
}

ALLOWED = {
    ("rewards.recipe.strict_yaml", "yaml.load"),  # by a loader that is a stricter SafeLoader
}
IMPORTERS = {
    "rewards": "the public names, by a fixed list",
    "rewards.client": "its own module of the scorer",
    "rewards.recipe": "its own module of the class",
    "rewards.analysis.row_batches": "parts of pyarrow, by fixed names",
    "rewards.text.identification": "lingua, by its name",
    "rewards.recipe.plugins": "what the operator's recipe names; a caller's recipe does not get there",
}
"""Modules that import by a name that they compute."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, ast.Module]:
    command = [sys.executable, "-c", LOADERS]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found = {}
    for name in ran.stdout.split():
        path = ROOT / Path(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        found[name] = ast.parse(file.read_text("utf-8"))
    return found


def called(tree: ast.Module) -> set[str]:
    """The dotted names of what a module calls, imports from other modules resolved."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            aliases |= {(one.asname or one.name): f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            aliases |= {one.asname: one.name for one in node.names if one.asname}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = ast.unparse(node.func).partition(".")
            found.add(".".join(part for part in (aliases.get(first, first), rest) if part))
    return found


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_nothing_that_the_server_loads_runs_text(loaded: dict[str, ast.Module]) -> None:
    assert {
        "server.service",
        "rewards.wire.rollouts",
        "rewards.answers.pool.worker",
        "rewards.recipe.tree",
    } <= set(loaded)
    for name, tree in loaded.items():
        assert not imported(tree) & MODULES, name
        risky = {(name, call) for call in called(tree) & (RUNNING | CALLS)}
        assert risky <= ALLOWED, name


def test_nothing_is_imported_by_a_name_from_the_wire(loaded: dict[str, ast.Module]) -> None:
    importers = {
        name for name, tree in loaded.items() if any("import_module" in call for call in called(tree))
    }
    assert importers <= set(IMPORTERS)


def test_the_search_finds_what_it_is_for() -> None:
    tree = ast.parse("from os import system as s\nimport numpy as np\ns('x')\nnp.load('f')\neval('1')")
    assert {"os.system", "numpy.load", "eval"} <= called(tree)


TRAP = "__import__('pathlib').Path('{path}').touch()"


@pytest.mark.parametrize("where", ["answer", "gold", "prompt", "metadata", "bare"])
def test_text_that_would_run_is_text(where: str, serve_here: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "somebody_ran_me"
    trap = TRAP.format(path=path)
    fields: dict[str, object] = {"completion": r"\boxed{1}", "ground_truth": "1"}
    match where:
        case "answer":
            fields["completion"] = rf"\boxed{{{trap}}}"
        case "bare":
            fields["completion"] = f"Answer: {trap}"
        case "gold":
            fields["ground_truth"] = trap
        case "prompt":
            fields["prompt"] = trap
        case "metadata":
            fields["metadata"] = {"key": trap}
    with RemoteScorer(serve_here("r1-zero"), "r1-zero") as remote:
        scores = remote.score([Rollout(**fields)])  # type: ignore[arg-type]
    assert not path.exists()
    judged_right = [verdict.status is Status.CORRECT for verdict in scores.verdicts]
    assert judged_right == [where in {"prompt", "metadata"}]
