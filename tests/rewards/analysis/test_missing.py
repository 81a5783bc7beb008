"""Missing cells, of each type that readers of tables return."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pytest

from rewards.analysis.missing import is_missing, is_missing_text

MISSING: list[object] = [
    None,
    math.nan,
    np.float32("nan"),
    np.datetime64("NaT"),
    decimal.Decimal("NaN"),
    decimal.Decimal("sNaN"),
]
PRESENT: list[object] = [
    0,
    0.0,
    "",
    "nan",
    "None",
    False,
    [],
    [None],
    {},
    math.inf,
    np.float32(0),
    decimal.Decimal(0),
    b"",
]


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_is_missing_finds_null_and_every_nan(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", PRESENT, ids=repr)
def test_is_missing_leaves_values_alone(value: object) -> None:
    assert not is_missing(value)


def test_is_missing_knows_those_of_pandas() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed; `make test` installs it")
    assert is_missing(pandas.NA)
    assert is_missing(pandas.NaT)
    assert not is_missing(pandas.Timestamp(0))


def test_is_missing_text_knows_the_words_of_table_writers() -> None:
    assert all(map(is_missing_text, ["", " ", "NaN", " none", "NULL", "<NA>"]))
    assert not any(map(is_missing_text, ["0", "none of them", "N/A in May", "NaNO_3"]))
