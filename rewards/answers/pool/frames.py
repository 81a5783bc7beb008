"""Messages between a caller, the pool and its workers: JSON objects in frames, over a Unix socket.

A frame is its length in four bytes, then UTF-8 JSON. No pickle: whoever writes to the socket can send
data and nothing else.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

__all__ = ["MAX_FRAME", "Channel", "peer_user"]

MAX_FRAME = 1 << 23
"""Maximum bytes of a frame; a longer one is a protocol error."""

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18
_PEER = struct.Struct("iII")


class Channel:
    """Framed messages over a socket; blocking or not as the socket is."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._in = bytearray()
        self._out = bytearray()

    def fileno(self) -> int:
        """File descriptor, for selectors."""
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """True if unsent data is buffered; call :meth:`flush` when the socket is writable."""
        return bool(self._out)

    def receive(self) -> list[dict[str, Any]]:
        """Read once and return the complete messages.

        Raises:
            EOFError: the other side is gone, or does not keep to the protocol.
        """
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        self._in += data
        messages = []
        start = 0
        while len(self._in) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._in, start)
            if length > MAX_FRAME:
                raise EOFError
            end = start + _LENGTH.size + length
            if len(self._in) < end:
                break
            messages.append(_decoded(self._in[start + _LENGTH.size : end]))
            start = end
        del self._in[:start]
        return messages

    def put(self, message: dict[str, Any]) -> None:
        """Buffer `message` until the next :meth:`send` or :meth:`flush`: each wake-up of the peer costs."""
        data = json.dumps(message, separators=(",", ":")).encode()
        self._out += _LENGTH.pack(len(data)) + data

    def send(self, message: dict[str, Any]) -> None:
        """Send `message`, or as much of it as the socket takes now.

        Raises:
            EOFError: the other side is gone.
        """
        self.put(message)
        self.flush()

    def flush(self) -> None:
        """Send the buffered data.

        Raises:
            EOFError: the other side is gone.
        """
        try:
            while self._out:
                sent = self._socket.send(memoryview(self._out)[:_CHUNK])
                del self._out[:sent]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise EOFError from error

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _decoded(data: bytearray) -> dict[str, Any]:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EOFError from error
    if not isinstance(message, dict):
        raise EOFError  # noqa: TRY004  # to a caller it is one more broken peer
    return message


def peer_user(sock: socket.socket) -> int:
    """Return the user id of the process at the other end of a Unix socket."""
    _, uid, _ = _PEER.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(uid)
