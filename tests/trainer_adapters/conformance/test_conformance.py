"""What every adapter must do, whatever its trainer: one set of behaviours, one parameter an adapter."""

from __future__ import annotations

import asyncio
import math
import pickle
import threading
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from running import hanging
from trainer_calls import CALLS, Call, Kinds, tokenize

from rewards import LocalScorer, Recipe, Rollout
from rewards.errors import InvalidParameterError, ScorerError
from rewards.text.reasoning import FORMATS, wrapped
from trainer_adapters.scoring.scorer import NotJudgedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

RIGHT = r"<think>half of 3</think> \boxed{\frac{3}{2}}"
COMPLETIONS = [RIGHT, r"\boxed{1.5}", r"\boxed{2}", "no box", "", "<think>a</think>b \\boxed{3/2}"]
GOLDS = ["1.5"] * len(COMPLETIONS)
UNREADABLE = r"\frac{"
NOBODY = "127.0.0.1:1"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations

every_adapter = pytest.mark.parametrize("adapter", CALLS, ids=lambda adapter: adapter.name)


@pytest.fixture(autouse=True)
def _possible(request: pytest.FixtureRequest) -> None:
    adapter = request.getfixturevalue("adapter")
    if adapter.missing:
        pytest.skip(f"{adapter.name} needs {adapter.missing}, which is not installed")


def recipe_for(adapter: Call) -> str:
    return "dapo" if adapter.tokens else "r1-zero"


def reference(recipe: Any, completions: Sequence[str], golds: Sequence[str]) -> Any:
    return LocalScorer(recipe).score(
        [
            Rollout(completion=text, ground_truth=gold, completion_ids=tokenize(text))
            for text, gold in zip(completions, golds, strict=True)
        ]
    )


def values_of(
    adapter: Call, made: Any, completions: Sequence[str], golds: Sequence[Any], kinds: Kinds = None
) -> tuple[list[float | None], dict[str, list[float]] | None]:
    found: tuple[list[float | None], dict[str, list[float]] | None]
    found = asyncio.run(adapter.call(made, completions, golds, kinds))
    return found


def expected(adapter: Call, completions: Sequence[str], golds: Sequence[str]) -> list[float]:
    totals = reference(recipe_for(adapter), completions, golds).totals
    return (totals.astype(np.float32) if adapter.float32 else totals).tolist()


@every_adapter
def test_scores_are_those_of_the_local_scorer_to_the_bit(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter))
    values, _ = values_of(adapter, made, COMPLETIONS, GOLDS)
    assert values == expected(adapter, COMPLETIONS, GOLDS)


@every_adapter
def test_a_server_gives_the_same_scores(adapter: Call, address: str) -> None:
    made = adapter.make(recipe_for(adapter), server=address)
    values, _ = values_of(adapter, made, COMPLETIONS, GOLDS)
    assert values == expected(adapter, COMPLETIONS, GOLDS)


@every_adapter
def test_adapter_works_off_the_main_thread(adapter: Call) -> None:
    found: list[list[float | None]] = []

    def work() -> None:
        made = adapter.make(recipe_for(adapter))
        found.append(values_of(adapter, made, COMPLETIONS[:3], GOLDS[:3])[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [expected(adapter, COMPLETIONS[:3], GOLDS[:3])]


@every_adapter
def test_a_hanging_answer_holds_nothing_up_for_good(adapter: Call) -> None:
    endless = hanging(7)
    completions, golds = [endless.completion, RIGHT], [endless.golds[0], "1.5"]
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), completions, golds)
    wrong = expected(adapter, [r"\boxed{0}", RIGHT], ["1", "1.5"])
    assert values == wrong  # a model's own hopeless answer is wrong, not missing


@every_adapter
def test_a_batch_of_one(adapter: Call) -> None:
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), [RIGHT], ["1.5"])
    assert values == expected(adapter, [RIGHT], ["1.5"])


