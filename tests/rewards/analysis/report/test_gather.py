"""The rollouts of a report, judged, with what stands out in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from report_pages import Page, row

from rewards.cli.exit_codes import SOME_WITHOUT_SCORE

if TYPE_CHECKING:
    from collections.abc import Callable


def test_report_shows_every_rollout_with_its_verdict(made: Callable[..., Page]) -> None:
    page = made(row(r"so \boxed{4}"), row(r"\boxed{5}"), row("no idea", prompt="other"))
    assert page.index["rows"] == 3
    columns = page.index["columns"]
    assert columns["status"] == ["CORRECT", "INCORRECT", "NO_ANSWER"]
    assert columns["total"] == [1, 0, 0]
    assert columns["group"] == [0, 0, 1]
    assert columns["extracted"] == ["4", "5", ""]
    assert page.index["components"] == {"correctness": [1, 0, 0]}
    assert page.index["facts"]["recipe"] == "boxed@1"
    first = page.texts[0]
    assert (first["prompt"], first["completion"], first["golds"]) == ("2+2?", r"so \boxed{4}", ["4"])
    assert first["reason"]
    ((start, end, kind, _),) = first["stretches"]
    assert (kind, first["completion"][start:end]) == ("answer", "4")


def test_report_shows_repetition_and_other_languages_whatever_the_recipe(made: Callable[..., Page]) -> None:
    again = "the same words over and over again " * 3
    page = made(row(f"{again}好的 \\boxed{{4}}"), flags=("--ngram", "3"))
    (repeated,), (language,) = page.index["columns"]["repeated"], page.index["columns"]["language"]
    assert repeated > 0.5
    assert 0.8 < language < 1
    (texts,) = page.texts
    kinds = {kind: texts["completion"][start:end] for start, end, kind, _ in texts["stretches"]}
    assert "over and over" in kinds["repeated"]
    assert kinds["language"] == "好的"


def test_report_counts_positions_as_browsers_do(made: Callable[..., Page]) -> None:
    (texts,) = made(row("\U0001f600\U0001f600 \\boxed{4}")).texts
    units = texts["completion"].encode("utf-16-le")
    ((start, end, _, _),) = texts["stretches"]
    assert units[2 * start : 2 * end].decode("utf-16-le") == "4"


def test_report_has_null_and_never_0_for_what_is_not_judged(made: Callable[..., Page]) -> None:
    page = made(row(r"\boxed{4}", ground_truth="{{"), row(r"\boxed{4}", ground_truth=None))
    assert page.index["columns"]["total"] == [None, None]
    assert page.index["columns"]["status"] == ["UNPARSEABLE_GOLD", "BAD"]
    assert "ground_truth" in page.texts[1]["error"]


def test_report_names_rows_that_cannot_be_read(made: Callable[..., Page]) -> None:
    page = made(row(r"\boxed{4}"), "[]", {"prompt": "?"}, exit_code=SOME_WITHOUT_SCORE)
    assert page.index["rows"] == 1
    assert [place for place, _ in page.index["bad"]] == ["rollouts.jsonl:2", "rollouts.jsonl:3"]


def test_a_score_that_is_carried_is_the_total(made: Callable[..., Page]) -> None:
    page = made({"input": "?", "output": "x", "score": 0.5, "step": 1})
    assert page.index["columns"]["total"] == [0.5]
    assert page.index["facts"]["recipe"] == "the score in score"


def test_report_cuts_long_texts_and_says_so(made: Callable[..., Page]) -> None:
    page = made(row("x" * 50 + r" \boxed{4}"), flags=("--most-characters", "20"))
    (texts,) = page.texts
    assert texts["completion"] == "x" * 20 + "\n[cut here: 40 more characters]"
    assert texts["stretches"] == []
    assert page.index["columns"]["characters"] == [60]


def test_report_shows_no_more_rows_than_wanted(made: Callable[..., Page]) -> None:
    assert made(*(row(str(n)) for n in range(5)), flags=("--most-rows", "3")).index["rows"] == 3
