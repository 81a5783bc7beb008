"""Users' own rewards: distributions that are really installed, modules beside a script, and broken ones."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import itertools
import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from rewards import HasBox, LocalScorer, Recipe, Reward, Rollout
from rewards.errors import RecipeError
from rewards.recipe.file import dumps, loads
from rewards.recipe.plugins import installed, provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., Path]

BREVITY = '''
from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.evaluation import Evaluation
from rewards.reward import Reward

if TYPE_CHECKING:
    from rewards import Batch, Context

@dataclasses.dataclass(frozen=True, kw_only=True)
class Brevity(Reward):
    """1 where the completion is short."""

    limit: int = 10
    worth: float = 1.0
    inner: tuple[Reward, ...] = ()

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        return Evaluation([self.worth * (len(rollout.completion) <= self.limit) for rollout in batch])
'''

_numbers = itertools.count()


@pytest.fixture
def module_name() -> str:
    """A name that no test has imported yet."""
    return f"plugin_of_a_test_{next(_numbers)}"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lays a distribution out as pip does, in a folder of its own on sys.path."""

    def lay_out(
        module: str,
        source: str = BREVITY,
        *,
        entry_points: str = "",
        distribution: str = "touchstone-brevity",
        version: str = "1.2.3",
        owns_module: bool = True,
    ) -> Path:
        folder = tmp_path / f"site-{next(_numbers)}"
        info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(textwrap.dedent(source))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[touchstone.rewards]\n{entry_points}\n")
        (info / "top_level.txt").write_text(f"{module}\n")
        files = [
            f"{info.name}/{name}" for name in ("METADATA", "RECORD", "entry_points.txt", "top_level.txt")
        ]
        files += [f"{module}.py"] if owns_module else []
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        monkeypatch.syspath_prepend(str(folder))
        return folder

    return lay_out


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a module on sys.path that no distribution owns."""

    def put(module: str, source: str = BREVITY) -> Path:
        file = tmp_path / f"{module}.py"
        file.write_text(textwrap.dedent(source))
        monkeypatch.syspath_prepend(str(tmp_path))
        return file

    return put


def tree_of(reward: str) -> Reward:
    return loads(f"name: x\nreward: {reward}\n").reward


# One that works.


def test_plugin_is_a_kind_by_its_entry_point(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    recipe = loads("name: x\nreward: {brevity: {limit: 3}, name: short, weight: 2}\n")
    scores = LocalScorer(recipe).score([Rollout(completion="four"), Rollout(completion="two")])
    assert scores.totals.tolist() == [0.0, 2.0]
    assert scores.components["short"].tolist() == [0.0, 1.0]


def test_plugin_is_a_kind_by_its_dotted_path(beside: Install, module_name: str) -> None:
    beside(module_name)
    reward = tree_of(f"{{'{module_name}:Brevity': {{limit: 3}}}}")
    assert reward([Rollout(completion="four"), Rollout(completion="two")]).tolist() == [0.0, 1.0]


def test_plugin_has_one_reward_and_digest_both_ways(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    by_name, by_path = tree_of("{brevity: {}}"), tree_of(f"{{'{module_name}:Brevity': {{}}}}")
    assert by_name == by_path
    assert Recipe.of(by_name).digest == Recipe.of(by_path).digest


def test_a_plugin_is_written_by_its_entry_point_or_else_by_its_path(
    install: Install, beside: Install, module_name: str
) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    named = Recipe.of(tree_of("{brevity: {limit: 3, inner: [{has_box: {}}, 1, {brevity: {worth: .nan}}]}}"))
    assert "brevity:" in dumps(named)
    assert loads(dumps(named)).reward == named.reward
    other = f"{module_name}_beside"
    beside(other)
    by_path = Recipe.of(tree_of(f"{{'{other}:Brevity': {{limit: 3}}}}"))
    assert f"{other}:Brevity:" in dumps(by_path)
    assert loads(dumps(by_path)).reward == by_path.reward


def test_parameters_of_a_plugin_are_checked_as_ours_are(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    with pytest.raises(RecipeError, match=r"reward\.brevity\.limt: no parameter of brevity .*mean 'limit'"):
        tree_of("{brevity: {limt: 3}}")
    with pytest.raises(RecipeError, match=r"reward\.brevity\.limit: should be a valid integer, not '3'"):
        tree_of("{brevity: {limit: '3'}}")
    with pytest.raises(RecipeError, match=r"reward\.brevity\.inner\[1\]\.has_box\.x: no parameter"):
        tree_of("{brevity: {inner: [1, {has_box: {x: 1}}]}}")


def test_a_kind_that_is_misspelt_may_be_a_plugin(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    with pytest.raises(RecipeError, match="did you mean 'brevity'"):
        tree_of("{brevty: {}}")


# Whose version counts.


def provider_in(module: str, program: str = "") -> str:
    """What a fresh process says of the provider of `module`'s Brevity."""
    asked = f"from rewards.recipe.plugins import provider; print(provider({module}.Brevity))"
    code = f"{program}\nimport {module}\n{asked}"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()


