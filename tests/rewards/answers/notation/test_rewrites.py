"""Rewrites of the text of an answer, and their wrong twins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_tables import Table, decided, rows

from rewards.answers.notation.rewrites import (
    GLUED,
    REWRITES,
    SECOND_READINGS,
    Rewrite,
    SecondReading,
    Side,
    mended_gold,
    read_otherwise,
    rewrite_steps,
    rewritten,
)
from rewards.answers.reading.tokens import tokenize
from rewards.verdict import Status

EQUAL: Table = {
    "marks around the answer": [
        ("73", ["**73**", "__73__", "*73*", "_73_", "`73`", " **73** ", "<b>73</b>", "<strong>73</strong>"]),
        ("x_1+y_1", ["**x_1+y_1**", "__x_1 + y_1__", "`x_1+y_1`"]),
        ("2x", ['"2x"', "“2x”", "'2x'", "‘2x’", "«2x»", "「2x」"]),
        ("ABD", ['"ABD"']),
    ],
    "signs before the answer": [
        ("x=5", [r"\therefore x=5", "∴ x = 5", r"\implies x=5", r"\Rightarrow 5", r"$\therefore x=5$"]),
        ("5", ["=> 5"]),
        (r"\approx 24.33", ["24.33"]),
        ("≈ 3.1", ["3.1"]),
        ("= 2x", ["2x", "=2x"]),
    ],
    "text of web pages": [
        ("x^2+1", ["x<sup>2</sup>+1"]),
        ("a_{10}", ["a<sub>10</sub>"]),
        ("x<5", ["x &lt; 5", "x&lt;5", "x &#60; 5"]),
        (r"x \ge 5", ["x &ge; 5", "x&#x2265;5"]),
    ],
    "numbers": [
        ("75000000", ["7.5e7.", "7.5e7"]),
        ("-1/3", ["-1./3", "-1. / 3."]),
        ("(3,4)", ["(3., 4.)"]),
        ("5", ["5."]),
        (r"3\times 10^8", ["3x10^8", "3 x 10^8", "3x10^{8}"]),
        ("110,143,164,198", ["110, 143, 164, 198", "198, 110, 143, 164"]),
        ("198, 110, 143, 164", ["110,143,164,198"]),
        ("1234567", ["1,234,567"]),
    ],
    "signs of statements": [
        (r"\textcircled{1}\textcircled{3}", ["①③", "①, ③", r"\textcircled{3}\textcircled{1}"])
    ],
    "primes": [
        ("f'(x)", [r"f^{\prime}(x)", r"f^\prime(x)", "f^{'}(x)", "f^'(x)"]),
        ("y''+y", [r"y^{\prime\prime}+y", r"y+y^{\prime \prime}"]),
    ],
    "second readings": [
        ("1.22", ["1,22"]),
        ("0,25", ["0.25"]),
        (r"\vec{a}+\vec{b}", [r"\mathbf{b}+\mathbf{a}"]),
    ],
}

DIFFERENT: Table = {
    "marks around a part": [
        ("73", ["**72**", "**7**3", '"7" 3', "**73** or **74**", '"73" or "74"', "'73", "73''", "`73` `74`"]),
        ("x*y", ["x**y"]),
        ("8", ["2**4"]),
        ("AB", ['"BA"']),
    ],
    "signs between": [("5", [r"4 \therefore 5", r"x = 4 \implies 5", "= 5", "= 6", r"\approx 5.1"])],
    "hedged answers": [("12", [r"\approx 12", "≈12", r"\approx 12.0"])],
    "text of web pages": [
        ("x^2+1", ["x<sub>2</sub>+1", "x<sup>3</sup>+1"]),
        ("x<5", ["x &gt; 5", "x &le; 5"]),
        ("a<b", ["b<a"]),
    ],
    "numbers": [
        ("75000000", ["7.5e8.", "7.5e7.5"]),
        ("-1/3", ["-1./4", "-.1/3"]),
        (r"3\times 10^8", ["3x10^9", "3x10", "3x10^8+x"]),
        ("110,143,164,198", ["110, 143, 164, 199", "110, 143, 164", "110143164199"]),
        ("1,234,567", ["1, 234, 567"]),
        ("1, 234, 567", ["1,234,567"]),
        ("123,456", ["123, 456"]),
    ],
    "signs of statements": [(r"\textcircled{1}\textcircled{3}", ["①", "①④", "①③④", "13"])],
    "primes": [("f'(x)", [r"f^{\prime\prime}(x)", "f^{''}(x)", "f(x)"])],
    "second readings": [
        ("1.22", ["1, 22", "1,23", "1,2"]),
        ("1,220", ["1.22"]),
        (r"\vec{a}+\vec{b}", [r"\mathbf{a}-\mathbf{b}"]),
    ],
}


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: row.name)
def test_rewrites_do_what_their_examples_say(row: Rewrite) -> None:
    before, after = row.example
    whole = mended_gold if row.side is Side.GOLD else rewritten
    assert whole(before) == after
    assert rewrite_steps(before, gold=row.side is Side.GOLD) == [(row.name, after)]
    assert row.reason


def test_rewrites_put_a_blank_after_a_glued_command() -> None:
    before, after = GLUED.example
    assert tokenize(before)[:-1] == [token._replace(gap=False) for token in tokenize(after)[:-1]]


@pytest.mark.parametrize("row", SECOND_READINGS, ids=lambda row: row.name)
def test_read_otherwise_does_what_its_examples_say(row: SecondReading) -> None:
    text, other, after = row.example
    assert read_otherwise(text, other) == (row.name, after)
    assert read_otherwise(text, "7") is None
    assert row.reason


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_rewritten_answers_are_accepted(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_rewritten_answers_are_refused_where_they_are_wrong(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason


@given(st.text(max_size=60))
def test_rewritten_text_keeps_the_letters_and_digits_of_plain_text(text: str) -> None:
    plain = "".join(character for character in text if character.isalnum() and character.isascii())
    assert rewritten(plain) == plain


@pytest.mark.parametrize(
    "sign", ["*", "_", "`", '"', "'", "<b>", "&lt", "{,}", "\\", "1,", "^\\prime ", "x1", "= ", "<sup>"]
)
def test_rewritten_takes_linear_time(sign: str) -> None:
    text = sign * (20_000 // len(sign))
    assert isinstance(rewritten(text), str)
    assert isinstance(mended_gold(text + "}"), str)
    assert read_otherwise(text, text) is None
