"""Layers and circles of imports, the modules that `import rewards` loads, and the form of docstrings."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

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

LAYERS = (
    {"errors", "messages"},
    {"parameters", "verdict"},
    {"answers", "rollout", "text"},
    {"evaluation"},
    {"columns", "reward"},
    {"algebra", "scores"},
    {"rules"},
    {"recipe"},
    {"scorer", "scoring", "wire"},
    {"client"},
    {"analysis", "cli"},
)
"""The parts of `rewards`, from the lowest up: a part imports from those below it, and from its own layer.

`rewards/__init__.py` and `rewards/moved.py` stand outside: they name modules of every layer, and load them
when asked.
"""

RIDDLES = ("What ", "Who ", "How ", "Whether ")
"""The openings of a docstring that pose a question where a reader wants the name of a thing, or a verb."""

MOST_AT_THE_ROOT = 14

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


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def arrows() -> dict[str, set[str]]:
    """Which of our modules each of them imports at run time, inside functions too."""
    modules = {module_of(path): path for path in WRITTEN}
    return {
        name: {found for found in run_time_imports(path, modules.keys()) if found != name}
        for name, path in modules.items()
    }


def run_time_imports(path: Path, modules: Collection[str]) -> Iterator[str]:
    def visit(node: ast.AST) -> Iterator[str]:
        if is_for_type_checkers(node):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else str(node.module) for name in whole)
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    return (name for name in visit(ast.parse(path.read_text("utf-8"))) if name in modules)


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Return the modules of a circle of imports in order, the first one again at its end; [] without any."""
    finished: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in finished:
            return []
        for other in sorted(graph[name]):
            if found := walk(other, [*way, name]):
                return found
        finished.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def test_a_circle_is_found_and_named() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = circle(arrows())
    assert not found, " -> ".join(found)


def test_layers_of_rewards_import_only_what_stands_below_them() -> None:
    height = {part: at for at, layer in enumerate(LAYERS) for part in layer}
    parts = {
        name: name.split(".")[1] for name in arrows() if name.startswith("rewards.") and "moved" not in name
    }
    assert {*parts.values()} == height.keys() | {"v1"}
    wrong = [
        f"{name} -> {found}"
        for name, part in parts.items()
        for found in arrows()[name]
        if part != "v1" and found in parts and parts[found] != "v1" and height[parts[found]] > height[part]
    ]
    assert wrong == []


def test_the_root_of_rewards_holds_only_so_many_modules() -> None:
    assert len([*(ROOT / "rewards").glob("*.py")]) <= MOST_AT_THE_ROOT


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


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_docstrings_pose_no_riddles(path: Path) -> None:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(path.read_text("utf-8"))
    texts = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
    assert [text.partition("\n")[0] for text in texts if text.startswith(RIDDLES)] == []


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
