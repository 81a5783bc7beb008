"""Jobs on files of rows, carried out in this process."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from rewards.analysis.engines.jobs import AuditJob, numbered, run_here
from rewards.analysis.golds import examine
from rewards.analysis.rows import RowSource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def job(tmp_path: Path) -> AuditJob:
    lines = [json.dumps({"gold": str(number)}) for number in range(1200)]
    lines[700] = "nonsense"
    (tmp_path / "golds.jsonl").write_text("\n".join(lines) + "\n")
    return AuditJob(RowSource(tmp_path / "golds.jsonl"))


def test_run_here_gives_each_chunk_with_its_result_in_order(job: AuditJob) -> None:
    found = [pair for chunk, results in run_here(job) for pair in zip(chunk, results, strict=True)]
    assert [row.number for row, _ in found] == list(range(1, 1201))
    assert [row.number for row, finding in found if finding is None] == [701]
    assert found[5][1] == examine("5")


def test_numbered_keys_chunks_by_their_first_row(job: AuditJob) -> None:
    keys = [key for key, _ in numbered(job)]
    assert keys == [chunk[0].number for _, chunk in numbered(job)]
    assert keys[0] == 1
    assert keys == sorted(set(keys))


def test_audit_job_travels_by_an_absolute_path(
    job: AuditJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = AuditJob(RowSource(tmp_path.joinpath("golds.jsonl").relative_to(tmp_path)))
    there = pickle.loads(pickle.dumps(here.portable()))  # noqa: S301  # our own
    assert there.source.path == tmp_path / "golds.jsonl"
    assert [results for _, results in run_here(there)] == [results for _, results in run_here(job)]
