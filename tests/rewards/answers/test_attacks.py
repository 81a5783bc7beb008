"""The attack file through the public judge: nothing that cheats passes, nothing honest is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewards import BoxedCorrectness, Rollout

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "attacks" / "attacks.jsonl").read_text(encoding="utf-8").splitlines()
]
FAMILIES = sorted({row["family"] for row in ROWS})


@pytest.mark.parametrize("family", FAMILIES)
def test_attacks_of_a_family_are_refused_and_controls_accepted(family: str, tmp_path: Path) -> None:
    """Every attack of the family is refused, every control accepted, and no code runs."""
    canary = tmp_path / "canary"
    rows = [row for row in ROWS if row["family"] == family]
    rollouts = [
        Rollout(
            id=str(number),
            completion=row["completion"].replace("{canary}", str(canary)),
            ground_truth=row["gold"],
        )
        for number, row in enumerate(rows)
    ]
    values = BoxedCorrectness()(rollouts)
    wrong = [
        f"want {row['expected']}, got {value}: gold {row['gold']!r}, {row['completion']!r}"
        for row, value in zip(rows, values, strict=True)
        if (value == 1) != row["expected"]  # no value, for a gold that cannot be judged, is a refusal too
    ]
    assert not wrong, "\n" + "\n".join(wrong)
    assert not canary.exists(), "an answer was executed"
