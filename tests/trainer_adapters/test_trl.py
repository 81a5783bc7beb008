r"""The TRL adapter, called as TRL calls it, and inside TRL's own trainer."""

import asyncio
import copy
import dataclasses
import functools
import inspect
import itertools
import operator
import pickle
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from chat_templates import made_tokenizer

from rewards import (
    Batch,
    BoxedCorrectness,
    Constant,
    Context,
    Evaluation,
    HasBox,
    LocalScorer,
    NgramRepetition,
    Ramp,
    Recipe,
    Reward,
    Rollout,
    SoftOverlong,
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
        assert function(completions=[r"\boxed{72}"] * 2, answer=prose) == [None, None]
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


def test_tokens_of_tools_are_told_by_the_trainer_s_own_tokenizer() -> None:
    """TRL passes no mask to rewards, but a method of the trainer, and the ids of all tokens."""

    class Trainer:
        class processing_class:  # noqa: N801  # an attribute of TRL's
            @staticmethod
            def decode(ids: Any) -> str:
                return "".join(map(chr, ids))

        def log_extra(self, name: str, values: list[object]) -> None:
            """Keep nothing."""

    written = "I ask<|im_end|>\n<|im_start|>tool\n{}<|im_end|>\n<|im_start|>assistant\n4<|im_end|>"
    results = ["42", "42" * 100]
    said = {"role": "assistant", "content": "I ask"}, {"role": "assistant", "content": "4"}
    values = [
        reward_funcs(SoftOverlong(max_length=30, cache=10) + 1.0)[0](
            completions=[[said[0], {"role": "tool", "content": result}, said[1]] for result in results],
            completion_ids=[list(map(ord, written.format(result))) for result in results],
            **columns,
        )
        for columns in ({"log_extra": Trainer().log_extra}, {})
    ]
    assert values == [[0.0, 0.0], [-1.0, -1.0]]


@pytest.mark.parametrize("special", [(), ("[THINK]", "[/THINK]")])
def test_marks_that_trl_decodes_away_are_read_by_the_trainer_s_own_tokenizer(
    special: tuple[str, ...],
) -> None:
    tokenizer = made_tokenizer(special)

    class Trainer:
        processing_class = tokenizer
        chat_template_kwargs: ClassVar = {"enable_thinking": True}

        def log_metric(self, name: str, value: float) -> None:
            """Keep nothing."""

    texts = r"[THINK]is it 5?[/THINK]\boxed{4}<eos>", r"[THINK]is it \boxed{4}?<eos>"
    ids = [tokenizer(text)["input_ids"] for text in texts]
    seen = tokenizer.batch_decode(ids, skip_special_tokens=True)
    assert ("[THINK]" in seen[0]) is not bool(special)
    functions = reward_funcs(BoxedCorrectness().named("correctness") + 1.0 * ThinkFormat())
    values = functions[0](
        completions=[[{"role": "assistant", "content": text}] for text in seen],
        prompts=[[{"role": "user", "content": "2 + 2?"}]] * 2,
        completion_ids=ids,
        answer=["4", "4"],
        log_metric=Trainer().log_metric,
    )
    assert values == [1.0, 0.0]


@pytest.mark.parametrize(
    "template", ["{% if think | default(true) %}<|assistant|>%s{% endif %}", ""], ids=["opens", "does not"]
)
@pytest.mark.parametrize("special", [True, False], ids=["special", "plain"])
@pytest.mark.parametrize(
    ("opener", "closer"),
    [("[THINK]", "[/THINK]"), ("<think>", "</think>"), ("<|START_THINKING|>", "<|END_THINKING|>")],
)
def test_reward_funcs_see_reasoning_by_the_trainers_own_tokenizer(
    opener: str, closer: str, template: str, *, special: bool
) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import made_tokenizer

    tokenizer = made_tokenizer([opener, closer], [opener, closer] if special else [])
    tokenizer.chat_template += template.replace("%s", opener)

    class Trainer:
        processing_class = tokenizer

        def __init__(self, **chat_template_kwargs: object) -> None:
            self.chat_template_kwargs = chat_template_kwargs

        def log_metric(self, name: str, value: float) -> None: ...

    begins = "" if template else opener
    written = [f"{begins}1{closer}\\boxed{{4}}<eos>", f"{begins}1\\boxed{{4}}<eos>"]
    ids = [tokenizer(text)["input_ids"] for text in written]
    texts = tokenizer.batch_decode(ids, skip_special_tokens=True)  # as TRL does
    columns = {
        "prompts": [[{"role": "user", "content": "2+2?"}]] * 2,
        "completion_ids": ids,
        "solution": ["4", "4"],
    }
    conversations = [[{"role": "assistant", "content": text}] for text in texts]
    values = [
        function(completions=conversations, log_metric=Trainer().log_metric, **columns)
        for function in reward_funcs("r1-zero")
    ]
    assert values == [[1.0, 0.0], [1.0, 0.0]]
    values = [
        function(completions=conversations, log_metric=Trainer(think=False).log_metric, **columns)
        for function in reward_funcs("r1-zero")
    ]
    assert values == ([[1.0, 1.0], [0.0, 0.0]] if template else [[1.0, 0.0], [1.0, 0.0]])


@pytest.mark.parametrize("template", ["[THINK]", "", None])
def test_reward_funcs_see_reasoning_by_the_trainers_processor(template: str | None) -> None:
    """A model of images has its template in a processor, and the tokenizer inside of it has none."""
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import made_tokenizer

    inner = made_tokenizer(["[THINK]", "[/THINK]"], ["[THINK]", "[/THINK]"])
    inner.chat_template = None

    class Processor:
        tokenizer = inner
        chat_template = template

        def apply_chat_template(self, messages: list[dict[str, Any]], **given: object) -> str:
            assert given["add_generation_prompt"] is True
            assert messages[0]["content"][0]["image"] is not None
            return f"Q{template}"

    class Trainer:
        processing_class = Processor()

        def log_metric(self, name: str, value: float) -> None: ...

    content = [{"type": "image", "image": object()}, {"type": "text", "text": "2+2?"}]
    ids = [
        inner(text)["input_ids"] for text in (r"1[/THINK]\boxed{4}<eos>", r"[THINK]1[/THINK]\boxed{4}<eos>")
    ]
    completions = [
        [{"role": "assistant", "content": inner.decode(one, skip_special_tokens=True)}] for one in ids
    ]
    asked = [{"role": "user", "content": content}]
    columns = {"prompts": [asked] * 2, "completion_ids": ids, "solution": ["4"] * 2}
    functions = reward_funcs("r1-zero")
    formats = functions[1](completions=completions, log_metric=Trainer().log_metric, **columns)
    assert formats == ([1.0, 0.0] if template else [0.0, 1.0])
    pickle.dumps(functions)  # the processor, which cannot be pickled, stays here


@pytest.mark.parametrize(
    ("completion", "message"),
    [
        (
            ["one", "two"],
            r"completions\[1\] is a list, and its item 0 is of type str; it must be text, or a list",
        ),
        (
            [{"role": "assistant", "text": "4"}],
            r"completions\[1\], message 0 holds 'role', 'text'; it must have",
        ),
        (
            [{"role": "user", "content": "4"}],
            r"completions\[1\] has no message of the role 'assistant', but of 'user'",
        ),
        ([{"role": "assistant", "content": 4}], r"completions\[1\], message 0 has content of type int"),
        (
            [[{"role": "assistant", "content": "4"}]],
            r"completions\[1\] is a list, and its item 0 is of type list",
        ),
        (None, r"completions\[1\] is of type NoneType; it must be text or messages"),
    ],
    ids=repr,
)
def test_a_completion_of_another_form_is_an_error_that_names_it(completion: Any, message: str) -> None:
    functions = reward_funcs(BoxedCorrectness())
    with pytest.raises(InvalidCallError, match=message):
        functions[0](completions=["4", completion], solution=["4", "4"])


@pytest.mark.parametrize(
    "completion",
    [
        [{"role": "assistant", "content": None, "tool_calls": []}, {"role": "tool", "content": "4"}],
        [{"content": "no role"}],
        [{"role": "assistant", "content": None}],
        [],
    ],
    ids=repr,
)
def test_a_message_without_text_says_nothing(completion: Any) -> None:
    functions = reward_funcs(BoxedCorrectness())
    assert functions[0](completions=[completion], solution=["4"]) == [0.0]


def added(sets: list[RewardFunctions]) -> list[Any]:
    return functools.reduce(operator.add, sets)


LENGTHS = (0.5 * BoxedCorrectness().named("correctness")) + NgramRepetition(n=2).named("repetition")


@pytest.mark.parametrize(
    ("sets", "names"),
    [
        ((("r1-zero", {}), ("gsm8k-three-part", {})), 5),
        ((("r1-zero", {}), ("dapo", {})), 5),
        (((TREE, {}), (LENGTHS, {})), 4),
        ((("boxed", {}), ("boxed", {"gold": "key"}), ("boxed", {"gold": "other"})), 3),
    ],
)
@pytest.mark.parametrize("joined", [itertools.chain.from_iterable, added])
def test_recipes_of_one_run_have_names_of_their_own(
    sets: Any, names: int, joined: Callable[[Any], Any]
) -> None:
    made = [reward_funcs(recipe, **options) for recipe, options in sets]
    found = [function.__name__ for function in joined(made)]
    assert len(found) == len(set(found)) == names


def test_recipe_that_is_alone_has_the_plain_names() -> None:
    ours, theirs = reward_funcs(TREE), reward_funcs(LENGTHS)
    names = [function.__name__ for function in [*ours, *theirs]]
    assert names == ["custom/correctness", "format", "custom-2/correctness", "repetition"]
    call(theirs, [RIGHT], solution=["4"])
    assert [function.__name__ for function in theirs] == ["custom-2/correctness", "repetition"]  # settled
    del ours
    assert [function.__name__ for function in reward_funcs(TREE)] == ["correctness", "format"]


def test_components_and_verdicts_of_two_recipes_are_logged_apart() -> None:
    """TRL averages metrics of one name, and keeps columns of one name only once."""
    boxes = 0.5 * HasBox().named("correctness") + NgramRepetition(n=2)
    shorter = (BoxedCorrectness() + ThinkFormat().named("format")).clip(0, 1)
    functions = reward_funcs(boxes) + reward_funcs("r1-zero") + reward_funcs(shorter)
    metrics: list[str] = []
    extra: dict[str, list[object]] = {}

    def log_extra(column: str, values: list[object]) -> None:
        assert column not in extra
        extra[column] = values

    columns = {"log_metric": lambda name, _: metrics.append(name), "log_extra": log_extra}
    for function in functions:
        function(completions=[RIGHT, WRONG], solution=["4", "4"], **columns)
    assert len(metrics) == len(set(metrics))
    assert extra["custom/correctness"] == [1.0, 1.0]
    assert extra["r1-zero/correctness"] == [1.0, 0.0]
    assert extra["ngram_repetition"] == [0.0, 0.0]
    assert extra["r1-zero/verdict"] == extra["custom-2/verdict"] == ["CORRECT", "INCORRECT"]
    assert extra["r1-zero/format"] == extra["custom/format"] == [1.0, 0.0]
    assert extra["ground_truth"] == [["4"], ["4"]]
    assert extra["think_prefilled"] == [False, False]
    assert {"components/custom/correctness", "components/r1-zero/correctness"} <= set(metrics)
    assert {"verdicts/r1-zero/correct", "verdicts/custom-2/correct"} <= set(metrics)
    names = [function.__name__ for function in functions]
    assert names[:3] == ["custom/correctness", "ngram_repetition", "r1-zero/correctness"]  # settled


def test_terms_of_one_label_have_names_of_their_own() -> None:
    tree = Constant(value=1.0) + ThinkFormat() + Constant(value=-2.0) + 2.0 * ThinkFormat()
    functions = reward_funcs(tree)
    assert [function.__name__ for function in functions] == [
        "constant",
        "think_format",
        "constant-2",
        "think_format-2",
    ]
    values = call(functions, [RIGHT, WRONG])
    totals = [
        sum(w * v for w, v in zip(functions.weights, row, strict=True))
        for row in zip(*values.values(), strict=True)
    ]
    assert (
        totals == LocalScorer(tree).score([Rollout(completion=one) for one in (RIGHT, WRONG)]).totals.tolist()
    )


def length(completions: list[str], **_: object) -> list[float]:
    return [float(len(one)) for one in completions]


OWN, REWARD_MODEL = [length], ["some/reward-model"]


def test_weights_stay_in_sums_slices_and_copies() -> None:
    ours, theirs = reward_funcs(TREE), reward_funcs(LENGTHS)
    assert (ours + theirs).weights == [2.0, 1.0, 0.5, 1.0]
    assert (ours + OWN).weights == [2.0, 1.0, 1.0]
    assert (OWN + ours).weights == [1.0, 2.0, 1.0]
    assert ours[1:].weights == [1.0]
    assert ours[::-1].weights == [1.0, 2.0]
    assert ours.copy().weights == copy.copy(ours).weights == copy.deepcopy(ours).weights == [2.0, 1.0]
    both = ours
    both += theirs
    assert both.weights == [2.0, 1.0, 0.5, 1.0]
    assert pickle.loads(pickle.dumps(both)).weights == both.weights  # noqa: S301  # our own bytes
    with pytest.raises(InvalidCallError, match="of 2 recipes"):
        both.scorer  # noqa: B018  # it raises


async def awaited_length(completions: list[str], **_: object) -> list[float]:
    return length(completions)


@pytest.mark.parametrize("own", [[length], [functools.partial(length, other=1)], [awaited_length]])
@pytest.mark.parametrize("gold", [r"\frac{", None, ""])
def test_functions_that_are_added_leave_out_what_a_recipe_did_not_judge(own: Any, gold: object) -> None:
    functions = reward_funcs(TREE) + own
    completions = [RIGHT, RIGHT, WRONG]
    columns: Any = {"completions": completions, "solution": ["4", gold, "4"]}
    found = [function(**columns) for function in functions]
    found[-1] = asyncio.run(found[-1]) if asyncio.iscoroutine(found[-1]) else found[-1]
    assert found == [[1.0, None, 0.0], [1.0, None, 0.0], [float(len(RIGHT)), None, float(len(WRONG))]]
    assert functions[-1].__name__ == getattr(own[0], "func", own[0]).__name__


def test_rows_are_left_out_by_every_recipe_of_a_sum() -> None:
    functions = reward_funcs(TREE, gold="one") + reward_funcs(LENGTHS, gold="two")
    values = call(functions, [RIGHT, RIGHT, RIGHT], one=["4", None, "4"], two=["4", "4", r"\frac{"])
    assert [[value is None for value in column] for column in values.values()] == [[False, True, True]] * 4


def test_row_with_a_chosen_value_is_not_left_out() -> None:
    functions = reward_funcs(TREE, unjudged=-1.0) + OWN
    assert list(call(functions, [RIGHT], solution=[None]).values()) == [[-1.0], [float(len(RIGHT))]]


def test_a_reward_model_cannot_be_added() -> None:
    with pytest.raises(InvalidParameterError, match="wrap it in a function"):
        reward_funcs(TREE) + REWARD_MODEL


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"data_source": ["gsm8k", "math", "gsm8k"]}, {"gsm8k": 0.5, "math": 1.0}),
        ({"task": ["a", "", None]}, {"a": 1.0}),
        ({"origin": [1, 2, 2], "task": ["x"] * 3}, {"1": 1.0, "2": 0.5}),
    ],
)
def test_components_are_logged_by_data_source(columns: Any, expected: dict[str, float]) -> None:
    log = Log()
    functions = reward_funcs(TREE, source="origin" if "origin" in columns else None)
    call(functions, [RIGHT, RIGHT, WRONG], solution=["4"] * 3, **columns, **log.columns())
    prefix = "components/correctness/"
    found = {
        name.removeprefix(prefix): value for name, value in log.metrics.items() if name.startswith(prefix)
    }
    assert found == expected


