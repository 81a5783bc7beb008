"""The names and flags that users write down: a change here is a change of the contract."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import rewards
from rewards import errors
from rewards.cli.main import main
from rewards.rollout import FIELDS
from rewards.rules import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN_FLAGS = Path(__file__).parent / "golden" / "command_flags.txt"

RELEASED = [
    "Batch",
    "BoxedCorrectness",
    "Clip",
    "Constant",
    "Context",
    "CosineLength",
    "Evaluation",
    "Extraction",
    "GroupReward",
    "HasBox",
    "LanguageMixing",
    "LocalScorer",
    "LogprobModulation",
    "Method",
    "Named",
    "NgramRepetition",
    "Policy",
    "Product",
    "ProperEnding",
    "Recipe",
    "RecipeSummary",
    "RemoteScorer",
    "Reward",
    "Rollout",
    "Scale",
    "ScoredRollout",
    "Scorer",
    "Scores",
    "Scoring",
    "SoftOverlong",
    "Span",
    "Status",
    "Sum",
    "Switch",
    "ThinkFormat",
    "Tiered",
    "Tls",
    "Verdict",
    "When",
]
"""Names that users have written down; a reward that is added need not be among them before its release."""

ERRORS = """
TouchstoneError
  InvalidInputError
    InvalidParameterError
    InvalidRolloutError
      MissingFieldError
    InvalidCallError
      IncompleteGroupError
    RowFileError
    RecipeError
      UnknownRecipeError
      DuplicateComponentError
  DigestMismatchError
  RewardError
  PoolError
  EngineError
  ScorerError
    ServerUnavailableError
    ServerOverloadedError
    DeadlineExceededError
    AuthenticationError
    ProtocolError
"""


def test_no_public_name_goes_away() -> None:
    assert {*RELEASED} - {*rewards.__all__} == set()


def test_type_checkers_see_the_public_names() -> None:
    """`make names` writes the imports of `rewards/__init__.py` that are compared here."""
    seen = {
        alias.asname: node.module
        for node in ast.walk(ast.parse(Path(rewards.__file__).read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("rewards.")
        for alias in node.names
        if alias.asname
    }
    assert seen == {name: getattr(rewards, name).__module__ for name in rewards.__all__}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_rules_holds_the_reward_that_it_is_named_for(kind: str) -> None:
    reward = getattr(rewards, KINDS[kind])
    assert issubclass(reward, rewards.Reward)
    assert (reward.kind, reward.__module__) == (kind, f"rewards.rules.{kind}")


@pytest.mark.parametrize("name", rewards.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert inspect.getdoc(getattr(rewards, name))
    assert name in dir(rewards)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Boxed'"):
        _ = rewards.Boxed  # type: ignore[attr-defined]


def tree_of(error: type[BaseException], depth: int = 0) -> Iterator[str]:
    yield "  " * depth + error.__name__
    for child in error.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree_of(child, depth + 1)


def test_the_errors_are_this_tree() -> None:
    assert "\n".join(tree_of(errors.TouchstoneError)) == ERRORS.strip()


def test_the_errors_are_drawn_as_they_are() -> None:
    assert errors.__doc__ is not None
    drawn = [line.strip("│├└─ ").split()[0] for line in errors.__doc__.splitlines() if "Error" in line]
    assert drawn == ERRORS.split()
    assert errors.__all__ == sorted(ERRORS.split())


def flags_of(command: click.Command, path: str) -> Iterator[str]:
    """Each parameter of a command and of all below it, one a line."""
    context = click.Context(command, info_name=path)
    for parameter in command.params:
        names = " ".join([*parameter.opts, *parameter.secondary_opts])
        default = f" = {parameter.default}" if isinstance(parameter.default, (str, int, float)) else ""
        many = " ..." if parameter.multiple or parameter.nargs == -1 else ""
        yield f"{path} {names}{many}{'' if parameter.default is False else default}"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from flags_of(below, f"{path} {name}")


def test_the_flags_of_the_command_are_frozen() -> None:
    """To change a flag on purpose, change the golden file with it and say so in the changelog.

    A field that is added to the table of rollouts brings its flag along.
    """
    golden = GOLDEN_FLAGS.read_text("utf-8").splitlines()
    fields = {
        f"touchstone score --{(field.flag or name).replace('_', '-')}-field = {name}"
        for name, field in FIELDS.items()
    }
    assert [flag for flag in flags_of(main, "touchstone") if flag in golden or flag not in fields] == golden
