"""The page of the console."""

from __future__ import annotations

import pytest
from consoles import answered


@pytest.mark.asyncio
async def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    _, page, headers = await answered("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert b"http://" not in page.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in page
    assert b"innerHTML" not in page
