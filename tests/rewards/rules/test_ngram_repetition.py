from __future__ import annotations

import base64
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Context, NgramRepetition, Rollout
from rewards.errors import InvalidParameterError, MissingFieldError
from rewards.rollout import Batch


def plain(words: list[object], n: int) -> tuple[int, int]:
    """The definition: how many n-grams there are, and how many different ones."""
    grams = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    return len(grams), len(set(grams))


def value(reward: NgramRepetition, text: str) -> float:
    return float(reward([Rollout(completion=text)])[0])


words = st.lists(st.sampled_from(["a", "b", "A", "so", "So,", "it", "is"]), max_size=60).map(" ".join)


@given(words | st.text(alphabet=st.characters(max_codepoint=0x24F)), st.integers(1, 8), st.booleans())
def test_ngram_repetition_graded_is_the_plain_definition(text: str, n: int, lowercase: bool) -> None:  # noqa: FBT001
    total, unique = plain((text.lower() if lowercase else text).split(), n)
    expected = -0.7 * (1 - unique / total) if total else 0.0
    found = value(NgramRepetition(n=n, max_penalty=-0.7, lowercase=lowercase), text)
    assert found == expected
    assert not (found == 0 and math.copysign(1, found) < 0)


@given(words, st.integers(1, 8))
def test_ngram_repetition_tiered_is_the_plain_definition(text: str, n: int) -> None:
    total, unique = plain(text.split(), n)
    share = (total - unique) / total if total else 0.0
    expected = 0.0 if len(text.split()) < 20 else -1.0 if share > 0.2 else -0.2 if share > 0.05 else 0.0
    assert value(NgramRepetition(n=n, mode="tiered", min_units=20, lowercase=False), text) == expected


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 8))
def test_ngram_repetition_over_tokens_is_the_plain_definition(ids: list[int], n: int) -> None:
    total, unique = plain(ids, n)
    expected = -(1 - unique / total) if total else 0.0
    reward = NgramRepetition(n=n, unit="tokens")
    assert reward([Rollout(completion="as it may be", completion_ids=ids)]).tolist() == [expected]


DISTINCT = " ".join(map(str, range(60)))
TIERED = {
    "empty": ("", 0.0),
    "49 words of repetition": ("so " * 49, 0.0),
    "50 words of repetition": ("so " * 50, -1.0),
    "60 different words": (DISTINCT, 0.0),
    "a little": (DISTINCT + " " + " ".join(map(str, range(8))), -0.2),
    "a lot": (DISTINCT + " " + DISTINCT, -1.0),
}


@pytest.mark.parametrize(("text", "expected"), TIERED.values(), ids=TIERED)
def test_ngram_repetition_has_these_tiers(text: str, expected: float) -> None:
    assert value(NgramRepetition(n=5, mode="tiered"), text) == expected


def test_ngram_repetition_begins_a_tier_above_its_share() -> None:
    reward = NgramRepetition(n=1, mode="tiered", tiers=((0.5, -1.0), (0.25, -0.5)), min_units=0)
    assert value(reward, "a a") == -0.5
    assert value(reward, "a a a") == -1.0
    assert value(reward, "a a b c") == 0.0


def test_ngram_repetition_cuts_text_without_spaces_by_character() -> None:
    once, twice = "先算出每箱的数量再乘以箱数", "先算出每箱的数量再乘以箱数" * 2
    assert value(NgramRepetition(n=3), once) == 0.0
    assert value(NgramRepetition(n=3), twice) == -(1 - 13 / 21)
    assert value(NgramRepetition(n=3, unspaced_n=13), twice) == -(1 - 13 / 14)
    long = NgramRepetition(n=3, mode="tiered")
    assert value(long, twice * 3) == 0.0  # 78 characters; the least is twice 50
    assert value(long, twice * 4) == -1.0
    own = NgramRepetition(n=3, mode="tiered", unspaced_min_units=0, unspaced_tiers=((0.1, -0.25),))
    assert value(own, twice) == -0.25
    assert value(own, "so it is " * 2) == 0.0  # words go by the other thresholds


