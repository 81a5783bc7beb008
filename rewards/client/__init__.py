"""The client of a verification server: connections, calls in flight and retries."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewards.client.connections import Tls
    from rewards.client.remote import RemoteScorer

__all__ = ["RemoteScorer", "Tls"]


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module("rewards.client.remote"), name)
