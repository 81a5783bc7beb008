"""Training files with partial rollouts."""

from __future__ import annotations

from typing import Any

SERVER = {"mode": "server", "server_base_url": "http://127.0.0.1:1"}


def given(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "model": {"path": "m"},
        "data": {"path": "d.jsonl"},
        "reward": {"recipe": "logp-modulated"},
        "generation": {"vllm": SERVER, "partial_rollouts": {}},
        "checkpoints": {"output_dir": "o"},
    }
    for name, value in changes.items():
        *sections, last = name.split("__")
        inner = found
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    return found
