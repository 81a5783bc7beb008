"""What may import what, what `import rewards` loads, and that every module says what it is for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("rewards", "server", "trainer_adapters")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
WRITTEN = [path for path in MODULES if "rewards/v1/" not in path.as_posix() or path.name == "__init__.py"]

HOUSE = {
    "rewards": set(),
    "server": {"rewards"},
    "trainer_adapters": {"rewards"},
}
"""Which of our packages each of them may import, itself apart."""

HEAVY = {
    "google",
    "grpc",
    "lingua",
    "pyarrow",
    "pydantic",
    "ray",
    "sympy",
    "torch",
    "yaml",
}

ALLOWED_AT_TOP = {
    "rewards/answers/values/sympy_bridge.py": {"sympy"},  # only workers load it
    "rewards/client/remote.py": {"grpc"},
    "rewards/client/connections.py": {"grpc"},
    "rewards/recipe/tree.py": {"pydantic"},
    "rewards/recipe/strict_yaml.py": {"yaml"},
    "rewards/client/streaming.py": {"grpc"},
    "rewards/wire/status.py": {"google", "grpc"},
}
"""The modules that exist to talk to one of the heavy ones; no other may import it when it is imported."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, *, only_when_imported: bool = False) -> set[str]:
    """The absolute names that a module imports: anywhere, or just while it is itself being imported."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).with_suffix("").parts[: -node.level] if node.level else ()
            found.add(".".join([*package, node.module or ""]).strip("."))
        elif only_when_imported and (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or is_for_type_checkers(node)
        ):
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text("utf-8")))
    return found


def is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_packages_import_only_what_stands_below_them(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    others = {name.partition(".")[0] for name in imports(path)} & set(PACKAGES)
    assert others - {package} <= HOUSE[package]


@pytest.mark.parametrize(
    "path", [path for path in WRITTEN if path.is_relative_to(ROOT / "rewards")], ids=name_of
)
def test_rewards_loads_heavy_packages_only_where_it_must(path: Path) -> None:
    loaded = {name.partition(".")[0] for name in imports(path, only_when_imported=True)}
    assert loaded & HEAVY == ALLOWED_AT_TOP.get(name_of(path), set())


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.py")), ids=name_of)
def test_nothing_but_the_command_imports_the_server(path: Path) -> None:
    assert "server" not in {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_every_module_opens_with_a_docstring(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    assert docstring.partition("\n")[0].rstrip().endswith((".", ":", "?"))


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return set(ran.stdout.split())


def test_importing_rewards_loads_nothing_but_itself() -> None:
    loaded = loaded_by("import rewards")
    assert {name for name in loaded if name.partition(".")[0] == "rewards"} == {"rewards"}
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY | {"numpy", "click", "rich"})


def test_a_rule_reward_needs_numpy_and_nothing_heavier() -> None:
    loaded = {name.partition(".")[0] for name in loaded_by("from rewards import Rollout, SoftOverlong")}
    assert "numpy" in loaded
    assert not loaded & HEAVY


def test_the_help_of_the_command_loads_no_command() -> None:
    loaded = loaded_by("from rewards.cli.main import main; main(['--help'], standalone_mode=False)")
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY | {"numpy"})
    assert "rewards.cli.score" not in loaded


def test_the_heavy_list_is_about_packages_that_are_there() -> None:
    loaded = {
        name.partition(".")[0] for name in loaded_by("import rewards.client.remote, rewards.recipe.file")
    }
    assert {"grpc", "google", "pydantic", "yaml"} <= loaded
