"""Labelled cases by category, written for this file: what a grader of mathematics must tell apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewards import BoxedCorrectness, Rollout

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
CATEGORIES = sorted({row["category"] for row in ROWS})


@pytest.mark.parametrize("category", CATEGORIES)
def test_cases_of_a_category_are_decided_as_labelled(category: str) -> None:
    """Every case that is not debatable is decided as labelled."""
    rows = [row for row in ROWS if row["category"] == category and not row["debatable"]]
    values = BoxedCorrectness()(
        [
            Rollout(id=str(number), completion=row["completion"], ground_truth=row["ground_truth"])
            for number, row in enumerate(rows)
        ]
    )
    wrong = [
        f"want {row['expected']}, got {value}: gold {row['ground_truth']!r}, {row['completion']!r}"
        for row, value in zip(rows, values, strict=True)
        if value != float(row["expected"])
    ]
    assert not wrong, "\n" + "\n".join(wrong)
