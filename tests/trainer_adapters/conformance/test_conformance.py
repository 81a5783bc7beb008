"""What every adapter must do, whatever its trainer: scores, failures, names, and what a trainer lacks.

`adapter.lacks` names what a trainer does not pass or take; for each there is a test that the adapter says so.
"""

from __future__ import annotations

import logging
import math
import pickle
import threading
from typing import TYPE_CHECKING

import pytest
from conforming import (
    RIGHT,
    adapters,
    by_hand,
    check,
    every_adapter,
    recipe_for,
    values_of,
    wanted,
)
from running import hanging
from trainer_calls import CALLS, LACKS, Call, Sample, Turn, samples_of, tokenize

from rewards import LocalScorer, Rollout
from rewards.errors import InvalidParameterError, ScorerError
from trainer_adapters.scoring.scorer import NotJudgedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMPLETIONS = [RIGHT, r"\boxed{1.5}", r"\boxed{2}", "no box", "", "<think>a</think>b \\boxed{3/2}"]
GOLDS = ["1.5"] * len(COMPLETIONS)
UNREADABLE = r"\frac{"
NOBODY = "127.0.0.1:1"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def rows_of(completions: Sequence[str], golds: Sequence[str]) -> list[tuple[Sample, Rollout]]:
    rollouts = [by_hand(text, gold) for text, gold in zip(completions, golds, strict=True)]
    return list(zip(samples_of(completions, golds), rollouts, strict=True))


def expected(adapter: Call, completions: Sequence[str], golds: Sequence[str]) -> list[float]:
    return wanted(adapter, recipe_for(adapter), [rollout for _, rollout in rows_of(completions, golds)])


def test_everything_that_a_trainer_may_lack_is_lacked_by_one() -> None:
    assert set().union(*(one.lacks for one in CALLS)) == set(LACKS)
    for lack in LACKS:
        assert any(lack not in one.lacks for one in CALLS), lack


# Scores.


@every_adapter
def test_scores_are_those_of_the_local_scorer_to_the_bit(adapter: Call) -> None:
    check(adapter, recipe_for(adapter), rows_of(COMPLETIONS, GOLDS))


@every_adapter
def test_a_server_gives_the_same_scores(adapter: Call, address: str) -> None:
    check(adapter, recipe_for(adapter), rows_of(COMPLETIONS, GOLDS), server=address)


@every_adapter
def test_adapter_works_off_the_main_thread(adapter: Call) -> None:
    found: list[list[float]] = []

    def work() -> None:
        found.append(check(adapter, recipe_for(adapter), rows_of(COMPLETIONS[:3], GOLDS[:3])))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(found) == 1


@every_adapter
def test_a_hanging_answer_holds_nothing_up_for_good(adapter: Call) -> None:
    endless = hanging(7)
    samples = samples_of([endless.completion, RIGHT], [endless.golds[0], "1.5"])
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), samples)
    wrong = expected(adapter, [r"\boxed{0}", RIGHT], ["1", "1.5"])
    assert values == wrong  # a model's own hopeless answer is wrong, not missing


@every_adapter
def test_a_batch_of_one(adapter: Call) -> None:
    check(adapter, recipe_for(adapter), rows_of([RIGHT], ["1.5"]))


@every_adapter
def test_a_batch_of_a_thousand(adapter: Call) -> None:
    completions = [rf"<think>{n}</think> \boxed{{{n % 7}}}" for n in range(1000)]
    check(adapter, recipe_for(adapter), rows_of(completions, [str(n % 5) for n in range(1000)]))


@adapters("components")
def test_every_component_is_kept(adapter: Call) -> None:
    recipe = recipe_for(adapter)
    values, components = values_of(adapter, adapter.make(recipe), samples_of(COMPLETIONS, GOLDS))
    assert components is not None
    scores = LocalScorer(recipe).score([rollout for _, rollout in rows_of(COMPLETIONS, GOLDS)])
    kept = {name: one for name, one in components.items() if name in scores.components}
    assert set(kept) == set(scores.components) or adapter.name == "ms-swift"
    for name, column in kept.items():
        given = scores.components[name].tolist()
        if "rows of components" in adapter.lacks:
            assert column == pytest.approx([sum(given) / len(given)])
        else:
            assert len(column) == len(values)
            assert column == given