def test_provider_is_the_version_of_the_distribution(
    install: Install, module_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = set()
    for version in ("1.2.3", "1.2.4"):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "path", list(sys.path))
            folder = install(module_name, entry_points=f"brevity = {module_name}:Brevity", version=version)
            patched.setattr(sys, "path", [str(folder), *sys.path])
            sys.modules.pop(module_name, None)
            recipe = Recipe.of(tree_of("{brevity: {}}"))
            assert (
                f'"provider":{{"distribution":"touchstone-brevity","version":"{version}"}}'
                in recipe.canonical
            )
            digests.add(recipe.digest)
    assert len(digests) == 2


def test_provider_of_a_file_without_a_distribution_is_its_source(beside: Install, module_name: str) -> None:
    file = beside(module_name)
    assert provider_in(module_name) == str({"source": hashlib.sha256(file.read_bytes()).hexdigest()})
    before = provider_in(module_name)
    file.write_text(file.read_text().replace("<=", "<"))
    assert provider_in(module_name) != before


def test_provider_of_an_editable_install_is_its_source(install: Install, module_name: str) -> None:
    folder = install(module_name, owns_module=False)
    source = hashlib.sha256((folder / f"{module_name}.py").read_bytes()).hexdigest()
    assert provider_in(module_name) == str({"source": source})


def test_provider_of_a_file_that_hides_an_installed_module_is_its_source(
    install: Install, beside: Install, module_name: str
) -> None:
    install(module_name)
    file = beside(module_name)
    assert provider_in(module_name) == str({"source": hashlib.sha256(file.read_bytes()).hexdigest()})


def test_provider_of_a_class_without_a_file_is_none() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Nowhere(Reward):
        def evaluate(self, batch, context):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            raise NotImplementedError

    Nowhere.__module__ = "a_module_that_is_not_there"
    assert provider(Nowhere) == {"source": None}


def test_our_own_rewards_carry_no_provider() -> None:
    assert "provider" not in Recipe.of("r1-gated").canonical


def test_dotted_path_is_refused_to_a_class_that_nobody_can_import() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Hidden(Reward):
        def evaluate(self, batch, context):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            raise NotImplementedError

    with pytest.raises(RecipeError, match="cannot be written down"):
        dumps(Recipe.of(Hidden()))


# What goes wrong, and when.


def test_a_broken_plugin_breaks_nothing_until_it_is_used(install: Install, module_name: str) -> None:
    install(module_name, "raise RuntimeError('out of order')", entry_points=f"broken = {module_name}:Thing")
    assert "broken" in installed()
    assert Recipe.of("r1-zero").title == "r1-zero@1"
    assert module_name not in sys.modules
    with pytest.raises(
        RecipeError,
        match=r"'broken', declared by touchstone-brevity 1\.2\.3, cannot be imported: .*out of order",
    ):
        tree_of("{broken: {}}")


