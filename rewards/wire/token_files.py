"""Files of bearer tokens: one a line, with comments; a server accepts all of them, and a client sends one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["client_token", "is_sendable", "tokens_in"]

_log = logging.getLogger("touchstone.client")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def tokens_in(content: bytes) -> dict[int, bytes]:
    r"""Return the tokens of a file by line number; blank lines and those that begin with `#` hold none.

    >>> tokens_in(b"# of the trainers\nfirst-token\n\n  second-token  \n")
    {2: b'first-token', 4: b'second-token'}
    """
    lines = enumerate(content.removeprefix(_BYTE_ORDER_MARK).splitlines(), start=1)
    stripped = ((number, line.strip()) for number, line in lines)
    return {number: line for number, line in stripped if line and not line.startswith(b"#")}


def client_token(path: Path) -> str:
    """Return the token that a client sends: the first of a file, which may be the server's own.

    Raises:
        InvalidParameterError: the file cannot be read, or its first token cannot be sent.
    """
    try:
        found = tokens_in(path.read_bytes())
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise InvalidParameterError(message) from error
    if not found:
        message = f"{path} holds no token; write one on a line of its own"
        raise InvalidParameterError(message)
    line, raw = next(iter(found.items()))
    token = raw.decode("utf-8", "replace")
    if not is_sendable(token):
        message = f"{path}, line {line}: a token may hold only printable ASCII characters"
        raise InvalidParameterError(message)
    if len(found) > 1:
        _log.warning("%s holds %d tokens; the first is sent, of line %d", path, len(found), line)
    return token


def is_sendable(token: str) -> bool:
    r"""True if a token can stand in a header: printable ASCII without spaces at its ends.

    >>> is_sendable("open sesame"), is_sendable("s\u00e9same"), is_sendable("two\nlines")
    (True, False, False)
    """
    return token.isascii() and token.isprintable() and token == token.strip()
