"""Lines of JSON become rollouts one by one, and a bad one costs nobody else anything."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.analysis.columns import boxed
from rewards.cli.rollout_lines import MAX_LINE, Line, chunks, read_lines
from rewards.rollout import Rollout

GOOD = b'{"completion": "4", "ground_truth": "4"}\n'


def read(data: bytes, *, answer: str | None = None, **keys: str) -> list[Line]:
    return list(read_lines(io.BytesIO(data), keys, answer=answer))


BAD_LINES = {
    "not JSON": (b'{"completion" "4"}', "not JSON: Expecting ':' delimiter at column 15"),
    "empty": (b"  ", "the line is empty"),
    "a list": (b'["4"]', "not a JSON object but a list"),
    "a number": (b"4", "not a JSON object but a int"),
    "null": (b"null", "not a JSON object but a NoneType"),
    "an empty object": (b"{}", "the object is empty"),
    "no completion": (
        b'{"output": "4", "x": 1}',
        "there is no 'completion' here, but 'output', 'x'; say --map completion=COLUMN",
    ),
    "completion is null": (b'{"completion": null}', "'completion' is null"),
    "completion is a number": (b'{"completion": 4}', "completion is of type int; it must be a string"),
    "a NaN log-probability": (
        b'{"completion": "4", "logprobs": [NaN]}',
        "logprobs[0] is nan; natural log-probabilities are at most 0 and never NaN",
    ),
    "lengths that differ": (
        b'{"completion": "4", "logprobs": [-1.0], "completion_ids": [1, 2]}',
        "token fields must have one length, but completion_ids has 2, logprobs has 1",
    ),
    "a token id that is huge": (
        b'{"completion": "4", "completion_ids": [1' + b"0" * 30 + b"]}",
        "completion_ids cannot be read as an array of int32: Python int too large to convert to C long",
    ),
    "an unknown finish reason": (
        b'{"completion": "4", "finish_reason": "eos"}',
        "finish_reason is 'eos'; it must be 'stop', 'length' or None",
    ),
    "not UTF-8": (b'{"completion": "\xff"}', "byte 17 of the line is not UTF-8"),
    "nested too deeply": (b"[" * 200_000, "not a rollout: the JSON is nested too deeply"),
    "an integer of many digits": (
        b'{"completion": ' + b"7" * 5000 + b"}",
        "not a rollout: an integer of more digits than Python reads",
    ),
    "longer than the limit": (
        b'{"completion": "' + b"x" * MAX_LINE + b'"}',
        "the line is longer than 32 MiB",
    ),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_says_why_and_the_next_is_read(line: bytes, reason: str) -> None:
    before, bad, after = read(GOOD + line + b"\n" + GOOD)
    assert (bad.number, bad.rollout, bad.error) == (2, None, reason)
    assert before.rollout == after.rollout == Rollout(completion="4", ground_truth="4")
    assert after.number == 3


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_the_last_line_may_lack_its_end(ending: bytes) -> None:
    assert [line.number for line in read(GOOD + GOOD.rstrip() + ending)] == [1, 2]


def test_an_empty_file_has_no_lines() -> None:
    assert read(b"") == []


@pytest.mark.parametrize("size", [MAX_LINE - 1, MAX_LINE])
def test_a_line_at_the_limit_is_read(size: int) -> None:
    frame = b'{"completion": ""}\n'
    (line,) = read(frame.replace(b'""', b'"' + b"x" * (size - len(frame)) + b'"'))
    assert (line.size, line.error) == (size, "")


def test_read_lines_skips_a_byte_order_mark() -> None:
    (line,) = read(b"\xef\xbb\xbf" + GOOD)
    assert line.rollout == Rollout(completion="4", ground_truth="4")


def test_fields_name_the_keys_to_read() -> None:
    (line,) = read(
        b'{"uid": 7, "response": "4", "answer": [4, "four"], "lps": [-0.5]}'.replace(b"[4,", b'["4",'),
        id="uid", completion="response", ground_truth="answer", logprobs="lps",
    )  # fmt: skip
    assert line.rollout is not None
    assert line.rollout.id == "7"
    assert line.rollout.golds == ("4", "four")
    assert line.rollout.num_tokens == 1


def test_an_error_names_the_key_that_was_read() -> None:
    (line,) = read(b'{"response": 4}', completion="response")
    assert line.error == "completion is of type int; it must be a string (read from 'response')"


@pytest.mark.parametrize(("given", "gold"), [("4", "4"), ("-12", "-12")])
def test_read_lines_takes_a_whole_number_for_a_gold(given: str, gold: str) -> None:
    (line,) = read(b'{"completion": "", "ground_truth": %s}' % given.encode())
    assert line.rollout is not None
    assert line.rollout.ground_truth == gold


@pytest.mark.parametrize(
    ("gold", "golds"),
    [("true", ("True",)), ("4.0", ("4.0",)), ('["4", 4.5]', ("4", "4.5")), ("[]", ()), ("null", ())],
)
def test_read_lines_takes_golds_as_adapters_do(gold: str, golds: tuple[str, ...]) -> None:
    (line,) = read(b'{"completion": "", "ground_truth": %b}' % gold.encode())
    assert line.rollout is not None
    assert line.rollout.golds == golds


def test_read_lines_takes_one_id_for_several_samples() -> None:
    lines = read(b"".join(b'{"completion": "", "id": "%c"}\n' % name for name in b"aab"))
    assert [line.rollout and line.rollout.id for line in lines] == ["a", "a", "b"]


def test_read_lines_escapes_keys_in_errors() -> None:
    (line,) = read(json.dumps({"\x1b[2J": 1, "k" * 500: 2}).encode())
    assert line.error.startswith(rf"there is no 'completion' here, but '\x1b[2J', '{'k' * 60}...';")


def test_read_lines_replaces_lone_surrogates() -> None:
    (line,) = read(rb'{"completion": "\ud800x", "id": "\udfff"}')
    assert line.rollout is not None
    assert (line.rollout.completion, line.rollout.id) == ("\ufffdx", "\ufffd")


BARE_ANSWERS = {
    "plain": ("4", r"\boxed{4}"),
    "braces": (r"\frac{1}{2}", r"\boxed{\frac{1}{2}}"),
    "escaped braces": (r"\{1\}", r"\boxed{\{1\}}"),
    "closes our box": ("4} or {5", ""),
    "leaves a brace open": (r"\frac{1", ""),
    "escapes our brace": ("4\\", ""),
    "an escaped backslash at the end": ("4\\\\", ""),
}


@pytest.mark.parametrize(("answer", "completion"), BARE_ANSWERS.values(), ids=BARE_ANSWERS)
def test_read_lines_puts_a_bare_answer_into_a_box(answer: str, completion: str) -> None:
    (line,) = read(json.dumps({"answer": answer, "ground_truth": "4"}).encode(), answer="answer")
    assert line.rollout is not None
    assert line.rollout.completion == completion


def test_read_lines_takes_a_completion_before_a_bare_answer() -> None:
    (line,) = read(b'{"answer": "4", "completion": "so 5", "gold": "5"}', answer="answer")
    assert line.rollout is not None
    assert line.rollout.completion == "so 5"


def test_read_lines_says_that_neither_completion_nor_answer_is_there() -> None:
    (line,) = read(b'{"ground_truth": "4"}', answer="answer")
    assert line.error.startswith("there is neither 'completion' nor 'answer' here, but 'ground_truth';")


@given(st.text())
def test_read_lines_box_holds_the_answer_whole_or_not_at_all(answer: str) -> None:
    assert boxed(answer) in ("", rf"\boxed{{{answer}}}")


LINES = st.binary(max_size=40).filter(lambda line: b"\n" not in line and line.strip() != b"[")
"""Lines of bytes; a bracket alone begins an array."""


@given(st.lists(LINES, max_size=20))
def test_read_lines_accounts_for_every_line_whatever_its_bytes(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    found = read(data)
    assert [line.number for line in found] == list(range(1, len(lines) + 1))
    assert sum(line.size for line in found) == len(data)
    assert all((line.rollout is None) == bool(line.error) for line in found)


def line(number: int, *, group: str | None = None, size: int = 100) -> Line:
    return Line(number=number, size=size, rollout=Rollout(completion="", group_id=group))


def test_a_chunk_is_bounded_in_lines_and_in_bytes() -> None:
    assert [len(chunk) for chunk in chunks(line(n) for n in range(1100))] == [512, 512, 76]
    assert [len(chunk) for chunk in chunks(line(n, size=6 * 2**20) for n in range(7))] == [3, 3, 1]


def test_chunks_do_not_cut_a_group() -> None:
    found = list(chunks(line(n, group=str(n // 100)) for n in range(1200)))
    assert [len(chunk) for chunk in found] == [600, 600]


def test_chunks_cut_a_group_without_end() -> None:
    assert [len(chunk) for chunk in chunks(line(n, group="g") for n in range(5000))] == [4096, 904]
