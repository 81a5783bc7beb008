"""The log of a run, as lines of JSON."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from trainer_adapters.grpo.watch.log import append, read_log

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_read_log_reads_on_after_a_line_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    append(path, {"step": 1, "loss": float("-inf")})
    with path.open("a") as stream:
        stream.write('{"step": 2, "lo\n')
    append(path, {"step": 3, "loss": 1.0})
    assert read_log(path) == [{"step": 1, "loss": float("-inf")}, {"step": 3, "loss": 1.0}]
    assert os.linesep.join(path.read_text("utf-8").splitlines()[:1]) == '{"step": 1, "loss": "-Infinity"}'
