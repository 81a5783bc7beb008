"""Spans as columns, and row by row."""

from __future__ import annotations

import pickle

import numpy as np
from rewards.span_columns import OneSpanEach, SpanTable, columns_by_label

from rewards.evaluation import Span

SPANS = OneSpanEach(4, [0, 2], [1, 5], [3, 9], "answer")
PLAIN = [(Span(1, 3, "answer"),), (), (Span(5, 9, "answer"),), ()]


def test_one_span_each_is_its_rows() -> None:
    assert list(SPANS) == PLAIN
    assert list(pickle.loads(pickle.dumps(SPANS))) == PLAIN  # noqa: S301  # our own


def test_span_table_puts_the_spans_of_some_rows_under_their_label() -> None:
    rows = np.array([1, 3, 4, 6])
    table = SpanTable(7, [(rows, SPANS, "correctness")])
    expected = [{} for _ in range(7)]
    for row, found in zip(rows, PLAIN, strict=True):
        expected[row] = {"correctness": found} if found else {}
    assert [{label: one for label, one in of_row.items() if one} for of_row in table] == expected
    taken = table.take([4, 0, 1])
    assert [list(of_row.get("correctness", ())) for of_row in taken] == [
        [Span(5, 9, "answer")],
        [],
        [Span(1, 3, "answer")],
    ]


def test_columns_by_label_are_the_same_of_a_table_and_of_its_rows() -> None:
    table = SpanTable(4, [(np.arange(4), SPANS, "correctness")])
    assert columns_by_label(table) == columns_by_label([dict(row) for row in table])
    mixed = [{"a": [Span(0, 1, "x"), Span(2, 3, "y")]}, {"a": [Span(4, 5, "x")]}]
    (columns,) = columns_by_label(mixed).values()
    assert (columns.rows, columns.kinds, columns.names) == ([0, 0, 1], [0, 1, 0], ["x", "y"])
