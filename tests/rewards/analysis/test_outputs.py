"""Names of outputs: those of standard output, and files that may be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rewards.analysis.outputs import is_replaceable, is_stdout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "link to it"])
def test_is_stdout_knows_every_name_of_standard_output(tmp_path: Path, name: str) -> None:
    if name.startswith("link"):
        (tmp_path / "link").symlink_to("/dev/stdout")
        (tmp_path / "link to it").symlink_to("link")
    path = name if name.startswith(("-", "/")) else tmp_path / name
    assert is_stdout(path)
    assert not is_replaceable(path)


def test_is_replaceable_takes_other_names_for_files(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    for path in (tmp_path / "a", tmp_path / "link", tmp_path, "stdout", "./-"):
        assert not is_stdout(path)
        assert is_replaceable(path)
    assert not is_replaceable("/dev/null")
    assert not is_stdout(None)
