"""Bearer tokens accepted by the server."""

from __future__ import annotations

import hashlib
import hmac
from functools import partial
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError
from rewards.wire.token_files import tokens_in
from server.watched import ReloadingFiles, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Tokens", "refuse_without_tokens"]


class Tokens:
    """Tokens from a file, one per line; empty lines and lines that begin with `#` are ignored.

    A changed file is reloaded within about a second; a file that no longer holds a token denies all access.
    Only hashes of tokens are kept in memory.

    Raises:
        InvalidParameterError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._accepted = ReloadingFiles([path], partial(_hashes_in, path))

    @property
    def stale(self) -> bool:
        """True if the file cannot be read and the last good tokens are in use."""
        return self._accepted.stale

    def accept(self, shown: Iterable[str | bytes]) -> bool:
        """True if one of the given `authorization` header values holds an accepted token."""
        # All are compared, each in constant time: how long it takes says nothing of any token.
        accepted = self._accepted.current
        given = [_hash(one.encode() if isinstance(one, str) else one) for one in shown]
        matches = [hmac.compare_digest(one, token) for one in given for token in accepted]
        return any(matches)


def refuse_without_tokens(path: Path) -> None:
    """Raise if a file holds no token, as a running server would then deny all access.

    Raises:
        InvalidParameterError: the file cannot be read, or holds no token.
    """
    if not _hashes_in(path):
        message = f"{path} holds no token; write one a line"
        raise InvalidParameterError(message)


def _hashes_in(path: Path) -> tuple[bytes, ...]:
    return tuple(_hash(b"Bearer " + token) for token in tokens_in(read_bytes(path)).values())


def _hash(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
