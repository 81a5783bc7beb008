"""The console in a real browser: something is pasted and scored, nobody's text is markup, and it fits."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

playwright = pytest.importorskip("playwright.sync_api", reason="`make test-browser` installs playwright")

expect = playwright.expect
expect.set_options(timeout=30_000)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
NASTY = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; name one in CHROMIUM")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        yield driver.chromium.launch(executable_path=CHROMIUM, args=quiet)


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:  # noqa: ANN401  # playwright's
    contexts = []
    faults: list[str] = []

    def open_(url: str, *, scheme: str = "light", width: int = 1400) -> Any:  # noqa: ANN401
        contexts.append(browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}))
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        own = url.partition("?")[0]
        page.on("console", lambda message: "401" in message.text or faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url.startswith(own) or faults.append(request.url))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def url(start_server: Callable[..., Any]) -> str:
    return str(
        start_server("--recipe", "r1-gated", "--recipe", "r1-zero", "--console", "127.0.0.1:0").console
    )


def paste(page: Any, completion: str, golds: str = "4") -> None:  # noqa: ANN401
    page.wait_for_selector("html[data-ready]")
    page.click("summary")
    page.fill("#completion", completion)
    page.fill("#golds", golds)
    if page.input_value("#recipe") == "r1-gated@1":
        page.fill("#num-tokens", "200")
    page.click("#score")
    page.wait_for_selector("html[data-scored]")


def test_page_scores_what_is_pasted_and_keeps_it_text(opened: Callable[..., Any], url: str) -> None:
    page = opened(url)
    paste(page, rf"<think>{NASTY} {'round and round ' * 30}</think> \boxed{{4}}", "5\n4")
    assert "token" not in page.url
    detail = page.locator("#detail")
    expect(detail).to_contain_text("CORRECT by string")
    expect(detail).to_contain_text(NASTY)
    expect(page.locator("mark.mark-answer")).to_have_text("4")
    expect(page.locator("mark.mark-repeated, mark.mark-other").first).to_be_visible()
    expect(page.locator("#trace pre")).to_have_count(2)
    expect(page.locator("#recent")).to_contain_text("r1-gated@1")
    expect(page.locator("#verdicts")).to_contain_text("CORRECT by")
    assert "owned" not in page.title()
    assert page.locator("img").count() == 0
    page.fill("#logprobs", "[[")
    page.press("#logprobs", "Control+Enter")
    expect(page.locator("#fault")).to_contain_text("no JSON")
    page.reload()
    page.wait_for_selector("html[data-ready]")  # the token is kept for as long as the tab is open
    assert page.is_hidden("#token-form")


def test_page_asks_for_a_token(opened: Callable[..., Any], url: str) -> None:
    address, _, token = url.partition("?token=")
    page = opened(address)
    page.wait_for_selector("#token-form:not([hidden])")
    page.fill("#token", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#token-form:not([hidden])")
    page.fill("#token", token)
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#token-form")).to_be_hidden()


def test_page_fits_its_window_in_both_schemes(opened: Callable[..., Any], url: str) -> None:
    for scheme in ("light", "dark"):
        for width in (1400, 420):
            page = opened(url, scheme=scheme, width=width)
            paste(page, rf"<think>{NASTY}{'x' * 300}</think> \boxed{{\frac{{8}}{{2}}}}")
            expect(page.locator("#recent td").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            brightness = sum(int(part) for part in background.strip("rgb()").split(",")[:3])
            assert (brightness < 200) == (scheme == "dark")
            page.click("#theme")
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background
            if pictures := os.environ.get("PICTURES"):
                page.click("#theme")
                page.screenshot(path=f"{pictures}/console-{scheme}-{width}.png", full_page=True)
