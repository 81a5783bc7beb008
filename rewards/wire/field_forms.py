"""The form that each kind of field has in the messages of rollouts.

A form works on a column, the values of one field in many rollouts. So a value costs no more than it would in
code that was written for its field.
"""

from __future__ import annotations

import abc
from collections import deque
from itertools import compress, count, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy as np

from rewards.rollout import (
    FIELDS,
    MOST_GOLDS,
    Enumeration,
    FreeText,
    Golds,
    Kind,
    Name,
    Scalar,
    Spans,
    Strings,
    TokenArray,
    golds_of,
)
from rewards.v1 import rollout_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol

    from google.protobuf.descriptor import FieldDescriptor
    from numpy.typing import NDArray

    from rewards.rollout import Field

    Messages = Sequence[rollout_pb2.Rollout]

    class _Packed(Protocol):
        """A message whose only field, number 1, is a packed array of elements of a fixed width."""

        def MergeFromString(self, serialized: bytes) -> int: ...  # noqa: N802
        def SerializeToString(self) -> bytes: ...  # noqa: N802
        def DiscardUnknownFields(self) -> None: ...  # noqa: N802
        def SetInParent(self) -> None: ...  # noqa: N802


__all__ = ["FORMS", "FieldForm"]

K = TypeVar("K", bound=Kind)

_HAS_FIELD: Final[Callable[[rollout_pb2.Rollout, Any], bool]] = rollout_pb2.Rollout.HasField

_FIRST_FIELD_PACKED = b"\x0a"
"""The tag of field 1 with wire type 2, which a packed array has."""

_PART = 8
"""Bytes around a gold or an entry of metadata, rather too many: empty ones are work for the server, too."""

_MORE = 0x80
"""The bit of a variable-length integer that says that another byte of it follows."""


class FieldForm(abc.ABC, Generic[K]):
    """One field, in messages."""

    def __init__(self, kind: K, descriptor: FieldDescriptor) -> None:
        self.kind = kind
        self.name: Any = descriptor.name
        self.optional = descriptor.has_presence
        self.get = attrgetter(descriptor.name)

    @abc.abstractmethod
    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        """Put each value into its message, which stays as it is where a rollout does without the field.

        Columns of nothing but the default are not written at all: see :attr:`RolloutColumns.filled`.
        """

    @abc.abstractmethod
    def read(self, messages: Messages) -> list[Any]:
        """Return the value in each message; where it is none, something that the kind's check refuses."""

    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:  # noqa: ARG002
        """Return the approximate bytes of each value; None where no value has more than a few."""
        return None  # for the type checker, which knows of results elsewhere

    def doubtful(self, messages: Messages, column: Callable[[], Sequence[Any]]) -> Iterable[int]:
        """Return the rows whose values the kind's check may refuse; `column` reads the values."""
        del messages, column
        return ()


class _Scalar(FieldForm[Scalar]):
    """Protobuf has checked such a value by itself: text has no lone surrogates."""

    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        if self.optional:
            for message, value in zip(messages, column, strict=True):
                if value is not None:
                    setattr(message, self.name, value)
        else:
            deque(map(setattr, messages, repeat(self.name), column), maxlen=0)

    def read(self, messages: Messages) -> list[Any]:
        if self.optional:
            there = map(_HAS_FIELD, messages, repeat(self.name))
            return [value if has else None for value, has in zip(map(self.get, messages), there, strict=True)]
        return list(map(self.get, messages))


class _Text(_Scalar):
    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:
        return [len(text or "") for text in column] if self.optional else map(len, column)


class _Choice(FieldForm[Enumeration]):
    """An enum whose values are named for the words; 0 is none of them."""

    def __init__(self, kind: Enumeration, descriptor: FieldDescriptor) -> None:
        super().__init__(kind, descriptor)
        values = getattr(descriptor.enum_type, "values_by_number", {})
        prefix = values[0].name.removesuffix("UNSPECIFIED")
        words = {number: value.name.removeprefix(prefix).lower() for number, value in values.items()}
        self._words: Mapping[int, str | None] = {**words, 0: None}
        self._numbers = {word: number for number, word in self._words.items()}

    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        numbers = map(self._numbers.__getitem__, column)
        deque(map(setattr, messages, repeat(self.name), numbers), maxlen=0)

    def read(self, messages: Messages) -> list[Any]:
        words = self._words
        return [words.get(number, number) for number in map(self.get, messages)]

    def doubtful(self, messages: Messages, column: Callable[[], Sequence[Any]]) -> Iterable[int]:
        numbers = set(map(self.get, messages)) - self._words.keys()
        return [row for row, value in enumerate(column()) if value in numbers] if numbers else ()


