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
def test_class(name: str) -> None:
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


def test_the_file_is_worth_running() -> None:
    """Refusing everything, or accepting everything, fails in every class but those of attacks."""
    pairs = [(row["gold"], row["completion"]) for row in ROWS]
    assert len(set(pairs)) == len(pairs)
    one_sided = [
        name for name in CLASSES if len({row["expected"] for row in ROWS if row["class"] == name}) == 1
    ]
    assert set(one_sided) <= {"code", "tautologies"}
