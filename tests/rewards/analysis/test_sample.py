"""The rows by which columns are told: nulls among them decide nothing."""

from __future__ import annotations

from rewards.analysis.columns import Columns
from rewards.analysis.sample import Sample

Values = dict[str, object]


def found(*rows: Values, bare_answer: str | None = None, **mapping: str) -> Columns:
    return Columns.found(Sample.of(rows), None, mapping, bare_answer)


def test_sample_decides_nothing_by_a_null_in_the_first_rows() -> None:
    nothing: list[Values] = [{"response": None, "gold": None, "problem": None}] * 300
    columns = found(*nothing, {"response": "4", "gold": "4", "problem": "2 + 2?"})
    used = [columns[name] for name in ("completion", "ground_truth", "prompt")]
    assert used == ["response", "gold", "problem"]
    dump: Values = {"step": 1, "prompt": "?", "completion": "4", "advantage": 0.0}
    assert found({**dump, "right": None}, {**dump, "right": 1.0})["score"] == "right"
    assert found({**dump, "right": 1.0, "form": None}, {**dump, "form": 0.5}).rewards == ("right", "form")
