"""Properties of the comparison over generated and over real answers."""

# ruff: noqa: S311 - a seed, so that every run draws the same

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.answers.comparing.compare import check_gold, compare, trace
from rewards.answers.comparing.equality import AnswerComparison
from rewards.answers.question import EXACT
from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree.syntax import Node
from rewards.answers.values import symbols
from rewards.verdict import Status, Verdict

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("TOUCHSTONE_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here; set TOUCHSTONE_DATA")

FRAGMENTS = st.one_of(
    st.sampled_from("0123456789xyznabeif+-*/^_!%'|:,;.=<>()[]{}$&\" ½²√π∞≤∈或"),
    st.sampled_from(
        [r"\frac", r"\sqrt", r"\left", r"\right", r"\{", r"\}", r"\pm", r"\le", r"\in", r"\cup", r"\infty"]
    ),
    st.sampled_from(
        [r"\pi", r"\text{", r"\text{or}", r"\circ", r"\ldots", r"\mathbb{R}", r"\vec", r"\overline{", r"\\"]
    ),
    st.sampled_from(
        [r"\begin{pmatrix}", r"\end{pmatrix}", r"\int", r"\sum_{", "dx", r"\lim_{x\to", r"\log_", r"\binom"]
    ),
    st.sampled_from(
        [r"\pmod", r"\lfloor", "or", "and", "cm", "miles", "where", "sin", "根号", "1/0", "10^{", "9^9^9"]
    ),
)
MESSES = st.lists(FRAGMENTS, max_size=25).map("".join)

NUMBERS = st.integers(-50, 50).map(str)
LEAVES = st.one_of(NUMBERS, st.sampled_from(["x", "y", r"\pi", "n", r"\sqrt{2}"]))
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(r"\frac{{{}}}{{{}}}".format, inner, inner),
        st.builds("({}+({}))".format, inner, inner),
        st.builds("({})({})".format, inner, inner),
        st.builds("({})^2".format, inner),
        st.builds(r"\sqrt{{{}}}".format, inner),
    ),
    max_leaves=6,
)
STRUCTURES = st.one_of(
    EXPRESSIONS,
    st.builds("({},{})".format, EXPRESSIONS, EXPRESSIONS),
    st.builds(r"\{{{},{}\}}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("[{},{})".format, NUMBERS, NUMBERS),
    st.builds("x < {}".format, NUMBERS),
    st.builds("x = {}".format, EXPRESSIONS),
    st.builds("{}, {}".format, EXPRESSIONS, EXPRESSIONS),
)


def golds(name: str, count: int) -> list[str]:
    lines = (DATA / f"gold_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    distinct = sorted({json.loads(line)["gold"] for line in lines})
    return random.Random(name).sample(distinct, min(count, len(distinct)))


@given(MESSES, MESSES)
@settings(max_examples=400, deadline=None)
def test_any_two_texts_have_a_verdict(answer: str, gold: str) -> None:
    decision = compare(answer, gold)
    assert decision is None or isinstance(decision, Verdict)
    assert trace(answer, gold)


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_unicode_has_a_verdict(answer: str, gold: str) -> None:
    decision = compare(answer, gold)
    assert decision is None or isinstance(decision, Verdict)


@given(STRUCTURES, STRUCTURES)
@settings(max_examples=200, deadline=None)
def test_the_exact_policy_is_symmetric(one: str, other: str) -> None:
    there, back = compare(one, other, EXACT), compare(other, one, EXACT)
    assert (there and there.status is Status.CORRECT) == (back and back.status is Status.CORRECT)


@given(STRUCTURES)
@settings(max_examples=200, deadline=None)
def test_any_expression_equals_itself_however_it_is_spaced(text: str) -> None:
    assert not isinstance(read(text), Unread)
    for restyled in (f"${text}$", f" {text} .", text.replace(r"\frac", r"\dfrac"), f"\\left.{text}\\right."):
        decision = compare(restyled, text)
        assert decision is not None
        assert decision.status is Status.CORRECT


@given(STRUCTURES, st.sampled_from([" is wrong", " or 1000003", ", 17", " 17", "?", r"\text{ maybe}"]))
@settings(max_examples=200, deadline=None)
def test_an_addition_is_never_dropped(text: str, addition: str) -> None:
    decision = compare(text + addition, text)
    assert decision is not None
    assert decision.status is not Status.CORRECT


@needs_data
@pytest.mark.parametrize("name", ["gsm8k_test", "math_test", "deepscaler_10k", "bigmath", "theoremqa"])
def test_real_golds_agree_with_themselves(name: str) -> None:
    sample = golds(name, 400)
    lost = [gold for gold in sample if compare(f" {gold} ", gold).status is not Status.CORRECT]  # type: ignore[union-attr]
    assert len(lost) <= 0.005 * len(sample), lost


@needs_data
@pytest.mark.parametrize(("name", "share"), [("gsm8k_test", 0.0), ("math_test", 0.01), ("bigmath", 0.05)])
def test_real_golds_can_be_judged(name: str, share: float) -> None:
    sample = golds(name, 400)
    broken = {gold: reason for gold in sample if (reason := check_gold(gold))}
    assert len(broken) <= share * len(sample), broken


SETS_OF_GOLDS = ("gsm8k_test", "math_test", "deepscaler_10k", "bigmath", "theoremqa")


def neighbours(count: int) -> list[tuple[str, str]]:
    """Golds beside golds of the same signs and a like length, which may well be equal."""

    def shape(gold: str) -> tuple[list[str], int, str]:
        text = "".join(gold.split())
        return sorted({sign for sign in text if not sign.isdigit()}), len(text), text

    every = {gold for name in SETS_OF_GOLDS for gold in golds(name, count)}
    found = sorted((gold for gold in every if gold.count("{") == gold.count("}")), key=shape)  # none to mend
    return [pair for step in range(1, 6) for pair in zip(found, found[step:], strict=False)]


def assert_symmetric(pairs: list[tuple[str, str]]) -> None:
    one_way = []
    for one, other in pairs:
        there, back = compare(one, other, EXACT), compare(other, one, EXACT)
        statuses = {there and there.status, back and back.status}
        if (
            Status.UNPARSEABLE_GOLD not in statuses
            and len({status is Status.CORRECT for status in statuses}) > 1
        ):
            one_way.append((one, other))
    assert not one_way


@needs_data
def test_the_exact_policy_is_symmetric_on_real_golds() -> None:
    pairs = neighbours(200)
    assert len(pairs) > 2_000
    assert_symmetric(pairs)


@needs_data
@pytest.mark.slow
def test_the_exact_policy_is_symmetric_on_all_real_golds() -> None:
    pairs = neighbours(100_000)
    assert len(pairs) > 40_000
    assert_symmetric(pairs)


@needs_data
def test_real_golds_equal_themselves_under_the_exact_policy() -> None:
    lost = []
    for gold in golds("bigmath", 400) + golds("deepscaler_10k", 400):
        tree = read(gold)
        if isinstance(tree, Node) and AnswerComparison(EXACT, symbols).same(tree, tree) is False:
            lost.append(gold)
    assert not lost


@needs_data
def test_mutated_real_answers_have_a_verdict() -> None:
    chance = random.Random(7)
    sample = golds("bigmath", 300) + golds("math_test", 300)
    for gold in sample:
        characters = list(chance.choice(sample))
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(characters) + 1)
            characters[place:place] = chance.choice(
                ["{", "}", "\\", "^", "|", ",", "(", r"\frac", "9" * 30, " or "]
            )
        decision = compare("".join(characters), gold)
        assert decision is None or isinstance(decision, Verdict)
