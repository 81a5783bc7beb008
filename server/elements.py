"""Element limits of a message, checked on its raw bytes, since parsing is the work to bound.

A message of 64 MB of text parses in milliseconds, one of 64 MB of empty rollouts blocks the process for many
seconds. Only messages that are large and contain the tag bytes of too many elements are scanned, field by
field and no further than the limit; other large messages cost one search for three bytes, and small ones
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    Stretch: TypeAlias = tuple[int, int]

__all__ = ["MOST_PARTS", "MOST_ROLLOUTS", "holds_too_much"]

MOST_ROLLOUTS: Final = 65_536
"""Maximum number of rollouts in one message."""

MOST_PARTS: Final = 262_144
"""Maximum number of golds and metadata entries in one message, over all its rollouts."""

_SMALL: Final = 2 * MOST_PARTS
"""Message size in bytes that cannot exceed the limits, at two bytes per element."""

_ROLLOUTS: Final = 0x12
"""Tag byte of `rollouts` in a request and in a frame, and of `frame` in a streaming request."""

_GOLDS: Final = 0x22
_METADATA: Final = 0x5A

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS: Final = {_FIXED64: 8, _FIXED32: 4}
_MORE: Final = 0x80


def holds_too_much(raw: bytes, *, in_frames: bool) -> str:
    r"""Return why a request exceeds the limits, "" if it does not; malformed bytes are left to the parser.

    Args:
        raw: serialized `ScoreRequest` or `ScoreStreamRequest`.
        in_frames: True for a `ScoreStreamRequest`, whose rollouts are in a frame.

    >>> holds_too_much(b"\x12\x00" * 300_000, in_frames=False)
    'a message holds more than 65536 rollouts; send at most as many in one'
    """
    if len(raw) <= _SMALL:
        return ""
    found = np.frombuffer(raw, np.uint8)
    rollouts, golds, metadata = (
        int(np.count_nonzero(found == tag)) for tag in (_ROLLOUTS, _GOLDS, _METADATA)
    )
    if rollouts <= MOST_ROLLOUTS and golds + metadata <= MOST_PARTS:
        return ""
    try:
        return _looked_through(raw, in_frames=in_frames, parts=golds + metadata > MOST_PARTS)
    except (IndexError, ValueError):
        return ""


def _looked_through(raw: bytes, *, in_frames: bool, parts: bool) -> str:
    outer: Iterable[Stretch] = [(0, len(raw))]
    if in_frames:
        outer = _stretches(raw, outer, _ROLLOUTS, _ROLLOUTS, MOST_ROLLOUTS)
    rollouts = _stretches(raw, outer, _ROLLOUTS, _ROLLOUTS, MOST_ROLLOUTS)
    if len(rollouts) > MOST_ROLLOUTS:
        return f"a message holds more than {MOST_ROLLOUTS} rollouts; send at most as many in one"
    if parts and len(_stretches(raw, rollouts, _GOLDS, _METADATA, MOST_PARTS)) > MOST_PARTS:
        return (
            f"the rollouts of a message hold more than {MOST_PARTS} golds and entries of metadata together; "
            "send fewer of them in one"
        )
    return ""


def _stretches(raw: bytes, outer: Iterable[Stretch], tag: int, other: int, most: int) -> list[Stretch]:
    """Return the byte ranges of the fields with tag `tag` or `other`, at most one more than `most`."""
    found: list[Stretch] = []
    for start, end in outer:
        at = start
        while at < end:
            seen = raw[at]
            at += 1
            if seen >= _MORE:
                seen, at = _varint(raw, at - 1)
            kind = seen & 7
            if kind == _BYTES:
                length = raw[at]
                at += 1
                if length >= _MORE:
                    length, at = _varint(raw, at - 1)
                if seen in (tag, other):
                    found.append((at, at + length))
                    if len(found) > most:
                        return found
                at += length
            elif kind == _VARINT:
                _, at = _varint(raw, at)
            elif kind in _WIDTHS:
                at += _WIDTHS[kind]
            else:
                message = "a group, which no version has"
                raise ValueError(message)
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Decode a varint; return its value and the offset of its end."""
    found = shift = 0
    while (byte := raw[at]) >= _MORE:
        found |= (byte - _MORE) << shift
        shift += 7
        at += 1
    return found | byte << shift, at + 1
