"""The form that each kind of field has in the message of a rollout, and the functions that are made of it.

A loop over the fields of every rollout takes half as long again as a line of code for each field. So the
lines are here, once for each kind, and the functions for all fields are put together from them.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from rewards.errors import InvalidRolloutError
from rewards.rollout import FIELDS, MOST_GOLDS, Enumeration, FreeText, Golds, Scalar, Strings, TokenArray
from rewards.v1 import rollout_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from google.protobuf.descriptor import FieldDescriptor
    from numpy.typing import NDArray

    from rewards.rollout import Field

    class _Packed(Protocol):
        """A message whose only field, number 1, is a packed array of elements of a fixed width."""

        def MergeFromString(self, serialized: bytes) -> int: ...  # noqa: N802
        def SerializeToString(self) -> bytes: ...  # noqa: N802
        def DiscardUnknownFields(self) -> None: ...  # noqa: N802
        def SetInParent(self) -> None: ...  # noqa: N802


__all__ = ["DESCRIPTORS", "FORMS", "FieldForm", "function"]

_FIRST_FIELD_PACKED = b"\x0a"
"""The tag of field 1 with wire type 2, which a packed array has."""

_PART = 8
"""Bytes around a gold or an entry of metadata, rather too many: empty ones are work for the server, too."""

_MORE = 0x80
"""The bit of a variable-length integer that says that another byte of it follows."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FieldForm:
    """Lines of code for one field, about a `message` and the `value` of the field in a rollout."""

    write: str
    """The statement that puts `value` into `message`."""

    read: str
    """The expression for the value in `message`."""

    refuses: bool = False
    """True where `read` raises :class:`InvalidRolloutError` for what is no value."""

    size: str
    """The expression for the approximate bytes of `value`."""

    def named(self, descriptor: FieldDescriptor) -> FieldForm:
        """Return the form for the field of this description: its name stands where FIELD stood."""
        read = f"{self.read} if message.HasField('FIELD') else None" if descriptor.has_presence else self.read
        write, read, size = (line.replace("FIELD", descriptor.name) for line in (self.write, read, self.size))
        return dataclasses.replace(self, write=write, read=read, size=size)


_SCALAR = FieldForm(write="message.FIELD = value", read="message.FIELD", size="8")

_FORM_OF: Final[Mapping[type, FieldForm]] = {
    Scalar: _SCALAR,
    FreeText: dataclasses.replace(_SCALAR, size="len(value)"),  # protobuf takes no lone surrogates for text
    Enumeration: FieldForm(
        write="message.FIELD = numbers_of_FIELD[value]",
        read="words_of_FIELD[message.FIELD]",
        refuses=True,
        size="2",
    ),
    Golds: FieldForm(
        write="message.FIELD.append(value) if type(value) is str else message.FIELD.extend(value)",
        read="golds[0] if len(golds := message.FIELD) == 1 else several(golds, check_FIELD)",
        refuses=True,
        size=f"len(value) if type(value) is str else sum(map(len, value)) + {_PART} * len(value)",
    ),
    Strings: FieldForm(
        write="message.FIELD.update(value)",
        read="dict(strings) if (strings := message.FIELD) else {}",
        size=f"sum({_PART} + len(key) + len(one) for key, one in value.items())",
    ),
    TokenArray: FieldForm(  # a message of its own, since absent and empty differ
        write="pack(message.FIELD, value)", read="unpack(message.FIELD, dtype_of_FIELD)", size="value.nbytes"
    ),
}
"""The form of each kind of field, and of the kinds derived from it."""


class _Words(dict[int, str | None]):
    """The words of an enum by their numbers; 0 is none of them."""

    def __init__(self, field: str, numbers: Mapping[str, int]) -> None:
        super().__init__({0: None} | {number: word for word, number in numbers.items()})
        self._field = field

    def __missing__(self, number: int) -> str | None:
        message = f"{self._field} is {number}; this version knows {sorted(self)}"
        raise InvalidRolloutError(message, field=self._field)


def _several(golds: Sequence[str], check: Callable[[object], object]) -> tuple[str, ...] | None:
    if len(golds) > MOST_GOLDS:
        check(list(golds))  # it raises, and knows the words
    return tuple(golds) or None


def _pack(message: _Packed, array: NDArray[np.generic]) -> None:
    # A packed array of a fixed width is its tag, its length in bytes, and the bytes of the array. To
    # write them as such is a hundred times faster than to hand over one Python number per token.
    raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
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


def _form(field: Field, descriptor: FieldDescriptor) -> FieldForm:
    kind = next(kind for kind in type(field.kind).__mro__ if kind in _FORM_OF)
    return _FORM_OF[kind].named(descriptor)


def _names(name: str, field: Field, descriptor: FieldDescriptor) -> Mapping[str, object]:
    """Return the names that occur in the form of a field."""
    kind, own = field.kind, descriptor.name
    if isinstance(kind, TokenArray):
        return {f"dtype_of_{own}": np.dtype(kind.dtype).newbyteorder("<")}
    if isinstance(kind, Enumeration) and (enum := descriptor.enum_type) is not None:
        prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
        numbers = {word: enum.values_by_name[f"{prefix}{word.upper()}"].number for word in kind.words}
        return {f"numbers_of_{own}": numbers, f"words_of_{own}": _Words(name, numbers)}
    return {f"check_{own}": partial(kind.check, name)}


DESCRIPTORS: Final = {
    name: rollout_pb2.Rollout.DESCRIPTOR.fields_by_number[field.number] for name, field in FIELDS.items()
}

FORMS: Final[Mapping[str, FieldForm]] = {
    name: _form(field, DESCRIPTORS[name]) for name, field in FIELDS.items()
}
"""The form of each field of a rollout."""

_NAMES: Final[Mapping[str, object]] = {"pack": _pack, "unpack": _unpack, "several": _several} | dict(
    named for name, field in FIELDS.items() for named in _names(name, field, DESCRIPTORS[name]).items()
)


def function(arguments: str, lines: Iterable[str], **names: object) -> Callable[..., Any]:
    """Return the function of these arguments whose body is these lines, which may use the names in forms."""
    found: dict[str, Any] = {**_NAMES, **names}
    body = "\n".join(f"    {line}" for line in lines)
    exec(f"def run({arguments}):\n{body}", found)  # noqa: S102  # code of ours alone
    return found["run"]  # type: ignore[no-any-return]
