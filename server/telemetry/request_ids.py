"""Request ids, which identify a call in logs and traces: set by the client, or generated."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KEY", "request_id_of"]

KEY = "x-request-id"
"""Metadata key of the request id, in requests and in trailing metadata."""

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")


def request_id_of(metadata: Sequence[tuple[str, str | bytes]]) -> str:
    """Return the client's request id if it is well-formed, else a new one.

    A well-formed id has up to 128 letters, digits and `._:/+=@-`, of which the first is a letter or digit.

    >>> request_id_of([("x-request-id", "step-17")])
    'step-17'
    >>> len(request_id_of([("x-request-id", "two words")]))
    32
    """
    for key, value in metadata:
        if key == KEY and isinstance(value, str) and _WELL_FORMED.fullmatch(value):
            return value
    return secrets.token_hex(16)
