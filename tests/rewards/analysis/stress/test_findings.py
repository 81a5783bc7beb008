"""Cheats are tried against recipes, and what they earn is told as it is."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import pytest

from rewards import BoxedCorrectness, Constant, HasBox, LocalScorer, Rollout, ThinkFormat
from rewards.analysis.stress.cheats import CHEATS
from rewards.analysis.stress.findings import PunishmentTally, Stress, complete, stress
from rewards.evaluation import Evaluation
from rewards.reward import Reward

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch


def names(earnings: tuple[object, ...]) -> set[str]:
    return {one.family.name for one in earnings}  # type: ignore[attr-defined]


TRIED = ("gsm8k-layered", "gsm8k-three-part", "light-r1", "r1-gated", "r1-zero")


@pytest.fixture(scope="module")
def found() -> dict[str, Stress]:
    return {name: stress(LocalScorer(name)) for name in TRIED}


def test_stress_finds_the_layered_recipe_a_trap_that_its_box_pays(found: dict[str, Stress]) -> None:
    layered = found["gsm8k-layered"]
    assert not layered.holds
    trap = layered.traps[0]
    assert (layered.best, trap.mean, trap.flat_groups) == (1.0, pytest.approx(0.1), 1.0)
    assert dict(trap.paid_by) == {"boxed": 1.0}
    assert "wrong in form" in names(layered.traps)
    assert "unboxed wrong" not in names(layered.traps)


def test_stress_finds_the_weak_spots_of_the_three_part_recipe(found: dict[str, Stress]) -> None:
    parts = found["gsm8k-three-part"]
    assert not parts.holds
    assert parts.traps[0].share == pytest.approx(0.2)
    assert set(parts.traps[0].paid_by) == {"format.tags", "format.box", "format.order"}
    assert "other language" in names(parts.paying)
    assert [one.component for one in parts.punished_long] == ["repetition"]


def test_stress_finds_nothing_but_solutions_paid_by_the_gated_recipe(found: dict[str, Stress]) -> None:
    gated = found["r1-gated"]
    assert gated.holds
    assert not gated.paying
    assert not gated.climbs
    assert all(one.mean <= 0 for one in gated.earnings if not one.family.right_by_value)


def test_stress_finds_that_format_alone_earns_a_third_under_r1_zero(found: dict[str, Stress]) -> None:
    by_name = {one.family.name: one for one in found["r1-zero"].earnings}
    assert by_name["format only"].share == pytest.approx(1 / 3)
    assert by_name["unboxed wrong"].mean == 0.0
    assert not found["r1-zero"].holds


def test_stress_finds_long_wrong_answers_climb_under_a_cosine(found: dict[str, Stress]) -> None:
    light = found["light-r1"]
    assert light.holds
    assert {"very long", "cut off"} <= names(light.climbs)


@pytest.mark.parametrize("name", TRIED)
def test_stress_finds_no_cheat_that_is_taken_for_right_or_escapes(
    found: dict[str, Stress], name: str
) -> None:
    assert not found[name].accepted
    assert not found[name].escaping
    assert names(found[name].equal) <= {"copied formula"}


def test_stress_threshold_decides_what_pays() -> None:
    layered = LocalScorer(BoxedCorrectness() + 0.04 * HasBox())
    assert stress(layered, tried=CHEATS[:6]).holds
    assert not stress(layered, threshold=0.03, tried=CHEATS[:6]).holds


def test_stress_finds_a_constant_alone_a_trap() -> None:
    bare = stress(LocalScorer(BoxedCorrectness() + Constant(value=0.5)), tried=CHEATS[:2])
    assert "nothing" in names(bare.traps)


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoTowers(Reward):
    """Gives up on towers of powers."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        return Evaluation([math.nan if "9^{9^" in rollout.completion else 0.0 for rollout in batch])


def test_stress_finds_what_escapes_judgement() -> None:
    escaping = stress(LocalScorer(BoxedCorrectness() + NoTowers()), tried=CHEATS[10:22])
    assert names(escaping.escaping) == {"machine breaker"}
    assert not escaping.holds


def test_complete_rollouts_without_tokens_or_golds_can_be_punished() -> None:
    bare = Rollout(completion="again and again " * 60, metadata={"k": "v"})
    made = complete(bare)
    assert made.golds == ("0",)
    assert made.num_tokens is not None
    assert made.metadata == {"k": "v"}
    own = complete(Rollout(completion="x", logprobs=[-1.0, -2.0]))
    assert own.num_tokens == 2
    tally = PunishmentTally()
    tally.add(LocalScorer("r1-gated").score([made, own]))
    (punished,) = [one for one in tally.found() if one.component == "repetition"]
    assert (punished.share, punished.mean) == (0.5, -1.0)


@pytest.mark.parametrize("told", [True, False], ids=["by the recipe", "by the caller"])
def test_stress_writes_in_the_format_of_the_recipe(*, told: bool) -> None:
    reward = BoxedCorrectness() + ThinkFormat(reasoning="kimi")
    found = stress(LocalScorer(reward), reasoning=None if told else "kimi", tried=CHEATS[:6])
    assert found.best == 2.0
    assert names(found.traps) == {"format only", "wrong in form", "empty think"}


def test_stress_begins_inside_the_reasoning_where_the_template_opens_it() -> None:
    scorer = LocalScorer("r1-gated")
    found = stress(scorer, prefilled=True)
    assert found.best == 1.0
    assert found.holds
    unprepared = stress(LocalScorer("r1-zero"), prefilled=True, tried=CHEATS[:6])
    assert (unprepared.best, unprepared.earnings[0].mean) == (1.5, 0.0)
