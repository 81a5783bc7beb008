"""Results of blocks on disk: taken up by the same run alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rewards.analysis.engines.blocks import Blocks
from rewards.errors import RowFileError

if TYPE_CHECKING:
    from pathlib import Path


def test_blocks_of_another_run_are_not_taken_up(tmp_path: Path) -> None:
    Blocks(tmp_path / "work", {"recipe": "a", "files": [("x", 1)]}).save(1, b"one")
    again = Blocks(tmp_path / "work", {"recipe": "a", "files": [("x", 1)]})
    assert again.done == {1}
    assert again.load(1) == b"one"
    with pytest.raises(RowFileError, match=r"another run \(recipe differ\): remove it"):
        Blocks(tmp_path / "work", {"recipe": "b", "files": [("x", 1)]})


def test_blocks_that_others_may_write_are_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work").chmod(0o777)
    with pytest.raises(RowFileError, match="others may write"):
        Blocks(tmp_path / "work", {})
