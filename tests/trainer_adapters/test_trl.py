r"""The TRL adapter, called as TRL calls it, and inside TRL's own trainer."""

import asyncio
import dataclasses
import inspect
import pickle
from pathlib import Path

import pytest

from rewards import (
    Batch,
    BoxedCorrectness,
    Context,
    Evaluation,
    LocalScorer,
    Recipe,
    Reward,
    Rollout,
    Switch,
    ThinkFormat,
)
from rewards.errors import InvalidCallError, InvalidParameterError, MissingFieldError
from trainer_adapters.trl import RewardFunctions, reward_funcs

TREE = 2.0 * BoxedCorrectness().named("correctness") + ThinkFormat().named("format")

RIGHT = r"<think>2 + 2</think> \boxed{4}"

WRONG = r"\boxed{5}"


class Log:
    """What TRL collects through `log_metric` and `log_extra`."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self.extra: dict[str, list[object]] = {}

    def columns(self) -> dict[str, object]:
        return {"log_metric": self.metrics.__setitem__, "log_extra": self.extra.__setitem__}


def call(
    functions: RewardFunctions, completions: list[object], **columns: object
) -> dict[str, list[float | None]]:
    """Each function's values, with arguments as TRL passes them: one list object for all functions."""
    arguments = {
        "prompts": ["2 + 2?"] * len(completions),
        "completion_ids": [[1, 2]] * len(completions),
        "trainer_state": None,
        **columns,
    }
    return {function.__name__: function(completions=completions, **arguments) for function in functions}


def test_the_weighted_sum_of_the_functions_is_the_total_of_the_recipe() -> None:
    functions = reward_funcs("dapo")
    completions = [RIGHT, WRONG, "", "no box"]
    values = call(functions, completions, answer=["4"] * 4)
    rollouts = [Rollout(completion=text, ground_truth="4", completion_ids=[1, 2]) for text in completions]
    totals = LocalScorer("dapo").score(rollouts).totals.tolist()
    columns = zip(*values.values(), strict=True)
    assert [sum(w * v for w, v in zip(functions.weights, row, strict=True)) for row in columns] == totals


def test_any_other_recipe_becomes_one_function_for_the_total_and_logs_its_components() -> None:
    log = Log()
    functions = reward_funcs(Recipe(name="gated", reward=BoxedCorrectness().when(ThinkFormat())))
    assert call(functions, [RIGHT, WRONG], answer=["4", "4"], **log.columns()) == {"gated": [1.0, 0.0]}
    assert log.metrics["components/boxed_correctness"] == 0.5
    assert log.metrics["verdicts/correct"] == 0.5
    assert log.extra["verdict"] == ["CORRECT", "INCORRECT"]
    assert log.extra["think_format"] == [1.0, 0.0]


def test_a_row_that_was_not_judged_is_none_in_every_function() -> None:
    values = call(reward_funcs(TREE), [RIGHT, RIGHT], solution=[r"\frac{", "4"])
    assert values == {"correctness": [None, 1.0], "format": [None, 1.0]}


def test_reward_funcs_log_the_golds_of_a_batch_as_a_column_of_one_type() -> None:
    log = Log()
    call(reward_funcs("boxed"), [RIGHT] * 3, answer=["4", None, ["4", "5"]], **log.columns())
    assert log.extra["ground_truth"] == [["4"], None, ["4", "5"]]


def test_conversations_score_as_their_text() -> None:
    conversation = [{"role": "assistant", "content": RIGHT}]
    assert call(reward_funcs(TREE), [conversation], ground_truth=["4"])["correctness"] == [1.0]


def test_coroutine_functions_give_the_same_values_and_score_the_batch_once() -> None:
    functions = reward_funcs(TREE, asynchronous=True)
    assert all(inspect.iscoroutinefunction(type(function).__call__) for function in functions)
    completions = [RIGHT, WRONG]

    async def gather() -> list[list[float | None]]:
        return await asyncio.gather(
            *(function(completions=completions, solution=["4", "4"]) for function in functions)
        )

    assert asyncio.run(gather()) == [[1.0, 0.0], [1.0, 0.0]]


