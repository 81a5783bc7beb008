"""The page in a real browser: it opens, filters, searches, and is worked by keys."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rewards.cli.report import report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


playwright = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright")


expect = playwright.expect
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
MANY = 20_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; name one in CHROMIUM")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        yield driver.chromium.launch(executable_path=CHROMIUM, args=quiet)


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:  # noqa: ANN401  # playwright's
    contexts = []
    faults: list[str] = []

    def open_(rows: list[dict[str, object]], *, scheme: str = "light", width: int = 1400) -> Any:  # noqa: ANN401
        file, out = tmp_path / "rollouts.jsonl", tmp_path / "report.html"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        ran = CliRunner().invoke(report, [str(file), "-o", str(out)])
        assert ran.exit_code == 0, ran.output
        contexts.append(browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or faults.append(request.url))
        page.goto(out.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def rows(count: int) -> list[dict[str, object]]:
    rng = random.Random(1)  # noqa: S311  # no secret
    return [
        {
            "id": f"r{n}",
            "group_id": n // 8,
            "prompt": f"What is {n // 8} + 1?",
            "completion": f"{'so ' * rng.randrange(60)} needle{n} \\boxed{{{n // 8 + (n % 3 > 0)}}}",
            "ground_truth": str(n // 8 + 1),
        }
        for n in range(count)
    ]


def seen(page: Any) -> list[str]:  # noqa: ANN401
    return page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.row)")  # type: ignore[no-any-return]


def test_page_is_worked_by_keys(opened: Callable[..., Any]) -> None:
    page = opened(rows(40))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#detail:not([hidden])")
    assert "Rollout 1" in page.inner_text("#detail")
    page.keyboard.press("j")
    expect(page.locator("#detail")).to_contain_text("Rollout 2")
    page.keyboard.press("g")
    assert seen(page) == [str(n) for n in range(1, 9)]
    page.keyboard.press("c")
    assert len(seen(page)) > 8
    page.keyboard.press("Escape")
    assert page.is_hidden("#detail")
    page.keyboard.press("/")
    page.keyboard.type("r17")
    expect(page.locator(".row")).to_have_count(1)
    assert seen(page) == ["18"]


def test_page_searches_in_texts(opened: Callable[..., Any]) -> None:
    page = opened(rows(200))
    page.fill("#search", "needle123")
    expect(page.locator(".row")).to_have_count(0)
    page.check("#in-texts")
    expect(page.locator(".row")).to_have_count(1)
    assert seen(page) == ["124"]


def test_page_filters_and_orders(opened: Callable[..., Any]) -> None:
    page = opened(rows(30))
    page.select_option("#status", "INCORRECT")
    assert seen(page) == [str(n + 1) for n in range(30) if n % 3 == 0]
    page.click("#clear")
    page.select_option("#order", label="longest")
    expect(page.locator("#table-head [aria-sort=descending]")).to_have_text("characters ↓")
    lengths = page.locator(".row .cell.number:nth-child(5)").evaluate_all(
        "cells => cells.map(cell => Number(cell.textContent.replace(',', '')))"
    )
    assert lengths[:10] == sorted(lengths, reverse=True)[:10]


def test_page_highlights_answers_and_hostile_texts_stay_texts(opened: Callable[..., Any]) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
    page = opened(
        [{"completion": hostile + r"\boxed{4}", "ground_truth": "4", "id": hostile, "prompt": hostile}]
    )
    page.click(".row")
    page.wait_for_selector("#detail:not([hidden])")
    assert page.inner_text("mark.mark-answer") == "4"
    assert hostile in page.inner_text("#detail")
    assert "owned" not in page.title()
    assert page.locator("#detail img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 420])
def test_page_fits_its_window_in_both_schemes(opened: Callable[..., Any], scheme: str, width: int) -> None:
    page = opened(rows(60), scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in background.strip("rgb()").split(",")[:3])
    assert (brightness < 200) == (scheme == "dark")
    page.keyboard.press("t")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background


@pytest.mark.timeout(600)
def test_page_of_many_rollouts_opens_and_scrolls(opened: Callable[..., Any]) -> None:
    began = time.monotonic()
    page = opened(rows(MANY))
    print(f"\n{MANY} rollouts: judged, written and opened in {time.monotonic() - began:.1f} s")  # noqa: T201
    opening = page.evaluate("performance.now()")
    print(f"the page was ready within {opening / 1000:.1f} s")  # noqa: T201
    assert len(seen(page)) < 100  # only what is in sight is drawn
    page.evaluate("document.querySelector('#table-body').scrollTop = 1e9")
    page.wait_for_selector(f".row[data-row='{MANY}']")
    page.click(f".row[data-row='{MANY}']")
    page.wait_for_selector("#detail:not([hidden])")
    assert f"needle{MANY - 1}" in page.inner_text("#detail")
