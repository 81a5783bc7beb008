"""HTML page of the console: one self-contained file that shares style and scripts with the report.

The page holds no secret and no user text, so it is served without a token; its API requests need one.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from rewards.analysis.report.page import asset, policy_for

__all__ = ["page"]

_SHARED: Final = ("data.js", "theme.js", "detail.js")


def page() -> tuple[bytes, str]:
    """Return the page and its Content-Security-Policy."""
    scripts = "\n".join([*map(asset, _SHARED), _own("console.js")])
    style = asset("page.css") + _own("console.css")
    html = _own("console.html").replace("{{style}}", style).replace("{{script}}", scripts)
    policy = f"{policy_for(scripts, style)}; connect-src 'self'"
    return html.encode(), f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _own(name: str) -> str:
    return files("server.console").joinpath("assets", name).read_text("utf-8")