@adapters(lacking="components")
def test_components_without_a_place_are_logged(adapter: Call, caplog: pytest.LogCaptureFixture) -> None:
    made = adapter.make(recipe_for(adapter))
    _, components = values_of(adapter, made, samples_of([RIGHT], ["1.5"]))
    assert components is None
    log = logging.getLogger("touchstone")  # as it is now: AReaL replaces all loggers
    log.setLevel(logging.INFO)
    log.addHandler(caplog.handler)
    if adapter.name == "areal":  # by now in another process
        made("q", RIGHT, [], tokenize(RIGHT), answer="1.5")
    else:
        values_of(adapter, made, samples_of([RIGHT], ["1.5"]))
    log.removeHandler(caplog.handler)
    log.setLevel(logging.NOTSET)
    assert any("'correctness': 1.0" in record.getMessage() for record in caplog.records)


# Failures.


@every_adapter
def test_unjudged_rollout_is_never_a_silent_zero(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter))
    samples = samples_of([RIGHT, RIGHT], [UNREADABLE, "1.5"])
    if "none" not in adapter.lacks:
        values, _ = values_of(adapter, made, samples)
        assert values == [None, *expected(adapter, [RIGHT], ["1.5"])]
    else:
        with pytest.raises(Exception, match=r"1 of [12] rollouts were not judged") as raised:
            values_of(adapter, made, samples)
        assert isinstance(raised.value, (NotJudgedError, RuntimeError)) or adapter.real


@every_adapter
def test_a_value_for_what_was_not_judged_can_be_chosen(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter), unjudged=-0.25)
    values, _ = values_of(adapter, made, samples_of([RIGHT, RIGHT], [UNREADABLE, "1.5"]))
    assert values == [-0.25, *expected(adapter, [RIGHT], ["1.5"])]


@every_adapter
def test_a_dead_server_raises(adapter: Call) -> None:
    def scored() -> object:  # some adapters ask the server when they are made
        made = adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3)
        return values_of(adapter, made, samples_of([RIGHT], ["1.5"]))

    with pytest.raises(Exception, match=r"Unavailable|127\.0\.0\.1:1|deadline|server") as raised:
        scored()
    assert isinstance(raised.value, (ScorerError, RuntimeError)) or adapter.real


@every_adapter
def test_a_dead_server_marks_where_that_is_the_policy(adapter: Call) -> None:
    samples = samples_of([RIGHT], ["1.5"])
    made = adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3, on_failure="mark")
    if "none" not in adapter.lacks:
        assert values_of(adapter, made, samples)[0] == [None]
    else:
        with pytest.raises(Exception, match="not judged"):
            values_of(adapter, made, samples)
    chosen = adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3, on_failure="mark", unjudged=-0.5)
    assert values_of(adapter, chosen, samples)[0] == [-0.5]


@adapters("pickle")
def test_adapter_travels_between_processes(adapter: Call) -> None:
    made = pickle.loads(pickle.dumps(adapter.make(recipe_for(adapter))))  # noqa: S301  # our own
    values, _ = values_of(adapter, made, samples_of([RIGHT], ["1.5"]))
    assert values == expected(adapter, [RIGHT], ["1.5"])


@every_adapter
def test_an_option_that_is_not_there_is_refused(adapter: Call) -> None:
    with pytest.raises((InvalidParameterError, TypeError), match="sever"):
        values_of(adapter, adapter.make("r1-zero", sever="x"), samples_of([RIGHT], ["1.5"]))


# Fields that a trainer passes, or says that it lacks.


@adapters("logprobs")
def test_log_probabilities_are_passed(adapter: Call) -> None:
    rollout = by_hand(RIGHT, "1.5", logprobs=[-0.5] * len(RIGHT), finish_reason="stop")
    (value,) = check(adapter, "logp-modulated", [*zip(samples_of([RIGHT], ["1.5"]), [rollout], strict=True)])
    assert not math.isnan(value)


