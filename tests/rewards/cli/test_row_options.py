"""Every command reads the same columns of the same file, whatever holds it, and says what it lacks."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import owners_layouts
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conftest import Touchstone, WriteLines

    Write = Callable[..., Path]


RIGHT, WRONG = r"so \boxed{2}", r"so \boxed{3}"


QUESTION = "1 + 1?"


def said(text: str, *, sharegpt: bool = False) -> list[dict[str, str]]:
    if sharegpt:
        return [{"from": "human", "value": QUESTION}, {"from": "gpt", "value": text}]
    return [{"role": "assistant", "content": text}]


LAYOUTS: Mapping[str, Callable[[str], dict[str, object]]] = {
    "names of our own": lambda text: {"prompt": QUESTION, "completion": text, "ground_truth": "2"},
    "synonyms": lambda text: {"problem": QUESTION, "response": text, "gold": 2},
    "an expected answer": lambda text: {"question": QUESTION, "response": text, "expected_answer": "2"},
    "verl": lambda text: {"input": QUESTION, "output": text, "gts": "2", "step": 1},
    "messages": lambda text: {"prompt": QUESTION, "completion": said(text), "answer": "2"},
    "ShareGPT": lambda text: {"prompt": QUESTION, "completion": said(text, sharegpt=True), "gold": "2"},
    "one id for all samples": lambda text: {"id": 7, "completion": text, "ground_truth": "2"},
}


HOLDERS = ("jsonl", "gz", "folder", "array", "parquet", "stdin")


@pytest.fixture
def hold(tmp_path: Path) -> Write:
    """Puts rows into a file of some kind; standard input is `-`, with the bytes in `tmp_path / "stdin"`."""

    def write(holder: str, rows: list[dict[str, object]]) -> Path | str:
        data = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
        path = tmp_path / f"rows.{holder}"
        if holder == "folder":
            path.mkdir()
            (path / "1.jsonl").write_bytes(data)
        elif holder == "parquet":
            pyarrow = pytest.importorskip("pyarrow")
            pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), path)
        elif holder == "gz":
            path = path.with_suffix(".jsonl.gz")
            path.write_bytes(gzip.compress(data))
        elif holder == "array":
            path = path.with_suffix(".json")
            path.write_text(json.dumps(rows, indent=2))
        else:
            path = path.with_suffix(".jsonl") if holder == "jsonl" else tmp_path / "stdin"
            path.write_bytes(data)
            return "-" if holder == "stdin" else path
        return path

    return write  # type: ignore[return-value]  # a path, or `-`


def correct(text: str) -> list[bool | None]:
    records = [json.loads(line) for line in text.splitlines()]
    return [(record.get("verdict") or record)["correct"] for record in records]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_score_and_verify_read_every_layout_in_every_file(
    touchstone: Touchstone, hold: Write, tmp_path: Path, holder: str, layout: str
) -> None:
    file = hold(holder, [LAYOUTS[layout](text) for text in (RIGHT, WRONG, RIGHT)])
    stdin = (tmp_path / "stdin").read_bytes() if holder == "stdin" else None
    for command in (("verify",), ("score", "--recipe", "boxed", "-o", "-")):
        result = touchstone(*command, file, stdin=stdin)
        assert correct(result.stdout) == [True, False, True], result.stderr
        assert result.exit_code == 0


COMMANDS = {
    "score": ("score",),
    "verify": ("verify",),
    "filter": ("filter", "--recipe", "boxed"),
    "report": ("report", "-o", "-"),
    "compare": ("compare", "boxed", "r1-zero"),
    "stress": ("stress", "boxed", "--honest"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("holder", ["jsonl", "gz", "folder", "stdin"])
def test_golds_without_completions_are_judged_by_nobody(
    touchstone: Touchstone, hold: Write, tmp_path: Path, holder: str, command: str
) -> None:
    file = hold(holder, [{"problem": QUESTION, "answer": "2"}] * 3)
    stdin = (tmp_path / "stdin").read_bytes() if holder == "stdin" else None
    result = touchstone(*COMMANDS[command], file, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert "no completion here: columns are 'problem', 'answer'" in result.stderr
    assert "CORRECT" not in result.output


@pytest.mark.parametrize("command", [*COMMANDS, "audit"])
@pytest.mark.parametrize("flags", [("--map", "completion=respnse"), ("--map", "finish_reason=respnse")])
def test_a_misspelt_mapping_names_the_nearest_column(
    touchstone: Touchstone, write_lines: WriteLines, command: str, flags: tuple[str, str]
) -> None:
    file = write_lines({"response": RIGHT, "gold": "2"})
    result = touchstone(*COMMANDS.get(command, (command,)), file, *flags)
    assert result.exit_code == 2, result.output
    assert "no column 'respnse' here" in result.stderr
    assert "(did you mean 'response'?); columns are 'response', 'gold'" in result.stderr


@pytest.mark.parametrize("command", [*COMMANDS, "audit"])
def test_a_column_is_not_two_things(touchstone: Touchstone, write_lines: WriteLines, command: str) -> None:
    file = write_lines({"response": RIGHT, "gold": "2"})
    result = touchstone(
        *COMMANDS.get(command, (command,)), file, "--map", "completion=gold,ground_truth=gold"
    )
    assert result.exit_code == 2
    assert "'gold' cannot be both completion and ground_truth" in result.stderr


def test_a_bare_answer_is_no_gold_and_a_gold_no_bare_answer(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    file = write_lines({"answer": "2", "label": "7"}, {"answer": "7", "label": "7"})
    assert touchstone("verify", file).exit_code == 2
    result = touchstone("verify", file, "--gold-field", "label")
    assert correct(result.stdout) == [False, True]
    result = touchstone("verify", file, "--answer-field", "label", "--map", "ground_truth=answer")
    assert correct(result.stdout) == [False, True]
    assert touchstone("verify", file, "--answer-field", "label", "--gold-field", "label").exit_code == 2


def test_a_null_in_the_first_row_decides_nothing(touchstone: Touchstone, write_lines: WriteLines) -> None:
    first = {"prompt": QUESTION, "response": None, "gold": None, "score": None}
    rows = [{"prompt": QUESTION, "response": RIGHT, "gold": "2", "score": 0.0}] * 3
    file = write_lines(first, *rows)
    figures = json.loads(touchstone("filter", file, "--json").stdout)
    assert (figures["passed_by"], figures["passed"], figures["judged"]) == ("score above 0.5", 0, 3)
    assert correct(touchstone("verify", file).stdout) == [None, True, True, True]


GOLDS: dict[str, tuple[object, bool | None]] = {
    "a list of numbers": ([5, 6], True),
    "a number": (5, True),
    "a float": (5.0, True),
    "null": (None, None),
}


@pytest.mark.parametrize(("gold", "right"), GOLDS.values(), ids=GOLDS)
def test_golds_are_one_thing_to_audit_verify_and_filter(
    touchstone: Touchstone,
    write_lines: WriteLines,
    gold: object,
    right: bool | None,  # noqa: FBT001  # a verdict
) -> None:
    good = {"prompt": "a", "completion": r"\boxed{1}", "ground_truth": "1"}
    file = write_lines(good, {"prompt": "b", "completion": r"\boxed{5}", "ground_truth": gold})
    assert correct(touchstone("verify", file).stdout) == [True, right]
    figures = json.loads(touchstone("filter", file, "--recipe", "boxed", "--json").stdout)
    assert figures["judged"] == (1 if right is None else 2)
    audited = json.loads(touchstone("audit", file, "--json").stdout)
    assert audited["rejected"] == (right is None)


@pytest.mark.parametrize("command", [*COMMANDS, "audit"])
@pytest.mark.parametrize("text", ["problem,gold\n" + "1 + 1?,2\n" * 300, '{\n "gold": "2"\n}\n'])
def test_row_source_of_no_rows_is_one_line_and_no_output(
    touchstone: Touchstone, tmp_path: Path, command: str, text: str
) -> None:
    file = tmp_path / "rows.txt"
    file.write_text(text)
    result = touchstone(*COMMANDS.get(command, (command,)), file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "rows.txt holds no rows" in result.stderr


def test_row_source_tells_shared_conversations_apart_as_prompts(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    rows = [
        {
            "prompt": [{"from": "human", "value": f"{n}?"}],
            "completion": said(RIGHT, sharegpt=True),
            "gold": "2",
        }
        for n in range(4)
    ]
    figures = json.loads(touchstone("filter", write_lines(*rows), "--json").stdout)
    assert (figures["prompts"], figures["passed"]) == (4, 4)


@pytest.mark.parametrize("name", owners_layouts.LAYOUTS)
def test_row_options_read_data_as_its_owners_lay_it_out(
    name: str, touchstone: Touchstone, hold: Write
) -> None:
    layout = owners_layouts.LAYOUTS[name]
    rows = [layout.row(f"{at} + 2?", str(at + 2)) for at in range(4)]
    holder = "parquet" if layout.is_parquet else "jsonl"
    audited = touchstone("audit", hold(holder, rows), "--json", *layout.flags)
    figures = json.loads(audited.stdout)
    assert (figures["golds"], figures["rejected"]) == (4, 0), audited.output
    said = [rf"so \boxed{{{at + 2}}}" if at % 2 else r"so \boxed{0}" for at in range(4)]
    answered = [{**row, "completion": text} for row, text in zip(rows, said, strict=True)]
    scored = touchstone("score", hold(holder, answered), "--recipe", "boxed", "-o", "-", *layout.flags)
    assert correct(scored.stdout) == [False, True, False, True], scored.output


def test_row_options_cut_golds_out_of_worked_solutions(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    rows = [
        {"answer": "6 + 6 of them.\n#### 12", "response": r"\boxed{12}"},
        {"answer": "So, 1,000 in all.\n#### 1,000\n", "response": r"\boxed{1000}"},
        {"answer": "a #### 3 b\n#### 4", "response": r"\boxed{3}"},
        {"answer": "without a mark", "response": r"\boxed{4}"},
    ]
    assert "--gold-after '####' takes what follows" in touchstone("verify", write_lines(*rows)).stderr
    found = touchstone("verify", write_lines(*rows), "--gold-after", "####")
    assert "--gold-after" not in found.stderr
    assert correct(found.stdout) == [True, True, False, None]
    assert found.exit_code == 1
    boxes = [{"gold": r"First $\boxed{1}$, so \boxed{\frac{1}{2}}.", "response": r"\boxed{0.5}"}]
    assert correct(touchstone("verify", write_lines(*boxes), "--gold-after", r"\boxed").stdout) == [True]


OPENED = "1 + 1?<|im_end|>\n<|im_start|>assistant\n<think>\n"
CLOSED = "1 + 1?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def test_row_options_find_the_reasoning_that_a_prompt_opens(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    rows = [
        {"prompt": OPENED, "completion": r"2</think> \boxed{2}", "gold": "2"},
        {"prompt": OPENED, "completion": r"so \boxed{2}", "gold": "2"},
        {"prompt": CLOSED, "completion": r"\boxed{2}", "gold": "2"},
        {"prompt": "1 + 1?", "completion": r"\boxed{2}", "gold": "2"},
        {"prompt": OPENED, "completion": r"so \boxed{2}", "gold": "2", "think_prefilled": False},
    ]
    file = write_lines(*rows)
    found = touchstone("score", file, "-o", "-")
    totals = [json.loads(line)["total"] for line in found.stdout.splitlines()]
    assert totals == [1.5, 0.0, 1.5, 1.0, 1.0]
    assert "the prompt of the first row opens the reasoning" in found.stderr
    told = touchstone("score", file, "-o", "-", "--no-think-prefilled")
    assert [json.loads(line)["total"] for line in told.stdout.splitlines()] == [1.0] * 5
    assert "opens the reasoning" not in told.stderr


@pytest.mark.parametrize(("flag", "right"), [("kimi", True), ("<s>,</s>", False), ("any", True)])
def test_row_options_name_the_format_of_the_reasoning(
    flag: str, touchstone: Touchstone, write_lines: WriteLines, *, right: bool
) -> None:
    """A text in the marks of another format has no reasoning, and its first box is as good as its last."""
    file = write_lines({"completion": r"◁think▷ \boxed{3} ◁/think▷ 2", "gold": "3"})
    found = touchstone("verify", file, "--reasoning", flag)
    assert correct(found.stdout) == [not right]


def test_row_options_name_the_formats_where_one_is_not_known(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("score", write_lines({"completion": "2", "gold": "2"}), "--reasoning", "kimy")
    assert result.exit_code == 2
    assert "did you mean 'kimi'" in result.stderr


def test_row_options_leave_the_format_to_a_server(
    touchstone: Touchstone, write_lines: WriteLines, address: str
) -> None:
    file = write_lines({"completion": "2", "gold": "2"})
    result = touchstone("score", file, "--reasoning", "kimi", "--server", address)
    assert result.exit_code == 2
    assert "write `reasoning:` into its recipe" in result.stderr


def test_row_options_leave_out_the_text_of_tools(touchstone: Touchstone, write_lines: WriteLines) -> None:
    asks, says = {"role": "assistant", "content": "I ask."}, {"role": "assistant", "content": r"\boxed{3}"}
    tool = {"role": "tool", "content": r"\boxed{2}"}
    one = {"role": "assistant", "content": "I ask.<|im_end|>\n<|im_start|>tool\n\\boxed{2}"}
    rows = [
        {"completion": r"I ask.<tool_response>\boxed{2}</tool_response>", "gold": "2"},
        {"completion": [asks, tool], "gold": "2"},
        {"completion": [asks, tool, says], "gold": "3"},
        {"completion": [one], "gold": "2"},
    ]
    assert correct(touchstone("verify", write_lines(*rows)).stdout) == [False, False, True, False]
    thinks = [{"role": "assistant", "content": f"<think>a</think>{text}"} for text in ("ask", r"\boxed{3}")]
    file = write_lines({"completion": [thinks[0], tool, thinks[1]], "gold": "3"})
    scored = json.loads(touchstone("score", file, "-o", "-", "--recipe", "r1-zero").stdout)
    assert scored["total"] == 1.5


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"completion_mask": [1, 0]}, True),
        ({"completion_mask": [1, 1]}, False),
        ({"completion_mask": [1, 0], "turns": [[0, 1]]}, False),
        ({}, False),
    ],
)
def test_row_options_tell_of_a_mask_without_turns(
    fields: dict[str, object], touchstone: Touchstone, write_lines: WriteLines, *, is_told: bool
) -> None:
    row = {"completion": "42", "gold": "2", "completion_ids": [1, 2], **fields}
    found = touchstone("score", write_lines(row), "-o", "-")
    assert ("completion_mask leaves tokens" in found.stderr) is is_told
