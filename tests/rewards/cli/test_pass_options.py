"""The flags that say what passes, and what belongs to one prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Touchstone, WriteLines

    Write = Callable[..., Path]


RIGHT, WRONG = r"so \boxed{2}", r"so \boxed{3}"


@pytest.mark.parametrize("command", [("filter",), ("report", "-o", "-")], ids=lambda c: c[0])
def test_pass_options_ask_for_a_choice_of_several_rewards(
    touchstone: Touchstone, write_lines: WriteLines, command: tuple[str, ...]
) -> None:
    row = {"step": 1, "prompt": "a", "completion": RIGHT, "right": 1.0, "form": 0.5, "advantage": 0.0}
    result = touchstone(*command, write_lines(row))
    assert result.exit_code == 2
    assert "choose one by --score, of right, form" in result.stderr
    assert touchstone(*command, write_lines(row), "--score", "form").exit_code == 0


def test_pass_options_name_the_nearest_column_to_group_by(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    result = touchstone("filter", write_lines({"source": "a", "score": 1.0}), "--group-by", "sorce")
    assert result.exit_code == 2
    assert "no column 'sorce' here for --group-by (did you mean 'source'?)" in result.stderr
