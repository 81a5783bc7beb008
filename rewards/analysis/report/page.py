"""Writing the page: one HTML file that loads nothing and holds everything, texts in compressed blocks.

What is needed to draw figures and the table is one compressed object of columns. Prompts and completions
lie in blocks of 64 rollouts, gzipped and in base64, which the browser unpacks when a rollout is opened or
texts are searched, so that a page of 20,000 rollouts opens at once. Nothing of a rollout is ever markup:
blocks are inert, and the scripts put texts into the page as text.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import html
import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from rewards.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from rewards.analysis.report.gather import Shown

    class TextOut(Protocol):
        """A stream that text is written to."""

        def write(self, text: str, /) -> object:
            """Write the text."""


__all__ = ["SCRIPTS", "PageFacts", "asset", "policy_for", "write_page"]

BLOCK_ROWS: Final = 64
SCRIPTS: Final = ("data.js", "theme.js", "charts.js", "detail.js", "table.js", "page.js")
"""The scripts of the page, in the order in which they are loaded."""

_EXCERPT = 80
"""Maximum number of characters of an answer in the table."""

_DIGITS = 6


@dataclasses.dataclass(frozen=True, kw_only=True)
class PageFacts:
    """The facts in the head of the page: recipe, title, digests, settings."""

    recipe: str
    title: str = ""
    recipe_digest: str = ""
    environment_digest: str = ""
    version: str = ""
    language: str = "en"
    ngram: int = 20
    band: tuple[float, float] = (0.2, 0.625)


class _Table:
    """The columns that figures and the table are drawn from."""

    def __init__(self) -> None:
        self.columns: dict[str, list[object]] = {}
        self.components: dict[str, list[object]] = {}
        self.rows = 0
        self._groups: dict[bytes, int] = {}

    def add(self, shown: Shown) -> None:
        judged, verdict = shown.judged, shown.judged.verdict
        group = None if shown.group is None else self._groups.setdefault(shown.group, len(self._groups))
        values: dict[str, object] = {
            "number": shown.number,
            "id": shown.id[:_EXCERPT],
            "group": group,
            "total": _rounded(judged.total),
            "status": verdict.status.value if verdict else ("BAD" if judged.error else ""),
            "method": (verdict.method or "") if verdict else "",
            "seconds": _rounded(verdict.seconds) if verdict else None,
            "extracted": (verdict.extracted or "")[:_EXCERPT] if verdict else "",
            "gold": " | ".join(shown.golds)[:_EXCERPT],
            "characters": shown.characters,
            "tokens": shown.tokens,
            "finish": shown.finish_reason,
            "repeated": _rounded(shown.look.repeated),
            "language": _rounded(shown.look.in_language),
            "logprob": _rounded(shown.look.mean_logprob),
        }
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)
        for name, value in judged.components.items():
            column = self.components.setdefault(name, [])
            column += [None] * (self.rows - len(column))  # a component that came up only now
            column.append(_rounded(value))
        self.rows += 1

    def whole(self) -> dict[str, object]:
        for column in self.components.values():
            column.extend([None] * (self.rows - len(column)))
        return {"rows": self.rows, "columns": self.columns, "components": self.components}


def write_page(out: TextOut, rollouts: Iterable[Shown], facts: PageFacts, bad: list[tuple[str, str]]) -> int:
    """Write the page as its rollouts come; only columns of numbers and short texts stay in memory.

    Args:
        out: where it goes.
        rollouts: what it shows.
        facts: what it says of itself.
        bad: the place and fault of rows that cannot be read; looked at when all rollouts have come.

    Returns:
        How many rollouts it holds.
    """
    scripts = "\n".join(asset(name) for name in SCRIPTS)
    style = asset("page.css")
    head, tail = asset("page.html").split("<!-- data -->")
    out.write(
        head.replace("{{title}}", html.escape(facts.title))
        .replace("{{policy}}", policy_for(scripts, style))
        .replace("{{style}}", style)
    )
    table = _Table()
    block: list[dict[str, object]] = []
    for shown in rollouts:
        table.add(shown)
        block.append(_texts(shown))
        if len(block) == BLOCK_ROWS:
            _write_block(out, table.rows // BLOCK_ROWS - 1, block)
            block = []
    if block:
        _write_block(out, table.rows // BLOCK_ROWS, block)
    index = table.whole() | {
        "facts": dataclasses.asdict(facts),
        "block_rows": BLOCK_ROWS,
        "statuses": [status.value for status in Status],
        "bad": bad[:1000],
        "num_bad": len(bad),
    }
    out.write(f'<script type="text/plain" id="index">{_packed(index)}</script>\n')
    out.write(tail.replace("{{script}}", scripts))
    return table.rows


def asset(name: str) -> str:
    """Return a file of the page, as it ships."""
    return files("rewards.analysis.report").joinpath("assets", name).read_text("utf-8")


def policy_for(scripts: str, style: str) -> str:
    """Return a content security policy under which only these scripts run and nothing is loaded."""
    return f"default-src 'none'; script-src '{_hash(scripts)}'; style-src '{_hash(style)}'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _texts(shown: Shown) -> dict[str, object]:
    verdict = shown.judged.verdict
    return {
        "place": shown.place,
        "prompt": shown.prompt,
        "completion": shown.completion,
        "golds": shown.golds,
        "extracted": verdict.extracted if verdict else None,
        "reason": verdict.reason if verdict else "",
        "error": shown.judged.error,
        "stretches": shown.stretches,
        "curve": shown.look.curve,
    }


def _write_block(out: TextOut, number: int, block: list[dict[str, object]]) -> None:
    out.write(f'<script type="text/plain" id="block-{number}">{_packed(block)}</script>\n')


def _packed(data: list[dict[str, object]] | Mapping[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), 6, mtime=0)).decode()


def _rounded(value: float | None) -> float | None:
    """Return a value for JSON, which has no NaN: None where it was not judged."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")
