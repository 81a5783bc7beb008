"""Runs that end as they should, and pages of theirs that are well-formed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

ALL_ON = {"logging": {"report": True, "dashboard": True}}

VOID = {"meta", "link", "br", "img"}

OPTIONAL = {"p", "td", "tr", "th"}
"""Elements of HTML without an end, and those whose end may be left out."""


class Nesting(HTMLParser):
    """Notes ends of elements that were not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # HTMLParser's signature
        if tag not in VOID | OPTIONAL:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in OPTIONAL:
            return
        if self.open[-1:] != [tag]:
            self.wrong.append(tag)
        else:
            self.open.pop()


def checked_page(path: Path) -> str:
    page = path.read_text("utf-8")
    found = Nesting()
    found.feed(page)
    found.close()
    assert (found.open, found.wrong) == ([], [])
    return page


def made_all_steps(done: CompletedProcess[str]) -> str:
    """What a run said that ended as it should."""
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
