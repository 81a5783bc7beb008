"""Components by data source, of which there is a bounded number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rewards import HasBox, LocalScorer, Rollout
from trainer_adapters.scoring.rows import rows_of
from trainer_adapters.scoring.sources import MOST_SOURCES, OTHER, Sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def scored(size: int) -> Mapping[str, NDArray[np.float64]]:
    texts = ["\\boxed{4}" if row % 2 == 0 else "" for row in range(size)]
    return LocalScorer(HasBox()).score([Rollout(completion=text) for text in texts]).components


@pytest.mark.parametrize(
    "column",
    [["a", "b", "a"], np.array(["a", "b", "a"]), np.array(["a", "b", "a"], dtype=object), ("a", "b", "a")],
)
def test_each_source_has_a_mean(column: Any) -> None:
    means = Sources().means(scored(3), rows_of({"source": column}, 3))
    assert means == {"has_box": pytest.approx(2 / 3), "has_box/a": 1.0, "has_box/b": 0.0}


def test_sources_beyond_the_bound_share_one_name() -> None:
    sources = Sources()
    for start in range(0, 1000, 100):
        means = sources.means(scored(100), [{"data_source": f"row {start + row}"} for row in range(100)])
        assert len(means) <= MOST_SOURCES + 2
    assert set(means) == {"has_box", f"has_box/{OTHER}"}


@pytest.mark.parametrize(
    "columns",
    [{}, {"source": "math"}, {"source": {"a": 1}}, {"source": 7}, {"source": ["a"]}, {"source": [None] * 2}],
)
def test_columns_that_name_no_source_of_each_row_are_passed_over(columns: Any) -> None:
    assert Sources().means(scored(2), rows_of(columns, 2)) == {"has_box": 0.5}


def test_first_usual_column_counts_unless_one_is_named() -> None:
    columns = {"task": ["t", "t"], "data_source": ["d", "d"], "mine": ["m", "m"]}
    assert set(Sources().means(scored(2), rows_of(columns, 2))) == {"has_box", "has_box/d"}
    assert set(Sources("mine").means(scored(2), rows_of(columns, 2))) == {"has_box", "has_box/m"}


def test_source_may_lie_in_an_object_or_the_json_of_one() -> None:
    rows = [{"extra": {"from": "a"}}, {"extra": '{"from": "b"}'}]
    assert set(Sources("extra.from").means(scored(2), rows)) == {"has_box", "has_box/a", "has_box/b"}


def test_column_that_holds_no_sources_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    sources = Sources("sauce")
    for _ in range(3):
        assert sources.means(scored(2), [{"source": "a"}, {"source": "b"}]) == {"has_box": 0.5}
    (record,) = caplog.records
    assert "'sauce'; there are source" in record.getMessage()