HEAD = "import dataclasses\nfrom rewards import Evaluation, Reward\n"
FROZEN = "@dataclasses.dataclass(frozen=True, kw_only=True)\n"
EVALUATE = "    def evaluate(self, batch, context): return Evaluation([0.0] * len(batch))\n"
BROKEN = {
    "syntax": ("def", "SyntaxError"),
    "an import that is missing": ("import a_module_that_is_not_there", "ModuleNotFoundError"),
    "no such class": ("", "AttributeError: .*'Thing'"),
    "a function": ("def Thing(batch): return []", "not a class derived from rewards.Reward"),
    "another class": ("class Thing: pass", "not a class derived from rewards.Reward"),
    "no dataclass": (f"{HEAD}class Thing(Reward):\n{EVALUATE}", "must be a dataclass"),
    "no evaluate": (
        f"{HEAD}{FROZEN}class Thing(Reward):\n    a: int = 0\n",
        "must be a dataclass that defines evaluate",
    ),
    "a type that is nowhere": (
        f"{HEAD}{FROZEN}class Thing(Reward):\n    a: 'Nowhere' = 0\n{EVALUATE}",
        "Nowhere",
    ),
    "a type that is no data": (
        f"{HEAD}class Other: pass\n{FROZEN}class Thing(Reward):\n    a: Other | None = None\n{EVALUATE}",
        "cannot be written in a recipe",
    ),
    "a check that fails": (
        f"{HEAD}{FROZEN}class Thing(Reward):\n    def __post_init__(self): 1 / 0\n{EVALUATE}",
        "ZeroDivisionError",
    ),
    "it wants to leave": ("import sys; sys.exit(3)", "SystemExit: 3"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_says_what_is_wrong(case: str, beside: Install, module_name: str) -> None:
    source, told = BROKEN[case]
    beside(module_name, source)
    with pytest.raises(RecipeError, match=told) as raised:
        tree_of(f"{{'{module_name}:Thing': {{}}}}")
    assert module_name in str(raised.value)
    assert str(raised.value).startswith("recipe: reward")


@pytest.mark.parametrize("path", [":", "a:", ":a", "a:b:c", "a b:c", "..a:b", "os:path", "os:system"])
def test_a_dotted_path_that_leads_nowhere(path: str) -> None:
    with pytest.raises(RecipeError):
        tree_of(f"{{'{path}': {{}}}}")


def test_plugin_by_the_name_of_one_of_ours_is_refused(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"has_box = {module_name}:Brevity")
    with pytest.raises(RecipeError, match=r"'has_box' is Touchstone's own, but touchstone-brevity 1\.2\.3"):
        tree_of("{has_box: {}}")
    assert tree_of("{think_format: {}}").label == "think_format"


def test_plugin_names_do_not_replace_our_own(install: Install, module_name: str) -> None:
    install(
        module_name, f"{HEAD}from rewards import HasBox\n", entry_points="box = rewards.rules.has_box:HasBox"
    )
    assert tree_of("{box: {}}") == HasBox()
    assert "has_box:" in dumps(Recipe.of(HasBox()))


def test_plugin_name_from_two_distributions_is_refused(install: Install, module_name: str) -> None:
    install(module_name, entry_points=f"brevity = {module_name}:Brevity")
    other = f"{module_name}_other"
    install(other, entry_points=f"brevity = {other}:Brevity", distribution="brevity-too", version="2")
    with pytest.raises(RecipeError, match="declared more than once") as raised:
        tree_of("{brevity: {}}")
    assert "touchstone-brevity 1.2.3" in str(raised.value)
    assert "brevity-too 2" in str(raised.value)


def test_plugin_in_a_file_called_as_our_package_is_told_why() -> None:
    with pytest.raises(
        RecipeError, match=r"Touchstone's own package, which hides a file rewards\.py of yours"
    ):
        tree_of("{'rewards:Brevity': {}}")
    with pytest.raises(RecipeError, match=r"give the file another name"):
        tree_of("{'rewards.mine:Brevity': {}}")


def test_provider_of_a_reloaded_module_is_another(beside: Install, module_name: str) -> None:
    file = beside(module_name)
    before = Recipe.of(tree_of(f"{{'{module_name}:Brevity': {{}}}}")).digest
    file.write_text(file.read_text() + "\n# changed\n")
    importlib.reload(sys.modules[module_name])
    assert Recipe.of(tree_of(f"{{'{module_name}:Brevity': {{}}}}")).digest != before
