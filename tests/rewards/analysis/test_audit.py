"""Golds of a whole file, counted."""

from __future__ import annotations

import json

from rewards.analysis.audit import EXTRA_COLUMNS, Tally, audited, extra_columns
from rewards.analysis.columns import Columns
from rewards.analysis.golds import GoldKind, Judged, examine

GOLDS = ["5", "0.333", "150^", "Monday", ""]


def test_tally_counts_by_kind_and_by_way_of_judging() -> None:
    tally = Tally()
    for gold in GOLDS:
        tally.add(gold, examine(gold), rejected=not examine(gold).usable)
    assert (tally.golds, tally.rejected, tally.share(tally.rejected)) == (5, 2, 0.4)
    assert sum(map(tally.judged, Judged)) == len(GOLDS)
    assert tally.kinds[GoldKind.NUMBER, Judged.BY_VALUE] == 2
    assert json.loads(json.dumps(tally.as_json()))["golds"] == 5


def test_tally_of_nothing_has_no_shares() -> None:
    assert Tally().share(0) == 0.0


def test_audited_reads_the_gold_of_its_column() -> None:
    columns = Columns(names={**Columns().names, "ground_truth": "answer", "prompt": "question"})
    finding = audited({"question": "1 + 1?", "answer": "150^"}, columns)
    assert finding == examine("150^", "1 + 1?")
    assert extra_columns(finding).keys() == EXTRA_COLUMNS.keys()
    assert extra_columns(finding)["audit_reason"]
