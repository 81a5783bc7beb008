"""Prompts are counted wherever their rollouts stand, in little memory, and after a kill as without one."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import LocalScorer
from rewards.analysis.intervals import wilson
from rewards.analysis.pass_rates import BINS, Band, PromptOutcome, RateTally, collect, prompts
from rewards.analysis.passes import ByScore, ByScorer, chunked
from rewards.analysis.rows import Row, RowSource
from rewards.analysis.spill import UNJUDGED, GroupCount, Spill, key_of
from rewards.errors import InvalidParameterError, RowFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def synthetic(path: Path, rollouts: int, seed: int = 1) -> Path:
    """Rollouts with scores, those of a prompt all over the file."""
    chance = random.Random(seed)  # noqa: S311  # rollouts are no secrets
    with path.open("w") as stream:
        for _ in range(rollouts):
            prompt = chance.randrange(rollouts // 8)
            score = float(chance.random() < prompt % 9 / 8)
            stream.write(
                json.dumps({"prompt": f"prompt {prompt}", "completion": "...", "score": score}) + "\n"
            )
    return path


def counted(source: RowSource, spill: Spill) -> list[tuple[GroupCount, object]]:
    return [(group, (row.values or {})["prompt"]) for group, row in prompts(source, spill)]


def plainly(path: Path) -> list[tuple[GroupCount, object]]:
    """The plain definition, with everything in memory."""
    first: dict[str, int] = {}
    scores: dict[str, list[float]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        row = json.loads(line)
        first.setdefault(row["prompt"], number)
        scores.setdefault(row["prompt"], []).append(row["score"])
    return [
        (GroupCount(number, len(scores[name]), len(scores[name]), int(sum(scores[name]))), name)
        for name, number in first.items()
    ]


def test_groups_are_counted_as_by_the_plain_definition(tmp_path: Path) -> None:
    source = RowSource(synthetic(tmp_path / "rollouts.jsonl", 4000))
    with Spill(tmp_path / "work", {}) as spill:
        collect(source, ByScore(source.columns), spill)
        assert counted(source, spill) == plainly(source.path)
        assert spill.rows == 4000


class Dies(ByScore):
    """Goes down after some rows, as a machine does."""

    rows_to_live = 1500

    def __call__(self, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
        if rows[-1].number > self.rows_to_live:
            raise InterruptedError
        return super().__call__(rows)


def test_a_run_that_was_broken_off_goes_on_with_the_same_result(tmp_path: Path) -> None:
    source = RowSource(synthetic(tmp_path / "rollouts.jsonl", 4000))

    def die() -> None:
        with Spill(tmp_path / "work", {"a": 1}) as spill:
            collect(source, Dies(source.columns, rows_at_once=64), spill, checkpoint_rows=256)

    with pytest.raises(InterruptedError):
        die()
    with Spill(tmp_path / "work", {"a": 1}) as spill:
        assert 1200 < spill.rows < 1500, "it knows where it was, and more was written since"
        collect(source, ByScore(source.columns), spill)
        assert counted(source, spill) == plainly(source.path)
        spill.remove()
    assert not (tmp_path / "work").exists()


def test_what_another_run_left_is_not_taken_up(tmp_path: Path) -> None:
    with Spill(tmp_path / "work", {"files": [["a", 1]], "above": 0.5}) as spill:
        spill.checkpoint(rows=5, bad_rows=0)
    with pytest.raises(RowFileError, match=r"another run \(above differ\): remove it, or choose .* --work"):
        Spill(tmp_path / "work", {"files": [["a", 1]], "above": 0.6})


def test_parts_that_a_crash_of_the_machine_took_are_made_again(tmp_path: Path) -> None:
    with Spill(tmp_path / "work", {}) as spill:
        spill.add([(key_of("a"), 1, 1)])
        spill.checkpoint(rows=1, bad_rows=0)
    for part in (tmp_path / "work").glob("part-*"):
        part.write_bytes(b"")
    with Spill(tmp_path / "work", {}) as spill:
        assert spill.rows == 0


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 1, UNJUDGED])), max_size=60),
    st.integers(1, 7),
)
def test_any_order_in_any_batches(
    tmp_path_factory: pytest.TempPathFactory, results: list[tuple[int, int]], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("spill")
    rows = [(key_of(str(name)), number, passed) for number, (name, passed) in enumerate(results, start=1)]
    with Spill(folder / "work", {}) as spill:
        for start in range(0, len(rows), batch):
            spill.add(rows[start : start + batch])
        found = list(spill.groups())
    by_key = [list(group) for _, group in itertools.groupby(sorted(rows), key=lambda result: result[0])]
    expected = [
        GroupCount(
            min(row for _, row, _ in group),
            len(group),
            sum(passed != UNJUDGED for _, _, passed in group),
            sum(passed == 1 for _, _, passed in group),
        )
        for group in by_key
    ]
    assert found == sorted(expected, key=lambda group: group.first)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.5, 0.999))
def test_wilsons_interval_holds_the_rate_and_solves_its_equation(
    one: int, other: int, confidence: float
) -> None:
    passed, judged = min(one, other), max(one, other)
    low, high = wilson(passed, judged, confidence)
    if judged == 0:
        assert low != low  # noqa: PLR0124  # NaN
        return
    assert 0 <= low <= passed / judged <= high <= 1
    wider = wilson(passed, judged, min(0.9999, confidence + 0.0005))
    assert wider[0] <= low
    assert high <= wider[1]
    mirrored = wilson(judged - passed, judged, confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("passed", "judged", "confidence"), [(1, 2, 0.0), (1, 2, 1.0), (3, 2, 0.9), (-1, 2, 0.9)]
)
def test_intervals_of_nonsense_are_refused(passed: int, judged: int, confidence: float) -> None:
    with pytest.raises(InvalidParameterError):
        wilson(passed, judged, confidence)


@pytest.mark.parametrize(
    ("judged", "passed", "fate"),
    [
        (8, 0, PromptOutcome.ALL_WRONG),
        (8, 1, PromptOutcome.TOO_HARD),
        (10, 2, PromptOutcome.KEPT),
        (8, 5, PromptOutcome.KEPT),
        (8, 6, PromptOutcome.TOO_EASY),
        (8, 8, PromptOutcome.ALL_RIGHT),
        (0, 0, PromptOutcome.NOT_JUDGED),
        (3, 1, PromptOutcome.TOO_FEW),
    ],
)
def test_both_ends_of_the_band_are_kept(judged: int, passed: int, fate: PromptOutcome) -> None:
    band = Band(min_judged=4)
    group = GroupCount(first=1, rollouts=8, judged=judged, passed=passed)
    assert band.fate(group) is fate
    tally = RateTally()
    tally.add(group, fate)
    assert sum(tally.bins) == (judged > 0)
    if judged:
        rate = passed / judged
        ends = {0.0: "0", 1.0: "1"}
        name = BINS[tally.bins.index(1)]
        assert name == ends.get(rate) or float(name[:3]) <= rate < float(name[-3:])


def test_a_band_must_ascend() -> None:
    with pytest.raises(InvalidParameterError):
        Band(low=0.7, high=0.2)


def rows_of(*values: dict[str, object]) -> list[Row]:
    return [Row(number, value, "", Path("f"), number, 10) for number, value in enumerate(values, start=1)]


def test_scores_of_every_kind_are_read(tmp_path: Path) -> None:
    columns = RowSource(synthetic(tmp_path / "r.jsonl", 8)).columns
    values = [1.0, 0.0, True, False, -1, float("nan"), None, "1", 0.5]
    found = list(ByScore(columns)(rows_of(*({"score": value} for value in values))))
    assert [outcome for outcome, _ in found] == [1, 0, 1, 0, 0, UNJUDGED, UNJUDGED, UNJUDGED, 0]
    assert [bool(error) for _, error in found] == [False] * 7 + [True, False]


def test_rollouts_without_scores_are_judged(tmp_path: Path) -> None:
    columns = RowSource(synthetic(tmp_path / "r.jsonl", 8)).columns
    passes = ByScorer(columns, LocalScorer("boxed"))
    rows = rows_of(
        {"completion": r"\boxed{0.5}", "ground_truth": "1/2", "id": "same"},
        {"completion": r"\boxed{2}", "ground_truth": "1/2", "id": "same"},
        {"completion": r"\boxed{2}", "ground_truth": "150^"},
        {"completion": r"\boxed{2}"},
        {"ground_truth": "4"},
    )
    outcomes, errors = zip(*passes(rows), strict=True)
    assert outcomes == (1, 0, UNJUDGED, UNJUDGED, UNJUDGED)
    assert [bool(error) for error in errors] == [False, False, False, True, True]


def test_chunks_are_bounded_by_rows_and_bytes() -> None:
    rows = [Row(number, {}, "", Path("f"), number, 6 * 2**20) for number in range(1, 8)]
    assert [len(chunk) for chunk in chunked(rows, 4)] == [2, 2, 2, 1]
    assert [len(chunk) for chunk in chunked((row._replace(size=1) for row in rows), 4)] == [4, 3]


def test_a_rollout_of_no_prompt_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    path.write_text(
        '{"completion": "x", "score": 1}\nnonsense\n{"group_id": 7, "completion": "x", "score": 1}\n'
    )
    source = RowSource(path)
    bad: list[tuple[str, str]] = []
    with Spill(tmp_path / "work", {}) as spill:
        collect(
            source, ByScore(source.columns), spill, report=lambda place, error: bad.append((place, error))
        )
        assert [group.first for group in spill.groups()] == [3]
        assert spill.bad_rows == 2
    assert dict(bad) == {
        "rollouts.jsonl:1": "it belongs to no prompt: no 'group_id' and no 'prompt'",
        "rollouts.jsonl:2": "not JSON: Expecting value at column 1",
    }


COMMAND = "from rewards.cli.main import main; main()"


def filtering(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", COMMAND, "filter", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def peak_mebibytes(output: bytes) -> int:
    return int(output.decode().rpartition("peak memory ")[2].split()[0])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_million_rollouts_in_constant_memory_killed_and_resumed(tmp_path: Path) -> None:
    """Killed by SIGKILL in the middle and started again, it writes the same bytes; memory does not grow."""
    small = synthetic(tmp_path / "small.jsonl", 100_000)
    output, _ = filtering(small, "-o", tmp_path / "small-out.jsonl").communicate()
    few = peak_mebibytes(output)
    file = synthetic(tmp_path / "rollouts.jsonl", 1_000_000)
    output, _ = filtering(file, "-o", tmp_path / "whole.jsonl").communicate()
    many = peak_mebibytes(output)
    assert many < few + 16, f"{few} MiB for a tenth of it, {many} MiB for all"

    resumed = tmp_path / "resumed.jsonl"
    killed = filtering(file, "-o", resumed)
    checkpoint = tmp_path / "resumed.jsonl.work" / "checkpoint.json"
    while not checkpoint.exists() or json.loads(checkpoint.read_text())["rows"] < 400_000:
        assert killed.poll() is None
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not resumed.exists()
    again = filtering(file, "-o", resumed)
    _, told = again.communicate()
    assert b"going on from row" in told
    assert again.returncode == 0
    assert resumed.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not checkpoint.parent.exists()
