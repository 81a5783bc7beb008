"""Reports as the command writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from report_pages import Page

from rewards.cli.report import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Page]:
    def make(*rows: object, flags: tuple[str, ...] = (), exit_code: int = 0) -> Page:
        file, out = tmp_path / "rollouts.jsonl", tmp_path / "report.html"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ran = CliRunner().invoke(report, [str(file), "-o", str(out), *flags])
        assert ran.exit_code == exit_code, ran.output
        return Page(out.read_text("utf-8"))

    return make
