"""The flags that say where a field stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Touchstone, WriteLines

    Write = Callable[..., Path]


RIGHT, WRONG = r"so \boxed{2}", r"so \boxed{3}"


@pytest.mark.parametrize("command", ["score", "verify"])
def test_flags_of_fields_reach_into_objects_and_are_checked(
    touchstone: Touchstone, write_lines: WriteLines, command: str
) -> None:
    file = write_lines({"out": {"text": RIGHT}, "meta": {"gold": ["2"]}})
    flags = ("--completion-field", "out.text", "--gold-field", "meta.gold")
    assert touchstone(command, file, *flags).exit_code == 0
    result = touchstone(command, file, "--completion-field", "out.txt", "--gold-field", "meta.gold")
    assert result.exit_code == 2
    assert "no column 'out.txt' here for completion (did you mean 'out.text'?)" in result.stderr
