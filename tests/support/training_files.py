"""Training files of the least that they hold, and changed."""

from __future__ import annotations

from typing import Any

LEAST: dict[str, Any] = {
    "model": {"path": "m"},
    "data": {"path": "d.jsonl"},
    "reward": {"recipe": "r1-zero"},
    "checkpoints": {"output_dir": "o"},
}


def changed(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {name: dict(value) for name, value in LEAST.items()}
    for name, value in changes.items():
        *sections, last = name.split("__")
        inner = given
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    return given
