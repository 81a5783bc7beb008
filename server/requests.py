"""Incoming requests: parsing, caller, deadline, and memory cost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from google.protobuf.message import DecodeError

from rewards.errors import InvalidCallError
from rewards.v1 import reward_service_pb2 as pb
from server.elements import MOST_ROLLOUTS, holds_too_much

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import grpc
    from google.protobuf.message import Message

    from rewards.v1 import rollout_pb2

__all__ = ["Received", "caller_of", "deadline_of", "frame_of", "message_of", "reader_of", "weight_of"]

M = TypeVar("M", bound="Message")

_ROLLOUT_BYTES = 2048
"""Memory of a parsed rollout besides its text."""


class Received(NamedTuple, Generic[M]):
    """A received request: the parsed message, or None if it was malformed, and its size in bytes."""

    message: M | None
    size: int
    refused: str = "the request cannot be read; is all text in it valid UTF-8?"
    """Error message if `message` is None."""


def deadline_of(context: grpc.aio.ServicerContext[Any, Any]) -> float | None:
    """Return the time at which to stop judging, early enough for the response to meet the call's deadline."""
    left: float | None = context.time_remaining()
    if left is None:
        return None
    on_the_way = min(max(0.1 * left, 0.05), 1.0, 0.5 * left)
    return time.monotonic() + left - on_the_way


def caller_of(context: grpc.aio.ServicerContext[Any, Any]) -> Hashable:
    """Return the caller's key for fair scheduling: the bearer token, or else the peer of the connection."""
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            return value
    return context.peer()


def reader_of(kind: type[M]) -> Callable[[bytes], Received[M]]:
    """Return a gRPC deserializer that lets malformed messages through, to be refused with a clear error."""
    in_frames = kind is pb.ScoreStreamRequest

    def read(raw: bytes) -> Received[M]:
        if refused := holds_too_much(raw, in_frames=in_frames):
            return Received(None, len(raw), refused)
        try:
            return Received(kind.FromString(raw), len(raw))
        except DecodeError:
            return Received(None, len(raw))

    return read


def message_of(received: Received[M]) -> M:
    """Return the message of a request.

    Raises:
        InvalidCallError: the message is malformed, or holds too many elements.
    """
    if received.message is None:
        raise InvalidCallError(received.refused)
    return received.message


def frame_of(received: Received[pb.ScoreStreamRequest]) -> pb.Frame:
    """Return the frame of a request of a stream after the first.

    Raises:
        InvalidCallError: the request holds no frame.
    """
    request = message_of(received)
    if not request.HasField("frame"):
        message = "every request of a stream after the first holds a frame, and this one does not"
        raise InvalidCallError(message)
    return request.frame


def weight_of(size: int, rollouts: Sequence[rollout_pb2.Rollout]) -> int:
    """Return the memory held by a message of `size` bytes while it is in flight.

    Raises:
        InvalidCallError: the message holds more rollouts than the limit.
    """
    if len(rollouts) > MOST_ROLLOUTS:
        message = f"a message holds {len(rollouts)} rollouts; send at most {MOST_ROLLOUTS} in one"
        raise InvalidCallError(message)
    return size + _ROLLOUT_BYTES * (1 + len(rollouts))
