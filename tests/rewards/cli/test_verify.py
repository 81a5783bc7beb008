"""`touchstone verify`: a verdict for each line, in the order of the lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rewards.verdict import Status

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone, WriteLines

PAIRS = {
    "right in a box": ({"completion": r"so \boxed{\frac12}", "ground_truth": "0.5"}, "CORRECT"),
    "right and bare": ({"answer": "1/2", "ground_truth": "0.5"}, "CORRECT"),
    "right by the second gold": ({"answer": "1/2", "ground_truth": ["2", "0.5"]}, "CORRECT"),
    "wrong": ({"completion": r"so \boxed{2}", "ground_truth": "0.5"}, "INCORRECT"),
    "nothing in a box": ({"completion": "so 1/2", "ground_truth": "0.5"}, "NO_ANSWER"),
    "bare with a brace too many": ({"answer": r"2} or \boxed{1", "ground_truth": "1"}, "NO_ANSWER"),
    "a broken gold": ({"answer": "2", "ground_truth": r"\frac{1}{"}, "UNPARSEABLE_GOLD"),
    "a whole number as answer": ({"answer": 7, "ground_truth": 7}, "CORRECT"),
}


@pytest.mark.parametrize(("line", "status"), PAIRS.values(), ids=PAIRS)
def test_verify_gives_a_verdict_for_a_line(
    line: dict[str, object], status: str, touchstone: Touchstone, write_lines: WriteLines
) -> None:
    ran = touchstone("verify", write_lines(line))
    verdict = json.loads(ran.stdout)
    assert list(verdict) == ["status", "correct", "extracted", "method", "seconds"]
    assert verdict["status"] == status
    assert verdict["correct"] is {"CORRECT": True, "UNPARSEABLE_GOLD": None}.get(status, False)
    assert ran.exit_code == (1 if verdict["correct"] is None else 0)
    assert f"{status} 1" in ran.stderr


def test_verify_writes_one_line_for_each_line(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    lines: list[object] = []
    for n in range(1200):
        bad = {3: "", 5: "[1]", 7: {"answer": n}, 9: {"answer": 1.5, "ground_truth": "1"}}.get(n % 100)
        lines.append({"answer": n, "ground_truth": n} if bad is None else bad)
    ran = touchstone("verify", write_lines(*lines), "-o", out)
    assert ran.exit_code == 1
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(found) == 1200
    for n, verdict in enumerate(found):
        if n % 100 in {3, 5, 7, 9}:
            assert verdict["status"] is None
            assert verdict["error"]
            assert f":{n + 1}: {verdict['error']}" in ran.stderr
        else:
            assert (verdict["status"], verdict["extracted"]) == ("CORRECT", str(n))
    assert "CORRECT 1152, bad line 48" in ran.stderr


def test_verify_takes_words_that_introduce_an_answer(touchstone: Touchstone, write_lines: WriteLines) -> None:
    source = write_lines({"completion": "6 * 7 = 42\nA: 42", "ground_truth": "42"})
    assert json.loads(touchstone("verify", source).stdout)["status"] == "NO_ANSWER"
    ran = touchstone("verify", source, "--introduction", "Answer:", "--introduction", "A:")
    assert json.loads(ran.stdout)["extracted"] == "42"


def test_verify_takes_a_stated_answer_when_asked(touchstone: Touchstone, write_lines: WriteLines) -> None:
    completions = [
        "The answer is 42.",
        "The answer is not 42.",
        "42 apples",
        r"\boxed{41}. The answer is 42.",
    ]
    source = write_lines(*({"completion": one, "ground_truth": "42"} for one in completions))
    statuses = [json.loads(line)["status"] for line in touchstone("verify", source).stdout.splitlines()]
    assert statuses == ["NO_ANSWER", "NO_ANSWER", "NO_ANSWER", "INCORRECT"]
    ran = touchstone("verify", source, "--stated")
    statuses = [json.loads(line)["status"] for line in ran.stdout.splitlines()]
    assert statuses == ["CORRECT", "INCORRECT", "NO_ANSWER", "INCORRECT"]


@pytest.mark.parametrize("flags", [("--introduction", "A:"), ("--stated",)], ids=" ".join)
def test_verify_refuses_another_extraction_for_a_server(
    touchstone: Touchstone, write_lines: WriteLines, flags: tuple[str, ...]
) -> None:
    ran = touchstone("verify", write_lines(), *flags, "--server", "127.0.0.1:1")
    assert ran.exit_code == 2
    assert "a server extracts by its recipe" in ran.stderr


def test_verify_reads_other_keys_by_flags(touchstone: Touchstone, write_lines: WriteLines) -> None:
    source = write_lines({"final": "2", "label": "2"}, {"text": r"\boxed{3}", "label": "2"})
    ran = touchstone(
        "verify", source, "--answer-field", "final", "--gold-field", "label", "--completion-field", "text"
    )
    assert [json.loads(line)["status"] for line in ran.stdout.splitlines()] == ["CORRECT", "INCORRECT"]


def test_verify_lets_hopeless_answers_hurt_nobody_else(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    tower = {"answer": "9^{9^{9}}", "ground_truth": "5"}
    choose = {"answer": r"\binom{10^{9}}{5 \cdot 10^{8}}", "ground_truth": "5"}
    right = [{"answer": f"{n}.50", "ground_truth": rf"\frac{{{2 * n + 1}}}{{2}}"} for n in range(50)]
    mixed = [line for good in right for line in (tower, good, choose)]
    ran = touchstone("verify", write_lines(*mixed))
    found = [json.loads(line)["status"] for line in ran.stdout.splitlines()]
    assert found[1::3] == ["CORRECT"] * 50
    assert set(found[0::3] + found[2::3]) <= {Status.TIMEOUT, Status.RESOURCE_LIMIT, Status.INCORRECT}
