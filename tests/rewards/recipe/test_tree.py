"""Trees of rewards as plain data, and mistakes told with their place."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_rewards import SHIPPED

from rewards import (
    BoxedCorrectness,
    Clip,
    Constant,
    CosineLength,
    HasBox,
    LanguageMixing,
    LogprobModulation,
    Named,
    NgramRepetition,
    Product,
    ProperEnding,
    Recipe,
    Reward,
    Scale,
    SoftOverlong,
    Status,
    Sum,
    Switch,
    ThinkFormat,
    Tiered,
    When,
)
from rewards.errors import RecipeError
from rewards.recipe.file import dumps, loads

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-100, 100)


penalties = st.floats(-10, 0)


texts = st.text(max_size=6) | st.sampled_from(
    ["no", "1e-3", "null", "true", "<<", "=", "0x1F", "~", "- a", "#"]
)


words = texts.filter(str.strip)


names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True) | st.sampled_from(
    ["no", "true", "_1", "ñ", "null"]
)


tiers = st.lists(st.floats(0, 1), unique=True, max_size=3).flatmap(
    lambda shares: st.tuples(
        *(st.tuples(st.just(share), penalties) for share in sorted(shares, reverse=True))
    )
)


leaves: SearchStrategy[Reward] = st.one_of(
    st.sampled_from([*SHIPPED.values()]),
    st.builds(Constant, value=numbers),
    st.builds(HasBox, inside_think=st.booleans()),
    st.builds(ThinkFormat, mode=st.sampled_from(["strict", "graded"]), tags=numbers),
    st.builds(
        NgramRepetition,
        n=st.integers(1, 50),
        mode=st.sampled_from(["graded", "tiered"]),
        unit=st.sampled_from(["words", "tokens"]),
        max_penalty=penalties,
        tiers=tiers,
        min_units=st.none() | st.integers(0, 99),
        unspaced_tiers=st.none() | tiers,
    ),
    st.builds(SoftOverlong, max_length=st.none() | st.integers(100, 10**6), cache=st.integers(1, 100)),
    st.builds(
        LanguageMixing, target=st.sampled_from(["en", "zh", "no", "fr"]).filter(lambda code: code != "no")
    ),
    st.builds(
        BoxedCorrectness,
        introductions=st.lists(words, max_size=3).map(tuple),
        inside_think=st.booleans(),
        extraction=st.sampled_from(["boxed", "boxed_or_stated"]),
        values=st.dictionaries(st.sampled_from([str(status) for status in Status]), numbers).map(
            lambda values: tuple(values.items())
        ),
    ),
)


def composed(nodes: SearchStrategy[Reward]) -> SearchStrategy[Reward]:
    some = st.lists(nodes, min_size=1, max_size=3).map(tuple)
    bounds = st.tuples(numbers, numbers).map(sorted)
    return st.one_of(
        st.builds(Sum, terms=some),
        st.builds(Product, factors=some),
        st.builds(Scale, weight=numbers, reward=nodes),
        st.builds(Named, name=names, reward=nodes),
        st.builds(When, reward=nodes, condition=nodes, otherwise=numbers),
        st.builds(lambda node, pair: Clip(reward=node, low=pair[0], high=pair[1]), nodes, bounds),
        st.builds(
            Tiered,
            tiers=st.lists(st.tuples(nodes, numbers), min_size=1, max_size=3).map(tuple),
            otherwise=numbers,
        ),
        st.builds(
            Switch,
            key=texts,
            cases=st.dictionaries(texts, nodes, min_size=1, max_size=3).map(
                lambda cases: tuple(cases.items())
            ),
            default=st.none() | nodes,
        ),
        st.builds(LogprobModulation, reward=nodes, temperature=st.floats(0.01, 100)),
        st.builds(CosineLength, correctness=nodes, right_short=numbers, cap=st.none() | numbers),
        st.builds(ProperEnding, correctness=nodes, end_tokens=st.lists(words, max_size=3).map(tuple)),
    )


recipes = st.builds(
    Recipe,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True),
    version=st.integers(1, 99),
    description=st.text(max_size=40),
    reward=st.recursive(leaves, composed, max_leaves=10),
)


@settings(max_examples=100, deadline=None)
@given(recipes)
def test_any_tree_comes_back_as_it_was(recipe: Recipe) -> None:
    again = loads(dumps(recipe))
    assert again == recipe
    assert again.description == recipe.description
    assert again.digest == recipe.digest


def test_to_plain_writes_every_parameter_down() -> None:
    written = yaml.safe_load(dumps(Recipe.of(SoftOverlong())))
    assert written["reward"] == {"soft_overlong": {"max_length": None, "cache": 4096}}


def tree_of(yaml_text: str) -> Reward:
    return loads(f"name: x\nreward:\n  {yaml_text}\n").reward


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1", Constant(value=1.0)),
        ("-2.5e-3", Constant(value=-0.0025)),
        ("1e-3", Constant(value=0.001)),
        ("{constant: 1, name: one}", Constant(value=1.0).named("one")),
        ("{has_box: {}, weight: 2}", 2.0 * HasBox()),
        ("{has_box: {}, weight: 2, name: a}", 2.0 * HasBox().named("a")),
        ("{weight: 2, name: a, has_box: {}}", 2.0 * HasBox().named("a")),
        (
            "{named: {name: a, reward: {scale: {weight: 2, reward: {has_box: {}}}}}}",
            (2.0 * HasBox()).named("a"),
        ),
        (
            "{scale: {weight: 2, reward: 1}, name: a, weight: 3}",
            3.0 * Scale(weight=2, reward=Constant(value=1)).named("a"),
        ),
        ("{sum: [{has_box: {}}, -1]}", HasBox() - 1.0),
        ("{product: [{has_box: {}}, {think_format: {}}]}", HasBox() * ThinkFormat()),
        ("{when: {reward: 1, condition: {has_box: {}}}}", Constant(value=1).when(HasBox())),
        ("{clip: {reward: {has_box: {}}, low: 0, high: 0.5}}", HasBox().clip(0, 0.5)),
        ("{tiered: {tiers: [{if: {has_box: {}}, then: 1}]}}", Tiered(tiers=((HasBox(), 1.0),))),
        (
            "{switch: {key: k, cases: {a: 1, b: {has_box: {}}}, default: 0}}",
            Switch(key="k", cases=(("a", Constant(value=1)), ("b", HasBox())), default=Constant(value=0)),
        ),
        (
            "{boxed_correctness: {introductions: ['A:'], policy: {}, values: [[TIMEOUT, -1]]}}",
            BoxedCorrectness(introductions=("A:",), values=(("TIMEOUT", -1.0),)),
        ),
        (
            "{ngram_repetition: {n: 5, mode: tiered, tiers: [[0.5, -1]]}}",
            NgramRepetition(n=5, mode="tiered", tiers=((0.5, -1.0),)),
        ),
    ],
)
def test_from_plain_reads_what_is_meant(written: str, meant: Reward) -> None:
    assert tree_of(written) == meant


MISTAKES = {
    "no kind": ("{}", "reward: a reward has exactly one kind", "it has none"),
    "only a name": ("{name: a}", "reward: a reward has exactly one kind", "it has none"),
    "two kinds": ("{has_box: {}, think_format: {}}", "it has 'has_box' and 'think_format'"),
    "a word": ("has_box", "reward: a reward is a number or a mapping with one kind, not 'has_box'"),
    "a list": ("[1, 2]", "reward: a reward is a number or a mapping"),
    "true": ("true", "reward: a reward is a number or a mapping with one kind, not True"),
    "nothing": ("", "reward: a reward is a number or a mapping with one kind, not None"),
    "unknown kind": ("{think_fromat: {}}", "'think_fromat' is no kind", "did you mean 'think_format'?"),
    "unknown kind far away": ("{xyzzy: {}}", "'xyzzy' is no kind", "boxed_correctness, clip"),
    "unknown key": (
        "{sum: [1, {think_format: {mod: strict}}]}",
        "reward.sum[1].think_format.mod: no parameter of think_format (did you mean 'mode'?)",
    ),
    "unknown key without any": ("{has_box: {x: 1}}", "reward.has_box.x: no parameter of has_box"),
    "key of a nested parameter": (
        "{boxed_correctness: {policy: {tolerence: 1}}}",
        "reward.boxed_correctness.policy.tolerence: no parameter of Policy (did you mean 'tolerance'?)",
    ),
    "misspelt key that is required": (
        "{logprob_modulation: {rewrad: 1}}",
        "reward.logprob_modulation.rewrad: no parameter of logprob_modulation (did you mean 'reward'?)",
    ),
    "missing key": ("{ngram_repetition: {}}", "reward.ngram_repetition.n: missing"),
    "unknown choice": (
        "{think_format: {mode: strct}}",
        "reward.think_format.mode: should be 'strict' or 'graded', not 'strct' (did you mean 'strict'?)",
    ),
    "a string for a number": ("{ngram_repetition: {n: '5'}}", "reward.ngram_repetition.n", "not '5'"),
    "a fraction for a count": ("{ngram_repetition: {n: 5.5}}", "reward.ngram_repetition.n", "not 5.5"),
    "true for a count": ("{ngram_repetition: {n: true}}", "reward.ngram_repetition.n", "not True"),
    "true for a number": ("{has_box: {}, weight: true}", "reward.weight", "not True"),
    "a number for true": ("{has_box: {inside_think: 1}}", "reward.has_box.inside_think", "not 1"),
    "a number for a string": ("{language_mixing: {target: 5}}", "reward.language_mixing.target", "not 5"),
    "a string for a list": ("{boxed_correctness: {introductions: A}}", "introductions: should be a list"),
    "a number in a list of strings": ("{boxed_correctness: {introductions: [A, 1]}}", "introductions[1]"),
    "no parameters at all": ("{has_box: }", "reward.has_box: should be a mapping, {} where nothing"),
    "a list of parameters": ("{has_box: [1]}", "reward.has_box: should be a mapping"),
    "a mapping for a sum": ("{sum: {terms: [1]}}", "reward.sum: should be a valid list"),
    "an empty sum": ("{sum: []}", "reward.sum: a sum needs at least one term"),
    "deep inside": (
        "{switch: {key: k, cases: {a: {when: {reward: {clip: {reward: 1, low: a, high: 2}}}}}}}",
        "reward.switch.cases.a.when.reward.clip.low: should be a valid number, not 'a'",
    ),
    "in a tier": ("{tiered: {tiers: [{if: 1, then: 1}, {if: 1, than: 1}]}}", "tiers[1].than", "mean 'then'?"),
    "a tier without a value": ("{tiered: {tiers: [{if: 1}]}}", "reward.tiered.tiers[0].then: missing"),
    "a case that is no reward": ("{switch: {key: k, cases: {a: b}}}", "reward.switch.cases.a: a reward is"),
    "a name of two words": ("{has_box: {}, name: a b}", "reward: a component is named 'a b'"),
    "a number for a name": ("{has_box: {}, name: 1}", "reward.name: should be a valid string, not 1"),
    "temperature 0": (
        "{logprob_modulation: {reward: 1, temperature: 0}}",
        "reward.logprob_modulation: temperature is 0.0; it must be above 0",
    ),
    "NaN": ("{logprob_modulation: {reward: 1, temperature: .nan}}", "temperature is nan"),
    "infinity": ("{has_box: {}, weight: -.inf}", "weight is -inf; it must be a finite number"),
    "infinity by overflow": ("1e999", "reward: value is inf"),
    "NaN as a reward": (".nan", "reward: value is nan"),
    "low above high": ("{clip: {reward: 1, low: 2, high: 1}}", "reward.clip: low is 2.0 and high is 1.0"),
    "cache above length": ("{soft_overlong: {max_length: 10}}", "cache is 4096"),
    "an unknown status": ("{boxed_correctness: {values: [[WRONG, 1]]}}", "'WRONG' is no status"),
    "a rule of 1.1": ("{has_box: {inside_think: yes}}", "inside_think", "not 'yes'"),
    "octal": ("0o17", "not '0o17'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_from_plain_says_where_a_mistake_is(case: str) -> None:
    written, *told = MISTAKES[case]
    with pytest.raises(RecipeError) as raised:
        loads(f"name: x\nreward:\n  {written}\n", source="mine.yaml")
    assert str(raised.value).startswith("mine.yaml: ")
    for part in told:
        assert part in str(raised.value)


class _Local:
    """Something that nobody could import."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Holding(HasBox):
    thing: object


def test_to_plain_refuses_a_tree_too_deep_to_read() -> None:
    tree: Reward = HasBox()
    for _ in range(200):
        tree = tree.clip(0, 1)
    with pytest.raises(RecipeError, match="cannot be written down"):
        dumps(Recipe.of(tree))


def test_to_plain_refuses_a_parameter_that_is_no_data() -> None:
    with pytest.raises(RecipeError, match="cannot be written"):
        dumps(Recipe.of(_Holding(thing=_Local())))
