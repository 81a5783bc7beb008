"""The labelled files, and the one declared way of extraction for each.

Files differ in how their responses say 'this is my answer': a box, ``A: 42`` on the last line,
``#### 42``, 【答案】. What a file uses is declared here once and serves every grader alike: a grader is
given the text as it is, and also the answer cut out by this declaration, and the better of the two
counts for it.
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from benchmarks.verdicts.environment import data_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["LABELLED", "LabelledRow", "disputed_rows", "labelled_rows", "read_lines"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRow:
    """One labelled answer."""

    file: str
    number: int
    """Line in the file, from 1."""
    gold: str
    """As the file has it."""
    gold_answer: str
    """The same, or what it puts in its last boxes if it is a whole solution."""
    text: str
    """The whole response, or the bare answer where the file holds bare answers."""
    answer: str | None
    """What the file's declared extraction finds; None where the response says no answer."""
    right: bool
    category: str = ""
    debatable: bool = False
    disputed: str = ""
    """Why the label is wrong by our reading; empty where it is not."""


_SAYS = re.compile(r"(?:final answer is|answer is)\s*:?\s*(.+?)(?:\.?\s*I hope it is correct|\.?\s*(?:\n|$))")
_FINAL = re.compile(r"final answer is:?\s*\$((?:[^$\\]|\\.)+)\$\.?\s*(?:I hope|\Z)")
_REMARK = re.compile(r" \\# \\#[^$]*(?=\$)| \(满足.*\)\Z")
_SENTENCE = re.compile(r"[\u4e00-\u9fff]{4,}.*=")
_FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$(.+?)(?<!\\)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL)
_PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,} ")
_MONEY = re.compile(r"(?<!\\)\$(?=\d)")
_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:[.,]\d+)?(?:/\d+)?\s*%?")


