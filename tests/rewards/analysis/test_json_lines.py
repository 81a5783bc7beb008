"""Lines of JSON out of a stream of bytes."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.analysis.json_lines import MAX_LINE, encoded, object_of, raw_lines
from rewards.errors import InvalidRolloutError

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates, too


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=4))
def test_encoded_rows_are_lines_that_read_back(row: dict[str, object]) -> None:
    line = encoded(row)
    assert line.count(b"\n") == 1
    assert object_of(line) == row


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and b"[" not in line)))
def test_raw_lines_give_every_byte_once(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    found = list(raw_lines(io.BytesIO(data)))
    assert b"".join(raw or b"" for raw, _ in found) == data
    assert sum(size for _, size in found) == len(data)


def test_raw_lines_do_not_hold_a_line_that_is_too_long() -> None:
    data = b"a" * (MAX_LINE + 10) + b"\n{}\n"
    assert list(raw_lines(io.BytesIO(data))) == [(None, MAX_LINE + 11), (b"{}\n", 3)]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": "]"}]', '  [\n{"a": 1}\n,{"a": "]"}]\n'])
def test_raw_lines_of_an_array_are_its_items(text: str) -> None:
    found = [json.loads(raw or b"") for raw, _ in raw_lines(io.BytesIO(text.encode()))]
    assert found == [{"a": 1}, {"a": "]"}]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "longer than 32 MiB"),
        (b"\xff", "byte 1 of the line is not UTF-8"),
        (b"  \n", "the line is empty"),
        (b"nonsense", "not JSON: Expecting value at column 1"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "more digits than Python reads"),
        (b"[1]", "not a JSON object but a list"),
    ],
    ids=["too long", "not UTF-8", "empty", "not JSON", "too deep", "too many digits", "no object"],
)
def test_object_of_says_why_there_is_none(raw: bytes | None, reason: str) -> None:
    with pytest.raises(InvalidRolloutError, match=reason):
        object_of(raw)
