"""The guides of docs/contributing: who follows one to the letter ends with a green test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from documents import READ, ROOT
from guides import GENERATOR, copy_of_the_repository, follow

if TYPE_CHECKING:
    from pathlib import Path

GUIDES = {
    page: blocks for page, (blocks, _) in READ.items() if page.startswith("docs/contributing/") and blocks
}


def guides() -> list[Any]:
    return [pytest.param(page, id=page.rpartition("/")[2]) for page in GUIDES]


@pytest.mark.parametrize("page", guides())
def test_a_guide_followed_to_the_letter_works(page: str, tmp_path: Path) -> None:
    if any("generate_stubs" in block.text for block in GUIDES[page]) and not (ROOT / GENERATOR).exists():
        pytest.skip("the generator is not installed; `make proto` installs it")
    copy = copy_of_the_repository(tmp_path)
    for block in GUIDES[page]:
        follow(block, copy)


@pytest.mark.parametrize("page", guides())
def test_a_guide_runs_a_test(page: str) -> None:
    assert any("pytest" in block.text for block in GUIDES[page] if block.info == "sh")
