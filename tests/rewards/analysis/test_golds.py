"""Golds are told apart: what can be judged by value, what as text, what not, and what looks wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.analysis.golds import GoldKind, Judged, Suspicion, examine
from rewards.analysis.proposals import Proposal
from rewards.answers.comparing.compare import check_gold

KINDS = [
    ("72", GoldKind.NUMBER, Judged.BY_VALUE),
    ("-13.5", GoldKind.NUMBER, Judged.BY_VALUE),
    (r"\frac{x+2}{7}", GoldKind.EXPRESSION, Judged.BY_VALUE),
    (r"2^{2005}", GoldKind.EXPRESSION, Judged.BY_VALUE),
    ("(1, 2)", GoldKind.STRUCTURE, Judged.BY_VALUE),
    (r"[0,\infty)", GoldKind.STRUCTURE, Judged.BY_VALUE),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", GoldKind.STRUCTURE, Judged.BY_VALUE),
    ("x = 5", GoldKind.RELATION, Judged.BY_VALUE),
    (r"m > 2 \text{ or } m < -4", GoldKind.RELATION, Judged.BY_VALUE),
    (r"28 \text{ meters}", GoldKind.UNITS, Judged.BY_VALUE),
    (r"39^\circ", GoldKind.UNITS, Judged.BY_VALUE),
    (r"\text{(C)}", GoldKind.CHOICE, Judged.BY_VALUE),
    ("C", GoldKind.CHOICE, Judged.BY_VALUE),
    ("4,6,14,15", GoldKind.MULTI_PART, Judged.BY_VALUE),
    ("True", GoldKind.WORD, Judged.AS_TEXT),
    (r"\text{Monday}", GoldKind.WORD, Judged.AS_TEXT),
    ("The one that has more sides than the other", GoldKind.NATURAL_LANGUAGE, Judged.AS_TEXT),
    (r"n \text{ is even}", GoldKind.CONDITIONS, Judged.AS_TEXT),
    ("Player 2 wins", GoldKind.NATURAL_LANGUAGE, Judged.AS_TEXT),
    ("The smallest integer k is 2022.", GoldKind.NATURAL_LANGUAGE, Judged.NOT),
    (r"x = 5 \text{ if the sign of } a \text{ is right}", GoldKind.CONDITIONS, Judged.NOT),
    (r"Triangle } ABC \text{ can be constructed.}", GoldKind.BROKEN_LATEX, Judged.NOT),
    (r"34\text{ sq. units}", GoldKind.UNITS, Judged.BY_VALUE),
    ("150^", GoldKind.BROKEN_LATEX, Judged.NOT),
    (r"\frac{1}{", GoldKind.BROKEN_LATEX, Judged.NOT),
    (">", GoldKind.UNREADABLE, Judged.NOT),
    ("9^{9^{9}}", GoldKind.TOO_BIG, Judged.NOT),
    ("7" * 30_000, GoldKind.TOO_LONG, Judged.NOT),
    ("", GoldKind.EMPTY, Judged.NOT),
    (" $ $ ", GoldKind.EMPTY, Judged.NOT),
    (None, GoldKind.NOT_TEXT, Judged.NOT),
    (4.5, GoldKind.NOT_TEXT, Judged.NOT),
    (True, GoldKind.NOT_TEXT, Judged.NOT),
    ([], GoldKind.NOT_TEXT, Judged.NOT),
    (72, GoldKind.NUMBER, Judged.BY_VALUE),
]


@pytest.mark.parametrize(("gold", "kind", "judged"), KINDS, ids=[repr(case[0])[:40] for case in KINDS])
def test_a_gold_is_of_a_kind(gold: object, kind: GoldKind, judged: Judged) -> None:
    found = examine(gold)
    assert (found.kind, found.judged) == (kind, judged)
    assert bool(found.reason) == (judged is not Judged.BY_VALUE)


@pytest.mark.parametrize(
    ("gold", "prompt", "suspicion"),
    [
        ("0.333", "", Suspicion.ROUNDED),
        ("5.67", "", Suspicion.ROUNDED),
        ("-1.0472", "", Suspicion.ROUNDED),
        ("13.5", "Express it to the nearest tenth.", Suspicion.ROUNDED),
        (r"x \approx 7.1\%", "", Suspicion.ROUNDED),
        ("10:00", "", Suspicion.TWO_READINGS),
        ("8th", "", Suspicion.TWO_READINGS),
        ("(2,4)", "On which interval is f positive?", Suspicion.TWO_READINGS),
        ("C", "How many apples are there?", Suspicion.CHOICE_WITHOUT_OPTIONS),
        (r"\text{(B)}", "Which is larger?", Suspicion.CHOICE_WITHOUT_OPTIONS),
        ("3,14", "", Suspicion.LOCALE_COMMA),
        ("1.234,5", "", Suspicion.LOCALE_COMMA),
        ("1, " * 80 + "1", "", Suspicion.LONG),
        ("\text{ 5 }", "", Suspicion.REPAIRED),
        (r"\boxed{5}", "", Suspicion.REPAIRED),
        ("= 5", "", Suspicion.REPAIRED),
    ],
)
def test_examine_says_what_looks_wrong(gold: str, prompt: str, suspicion: Suspicion) -> None:
    assert suspicion in [found for found, _ in examine(gold, prompt).suspicions]


@pytest.mark.parametrize(
    ("gold", "prompt"),
    [
        ("0.125", ""),
        ("23.50", ""),
        ("$23.50", ""),
        ("1,234", ""),
        ("(2,4)", "Find the vertex."),
        ("C", "Which? (A) 1 (B) 2 (C) 3"),
        ("②③", "Of ① to ④, which hold?"),
        ("C", ""),
        (r"\frac{1}{3}", "Round to the nearest tenth."),
    ],
)
def test_examine_leaves_alone_what_is_as_it_should_be(gold: str, prompt: str) -> None:
    assert not examine(gold, prompt).suspicions


def test_examine_proposes_a_value_for_a_gold_that_cannot_be_judged() -> None:
    assert examine("The smallest integer k is 2022.").proposal == Proposal("2022", "what the sentence says")
    assert examine("Monday").proposal is None
    assert examine("5").proposal is None


def test_examine_counts_the_best_of_several_golds() -> None:
    assert examine(["150^", "1/2"]).usable
    assert examine(["150^", ""]).judged is Judged.NOT


@given(st.text(alphabet=r"0123456789abcxyzé \{}()[]$^_,.;:=<>%+-*/!'\t\f\n½∞" + "\\", max_size=60))
def test_examine_takes_any_text_and_never_contradicts_the_judge(gold: str) -> None:
    found = examine(gold)
    if found.judged is Judged.NOT:
        assert not gold.strip(" \t\r\n$") or check_gold(gold) is not None
    else:
        assert check_gold(gold) is None
