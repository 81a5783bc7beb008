"""The command against a server: the same lines as without one, and one clear line when it cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Touchstone, WriteLines

LINES = [
    {"id": "right", "completion": r"<think>1</think> \boxed{\frac{1}{2}}", "ground_truth": "0.5"},
    {"id": "tower", "completion": r"<think>1</think> \boxed{9^{9^{9}}}", "ground_truth": "0.5"},
    "no json",
    {"id": "no gold", "completion": "4"},
    {"id": "broken gold", "completion": r"\boxed{4}", "ground_truth": r"\frac{1}{"},
]


def without_cost(text: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in text.splitlines()]
    for record in found:
        record.pop("seconds", None)
        (record.get("verdict") or {}).pop("seconds", None)
    return found


@pytest.mark.parametrize("command", ["score", "verify"])
def test_source_gives_the_same_lines_with_and_without_a_server(
    command: str, touchstone: Touchstone, write_lines: WriteLines, address: str
) -> None:
    source = write_lines(*LINES)
    here = touchstone(command, source, "-o", "-")
    there = touchstone(command, source, "-o", "-", "--server", address)
    assert without_cost(here.stdout) == without_cost(there.stdout)
    assert here.exit_code == there.exit_code == 1
    complaints = [[line for line in ran.stderr.splitlines() if str(source) in line] for ran in (here, there)]
    assert complaints[0] == complaints[1]
    assert len(complaints[0]) == 2


def test_source_lists_the_recipes_of_a_server(touchstone: Touchstone, serve_here: Callable[..., str]) -> None:
    ran = touchstone("recipes", "list", "--server", serve_here("boxed"))
    assert "boxed@1" in ran.stdout
    assert "r1-zero" not in ran.stdout


def test_source_names_a_recipe_that_the_server_does_not_hold(
    touchstone: Touchstone, write_lines: WriteLines, address: str
) -> None:
    ran = touchstone("score", write_lines(*LINES), "--recipe", "mine", "--server", address)
    assert ran.exit_code == 2
    assert ran.stderr.startswith("touchstone: ")
    assert "mine" in ran.stderr


@pytest.mark.parametrize("which", ["recipe", "environment"])
def test_source_refuses_a_pin_that_does_not_hold(
    which: str, touchstone: Touchstone, write_lines: WriteLines, address: str
) -> None:
    ran = touchstone("score", write_lines(*LINES), "--server", address, f"--{which}-digest", "0" * 64)
    assert ran.exit_code == 3
    assert "digest" in ran.stderr


def test_source_sends_the_token_of_a_file(
    touchstone: Touchstone, write_lines: WriteLines, serve_here: Callable[..., str], tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("open sesame\n")
    address = serve_here("boxed", auth_token_file=token)
    source = write_lines(LINES[0])
    assert touchstone("verify", source, "--server", address, "--token-file", token).exit_code == 0
    refused = touchstone("verify", source, "--server", address)
    assert refused.exit_code == 3
    assert "token" in refused.stderr


@pytest.mark.timeout(120)
def test_source_says_in_one_line_that_nobody_is_there(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    flags = ("--server", "127.0.0.1:1", "--timeout", "2", "-o", out)
    ran = touchstone("score", write_lines(*LINES), *flags)
    assert ran.exit_code == 3
    assert len([line for line in ran.stderr.splitlines() if line.startswith("touchstone: ")]) == 1
    assert "Traceback" not in ran.output
    assert not out.exists()
