from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import BoxedCorrectness, LocalScorer, Rollout, Status, Verdict
from rewards.columns import SpanColumns, SpansByComponent, VerdictColumns
from rewards.evaluation import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

RIGHT, WRONG = Verdict(status=Status.CORRECT, extracted="4"), Verdict(status=Status.INCORRECT, reason="no")
ROWS = [RIGHT, None, WRONG, RIGHT]
COLUMNS = VerdictColumns(
    np.asarray([1, 0, 2, 1]),
    [Status.CORRECT, Status.INCORRECT],
    ["4", None],
    [None, None],
    ["", "no"],
    [0.0, 0.0],
)

A, B = Span(0, 1, "a"), Span(2, 5, "b")
spans_of_rows = st.lists(st.lists(st.sampled_from([A, B]), max_size=3), min_size=1, max_size=5)


def some_of(data: st.DataObject, items: Sequence[object]) -> list[int]:
    return data.draw(st.lists(st.integers(0, len(items) - 1), max_size=6))


def test_verdict_columns_hold_each_distinct_verdict_once() -> None:
    columns = VerdictColumns.of(ROWS)
    assert columns.choices.tolist() == COLUMNS.choices.tolist()
    assert columns.statuses == COLUMNS.statuses
    assert columns.extracted == COLUMNS.extracted
    assert columns.reasons == COLUMNS.reasons


def test_verdict_columns_read_as_verdicts_row_by_row() -> None:
    assert COLUMNS == ROWS
    assert ROWS == COLUMNS
    assert COLUMNS != [RIGHT, None, WRONG, WRONG]
    assert COLUMNS[1:] == [None, WRONG, RIGHT]
    assert COLUMNS[0] is COLUMNS[3]
    assert pickle.loads(pickle.dumps(COLUMNS)) == tuple(ROWS)  # noqa: S301  # our own


@given(st.data())
def test_verdict_columns_taken_are_the_verdicts_of_those_rows(data: st.DataObject) -> None:
    rows = some_of(data, ROWS)
    taken = COLUMNS.take(np.asarray(rows, dtype=np.intp))
    assert taken == [ROWS[row] for row in rows]
    used = taken.used()
    assert used == taken
    assert sorted(used.statuses) == sorted({ROWS[row].status for row in rows if ROWS[row]})


def test_verdict_columns_joined_take_the_first_verdict_of_a_row() -> None:
    parts = [(np.asarray([3, 1]), [RIGHT, None]), (np.asarray([0, 1, 3]), [WRONG, WRONG, WRONG])]
    assert VerdictColumns.joined(4, parts) == [WRONG, WRONG, None, RIGHT]
    assert VerdictColumns.joined(2, []) == [None, None]
    assert VerdictColumns.joined(4, [(np.arange(4), ROWS)]) == ROWS
    assert VerdictColumns.joined(4, [(np.asarray([3, 2, 1, 0]), ROWS)]) == ROWS[::-1]


@given(spans_of_rows)
def test_span_columns_read_as_spans_row_by_row(spans: list[list[Span]]) -> None:
    columns = SpanColumns.of(spans)
    assert columns == [tuple(some) for some in spans]
    assert columns.labels.tolist() == [span.label for some in spans for span in some]
    assert SpanColumns.of(columns) is columns


def test_span_columns_are_put_in_the_order_of_rows() -> None:
    columns = SpanColumns(3, [2, 0, 2], [5, 1, 3], [6, 4, 4], ["b", "a", "c"])
    assert columns.rows.tolist() == [0, 2, 2]
    assert columns == [(Span(1, 4, "a"),), (), (Span(5, 6, "b"), Span(3, 4, "c"))]


@given(spans_of_rows, st.data())
def test_span_columns_taken_are_the_spans_of_those_rows(spans: list[list[Span]], data: st.DataObject) -> None:
    rows = some_of(data, spans)
    taken = SpanColumns.of(spans).take(np.asarray(rows, dtype=np.intp))
    assert taken == [tuple(spans[row]) for row in rows]


def test_span_columns_joined_take_the_first_part_of_a_row() -> None:
    parts = [(np.asarray([2, 0]), [[A, B], []]), (np.asarray([0, 1, 2]), [[B], [B], [B]])]
    assert SpanColumns.joined(4, parts) == [(), (B,), (A, B), ()]
    assert SpanColumns.joined(2, [(np.arange(2), [[A], [B, A]])]) == [(A,), (B, A)]


@pytest.mark.parametrize(
    "rows", [[], [{}], [{"one": [A]}, {}, {"two": [], "one": [B, A]}, {"two": (B,)}]], ids=len
)
def test_spans_by_component_read_as_mappings_without_empty_components(
    rows: list[dict[str, list[Span]]],
) -> None:
    columns = SpansByComponent.of(rows)
    assert columns == [
        {label: tuple(spans) for label, spans in by_label.items() if spans} for by_label in rows
    ]
    assert columns.take(np.arange(len(rows))[::-1]) == list(columns)[::-1]
    assert pickle.loads(pickle.dumps(columns)) == tuple(columns)  # noqa: S301  # our own


def test_a_scorer_gives_each_row_its_own_verdict() -> None:
    texts = [r"\boxed{4}", "none", r"\boxed{5}", r"\boxed{4}"]
    rollouts = [Rollout(completion=text, ground_truth="4") for text in texts]
    scores = LocalScorer(BoxedCorrectness()).score(rollouts)
    found = [verdict and verdict.status for verdict in scores.verdicts]
    assert found == ["CORRECT", "NO_ANSWER", "INCORRECT", "CORRECT"]
    assert scores.totals.tolist() == [1.0, 0.0, 0.0, 1.0]
