"""What a call brings: its bytes, its deadline, and what it costs to hold."""

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
"""What a rollout costs in memory besides its text."""


class Received(NamedTuple, Generic[M]):
    """A request as it came: its message, None where the bytes are none, and how many they were."""

    message: M | None
    size: int
    refused: str = "the request cannot be read; is all text in it valid UTF-8?"
    """Why there is no message."""


def deadline_of(context: grpc.aio.ServicerContext[Any, Any]) -> float | None:
    """When to stop judging, so that what was judged still reaches the caller in time."""
    left: float | None = context.time_remaining()
    if left is None:
        return None
    on_the_way = min(max(0.1 * left, 0.05), 1.0, 0.5 * left)
    return time.monotonic() + left - on_the_way


def caller_of(context: grpc.aio.ServicerContext[Any, Any]) -> Hashable:
    """Who calls, as far as turns go: one bearer token is one caller, and so is one connection without."""
    for key, value in context.invocation_metadata() or ():
        if key == "authorization":
            return value
    return context.peer()


def reader_of(kind: type[M]) -> Callable[[bytes], Received[M]]:
    """How gRPC reads messages of one kind: bytes that are none come through, to be refused in our words."""
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
    """The message that came.

    Raises:
        InvalidCallError: the bytes are none, or hold too much.
    """
    if received.message is None:
        raise InvalidCallError(received.refused)
    return received.message


def frame_of(received: Received[pb.ScoreStreamRequest]) -> pb.Frame:
    """The frame that came as a later request of a stream.

    Raises:
        InvalidCallError: it is no frame.
    """
    request = message_of(received)
    if not request.HasField("frame"):
        message = "every request of a stream after the first holds a frame, and this one does not"
        raise InvalidCallError(message)
    return request.frame


def weight_of(size: int, rollouts: Sequence[rollout_pb2.Rollout]) -> int:
    """What a message of `size` bytes costs in memory while it is in work.

    Raises:
        InvalidCallError: more rollouts than may come in one message.
    """
    if len(rollouts) > MOST_ROLLOUTS:
        message = f"a message holds {len(rollouts)} rollouts; send at most {MOST_ROLLOUTS} in one"
        raise InvalidCallError(message)
    return size + _ROLLOUT_BYTES * (1 + len(rollouts))
