"""The page of the console: one HTML file that loads nothing, of the report's style and scripts and some more.

It holds no secret and no text of anyone, so it is given to whoever asks; what it then asks for wants a token.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from rewards.analysis.report.page import asset, policy_for

__all__ = ["page"]

_SHARED: Final = ("data.js", "theme.js", "detail.js")


def page() -> tuple[bytes, str]:
    """The page, and the content security policy under which it runs."""
    scripts = "\n".join([*map(asset, _SHARED), _own("console.js")])
    style = asset("page.css") + _own("console.css")
    html = _own("console.html").replace("{{style}}", style).replace("{{script}}", scripts)
    policy = f"{policy_for(scripts, style)}; connect-src 'self'"
    return html.encode(), f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _own(name: str) -> str:
    return files("server.console").joinpath("assets", name).read_text("utf-8")