@every_adapter
def test_a_batch_of_a_thousand(adapter: Call) -> None:
    completions = [rf"<think>{n}</think> \boxed{{{n % 7}}}" for n in range(1000)]
    golds = [str(n % 5) for n in range(1000)]
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), completions, golds)
    assert values == expected(adapter, completions, golds)


@every_adapter
def test_every_component_is_kept(adapter: Call) -> None:
    recipe = recipe_for(adapter)
    values, components = values_of(adapter, adapter.make(recipe), COMPLETIONS, GOLDS)
    if components is None:
        pytest.skip(f"{adapter.name} has no place for components; they are logged")
    scores = reference(recipe, COMPLETIONS, GOLDS)
    kept = {name: one for name, one in components.items() if name in scores.components}
    assert set(kept) == set(scores.components) or adapter.name == "ms-swift"
    for name, column in kept.items():
        wanted = scores.components[name].tolist()
        if len(column) == len(values):
            assert column == wanted
        else:
            assert column == pytest.approx([sum(wanted) / len(wanted)])  # a mean over the batch


@every_adapter
def test_unjudged_rollout_is_never_a_silent_zero(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter))
    completions, golds = [RIGHT, RIGHT], [UNREADABLE, "1.5"]
    if adapter.optional:
        values, _ = values_of(adapter, made, completions, golds)
        assert values == [None, *expected(adapter, [RIGHT], ["1.5"])]
    else:
        with pytest.raises(Exception, match=r"1 of [12] rollouts were not judged") as raised:
            values_of(adapter, made, completions, golds)
        assert isinstance(raised.value, (NotJudgedError, RuntimeError)) or adapter.real


@every_adapter
def test_a_value_for_what_was_not_judged_can_be_chosen(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter), unjudged=-0.25)
    values, _ = values_of(adapter, made, [RIGHT, RIGHT], [UNREADABLE, "1.5"])
    assert values == [-0.25, *expected(adapter, [RIGHT], ["1.5"])]


@every_adapter
def test_a_dead_server_raises(adapter: Call) -> None:
    def scored() -> object:  # some adapters ask the server when they are made
        return values_of(
            adapter, adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3), [RIGHT], ["1.5"]
        )

    with pytest.raises(Exception, match=r"Unavailable|127\.0\.0\.1:1|deadline|server") as raised:
        scored()
    assert isinstance(raised.value, (ScorerError, RuntimeError)) or adapter.real


@every_adapter
def test_a_dead_server_marks_where_that_is_the_policy(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3, on_failure="mark")
    if adapter.optional:
        assert values_of(adapter, made, [RIGHT], ["1.5"])[0] == [None]
    else:
        with pytest.raises(Exception, match="not judged"):
            values_of(adapter, made, [RIGHT], ["1.5"])
    chosen = adapter.make(recipe_for(adapter), server=NOBODY, timeout=0.3, on_failure="mark", unjudged=-0.5)
    assert values_of(adapter, chosen, [RIGHT], ["1.5"])[0] == [-0.5]


@every_adapter
def test_adapter_travels_between_processes(adapter: Call) -> None:
    if adapter.name == "nemo-rl":
        pytest.skip("NeMo-RL makes the environment inside its actor; only the configuration travels")
    made = adapter.make(recipe_for(adapter))
    if adapter.name == "verl-manager":
        pytest.skip("verl makes the manager inside its worker; only the class travels")
    values, _ = values_of(adapter, pickle.loads(pickle.dumps(made)), [RIGHT], ["1.5"])  # noqa: S301
    assert values == expected(adapter, [RIGHT], ["1.5"])


ROUTED = """
name: routed
version: 1
reward:
  sum:
    - switch:
        key: kind
        cases:
          math: {boxed_correctness: {}, name: correctness}
          chat: {when: {reward: {switch: {key: kind, cases: {chat: -1.0}}}, condition: 1.0}}
        default: 0.5
    - {has_box: {}, name: box, weight: 0.25}
"""
"""A switch in a sum, and one without a default inside a case of it."""