def _boxes(text: str) -> list[tuple[int, str, int]]:
    r"""Start, contents and end of every balanced ``\\boxed{...}`` that is in no other box."""
    found = []
    start = text.find("\\boxed{")
    while start >= 0:
        depth = 0
        for position in range(start + len("\\boxed"), len(text)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                found.append((start, text[start + len("\\boxed{") : position], position + 1))
                break
        else:
            break
        start = text.find("\\boxed{", position)
    return found


def _last_box(text: str) -> str | None:
    """The contents of the last box."""
    boxes = _boxes(text)
    return boxes[-1][1] if boxes else None


def _box_or_said(text: str) -> str | None:
    """A box, else what follows the last 'the (final) answer is', else the value the text ends with."""
    box = _last_box(text)
    if box is not None:
        return box
    said = _SAYS.findall(text)
    return said[-1].strip() if said else _last_value(text)


def _minerva(text: str) -> str | None:
    """A box, else what the prompt asked for, 'The final answer is $X$.', else the last number.

    Who announces a final answer without the dollars has not kept to the prompt, and has no answer.
    """
    box = _last_box(text)
    if box is not None:
        return box
    said = _FINAL.findall(text)
    if said:
        return str(said[-1]).strip()
    numbers = [] if "final answer is" in text else _NUMBER.findall(text)
    return numbers[-1].strip() if numbers else None


def _box_or_said_or_number(text: str) -> str | None:
    """The same for word problems, where a dollar sign is money and the value at the end is a number."""
    found = _box_or_said(_MONEY.sub("", text))
    if found is not None or _last_box(text):
        return found
    numbers = _NUMBER.findall(text)
    return numbers[-1].strip() if numbers else None


def _inside(formula: re.Match[str]) -> str:
    """A formula without its delimiters."""
    return next(str(group) for group in formula.groups() if group).strip()


def _last_value(text: str) -> str | None:
    """The last number of the last line, or what stands behind the last equals sign of its last formula."""
    lines = text.strip().splitlines()
    line = lines[-1] if lines else ""
    formulas = [_inside(found) for found in _FORMULA.finditer(line)]
    if formulas:
        return formulas[-1].rpartition("=")[2].strip()
    numbers = _NUMBER.findall(line)
    return numbers[-1].strip() if numbers else None


def _last_line(text: str) -> str | None:
    found = re.findall(r"^A: *(.*)$", text, re.MULTILINE)
    return found[-1].strip() if found else None


def _hashes(text: str) -> str | None:
    found = re.findall(r"####\s*(.*)", text)
    return found[-1].strip() if found else None


def _chinese(text: str) -> str | None:
    _, mark, after = text.rpartition("【答案】")
    if not mark:
        return None
    said = after.split("<eoa>")[0].strip().lstrip(":：").strip()
    return (_SENTENCE.search(said) and _last_value(said)) or said


def _unit_test(text: str) -> str | None:
    """A box, else the last formula or number of a text in prose, else all of it: most are bare answers."""
    box = _last_box(text)
    if box is not None:
        return box
    said = _SAYS.findall(text)
    if said:
        return str(said[-1]).strip()
    formulas = list(_FORMULA.finditer(text))
    last = formulas[-1] if formulas else None
    if _PROSE.search(_FORMULA.sub(" ", text)):
        numbers = [found for found in _NUMBER.finditer(text) if last is None or found.start() >= last.end()]
        if numbers:
            return numbers[-1].group().strip()
    return _inside(last) if last else text


def _boxed_gold(gold: str) -> str:
    """A gold that is a whole solution is what that solution puts in its last boxes, or says at its end.

    Where a file gives an alternative (`0.3` for `3/10`) or a remark, the gold is what stands before it.
    """
    gold = _REMARK.sub("", gold)
    boxes = _boxes(gold)
    if not boxes:
        said = _SAYS.findall(gold)
        return said[-1].strip() if said else gold
    last = [boxes[-1]]
    for box in reversed(boxes[:-1]):
        if last[0][0] - box[2] > len(" \\quad \\text{and} \\quad "):
            break
        last.insert(0, box)
    return ", ".join(box[1] for box in last)


LABELLED: Mapping[str, Callable[[str], str | None]] = MappingProxyType(
    {
        "labelled_gsm8k_model_solutions": _last_line,
        "labelled_rho_gsm8k": _box_or_said_or_number,
        "labelled_rho_math500": _minerva,
        "labelled_qwen_math_cot100": _last_box,
        "labelled_mrgsm8k_human": _hashes,
        "labelled_gaokao_fill_zh": _chinese,
        "labelled_gaokao_mcq_zh": _chinese,
        "labelled_grader_unittests": _unit_test,
        "judge_cases": _last_box,
    }
)
"""Every labelled file by name, with its declared extraction."""


def read_lines(name: str) -> list[dict[str, object]]:
    """The rows of a data file as they are."""
    with (data_directory() / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def disputed_rows() -> list[dict[str, str]]:
    """Every row whose label is disputed: its file and line, and why."""
    path = Path(__file__).with_name("disputed.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _disputed(name: str) -> dict[int, str]:
    """Line -> why its label is wrong; found by reading the rows on which some grader and the label differ.

    Each has the `second_reading` of one who did not know the label: against it, or `unclear`.
    """
    return {int(row["line"]): row["why"] for row in disputed_rows() if row["file"] == name}


def labelled_rows(name: str) -> list[LabelledRow]:
    """The rows of one labelled file, with the declared extraction applied."""
    extract = LABELLED[name]
    disputed = _disputed(name)
    rows = []
    for number, row in enumerate(read_lines(name), start=1):
        text = str(row.get("response", row.get("completion")))
        gold = str(row.get("gold", row.get("ground_truth")))
        rows.append(
            LabelledRow(
                file=name,
                number=number,
                gold=gold,
                gold_answer=_boxed_gold(gold),
                text=text,
                answer=extract(text),
                right=bool(row.get("label", row.get("expected"))),
                category=str(row.get("category", row.get("kind", ""))),
                debatable=bool(row.get("debatable", False)),
                disputed=disputed.get(number, ""),
            )
        )
    return rows
