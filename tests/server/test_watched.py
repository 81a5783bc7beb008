"""Files that are read again when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from running import eventually

from server.watched import ReloadingFiles

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_is_being_written_is_not_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\nsecond\n", "utf-8")
    reads = iter(["", "first\n", "first\nthird\n", "first\nthird\n"])

    def read() -> str:
        found = path.read_text("utf-8")
        if (more := next(reads, None)) is not None:
            path.write_text(more, "utf-8")  # somebody goes on writing as soon as it was read
        return found

    files = ReloadingFiles([path], read)
    held = set()
    assert eventually(lambda: held.add(files.current) or files.current == "first\nthird\n")
    assert held == {"first\nsecond\n", "first\nthird\n"}
