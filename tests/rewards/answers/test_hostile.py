"""Answers made to hang or crash a judge: alone, and among ordinary ones, whose verdicts they leave alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewards import BoxedCorrectness, Rollout

DATA = Path(os.environ.get("TOUCHSTONE_DATA", Path(__file__).parents[4] / "shared" / "data"))


def _own() -> list[dict[str, Any]]:
    """The recipes beside this file; a text is a list of [piece, how often]."""
    path = Path(__file__).parent / "hostile.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["gold"], row["completion"] = (
            "".join(piece * times for piece, times in row[field]) for field in ("gold", "completion")
        )
    return rows


def _shared() -> list[dict[str, Any]]:
    path = DATA / "hostile.jsonl"
    if not path.is_file():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{"id": row["id"], "gold": row["ground_truth"], "completion": row["completion"]} for row in rows]


OWN = _own()
SHARED = _shared()

ORDINARY = [
    ("5", r"\boxed{5}", 1.0),
    ("5", r"\boxed{6}", 0.0),
    (r"\frac{1}{2}", r"\boxed{0.5}", 1.0),
    ("x^2-1", r"\boxed{(x-1)(x+1)}", 1.0),
    ("x^2-1", r"\boxed{(x-1)^2}", 0.0),
    (r"\{1,2,3\}", r"\boxed{\{3,1,2\}}", 1.0),
    ("(0,1]", r"\boxed{0<x\le 1}", 1.0),
    (r"\sin^2 x", r"\boxed{1-\cos^2 x}", 1.0),
    (r"\sqrt{3+2\sqrt{2}}", r"\boxed{1+\sqrt{2}}", 1.0),
    (r"\text{Monday}", r"\boxed{\text{Tuesday}}", 0.0),
]


def _rollouts(rows: list[dict[str, Any]], prefix: str) -> list[Rollout]:
    return [
        Rollout(id=f"{prefix}{row['id']}", completion=row["completion"], ground_truth=row["gold"])
        for row in rows
    ]


@pytest.mark.parametrize("row", OWN, ids=[row["id"] for row in OWN])
def test_hostile_answer_alone_is_decided_as_labelled(row: dict[str, Any]) -> None:
    value = BoxedCorrectness()(_rollouts([row], "h"))[0]
    if row["expected"] is not None:
        assert value != float(not row["expected"])


@pytest.mark.skipif(not SHARED, reason="the shared data is not here: set TOUCHSTONE_DATA")
@pytest.mark.parametrize("row", SHARED, ids=[row["id"] for row in SHARED])
def test_hostile_answer_of_the_shared_data_has_a_value(row: dict[str, Any]) -> None:
    value = BoxedCorrectness()(_rollouts([row], "h"))[0]
    assert np.isnan(value) or value in {0.0, 1.0}


def test_hostile_answers_leave_ordinary_ones_alone() -> None:
    """Every ordinary verdict is the one it has alone, and hostile answers have theirs."""
    hostile = _rollouts(OWN, "own-") + _rollouts(SHARED, "shared-")
    mixed: list[Rollout] = []
    hopes: dict[str, float] = {}
    for number, rollout in enumerate(hostile):
        gold, completion, hope = ORDINARY[number % len(ORDINARY)]
        ordinary = Rollout(id=f"ordinary-{number}", completion=f"{number}: {completion}", ground_truth=gold)
        hopes[ordinary.id] = hope
        mixed += [rollout, ordinary]
    values = dict(zip((rollout.id for rollout in mixed), BoxedCorrectness()(mixed), strict=True))
    assert {name: values[name] for name in hopes} == hopes
    for row in OWN:
        if row["expected"] is not None:
            assert values[f"own-{row['id']}"] != float(not row["expected"]), row["id"]