GROUPED = "{name: grouped, version: 1, reward: {'odd_rewards:Shortest': {group_size: 2}}}"

REFUSED = {
    "tokens": ("dapo", r"needs tokens.*tokenize"),
    "logprobs": ("logp-modulated", r"needs logprobs.*touchstone train"),
    "groups": (GROUPED, r"whole groups.*(touchstone train|slime|--group-rm)"),
}
"""What a recipe may need, each with one that does, and the error."""


BY_STEP = """
name: by-step
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {has_box: {}, name: box, weight: {from: 0.0, to: 1.0, steps: [0, 10]}}
"""


@every_adapter
def test_weights_that_change_over_steps_are_refused_where_no_step_is_told(
    adapter: Call, write: Callable[[str], str]
) -> None:
    if adapter.name in {"trl", "trl-async", "ms-swift"}:
        pytest.skip(f"{adapter.name} tells the step; its own tests follow the weights")
    with pytest.raises(InvalidParameterError, match=r"does not say at which step.*at_step\(n\)"):
        values_of(adapter, adapter.make(write(BY_STEP)), samples_of([RIGHT], ["1.5"]))


@every_adapter
@pytest.mark.parametrize("lack", REFUSED)
def test_a_recipe_that_needs_what_is_not_passed_is_refused(
    adapter: Call, lack: str, write: Callable[[str], str]
) -> None:
    recipe, error = REFUSED[lack]
    recipe = write(recipe) if recipe.startswith("{") else recipe
    samples = [Sample(said=[Turn("assistant", RIGHT)], gold="1.5") for _ in range(2)]
    if lack in adapter.lacks:
        with pytest.raises(InvalidParameterError, match=error):
            values_of(adapter, adapter.make(recipe), samples)
    else:
        values, _ = values_of(adapter, adapter.make(recipe), samples)
        assert None not in values


@adapters(lacking="tokens")
def test_lengths_can_be_counted_anew(adapter: Call) -> None:
    check(adapter, "dapo", rows_of(COMPLETIONS, GOLDS), tokenize="trainer_calls.call:tokenize")


@adapters(lacking="sources")
def test_metrics_by_source_are_refused_where_they_have_no_place(adapter: Call) -> None:
    with pytest.raises(InvalidParameterError, match="source"):
        values_of(adapter, adapter.make("r1-zero", source="kind"), samples_of([RIGHT], ["1.5"]))


@adapters("sources")
@pytest.mark.parametrize("column", ["data_source", "mine", "extra.from"])
def test_components_come_by_data_source(adapter: Call, column: str) -> None:
    name, _, inner = column.partition(".")
    samples = [
        Sample(said=[Turn("assistant", text)], gold="1.5", columns={name: {inner: of} if inner else of})
        for text, of in ((RIGHT, "gsm8k"), (RIGHT, "aime"), ("no box", "aime"))
    ]
    made = adapter.make("r1-zero", **({} if column == "data_source" else {"source": column}))
    _, components = values_of(adapter, made, samples)
    assert components is not None
    assert components["correctness/gsm8k"] == [1.0]
    assert components["correctness/aime"] == [0.5]


@adapters("two recipes", "components")
def test_two_recipes_of_a_run_have_names_of_their_own(adapter: Call) -> None:
    samples = samples_of([RIGHT, "no box"], ["1.5", "1.5"])
    recipes = ["r1-zero", "gsm8k-layered", "r1-zero"]
    made = [
        adapter.make(recipe, **({"think_prefilled": True} if number == 2 else {}))
        for number, recipe in enumerate(recipes)
    ]
    found = [values_of(adapter, one, samples)[1] or {} for one in made]
    names = [name for one in found for name in one if name != "ground_truth"]
    assert len(names) == len(set(names))
    assert {"r1-zero/correctness", "gsm8k-layered/correctness", "r1-zero-2/correctness"} <= set(names)
    alone = values_of(adapter, adapter.make("r1-zero"), samples)[1] or {}
    assert "correctness" in alone