def test_reward_funcs_score_each_batch_afresh() -> None:
    functions = reward_funcs(TREE)
    assert call(functions, [RIGHT], solution=["4"])["correctness"] == [1.0]
    assert call(functions, [RIGHT], solution=["5"])["correctness"] == [0.0]


def test_functions_travel_between_processes() -> None:
    functions = pickle.loads(pickle.dumps(reward_funcs(TREE)))  # noqa: S301  # our own bytes
    assert functions.weights == [2.0, 1.0]
    assert call(functions, [RIGHT], solution=["4"]) == {"correctness": [1.0], "format": [1.0]}


def test_reward_funcs_refuse_a_recipe_that_needs_log_probabilities() -> None:
    with pytest.raises(InvalidParameterError, match="logprobs"):
        reward_funcs("logp-modulated")


@pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations
def test_two_steps_of_trl_log_every_component(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import train  # it imports torch

    functions = reward_funcs(TREE)
    history = train(functions, functions.weights, tmp_path, steps=2)
    logged = [entry for entry in history if "reward" in entry]
    assert len(logged) == 2
    for entry in logged:
        total = 2.0 * entry["rewards/correctness/mean"] + entry["rewards/format/mean"]
        assert entry["reward"] == pytest.approx(total, abs=1e-6)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "touchstone.adapters"]


def test_reward_funcs_tell_once_of_golds_that_are_worked_solutions(caplog: pytest.LogCaptureFixture) -> None:
    prose = ["48/2 = 24 in May.\n#### 72"] * 2
    (function,) = reward_funcs("boxed")
    for _ in range(2):
        assert function(completions=[r"\boxed{72}"] * 2, answer=prose) == [0.0, 0.0]
    (line,) = told(caplog)
    assert "gold_after='####'" in line
    (function,) = reward_funcs("boxed", gold_after="####")
    assert function(completions=[r"\boxed{72}"] * 2, answer=prose) == [1.0, 1.0]
    assert len(told(caplog)) == 1


def test_reward_funcs_tell_once_of_rows_without_a_gold(caplog: pytest.LogCaptureFixture) -> None:
    (function,) = reward_funcs("boxed", gold="key")
    for _ in range(2):
        assert function(completions=[r"\boxed{4}"] * 3, key=["4", None, "4"]) == [1.0, None, 1.0]
    (line,) = told(caplog)
    assert "1 of 3 rows have none in 'key' (the first is row 1 of the batch)" in line


def test_reward_funcs_name_the_columns_where_that_of_golds_is_missing() -> None:
    (function,) = reward_funcs("boxed")
    with pytest.raises(InvalidCallError, match=r"recipe boxed@1 needs golds.*there are prompts, target"):
        function(completions=["4"], prompts=["q"], target=["4"])


def test_reward_funcs_refuse_a_row_that_cannot_be_routed() -> None:
    tree = Switch(key="task", cases=(("math", BoxedCorrectness()),))
    (function,) = reward_funcs(tree)
    assert function(completions=[r"\boxed{4}"], answer=["4"], task=["math"]) == [1.0]
    with pytest.raises(MissingFieldError, match="cases only for math: add a case or a default"):
        function(completions=["4"], answer=["4"], task=["poem"])


def test_rewards_of_ones_own_get_the_metadata_that_they_name() -> None:
    """By `needs` or by `reads`."""
    function = reward_funcs(Level(weigh=True))[0]
    assert function(completions=["", ""], level=[3, 4], bonus=[None, 1]) == [3.0, 5.0]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Level(Reward):
    """The level of a row, and its bonus where it has one."""

    weigh: bool

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"metadata.level"})

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"metadata.bonus"})

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation(
            [float(one.metadata["level"]) + float(one.metadata.get("bonus", 0)) for one in batch]
        )
