"""The criteria by which a rollout passes, over chunks of rows."""

from __future__ import annotations

from pathlib import Path

from rewards import LocalScorer
from rewards.analysis.columns import Columns
from rewards.analysis.passes import ByScore, ByScorer, chunked
from rewards.analysis.rows import Row
from rewards.analysis.spill import UNJUDGED

COLUMNS = Columns()


def rows_of(*values: dict[str, object]) -> list[Row]:
    return [Row(number, value, "", Path("f"), number, 10) for number, value in enumerate(values, start=1)]


def test_by_score_reads_scores_of_every_kind() -> None:
    values = [1.0, 0.0, True, False, -1, float("nan"), None, "1", 0.5]
    found = list(ByScore(COLUMNS)(rows_of(*({"score": value} for value in values))))
    assert [outcome for outcome, _ in found] == [1, 0, 1, 0, 0, UNJUDGED, UNJUDGED, UNJUDGED, 0]
    assert [bool(error) for _, error in found] == [False] * 7 + [True, False]


def test_by_scorer_judges_rollouts_without_scores() -> None:
    passes = ByScorer(COLUMNS, LocalScorer("boxed"))
    rows = rows_of(
        {"completion": r"\boxed{0.5}", "ground_truth": "1/2", "id": "same"},
        {"completion": r"\boxed{2}", "ground_truth": "1/2", "id": "same"},
        {"completion": r"\boxed{2}", "ground_truth": "150^"},
        {"completion": r"\boxed{2}"},
        {"ground_truth": "4"},
    )
    outcomes, errors = zip(*passes(rows), strict=True)
    assert outcomes == (1, 0, UNJUDGED, UNJUDGED, UNJUDGED)
    assert [bool(error) for error in errors] == [False, False, False, True, True]


def test_chunked_rows_are_bounded_by_number_and_bytes() -> None:
    rows = [Row(number, {}, "", Path("f"), number, 6 * 2**20) for number in range(1, 8)]
    assert [len(chunk) for chunk in chunked(rows, 4)] == [2, 2, 2, 1]
    assert [len(chunk) for chunk in chunked((row._replace(size=1) for row in rows), 4)] == [4, 3]
