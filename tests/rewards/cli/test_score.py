"""`touchstone score`: every line is accounted for, in the file, in the summary and in the exit code."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from rewards import LocalScorer, Recipe, Rollout

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone, WriteLines


RIGHT = {"id": "right", "completion": r"<think>1 + 1</think> \boxed{2}", "ground_truth": "2"}


WRONG = {"id": "wrong", "completion": r"<think>1 + 1</think> \boxed{3}", "ground_truth": "2"}


BROKEN = {"id": "broken gold", "completion": r"<think></think> \boxed{3}", "ground_truth": r"\frac{1}{"}


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_score_sums_up_a_good_file(touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    ran = touchstone("score", write_lines(RIGHT, WRONG), "-o", out)
    assert ran.exit_code == 0
    right, wrong = records(out)
    assert (right["line"], right["id"], right["total"], right["error"]) == (1, "right", 1.5, None)
    assert (wrong["line"], wrong["id"], wrong["total"], wrong["error"]) == (2, "wrong", 0.5, None)
    assert "r1-zero@1" in ran.stdout
    assert "2 lines, 0 without a total, CORRECT 1, INCORRECT 1" in ran.stdout


def test_score_writes_all_that_the_scorer_said(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    touchstone("score", write_lines(RIGHT), "-o", out)
    (record,) = records(out)
    scores = LocalScorer("r1-zero").score([Rollout(**RIGHT)])
    for kind in ("components", "nodes", "parts"):
        expected = {name: float(values[0]) for name, values in getattr(scores, kind).items()}
        assert record[kind] == expected
    verdict = record["verdict"]
    assert isinstance(verdict, dict)
    assert verdict["status"] == "CORRECT"
    assert verdict["extracted"] == "2"
    assert verdict["correct"] is True
    assert {name: record[name] for name in ("recipe", "recipe_digest", "environment_digest")} == {
        "recipe": scores.recipe,
        "recipe_digest": scores.recipe_digest,
        "environment_digest": scores.environment_digest,
    }


def test_score_names_bad_lines_and_scores_the_rest(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    source = write_lines(RIGHT, "no json", {"completion": r"\boxed{2}"}, WRONG)
    ran = touchstone("score", source, "-o", out)
    assert ran.exit_code == 1
    assert f"{source}:2: not JSON: Expecting value at column 1\n" in ran.stderr
    assert f"{source}:3: " in ran.stderr
    assert "needs ground_truth, which this line does not carry" in ran.stderr
    totals = [record["total"] for record in records(out)]
    assert totals == [1.5, None, None, 0.5]
    assert [bool(record["error"]) for record in records(out)] == [False, True, True, False]
    assert "4 lines, 2 without a total" in ran.stdout


def test_score_of_a_broken_gold_is_null_and_the_exit_code_says_so(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    ran = touchstone("score", write_lines(RIGHT, BROKEN), "-o", out)
    assert ran.exit_code == 1
    broken = records(out)[1]
    assert broken["total"] is None
    assert broken["error"] is None
    verdict = broken["verdict"]
    assert isinstance(verdict, dict)
    assert (verdict["status"], verdict["correct"]) == ("UNPARSEABLE_GOLD", None)
    assert "1 of 2" in ran.stdout


def test_score_takes_an_empty_file(touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    ran = touchstone("score", write_lines(), "-o", out)
    assert ran.exit_code == 0
    assert out.read_bytes() == b""
    assert "0 lines" in ran.stdout


def test_score_takes_a_completion_of_ten_megabytes(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    long = {**RIGHT, "completion": "<think>" + "so " * 3_500_000 + r"</think> \boxed{2}"}
    assert touchstone("score", write_lines(long, WRONG), "-o", out).exit_code == 0
    assert [record["total"] for record in records(out)] == [1.5, 0.5]


def test_score_reads_standard_input_and_writes_standard_output(touchstone: Touchstone) -> None:
    ran = touchstone("score", "-", "-o", "-", stdin=json.dumps(RIGHT).encode() + b"\nx\n")
    assert ran.exit_code == 1
    assert [json.loads(line)["total"] for line in ran.stdout.splitlines()] == [1.5, None]
    assert "stdin:2: not JSON" in ran.stderr
    assert "2 lines" in ran.stderr


def test_score_takes_a_recipe_by_its_path(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("name: mine\nversion: 3\nreward:\n  think_format: {}\n  weight: 4.0\n", "utf-8")
    ran = touchstone("score", write_lines(RIGHT), "--recipe", recipe, "-o", "-")
    assert json.loads(ran.stdout)["total"] == 4.0
    assert json.loads(ran.stdout)["recipe"] == "mine@3"


def test_score_reads_other_keys_by_flags(touchstone: Touchstone, write_lines: WriteLines) -> None:
    source = write_lines({"response": RIGHT["completion"], "gold": 2})
    ran = touchstone("score", source, "--completion-field", "response", "--gold-field", "gold", "-o", "-")
    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["total"] == 1.5


def test_score_goes_on_where_a_pinned_digest_holds(touchstone: Touchstone, write_lines: WriteLines) -> None:
    digest = Recipe.load("r1-zero").digest
    assert touchstone("score", write_lines(RIGHT), "--recipe-digest", digest).exit_code == 0


@pytest.mark.parametrize("which", ["recipe", "environment"])
def test_score_ends_where_a_pinned_digest_does_not_hold(
    which: str, touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    ran = touchstone("score", write_lines(RIGHT), f"--{which}-digest", "0" * 64, "-o", out)
    assert ran.exit_code == 3
    assert ran.stderr.startswith(f"touchstone: the {which} digest is ")
    assert not out.exists()


WRONG_USE = {
    "an unknown recipe": (["--recipe", "r1-zeor"], "no recipe is called 'r1-zeor' (did you mean 'r1-zero'?)"),
    "no such recipe file": (["--recipe", "./none.yaml"], "there is no recipe file none.yaml"),
    "a time of nothing": (["--timeout", "0"], "'--timeout'"),
    "how to reach nobody": (["--tls"], "there is no --server"),
    "an unknown flag": (["--recipes", "x"], "No such option"),
}


@pytest.mark.parametrize(("flags", "reason"), WRONG_USE.values(), ids=WRONG_USE)
def test_score_answers_wrong_use_by_one_clear_line(
    flags: list[str], reason: str, touchstone: Touchstone, write_lines: WriteLines
) -> None:
    ran = touchstone("score", write_lines(RIGHT), *flags)
    assert ran.exit_code == 2
    assert reason in ran.stderr
    assert "Traceback" not in ran.output


def test_score_says_that_a_file_is_not_there(touchstone: Touchstone, tmp_path: Path) -> None:
    ran = touchstone("score", tmp_path / "none.jsonl")
    assert ran.exit_code == 2
    assert "does not exist" in ran.stderr


def test_score_says_that_an_output_cannot_be_written(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    ran = touchstone("score", write_lines(RIGHT), "-o", tmp_path / "nowhere" / "out.jsonl")
    assert ran.exit_code == 3
    assert "No such file or directory" in ran.stderr


def test_score_may_replace_its_own_input(touchstone: Touchstone, write_lines: WriteLines) -> None:
    source = write_lines(RIGHT, WRONG)
    assert touchstone("score", source, "-o", source).exit_code == 0
    assert [record["total"] for record in records(source)] == [1.5, 0.5]
    assert [path.name for path in source.parent.iterdir()] == [source.name]


def test_score_writes_null_and_never_0_for_what_is_not_judged(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    ran = touchstone("score", write_lines(BROKEN), "--recipe", "boxed", "-o", "-")
    record = json.loads(ran.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert record["components"] == {"correctness": None}
    assert math.isnan(LocalScorer("boxed").score([Rollout(**BROKEN)]).totals[0])
