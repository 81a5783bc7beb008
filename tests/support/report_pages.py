"""The page of a report as a browser would see it."""

from __future__ import annotations

import base64
import gzip
import json
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """What a browser would see: scripts by their ids, and everything else that loads or runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._id: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.elements.append((tag, found))
        self._id = found.get("id") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._id:
            self.data[self._id] = json.loads(gzip.decompress(base64.b64decode(data)))
            self._id = None

    @property
    def index(self) -> dict[str, Any]:
        return self.data["index"]

    @property
    def texts(self) -> list[dict[str, Any]]:
        blocks = sorted(int(name[6:]) for name in self.data if name.startswith("block-"))
        return [texts for block in blocks for texts in self.data[f"block-{block}"]]


def row(completion: str, **fields: object) -> dict[str, object]:
    return {"completion": completion, "ground_truth": "4", "prompt": "2+2?", **fields}
