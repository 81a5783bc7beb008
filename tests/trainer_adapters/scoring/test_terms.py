"""The terms of a weighted sum, each a function of a trainer."""

from __future__ import annotations

from rewards import BoxedCorrectness, Constant, ThinkFormat
from trainer_adapters.trl import reward_funcs

TREE = 2.0 * BoxedCorrectness().named("correctness") + ThinkFormat().named("format")


def test_a_weighted_sum_becomes_one_named_function_per_term() -> None:
    functions = reward_funcs(TREE)
    assert [function.__name__ for function in functions] == ["correctness", "format"]
    assert functions.weights == [2.0, 1.0]
    completions = [r"<think>2 + 2</think> \boxed{4}", r"\boxed{5}"]
    values = [function(completions=completions, solution=["4", "4"]) for function in functions]
    assert values == [[1.0, 0.0], [1.0, 0.0]]


def test_a_constant_term_is_a_function_of_its_own() -> None:
    functions = reward_funcs(Constant(value=1.0) + ThinkFormat())
    values = {function.__name__: function(completions=["none"]) for function in functions}
    assert values["constant"] == [1.0]