class _Golds(FieldForm[Golds]):
    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        for golds, value in zip(map(self.get, messages), column, strict=True):
            if type(value) is str:
                golds.append(value)
            elif value is not None:
                golds.extend(value)

    def read(self, messages: Messages) -> list[Any]:
        return [golds[0] if len(golds) == 1 else tuple(golds) or None for golds in map(self.get, messages)]

    def doubtful(self, messages: Messages, column: Callable[[], Sequence[Any]]) -> Iterable[int]:  # noqa: ARG002
        return [row for row, golds in enumerate(column()) if type(golds) is tuple and len(golds) > MOST_GOLDS]

    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:
        if set(map(type, column)) == {str}:
            return map(len, column)
        return [sum(map(len, golds)) + _PART * len(golds) for golds in map(golds_of, column)]


class _Strings(FieldForm[Strings]):
    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        for message, value in compress(zip(messages, column, strict=True), column):
            self.get(message).update(value)

    def read(self, messages: Messages) -> list[Any]:
        return [dict(strings) if strings else {} for strings in map(self.get, messages)]

    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:
        return [sum(_PART + len(key) + len(one) for key, one in strings.items()) for strings in column]


class _Tokens(FieldForm[TokenArray]):
    """A message of its own, since absent and empty differ, with one packed array."""

    def __init__(self, kind: TokenArray, descriptor: FieldDescriptor) -> None:
        super().__init__(kind, descriptor)
        self._dtype = np.dtype(kind.dtype).newbyteorder("<")

    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        for message, value in zip(messages, column, strict=True):
            if value is not None:
                _pack(self.get(message), value.astype(self._dtype, copy=False))

    def read(self, messages: Messages) -> list[Any]:
        get, name = self.get, self.name
        return [_unpack(get(one), self._dtype) if one.HasField(name) else None for one in messages]

    def doubtful(self, messages: Messages, column: Callable[[], Sequence[Any]]) -> Iterable[int]:  # noqa: ARG002
        return compress(count(), map(_HAS_FIELD, messages, repeat(self.name)))

    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:
        return [0 if tokens is None else tokens.nbytes for tokens in column]


class _Spans(FieldForm[Spans]):
    """A message of its own, since absent and empty differ, with all starts and ends in one packed array."""

    _bound = np.dtype("<u4")

    def write(self, messages: Messages, column: Sequence[Any]) -> None:
        for message, spans in zip(messages, column, strict=True):
            if spans is not None:
                _pack(self.get(message), np.asarray(spans, self._bound).ravel())

    def read(self, messages: Messages) -> list[Any]:
        there = map(_HAS_FIELD, messages, repeat(self.name))
        return [self._spans(one) if has else None for one, has in zip(messages, there, strict=True)]

    def _spans(self, message: rollout_pb2.Rollout) -> tuple[Any, ...]:
        bounds = _unpack(self.get(message), self._bound).tolist()
        return tuple(bounds) if len(bounds) % 2 else tuple(zip(bounds[::2], bounds[1::2], strict=True))

    def doubtful(self, messages: Messages, column: Callable[[], Sequence[Any]]) -> Iterable[int]:  # noqa: ARG002
        return compress(count(), map(_HAS_FIELD, messages, repeat(self.name)))

    def sizes(self, column: Sequence[Any]) -> Iterable[int] | None:
        return [0 if spans is None else _PART + _PART * len(spans) for spans in column]


def _pack(message: _Packed, array: NDArray[np.generic]) -> None:
    # A packed array of a fixed width is its tag, its length in bytes, and the bytes of the array. To
    # write them as such is a hundred times faster than to hand over one Python number per token.
    raw = array.tobytes()
    message.SetInParent()
    message.MergeFromString(_FIRST_FIELD_PACKED + _varint(len(raw)) + raw)


def _unpack(message: _Packed, dtype: np.dtype[Any]) -> NDArray[np.generic]:
    message.DiscardUnknownFields()  # so that nothing but the array is left
    raw = message.SerializeToString()
    if not raw:
        return np.empty(0, dtype)
    start = 1
    while raw[start] & _MORE:  # skip the length
        start += 1
    return np.frombuffer(raw, dtype, offset=start + 1)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= _MORE:
        found.append(number % _MORE | _MORE)
        number //= _MORE
    found.append(number)
    return bytes(found)


_FORM_OF: Final[Mapping[type, type[FieldForm[Any]]]] = {
    Scalar: _Scalar,
    FreeText: _Text,
    Name: _Scalar,
    Enumeration: _Choice,
    Golds: _Golds,
    Spans: _Spans,
    Strings: _Strings,
    TokenArray: _Tokens,
}
"""The form of each kind of field, and of the kinds derived from it."""


def _form(field: Field) -> FieldForm[Any]:
    form = next(_FORM_OF[kind] for kind in type(field.kind).__mro__ if kind in _FORM_OF)
    return form(field.kind, rollout_pb2.Rollout.DESCRIPTOR.fields_by_number[field.number])


FORMS: Final[Mapping[str, FieldForm[Any]]] = {name: _form(field) for name, field in FIELDS.items()}
"""The form of each field of a rollout."""
