"""The bearer tokens that a server accepts."""

from __future__ import annotations

import hashlib
import hmac
from functools import partial
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError
from server.watched import Watched, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Tokens"]


class Tokens:
    """The tokens in a file: one a line, without lines that are empty or begin with `#`.

    The file is read again when it has changed. Only hashes of tokens are kept.

    Raises:
        InvalidParameterError: the file cannot be read, or holds no token.
    """

    def __init__(self, path: Path) -> None:
        self._accepted = Watched([path], partial(_hashes_in, path))

    def accept(self, shown: Iterable[str | bytes]) -> bool:
        """Whether one of these values of the header `authorization` holds one of the tokens."""
        # All are compared, each in constant time: how long it takes says nothing of any token.
        accepted = self._accepted.current
        given = [_hash(one.encode() if isinstance(one, str) else one) for one in shown]
        matches = [hmac.compare_digest(one, token) for one in given for token in accepted]
        return any(matches)


def _hashes_in(path: Path) -> tuple[bytes, ...]:
    lines = [line.strip() for line in read_bytes(path).splitlines()]
    tokens = [line for line in lines if line and not line.startswith(b"#")]
    if not tokens:
        message = f"{path} holds no token; write one a line"
        raise InvalidParameterError(message)
    return tuple(_hash(b"Bearer " + token) for token in tokens)


def _hash(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
