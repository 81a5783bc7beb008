"""Prompts are counted wherever their rollouts stand, in little memory, and after a kill as without one."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from rewards.analysis.pass_rates import BINS, Band, PromptOutcome, RateTally, collect, prompts
from rewards.analysis.passes import ByScore
from rewards.analysis.rows import Row, RowSource
from rewards.analysis.spill import GroupCount, Spill
from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


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


def test_collect_counts_groups_as_the_plain_definition_does(tmp_path: Path) -> None:
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


def test_collect_goes_on_where_it_was_broken_off_with_the_same_result(tmp_path: Path) -> None:
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
def test_collect_takes_a_million_rollouts_in_constant_memory_killed_and_resumed(tmp_path: Path) -> None:
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
