"""Nobody is paid for stop tokens, for answers in unfinished reasoning, or for the text of tools."""

from __future__ import annotations

import dataclasses
import re
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from rewards import BoxedCorrectness, LocalScorer, Recipe, ThinkFormat
from rewards.analysis.stress.cheats import CHEATS
from rewards.analysis.stress.findings import stress
from rewards.analysis.stress.unearned import unearned
from rewards.evaluation import Evaluation
from rewards.reward import Reward
from rewards.text.reasoning import FORMATS, Tags
from rewards.text.stop_tokens import STOP_TOKENS
from rewards.text.turns import TOOL_TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.analysis.stress.findings import Earning
    from rewards.evaluation import Context
    from rewards.rollout import Batch

SHIPPED = sorted(
    file.name.removesuffix(".yaml")
    for file in (resources.files("rewards") / "recipes").iterdir()
    if file.name.endswith(".yaml")
)
NAMES = {"stop token", "unfinished reasoning", "tool text", "marked tool text"}


@pytest.mark.parametrize("recipe", SHIPPED)
def test_unearned_is_what_no_shipped_recipe_pays(recipe: str) -> None:
    found = stress(LocalScorer(recipe), threshold=0.001, tried=(CHEATS[0], *unearned()))
    assert {one.family.name for one in found.earnings if one.gain is not None} == NAMES
    assert not found.gaining, [(one.title, one.gain, one.example) for one in found.gaining]
    assert not found.accepted, [(one.title, one.accepted[0]) for one in found.accepted]
    assert not found.escaping


@pytest.mark.parametrize("reasoning", [*FORMATS, Tags(open="<scratch>", close="</scratch>")], ids=str)
def test_unearned_is_what_no_recipe_of_one_format_pays(reasoning: str | Tags) -> None:
    graded = ThinkFormat(mode="graded").named("graded")
    recipe = Recipe.of(BoxedCorrectness() + ThinkFormat() + graded).with_reasoning(reasoning)
    found = stress(LocalScorer(recipe), threshold=0.001, tried=(CHEATS[0], *unearned(reasoning)))
    assert found.best == pytest.approx(2.5)
    assert not found.gaining, [(one.title, one.gain, one.example) for one in found.gaining]
    assert not found.accepted, [(one.title, one.accepted[0]) for one in found.accepted]


def test_unearned_has_every_token_format_and_mark_of_the_tables() -> None:
    variants = {name: {one.variant for one in unearned() if one.name == name} for name in NAMES}
    assert variants["stop token"] == set(STOP_TOKENS)
    unnamed = {one.name for one in FORMATS.values() if not one.by_name}
    assert {text.partition(",")[0] for text in variants["unfinished reasoning"]} == unnamed
    opened = [text for text in variants["unfinished reasoning"] if text.endswith("opened by the prompt")]
    assert len(opened) == len(unnamed)
    assert variants["marked tool text"] > set(TOOL_TAGS)


class Leak(Reward):
    """A reward with a leak, as rewards of the field have them."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        return Evaluation([self.worth(rollout) for rollout in batch])

    def worth(self, rollout: object) -> float:
        raise NotImplementedError


@dataclasses.dataclass(frozen=True, kw_only=True)
class BoxAnywhere(Leak):
    """Pays a box wherever it stands in the text."""

    def worth(self, rollout: object) -> float:
        return float(re.search(r"\\boxed\{(.+?)\}", rollout.completion) is not None)  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AnythingBehind(Leak):
    """Pays reasoning with any character behind it."""

    def worth(self, rollout: object) -> float:
        return float(re.search(r"</think>\s*\S", rollout.completion) is not None)  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AllTokens(Leak):
    """Pays tokens, a tool's too."""

    def worth(self, rollout: object) -> float:
        return rollout.num_tokens / 10_000  # type: ignore[attr-defined, no-any-return]


LEAKS = {
    "a box anywhere": (BoxAnywhere(), NAMES),
    "anything behind": (AnythingBehind(), {"stop token", "tool text", "marked tool text"}),
    "all tokens": (AllTokens(), {"tool text", "marked tool text"}),
    "answers in the reasoning": (
        BoxedCorrectness(inside_think=True).named("anywhere"),
        {"unfinished reasoning"},
    ),
}


@pytest.mark.parametrize(("reward", "names"), LEAKS.values(), ids=LEAKS)
def test_unearned_pay_is_found(reward: Reward, names: set[str]) -> None:
    found = stress(LocalScorer(BoxedCorrectness() + reward), tried=(CHEATS[0], *unearned()))
    assert {one.family.name for one in found.gaining} == names
    assert not found.holds
    assert all(one.family.variant in one.title for one in found.gaining)


def test_unearned_answers_that_are_judged_right_are_found() -> None:
    scorer = LocalScorer(BoxedCorrectness(inside_think=True))
    found = stress(scorer, tried=(CHEATS[0], *unearned()))
    assert names_of(found.accepted) == ["unfinished reasoning"]


def names_of(earnings: Sequence[Earning]) -> list[str]:
    return [one.family.name for one in earnings]