RAMPED = BoxedCorrectness().named("correctness") + Ramp(
    start=0.0, end=1.0, steps=(10, 20), reward=ThinkFormat().named("format")
)


@pytest.mark.parametrize(("step", "weight"), [(0, 0.0), (10, 0.0), (15, 0.5), (20, 1.0), (99, 1.0)])
def test_weights_that_change_are_those_of_the_trainers_step(step: int, weight: float) -> None:
    functions = reward_funcs(RAMPED)
    values = call(functions, [RIGHT], solution=["4"], trainer_state=types.SimpleNamespace(global_step=step))
    assert values == {"correctness": [1.0], "format": [weight]}
    assert functions.weights == [1.0, 1.0]
    assert functions.last.totals.tolist() == [1.0 + weight]
    assert functions.scorer.summary.digest == Recipe.of(RAMPED).at_step(step).digest


def test_weights_that_change_deep_in_a_tree_make_one_function() -> None:
    (function,) = functions = reward_funcs(RAMPED.clip(0, 9) + ThinkFormat())
    state = types.SimpleNamespace(global_step=15)
    assert function(completions=[RIGHT], solution=["4"], trainer_state=state) == [2.5]
    assert functions.weights == [1.0]


def test_weights_that_change_need_a_step() -> None:
    with pytest.raises(InvalidCallError, match="no trainer_state"):
        call(reward_funcs(RAMPED), [RIGHT], solution=["4"])
    with pytest.raises(InvalidParameterError, match="does not say at which step"):
        reward_funcs(RAMPED, weigh=True)
    with pytest.raises(InvalidParameterError, match="inline"):
        reward_funcs(RAMPED, server="127.0.0.1:1")