KINDS = ["math", "math", "chat", None, "poem", "math"]
BY_KIND = [1.25, 1.25, -0.75, 0.5, 0.5, 1.25]
"""Of COMPLETIONS: by the gold, as a chat, and by the default; a quarter more for a box."""


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("routed") / "routed.yaml"
    path.write_text(ROUTED, "utf-8")
    return str(path)


@every_adapter
def test_a_recipe_that_routes_gets_what_it_routes_by(adapter: Call, routed: str) -> None:
    values, _ = values_of(adapter, adapter.make(routed), COMPLETIONS, GOLDS, KINDS)
    assert values == BY_KIND


@every_adapter
def test_a_recipe_that_only_the_server_has_routes_too(
    adapter: Call, routed: str, serve_here: Callable[..., str]
) -> None:
    made = adapter.make("routed", server=serve_here(routed))
    values, _ = values_of(adapter, made, COMPLETIONS, GOLDS, KINDS)
    assert values == BY_KIND


NONE = [None, float("nan"), "nan", [], [None]]


@every_adapter
@pytest.mark.parametrize("missing", NONE, ids=repr)
def test_a_row_without_a_gold_is_not_judged(adapter: Call, missing: Any) -> None:
    completions, golds = [r"\boxed{nan}", RIGHT], [missing, "1.5"]
    made = adapter.make(recipe_for(adapter))
    if adapter.optional:
        values, _ = values_of(adapter, made, completions, golds)
        assert values == [None, *expected(adapter, [RIGHT], ["1.5"])]
    else:
        with pytest.raises(Exception, match=r"1 of [12] rollouts were not judged.*it has no gold"):
            values_of(adapter, made, completions, golds)
    chosen = adapter.make(recipe_for(adapter), unjudged=-0.25)
    values, _ = values_of(adapter, chosen, completions, golds)
    assert values == [-0.25, *expected(adapter, [RIGHT], ["1.5"])]


GOLD_TYPES: dict[str, tuple[Any, str]] = {
    "text": (r"\frac{3}{2}", "1.5"),
    "whole number": (7, "7"),
    "float": (1.5, "3/2"),
    "fraction": (Fraction(3, 2), "1.5"),
    "decimal": (Decimal("0.10"), "1/10"),
    "float of 32 bits": (np.float32(0.1), "0.1"),
    "whole number of numpy": (np.int64(7), "7"),
    "list": (["2", 1.5], "3/2"),
    "tuple": ((1.5, "2"), "2"),
    "array": (np.array([0.25, 2.0]), "2"),
    "list with a gap": ([None, "1.5"], "1.5"),
}
"""Golds as data sets hold them, each with an answer that is right by it."""


@every_adapter
@pytest.mark.parametrize("kind", GOLD_TYPES)
def test_a_gold_of_any_type_is_judged(adapter: Call, kind: str) -> None:
    gold, answer = GOLD_TYPES[kind]
    if adapter.name == "openrlhf-http" and not isinstance(gold, (str, int, float, list)):
        pytest.skip("it does not travel as JSON")
    completions = [rf"<think>a</think> \boxed{{{answer}}}", r"<think>a</think> \boxed{99}"]
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), completions, [gold, gold])
    assert values == expected(adapter, completions, [answer, answer])


@every_adapter
@pytest.mark.parametrize("gold", [{"value": "4"}, b"\xff4"], ids=repr)
def test_a_gold_that_is_none_is_an_error_and_never_0(adapter: Call, gold: Any) -> None:
    if adapter.name == "openrlhf-http" and isinstance(gold, bytes):
        pytest.skip("it does not travel as JSON")
    made = adapter.make(recipe_for(adapter))
    with pytest.raises(Exception, match="gold"):
        values_of(adapter, made, [RIGHT, RIGHT], [gold, "4"])


@every_adapter
def test_a_gold_can_be_cut_out_of_worked_prose(adapter: Call) -> None:
    made = adapter.make(recipe_for(adapter), gold_after="####")
    prose = ["Half of 3 is <<3/2=1.5>>1.5.\n#### 1.5", "We take 1.\n#### 2"]
    values, _ = values_of(adapter, made, [RIGHT, RIGHT], prose)
    assert values == expected(adapter, [RIGHT, RIGHT], ["1.5", "2"])


