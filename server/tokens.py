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

__all__ = ["Tokens", "refuse_without_tokens"]


class Tokens:
    """The tokens in a file: one a line, without lines that are empty or begin with `#`.

    The file is read again within about a second when it has changed; one that holds no token any more lets
    nobody in. Only hashes of tokens are kept.

    Raises:
        InvalidParameterError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._accepted = Watched([path], partial(_hashes_in, path))

    @property
    def stale(self) -> bool:
        """Whether the file cannot be read, so that the tokens are those that it held before."""
        return self._accepted.stale

    def accept(self, shown: Iterable[str | bytes]) -> bool:
        """Whether one of these values of the header `authorization` holds one of the tokens."""
        # All are compared, each in constant time: how long it takes says nothing of any token.
        accepted = self._accepted.current
        given = [_hash(one.encode() if isinstance(one, str) else one) for one in shown]
        matches = [hmac.compare_digest(one, token) for one in given for token in accepted]
        return any(matches)


def refuse_without_tokens(path: Path) -> None:
    """Raise if a file holds no token, which a server that runs takes to let nobody in.

    Raises:
        InvalidParameterError: it cannot be read, or holds no token.
    """
    if not _hashes_in(path):
        message = f"{path} holds no token; write one a line"
        raise InvalidParameterError(message)


def _hashes_in(path: Path) -> tuple[bytes, ...]:
    lines = [line.strip() for line in read_bytes(path).splitlines()]
    return tuple(_hash(b"Bearer " + line) for line in lines if line and not line.startswith(b"#"))


def _hash(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
