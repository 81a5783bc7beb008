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
"""Bytes; a longer frame is a broken peer."""

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 18
_PEER = struct.Struct("iII")


class Channel:
    """One end of a connection; as blocking as its socket is."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._in = bytearray()
        self._out = bytearray()

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Whether something is still to be sent; call :meth:`flush` when the socket can take it."""
        return bool(self._out)

    def receive(self) -> list[dict[str, Any]]:
        """The messages that have arrived, after reading once.

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
        """Have `message` sent with the next one, or by :meth:`flush`: to wake the other side costs."""
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
        """Send what is left to be sent.

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
        """Let go of the socket."""
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
