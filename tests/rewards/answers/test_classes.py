"""Labelled cases by class of answer, each labelled by hand before any judge had seen it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewards import BoxedCorrectness, Rollout

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks" / "classes.jsonl").read_text(encoding="utf-8").splitlines()
]
CLASSES = sorted({row["class"] for row in ROWS})


@pytest.mark.parametrize("name", CLASSES)
def test_answers_of_a_class_are_decided_as_labelled(name: str) -> None:
    """Every case of the class is decided as labelled."""
    rows = [row for row in ROWS if row["class"] == name]
    values = BoxedCorrectness()(
        [
            Rollout(id=str(number), completion=row["completion"], ground_truth=row["gold"])
            for number, row in enumerate(rows)
        ]
    )
    wrong = [
        f"want {row['expected']}, got {value}: gold {row['gold']!r}, {row['completion']!r}"
        for row, value in zip(rows, values, strict=True)
        if value != float(row["expected"])
    ]
    assert not wrong, "\n" + "\n".join(wrong)
