"""Normal forms of several values, one side at a time."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.collection import Collection, Kind, collection
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Node


def form_of(text: str) -> Collection:
    node = read(text)
    assert isinstance(node, Node), text
    return collection(node)


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        (r"2, 4, \ldots, 10", "2, 4, 6, 8, 10"),
        (r"10, 8, \ldots, 4, 2", "10, 8, 6, 4, 2"),
        (r"\pm 3", "3, -3"),
        ("x = 7, 8", "x = 7, x = 8"),
        (r"k \in \{4, 6\}", "k = 4, k = 6"),
        (r"(u, v) \in \{(1, 2), (3, 4)\}", "(u, v) = (1, 2), (u, v) = (3, 4)"),
        ("s=1, t=2, s=3, t=4", "(s, t) = (1, 2), (s, t) = (3, 4)"),
        ("s=1, t=2; s=3, t=4", "(s, t) = (1, 2), (s, t) = (3, 4)"),
        ("(m, n) = (8, 9)", "m = 8, n = 9"),
        ("a = b = 6", "a = 6, b = 6"),
        (r"-1 \le m < 2, m \in \mathbb{Z}", "m = -1, m = 0, m = 1"),
        (r"\{q \in \mathbb{Z} : |q| < 2\}", "-1, 0, 1"),
        (r"\{q \in \mathbb{N} : 3 < q \le 5\}", "4, 5"),
    ],
)
def test_collection_writes_out_what_is_short_for_several_members(text: str, written_out: str) -> None:
    assert form_of(text).nodes == form_of(written_out).nodes


@pytest.mark.parametrize(
    "text",
    [
        r"\{q \in \mathbb{N} : q \le 5\}",
        r"\{q \in \mathbb{Z} : q \le 5\}",
        r"\{q \in \mathbb{Z} : q^2 + q < 5\}",
        r"\{q \in \mathbb{Z} : 1 \le q \le 10^9\}",
        r"\{q \in \mathbb{R} : 1 \le q \le 2\}",
    ],
)
def test_collection_writes_out_no_infinite_large_or_doubtful_set(text: str) -> None:
    assert len(form_of(text).members) == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r"1, \ldots, 9", 3),
        (r"1, 2, 4, \ldots, 64", 5),
        (r"1, 2, 3, \ldots, n", 4),
        (r"1, 2, \ldots, 100000", 4),
        (r"1, 4, \ldots, 9", 4),
        (r"1, 2, 3, \ldots", 3),
    ],
)
def test_dots_stay_where_no_progression_with_a_near_end_fills_them(text: str, kept: int) -> None:
    assert len(form_of(text).members) == kept


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5", Kind.VALUE),
        ("x = 5", Kind.VALUE),
        ("5, 6", Kind.LIST),
        (r"x \in \{5\}", Kind.VALUE),
        (r"x = \pm 5", Kind.LIST),
        (r"\{5, 6\}", Kind.SET),
        ("(5, 6)", Kind.ROUND),
        ("(a, b) = [5, 6]", Kind.SQUARE),
        (r"\langle 5, 6 \rangle", Kind.ANGLED),
        (r"\begin{pmatrix} 5 \\ 6 \end{pmatrix}", Kind.COLUMN),
        (r"\begin{pmatrix} 5 & 6 \\ 7 & 8 \end{pmatrix}", Kind.VALUE),
        ("P(5, 6)", Kind.VALUE),
    ],
)
def test_collection_keeps_the_dress_of_its_members(text: str, kind: Kind) -> None:
    assert form_of(text).kind is kind


def test_components_go_by_name_only_if_each_has_its_own() -> None:
    components = form_of("a = 1, b = 2").components
    assert components is not None
    assert len(components) == 2
    assert form_of("a = 1, a = 2").components is None
    assert form_of("a = 1, 2").components is None
    assert form_of("1, 2").components is None


def test_subject_is_the_name_that_all_members_share() -> None:
    assert form_of("x_1 = 4, x_2 = 5").subject == form_of("x = 4, x = 5").subject
    assert form_of("a = 4, b = 5").subject is None