def _by_reasoning(name: str) -> list[str]:
    """Return a completion in a format of reasoning with the answer 4, and one whose reasoning never ends."""
    return [
        wrapped(r"is it \boxed{5}?", r"so \boxed{4}", name),
        f"{FORMATS[name].open[0]}is it \\boxed{{4}}?",
    ]


@every_adapter
def test_reasoning_is_read_in_the_format_of_its_marks(adapter: Call) -> None:
    names = [name for name, one in FORMATS.items() if not one.by_name]
    completions = [text for name in names for text in _by_reasoning(name)]
    golds = ["4"] * len(completions)
    values, _ = values_of(adapter, adapter.make(recipe_for(adapter)), completions, golds)
    assert values == expected(adapter, completions, golds)
    right = reference(recipe_for(adapter), completions, golds).components["correctness"].tolist()
    assert right == right[:2] * len(names)
    assert right[0] > right[1]


@every_adapter
@pytest.mark.parametrize("name", [name for name, one in FORMATS.items() if one.by_name])
def test_reasoning_is_read_in_the_format_that_is_named(adapter: Call, name: str) -> None:
    completions, golds = _by_reasoning(name), ["4", "4"]
    made = adapter.make(recipe_for(adapter), reasoning=name)
    values, _ = values_of(adapter, made, completions, golds)
    found = reference(Recipe.of(recipe_for(adapter)).with_reasoning(name), completions, golds)
    assert values == (found.totals.astype(np.float32) if adapter.float32 else found.totals).tolist()
    assert found.components["correctness"][0] > found.components["correctness"][1]


OPENED: dict[str, tuple[list[str], float]] = {
    "each turn closes it": (["I ask</think>call", r"so</think>\boxed{4}"], 1.0),
    "the last turn never closes it": (["I ask</think>call", r"so \boxed{4}"], 0.0),
    "the last turn opens it again": (["I ask</think>call", r"<think>so</think>\boxed{4}"], 1.0),
    "the last turn opens it and never closes it": (["I ask</think>call", r"<think>so \boxed{4}"], 0.0),
    "a call ends it": (["I ask, call", r"so</think>\boxed{4}"], 1.0),
}
"""Turns whose reasoning the chat template opened, and whether the answer of the last one counts."""


