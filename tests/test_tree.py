"""The tree of tests mirrors the repository, and the name of a test says the unit and what it does."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
FILES = sorted(path for path in TESTS.rglob("test_*.py") if TESTS / "support" not in path.parents)
PACKAGES = ("rewards", "server", "trainer_adapters")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if ROOT / "rewards" / "v1" not in path.parents
)

SUITES = {
    "test_architecture.py": "imports and docstrings of all modules",
    "test_public_api.py": "the names, errors and flags that users write down",
    "test_tree.py": "the tests",
    "test_wire_safety.py": "all that the server loads",
    "rewards/test_golden_scores.py": "every shipped recipe on a handful of rollouts",
    "rewards/test_hostile_text.py": "every rule reward on ten megabytes",
    "rewards/test_row_purity.py": "every row reward in batches of any kind",
    "rewards/answers/test_cases.py": "the judge, by its file of cases",
    "rewards/answers/test_hostile.py": "the judge, by answers made to hang or crash it",
    "rewards/answers/test_properties.py": "the judge, by properties of generated and of real answers",
    "rewards/answers/test_stability.py": "the judge under load and over broken answers",
    "rewards/answers/pool/test_hostile.py": "the pool at full size, by hostile answers",
    "rewards/answers/pool/test_stress.py": "the pool whose processes are killed at random",
    "server/test_chaos.py": "a server whose processes are killed at random",
    "server/test_clients_that_go.py": "a server whose clients leave in the middle",
    "server/test_drain.py": "a server that is told to end under load",
    "server/test_hostile_wire.py": "a server that is sent anything",
    "server/test_overload.py": "a server that is sent too much",
    "server/test_unix_socket.py": "a server on a unix socket",
    "server/telemetry/test_privacy.py": "a server with everything on that can tell of a call",
    "trainer_adapters/conformance/test_conformance.py": "every adapter, by one set of behaviours",
    "trainer_adapters/conformance/test_conformance_rows.py": "every adapter, by rows of data of all kinds",
    "trainer_adapters/conformance/test_conformance_text.py": "every adapter, by completions of all kinds",
    "trainer_adapters/test_hidden_package.py": "every adapter beside a file called rewards.py",
}
"""Test files about no single module, package, folder or page, each with what it is about."""

TESTED_THROUGH = {
    "rewards/__init__.py": "test_public_api.py",
    "rewards/client/__init__.py": "rewards/test_moved.py",
    "rewards/recipe/__init__.py": "rewards/test_moved.py",
    # Bases and halves of classes that others make whole.
    "rewards/answers/values/balls.py": "rewards/answers/values/test_probes.py",
    "rewards/cli/pass_job.py": "rewards/cli/test_filter.py",
    # Adapters of trainers that are not here.
    "trainer_adapters/skyrl.py": "trainer_adapters/conformance/test_conformance.py",
    "trainer_adapters/slime.py": "trainer_adapters/conformance/test_conformance.py",
}
"""Modules without a test file of their own, each with the file that tests it through its public entry."""

RIDDLES = tuple(
    f"test_{word}_" for word in ("it", "they", "what", "whatever", "who", "whoever", "how", "where")
)
"""The openings of a name that leave out what is tested."""

SMALL_WORDS = {
    *("a", "all", "an", "and", "any", "as", "at", "be", "by", "call", "for", "from", "has", "is", "it"),
    *("new", "no", "not", "of", "on", "one", "or", "the", "to", "with"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place_of(test: Path) -> str:
    return test.relative_to(TESTS).as_posix()


@functools.cache
def mirrored(test: Path) -> Path | None:
    """Return the module, folder or page that `tests/PLACE/test_NAME[_ASPECT].py` is about: `PLACE/NAME`.

    Of several, that of the longest name, and a module before a page; `PLACE` itself where it has that name.
    """
    place = ROOT / test.parent.relative_to(TESTS)
    name = test.stem.removeprefix("test_")
    if not place.is_dir():
        return None
    paths = sorted(place.iterdir(), key=lambda path: path.suffix == ".py")
    units = {path.stem.lower().replace("-", "_"): path for path in paths}
    units.setdefault(place.name, place)
    found = [unit for unit in units if f"{name}_".startswith(f"{unit}_")]
    return units[max(found, key=len)] if found else None


def holds_code(module: Path) -> bool:
    """True of a module that defines a function: any other holds tables, which others are tested by."""
    tree = ast.parse(module.read_text("utf-8"))
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in ast.walk(tree))


def functions_in(test: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(test.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield node.name


def words_of(name: str) -> set[str]:
    """Return the words of a name, whatever parts them, each in the singular."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]{2,}", parted)} - SMALL_WORDS


def units_of(module: Path) -> set[str]:
    """Return the words of a module's name and of the classes and functions that it defines."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = ast.walk(ast.parse(module.read_text("utf-8")))
    names = [node.name for node in nodes if isinstance(node, kinds) and not node.name.startswith("_")]
    return set().union(*map(words_of, [module.stem, *names]))


def test_every_test_file_mirrors_what_it_is_about() -> None:
    assert {place_of(test) for test in FILES if mirrored(test) is None} == SUITES.keys()


def test_every_module_with_code_has_a_test_file() -> None:
    tested = {mirrored(test) for test in FILES}
    packages = {path: path.parent for path in MODULES if path.stem == "__init__"}
    without = {path for path in MODULES if holds_code(path) and packages.get(path, path) not in tested}
    assert set(map(name_of, without)) == TESTED_THROUGH.keys()
    assert [place for place in TESTED_THROUGH.values() if not (TESTS / place).exists()] == []


def test_names_of_tests_have_three_words_and_no_riddle() -> None:
    short = [(place_of(test), name) for test in FILES for name in functions_in(test) if name.count("_") < 3]
    assert short == []
    riddles = [
        (place_of(test), name) for test in FILES for name in functions_in(test) if name.startswith(RIDDLES)
    ]
    assert riddles == []


def test_names_of_tests_name_a_unit_of_the_module() -> None:
    """The module, a function, class or method of it, or the aspect that the file is about."""
    without = []
    for test in FILES:
        module = mirrored(test)
        if module is not None and module.suffix == ".py":
            units = units_of(module) | words_of(test.stem)
            without += [(place_of(test), name) for name in functions_in(test) if not words_of(name) & units]
    assert without == []
