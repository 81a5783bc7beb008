"""Lines with their scores."""

from __future__ import annotations

import io
import json
import math

from rewards import LocalScorer
from rewards.cli.rollout_lines import read_lines
from rewards.cli.scored import at_least_one, score_lines

RIGHT = {"id": "same", "completion": r"\boxed{4}", "ground_truth": "4"}


def test_score_lines_place_each_line_with_its_own_scores() -> None:
    rows = [RIGHT, "nonsense", {**RIGHT, "completion": ""}, {"completion": r"\boxed{4}"}, RIGHT]
    data = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()
    lines = read_lines(io.BytesIO(data), {})
    ((_, found),) = score_lines(lines, LocalScorer("boxed"), timeout=None)
    assert [one.line.number for one in found] == [1, 2, 3, 4, 5]
    assert [None if math.isnan(one.total) else one.total for one in found] == [1.0, None, 0.0, None, 1.0]
    assert [bool(one.error) for one in found] == [False, True, False, True, False]
    assert "this line" in found[3].error
    assert found[1].verdict is None
    assert found[0].verdict is not None
    assert found[0].verdict.correct


def test_at_least_one_chunk_comes_of_an_empty_file() -> None:
    assert list(at_least_one(iter([]))) == [[]]
    ((scores, found),) = score_lines([], LocalScorer("boxed"), timeout=None)
    assert (scores.recipe, found) == ("boxed@1", [])
