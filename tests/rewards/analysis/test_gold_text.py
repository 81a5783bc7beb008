"""Golds as data sets hold them, and the text that is judged: one row for each type there is."""

from __future__ import annotations

import decimal
import math
import re
from fractions import Fraction

import numpy as np
import pytest

from rewards.analysis.gold_text import GOLD_MARKS, gold_mark, gold_of
from rewards.errors import InvalidCallError

pandas = pytest.importorskip("pandas", reason="pandas is not installed; `make test` installs it")
arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed; `make test` installs it")

NO_GOLD = [
    None,
    math.nan,
    np.nan,
    np.float32("nan"),
    np.float16("nan"),
    np.datetime64("NaT"),
    pandas.NA,
    pandas.NaT,
    decimal.Decimal("NaN"),
    decimal.Decimal("sNaN"),
    arrow.scalar(None),
    arrow.scalar(None, arrow.float32()),
    "",
    " \n",
    "nan",
    "NaN",
    " None ",
    "null",
    "<NA>",
    [],
    (),
    [None, math.nan, "nan"],
    np.array([]),
    np.array([np.nan]),
    pandas.Series([pandas.NA]),
]

GOLDS = [
    ("1/2", "1/2"),
    (" 4 ", " 4 "),
    ("None of them", "None of them"),
    ("NaNO_3", "NaNO_3"),
    (72, "72"),
    (np.int64(72), "72"),
    (145.0, "145.0"),
    (np.float64(145.0), "145.0"),
    (1 / 3, "0.3333333333333333"),
    (1e300, "1e+300"),
    (0.000244140625, "0.000244140625"),  # 1/4096, which needs few bits
    (255 / 256, "0.99609375"),
    (123456789.0, "123456789.0"),
    (np.float32(0.1), "0.1"),
    (np.float32(3.14), "3.14"),
    (np.float16(0.1), "0.1"),
    (0.10000000149011612, "0.1"),  # what `datasets` makes of a column of 32 bits
    (3.140000104904175, "3.14"),
    (-123456.703125, "-123456.7"),
    (arrow.scalar(0.1, arrow.float32()), "0.1"),
    (arrow.scalar(0.1, arrow.float16()), "0.1"),
    (arrow.scalar(0.1), "0.1"),
    (arrow.scalar("x"), "x"),
    (arrow.scalar([0.1, None], arrow.list_(arrow.float16())), ["0.1"]),
    (arrow.array([0.1, 2.5], arrow.float32()), ["0.1", "2.5"]),
    (np.array(0.1, dtype=np.float32), "0.1"),
    (np.array([0.1, np.nan, 2.5], dtype=np.float32), ["0.1", "2.5"]),
    (pandas.Series([1, None], dtype="Int64"), ["1"]),
    (decimal.Decimal("0.10"), "0.10"),
    (decimal.Decimal("1E+2"), "100"),
    (Fraction(1, 2), "1/2"),
    ([None, "4"], ["4"]),
    (("1", 2, 0.5), ["1", "2", "0.5"]),
    (True, "True"),
    (np.False_, "False"),
    (arrow.array([True])[0], "True"),
    ([True, "yes"], ["True", "yes"]),
    (b"1/2", "1/2"),
    (bytearray("π".encode()), "π"),
    (np.bytes_(b"4"), "4"),
    (arrow.scalar(b"4"), "4"),
    ([b"4", None], ["4"]),
    ('["34"]', ["34"]),
    ('["1/2", "0.5", null]', ["1/2", "0.5"]),
    (' ["4", 5]', ["4", "5"]),
    ("[1, 2]", "[1, 2]"),  # an interval
    ('["4"', '["4"'),
    ("{1, 2}", "{1, 2}"),  # a set
]

REFUSED = [
    b"\xff4",
    {"a": 4},
    '{"ground_truth": "4", "style": "rule"}',
    [{"a": 4}],
    arrow.scalar({"a": 4}),
    [["4"]],
    object(),
    1j,
]


def name_of(value: object) -> str:
    """Its text, without the address that the default text of an object holds."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize("value", NO_GOLD, ids=name_of)
def test_gold_of_nothing_is_none(value: object) -> None:
    assert gold_of(value) is None


@pytest.mark.parametrize(("value", "text"), GOLDS, ids=name_of)
def test_gold_of_a_value_is_its_text(value: object, text: object) -> None:
    assert gold_of(value) == text


@pytest.mark.parametrize("value", REFUSED, ids=name_of)
def test_gold_of_other_types_is_refused(value: object) -> None:
    with pytest.raises(InvalidCallError, match="a gold is of type"):
        gold_of(value)


def test_gold_of_a_float_of_torch_is_written_by_its_width() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
    assert gold_of(torch.tensor(0.1)) == "0.1"
    assert gold_of(torch.tensor(0.1, dtype=torch.float16)) == "0.1"
    assert gold_of(torch.tensor([0.1, 0.7])) == ["0.1", "0.7"]
    assert gold_of(torch.tensor([3, 4])) == ["3", "4"]


@pytest.mark.parametrize("digits", range(1, 7))
def test_gold_of_a_decimal_comes_back_through_32_bits(digits: int) -> None:
    written = [f"{sign}{n}.{n * 7919 % 10**digits:0{digits}d}" for n in range(9) for sign in ("", "-")]
    golds = [str(float(text)) for text in written]
    narrow = [gold_of(np.float32(text)) for text in written]
    assert narrow == golds
    assert [gold_of(float(text)) for text in written] == golds


@pytest.mark.parametrize(
    ("text", "gold"),
    [
        ("48/2 = <<48/2=24>>24 in May.\n#### 72", "72"),
        ("#### 1,234 ", "1,234"),
        ("#### 1\n#### 2\nDone.", "2"),
        ("#### \n", None),
        ("no marker, 72", None),
        ("#### nan", None),
        (["a #### 1", "b"], ["1"]),
        (5, "5"),
    ],
)
def test_gold_of_prose_is_what_follows_the_marker(text: object, gold: object) -> None:
    assert gold_of(text, after="####") == gold


@pytest.mark.parametrize(
    "value", [{"ground_truth": "4", "style": "rule"}, '{"ground_truth": "4", "style": "rule"}']
)
def test_gold_of_an_object_says_the_way_into_it(value: object) -> None:
    with pytest.raises(
        InvalidCallError, match=r"of 'ground_truth', 'style'; .* as in reward_model\.ground_truth"
    ):
        gold_of(value)


@pytest.mark.parametrize("after", ["\\boxed", "\\boxed{"])
@pytest.mark.parametrize(
    ("text", "gold"),
    [
        (r"so $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        (r"$\boxed{1}$, no: $\boxed{2}$", "2"),
        (r"\boxed{\text{none}}", r"\text{none}"),
        (r"\boxed{}", None),
        ("no box", None),
        (["a", r"\boxed{3}"], ["3"]),
    ],
    ids=str,
)
def test_golds_are_cut_out_of_boxes(text: object, gold: object, after: str) -> None:
    assert gold_of(text, after=after) == gold


@pytest.mark.parametrize("mark", [mark for mark in GOLD_MARKS if "boxed" not in mark])
def test_golds_are_cut_out_behind_every_mark(mark: str) -> None:
    assert gold_mark(f"She has 72 of them.\n{mark} 72\n") == mark
    assert gold_of(f"{mark} 71, or {mark} 72 \nand so on", after=mark) == "72"
    assert gold_of("72", after=mark) is None
