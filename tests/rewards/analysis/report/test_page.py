"""The page of a report: it loads nothing, and texts of a model are never markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from report_pages import Page, row

from rewards.analysis.report.page import SCRIPTS, asset, policy_for

if TYPE_CHECKING:
    from collections.abc import Callable


def test_page_texts_are_never_markup(made: Callable[..., Page]) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\ud800"
    page = made(row(hostile, id=hostile, prompt=hostile, ground_truth=hostile), flags=("--title", "<b>&</b>"))
    assert page.texts[0]["completion"].startswith("</script>")
    assert {tag for tag, _ in page.elements if tag in {"img", "b", "iframe", "object", "link"}} == set()
    code = [found for tag, found in page.elements if tag == "script" and "type" not in found]
    assert len(code) == 1
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_the_page_loads_nothing() -> None:
    html = asset("page.html") + "".join(asset(name) for name in SCRIPTS) + asset("page.css")
    links = set(re.findall(r"https?://[^\s\"']+", html))
    assert links == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert policy_for("a", "b").startswith("default-src 'none';")
    assert "innerHTML" not in html
