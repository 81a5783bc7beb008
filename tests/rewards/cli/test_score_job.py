"""The job of `touchstone score`: lines in chunks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone, WriteLines


def records(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_score_job_keeps_the_order_of_many_chunks(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    lines = [
        "broken" if n % 7 == 0 else {"id": n, "completion": rf"\boxed{{{n}}}", "ground_truth": n - n % 2}
        for n in range(1500)
    ]
    ran = touchstone("score", write_lines(*lines), "--recipe", "boxed", "-o", out)
    assert ran.exit_code == 1
    found = records(out)
    assert [record["line"] for record in found] == list(range(1, 1501))
    for n, record in enumerate(found):
        assert record["total"] == (None if n % 7 == 0 else float(n % 2 == 0))
        assert record["id"] == (None if n % 7 == 0 else str(n))