def test_ngram_repetition_goes_by_what_most_units_are() -> None:
    reward = NgramRepetition(n=1, unspaced_n=2)
    assert value(reward, "a a 是是") == -(1 - 2 / 4)
    assert value(reward, "a 是是") == -(1 - 2 / 2) + 0.0


def test_ngram_repetition_gives_spans_and_shares_as_evidence() -> None:
    text = "One two three. one TWO three. Five six one two"
    evaluation = Context().evaluate(
        NgramRepetition(n=2), Batch([Rollout(completion=text), Rollout(completion="")])
    )
    assert [text[span.start : span.end] for span in evaluation.spans[0]] == ["one TWO three.", "one two"]
    assert list(evaluation.parts["repeated"]) == [3 / 9, 0.0]
    assert list(evaluation.spans[1]) == []


def test_ngram_repetition_bounds_its_spans() -> None:
    text = " ".join(f"again {number}" for number in range(1000))
    evaluation = Context().evaluate(NgramRepetition(n=1), Batch([Rollout(completion=text)]))
    assert len(evaluation.spans[0]) == 32
    assert {text[span.start : span.end] for span in evaluation.spans[0]} == {"again"}


def test_ngram_repetition_shares_the_words_of_a_batch_with_another() -> None:
    batch = Batch([Rollout(completion="a b a b")])
    assert (NgramRepetition(n=1) + NgramRepetition(n=2))(batch).tolist() == [-0.5 - (1 - 2 / 3)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0},
        {"n": 2.0},
        {"n": 2, "max_penalty": 0.1},
        {"n": 2, "max_penalty": math.nan},
        {"n": 2, "mode": "steep"},
        {"n": 2, "unit": "letters"},
        {"n": 2, "tiers": ((0.1, -1.0), (0.2, -0.5))},
        {"n": 2, "tiers": ((0.1, 1.0),)},
        {"n": 2, "tiers": (0.1, -1.0)},
        {"n": 2, "unspaced_tiers": ((math.nan, -1.0),)},
        {"n": 2, "min_units": -1},
        {"n": 2, "unspaced_n": 0},
        {"n": 2, "unspaced_min_units": 1.5},
    ],
)
def test_ngram_repetition_refuses_parameters_outside_their_domain(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError):
        NgramRepetition(**wrong)


def test_ngram_repetition_takes_tiers_as_lists() -> None:
    assert NgramRepetition(n=2, tiers=[[0.2, -1]]) == NgramRepetition(n=2, tiers=((0.2, -1.0),))


def test_ngram_repetition_over_tokens_needs_their_ids() -> None:
    with pytest.raises(MissingFieldError, match="completion_ids"):
        NgramRepetition(n=2, unit="tokens")([Rollout(completion="a", logprobs=np.zeros(1))])


@pytest.mark.parametrize(
    "unit", ["!", '"', "0", "wait,", "안녕하세요", "😀", "x=x+1;", "ㅋ", "<b>", "так,", "ha", "-->", "İ"]
)
def test_runs_without_spaces_that_repeat_themselves_are_repetition(unit: str) -> None:
    rollouts = [Rollout(completion=text) for text in (unit * 600, f"so we get {unit * 600}", unit * 3)]
    graded = NgramRepetition(n=3)(rollouts)
    assert (graded[:2] < -0.9).all()
    assert graded[2] == 0
    assert NgramRepetition(n=5, mode="tiered")(rollouts).tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    "run",
    [
        base64.b64encode(bytes(range(256)) * 1).decode(),
        "".join(str(value) for value in range(100, 400)),
        "https://example.org/?" + "&".join(f"key{value}={value * value * 7919}" for value in range(40)),
        "+".join(rf"\frac{{{value}}}{{{value * value + 1}}}" for value in range(1, 40)),
    ],
)
def test_long_runs_that_do_not_repeat_themselves_stay_one_word(run: str) -> None:
    assert len(run) >= 256
    assert NgramRepetition(n=1)([Rollout(completion=f"so {run} is it")]).tolist() == [0]
