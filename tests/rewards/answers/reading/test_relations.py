"""Lists, relations, ratios, sets put together, conditions."""

from __future__ import annotations

import pytest
from decisions import accepted

from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s

X, K = s.Symbol("x"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)
REALS = s.NamedSet("R")

TREES = {
    "1, 2": s.Listing((ONE, TWO)),
    "1, 2 or 3": s.Listing((ONE, TWO, THREE), "or"),
    "x=1, k=2 or x=3": s.Listing(
        (
            s.Listing((s.Relation((X, ONE), ("=",)), s.Relation((K, TWO), ("=",)))),
            s.Relation((X, THREE), ("=",)),
        ),
        "or",
    ),
    "2x (x > 1)": s.Listing((s.Product((TWO, X)), s.Relation((X, ONE), (">",)))),
    r"\{1\} \cup \{2\}": s.Union((s.SetOf((ONE,)), s.SetOf((TWO,)))),
    r"\mathbb{R} - \{1\}": s.Difference(REALS, s.SetOf((ONE,))),
    r"x \in R": s.Relation((X, REALS), ("in",)),
    "1 to 2": s.Ratio((ONE, TWO)),
    r"x \equiv 1 \pmod 3": s.Relation((X, s.Apply("residue", (ONE, THREE))), ("equiv",)),
    r"\{x : x > 1\}": s.SetBuilder(X, s.Relation((X, ONE), (">",))),
}


@pytest.mark.parametrize("text", TREES)
def test_relations_hold_values_together(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize("text", ["1,,2", "1 or or 2", r"\{1 \text{ or } 2\}", "1, ; 2", "= 3", "x >"])
def test_relations_without_both_their_sides_are_not_read(text: str) -> None:
    assert isinstance(read(text), Unread)


SAME = [
    ("\\mathbb{Z}_2", "\\mathbb{Z}/2\\mathbb{Z}"),
    ("\\mathbb{Z}_2 \\times \\mathbb{Z}_3", "\\mathbb{Z}/3\\mathbb{Z} \\times \\mathbb{Z}_2"),
    ("\\mathbb{R}^n", "\\mathbb{R}^{n}"),
    ("\\mathbb{E}[X] = 3", "3"),
    (
        "\\bigcup_{k=-\\infty}^{\\infty}(2 k \\pi,(2 k+2) \\pi)",
        "\\bigcup_{k\\in\\mathbb{Z}}(2k\\pi,2k\\pi+2\\pi)",
    ),
    ("(1,2) \\cup (3,4)", "(1,2) \\bigcup (3,4)"),
]
DIFFERENT = [
    ("\\mathbb{Z}_2", "\\mathbb{Z}_3"),
    ("\\mathbb{Z}_2", "\\mathbb{Z}"),
    ("\\mathbb{R}^2", "\\mathbb{R}^3"),
    ("\\mathbb{R}^2", "\\mathbb{R}"),
    ("\\mathbb{Z}_6", "\\mathbb{Z}_2"),
    ("\\mathbb{E}[X] = 3", "4"),
    ("\\bigcup_{k\\in\\mathbb{Z}}(2k\\pi,2k\\pi+\\pi)", "\\bigcup_{k\\in\\mathbb{Z}}(2k\\pi,2k\\pi+2\\pi)"),
    ("\\bigcup_{k\\in\\mathbb{Z}}(2k\\pi,2k\\pi+\\pi)", "(2k,2k+1)"),
    ("\\bigcup_{k\\in\\mathbb{Z}}(2k,2k+1)", "\\bigcup_{k=-\\infty}^{5}(2k,2k+1)"),
    ("\\bigcup_{k\\in\\mathbb{Z}}(2k,2k+1)", "\\bigcup_{k=1}^{\\infty}(2k,2k+1)"),
    ("(1)(3)", "(3)"),
    ("(1)(3)", "3"),
    ("(1)(2)", "(1)(3)"),
]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_sets_and_labels_are_the_same_in_another_notation(gold: str, answer: str) -> None:
    assert accepted(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_sets_and_labels_with_another_meaning_are_different(gold: str, answer: str) -> None:
    assert not accepted(gold, answer)