@every_adapter
@pytest.mark.parametrize("said", OPENED)
def test_each_turn_begins_in_the_reasoning_that_the_template_opened(
    adapter: Call, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "answer.yaml"
    path.write_text("{name: answer, version: 1, reward: {boxed_correctness: {}}}", "utf-8")
    (first, last), value = OPENED[said]
    made = adapter.make(str(path), think_prefilled=True, **(adapter.masked or {}))
    turns = [("assistant", first), ("tool", "42"), ("assistant", last)]
    assert asyncio.run(adapter.value(made, turns, "4")) == value


TOOLS = """
name: tools
version: 1
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {has_box: {}, name: box, weight: 0.25}
    - {ngram_repetition: {n: 2}, name: repetition}
    - {language_mixing: {target: en, part: completion}, name: language, weight: 0.125}
"""

LOUD = r"\boxed{4} 42 42 42 42 42 42 你好你好"
"""What a tool says: the right answer, repetition, and another language."""

CONVERSATIONS: dict[str, tuple[list[tuple[str, str]], float]] = {
    "the tool alone is right": ([("assistant", "I ask"), ("tool", LOUD), ("assistant", "I see")], 0.125),
    "the policy alone is right": (
        [("assistant", "I ask"), ("tool", LOUD.replace("4", "5")), ("assistant", r"So \boxed{4}")],
        1.375,
    ),
    "two calls of a tool": (
        [
            ("assistant", "one"),
            ("tool", LOUD),
            ("assistant", "two"),
            ("tool", "42"),
            ("assistant", r"\boxed{4}"),
        ],
        1.375,
    ),
    "the tool has the last word": ([("assistant", r"\boxed{5}"), ("tool", LOUD)], 0.375),
}
"""Turns, and what the recipe TOOLS gives for those of the policy."""

BY_WINDOW = "{name: window, version: 1, reward: {sum: [{soft_overlong: {max_length: 40, cache: 20}}, 1.0]}}"


@every_adapter
@pytest.mark.parametrize("said", CONVERSATIONS)
def test_text_of_a_tool_never_earns(adapter: Call, said: str, tmp_path: Path) -> None:
    if adapter.name == "ms-swift" and said == "the tool has the last word":
        pytest.skip("ms-swift passes the last message, which is always the policy's")
    path = tmp_path / "tools.yaml"
    path.write_text(TOOLS, "utf-8")
    turns, value = CONVERSATIONS[said]
    made = adapter.make(str(path), **(adapter.masked or {}))
    assert asyncio.run(adapter.value(made, turns, "4")) == value


@every_adapter
def test_tokens_of_a_tool_are_no_length_of_the_policy(adapter: Call, tmp_path: Path) -> None:
    if adapter.masked is None or not adapter.tokens:
        pytest.skip(f"{adapter.name} passes no mask of tokens")
    path = tmp_path / "window.yaml"
    path.write_text(BY_WINDOW, "utf-8")
    made = adapter.make(str(path), **adapter.masked)
    turns = [("assistant", "x" * 10), ("tool", "y" * 50), ("assistant", "z" * 5)]
    assert asyncio.run(adapter.value(made, turns, "4")) == 1.0
    assert asyncio.run(adapter.value(made, [*turns[:2], ("assistant", "z" * 20)], "4")) == 0.5


@every_adapter
def test_log_probabilities_are_passed_or_refused_at_set_up(adapter: Call) -> None:
    if adapter.logprobs:
        values, _ = values_of(adapter, adapter.make("logp-modulated"), [RIGHT], ["1.5"])
        scores = LocalScorer("logp-modulated").score(
            [
                Rollout(
                    completion=RIGHT,
                    ground_truth="1.5",
                    completion_ids=tokenize(RIGHT),
                    logprobs=[-0.5] * len(RIGHT),
                    finish_reason="stop",
                )
            ]
        )
        assert values == scores.totals.tolist()
        assert not math.isnan(values[0] or 0.0)
        return
    with pytest.raises(InvalidParameterError, match=r"needs logprobs.*touchstone train"):
        values_of(adapter, adapter.make("logp-modulated"), [RIGHT], ["1.5"])


@every_adapter
def test_an_option_that_is_not_there_is_refused(adapter: Call) -> None:
    with pytest.raises((InvalidParameterError, TypeError), match="sever"):
        values_of(adapter, adapter.make("r1-zero", sever="x"), [RIGHT], ["1.5"])


PROMPTLESS = {"verl-function"}
"""Hooks that are given no prompt."""


@every_adapter
def test_a_reward_of_ones_own_reads_the_text_of_the_prompt(adapter: Call, tmp_path: Path) -> None:
    recipe = tmp_path / "asked.yaml"
    recipe.write_text("name: asked\nversion: 1\nreward:\n  odd_rewards:Asked: {text: q}\n", "utf-8")
    values, _ = values_of(adapter, adapter.make(str(recipe)), COMPLETIONS, GOLDS)
    assert values == [float(adapter.name not in PROMPTLESS)] * len(COMPLETIONS)


BY_STEP = """
name: by-step
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {has_box: {}, name: box, weight: {from: 0.0, to: 1.0, steps: [0, 10]}}
"""


@every_adapter
def test_weights_that_change_over_steps_are_refused_where_no_step_is_told(
    adapter: Call, tmp_path: Path
) -> None:
    if adapter.name in {"trl", "trl-async", "ms-swift"}:
        pytest.skip(f"{adapter.name} tells the step; its own tests follow the weights")
    path = tmp_path / "by-step.yaml"
    path.write_text(BY_STEP, "utf-8")
    with pytest.raises(InvalidParameterError, match=r"does not say at which step.*at_step\(n\)"):
        values_of(adapter, adapter.make(str(path)), [RIGHT], ["1.5"])
