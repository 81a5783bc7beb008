"""The types and domains of parameters, checked when a thing is made: rewards, policies, recipes, scorers.

The type hints are the rule, as they are for recipe files (:mod:`rewards.recipe.tree`): a number is no text,
a text is no sequence, and a dictionary is no :class:`~rewards.Policy`. A list is taken for a tuple and the
value of an enum for its member, so that either may be written. Left out: the domains of parameters (a
temperature above 0), which each class checks after its types; and hints that cannot be looked up at run time.
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import enum
import functools
import inspect
import math
import reprlib
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path

from rewards.errors import InvalidParameterError

__all__ = [
    "ADDED_LATER",
    "check_arguments",
    "check_fields",
    "hints_of",
    "require",
    "require_count",
    "require_finite",
    "stated_fields",
    "usable_in_hints",
]

ADDED_LATER: Mapping[str, bool] = types.MappingProxyType({"added_later": True})
"""The metadata of a parameter that was added to a dataclass after recipes with it had been pinned: it is part
of their canonical form and of their files only where it has another value than its default."""

_SECRET = frozenset({"token"})
"""The parameters whose values no message may show."""

_EXPECTED: Mapping[object, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    type(None): "None",
    Path: "a Path",
}
"""The name in messages of each simple type."""

_MOST_SHOWN = 80
"""The longest text that a message repeats, in code points."""


def check_fields(thing: object, name: str) -> None:
    """Check the fields of a frozen dataclass by their hints, and make tuples and enum members of their like.

    Args:
        thing: the dataclass instance, from its `__post_init__`.
        name: what messages call it.

    Raises:
        InvalidParameterError: naming the field, what it is, and what to write.
    """
    kind: typing.Any = type(thing)
    for field, hint in _fields(kind).items():
        given = getattr(thing, field)
        fitted = _fitted(given, hint, f"{name}: {field}", secret=field in _SECRET)
        if fitted is not given:
            object.__setattr__(thing, field, fitted)


def check_arguments(function: Callable[..., object], name: str, arguments: Mapping[str, object]) -> None:
    """Check the arguments of a call by the hints of its function.

    Args:
        function: the function or method.
        name: what messages call it.
        arguments: the arguments by name; others in it, such as `self`, are passed over.

    Raises:
        InvalidParameterError: naming the argument, what it is, and what to write.
    """
    for argument, hint in _hints_that_resolve(function).items():
        if argument in arguments and argument != "return":
            _fitted(arguments[argument], hint, f"{name}: {argument}", secret=argument in _SECRET)


def stated_fields(thing: typing.Any) -> list[dataclasses.Field[typing.Any]]:  # noqa: ANN401  # any dataclass
    """Return the fields of a dataclass instance that say which it is: all but defaults that came later."""
    return [
        field
        for field in dataclasses.fields(thing)
        if "added_later" not in field.metadata or getattr(thing, field.name) != field.default
    ]


# Domains.


def require(condition: bool, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    """Raise InvalidParameterError with `message` unless `condition`."""
    if not condition:
        raise InvalidParameterError(message)


def require_finite(**parameters: float) -> None:
    """Raise InvalidParameterError unless every parameter is a finite number."""
    for name, value in parameters.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        require(number and math.isfinite(value), f"{name} is {value!r}; it must be a finite number")


def require_count(kind: str, **parameters: int) -> None:
    """Raise InvalidParameterError unless every parameter is a whole number of at least 1."""
    for name, value in parameters.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        message = f"{kind}: {name} is {value!r}; it must be a whole number of at least 1"
        require(whole and value >= 1, message)


# Hints.


def hints_of(annotated: object) -> dict[str, typing.Any]:
    """Return the type hints of a class or function, those included that it imports for type checkers alone.

    Raises:
        NameError: a hint that needs a name which is not there at run time.
    """
    try:
        return typing.get_type_hints(annotated)
    except NameError:
        pass  # linters like imports that only annotations use under `if TYPE_CHECKING:`
    return typing.get_type_hints(annotated, localns=_OFTEN_UNIMPORTED)


def usable_in_hints(*classes: type) -> None:
    """Let annotations name these classes, in modules that import them for type checkers alone."""
    _OFTEN_UNIMPORTED.update({made.__name__: made for made in classes})


_OFTEN_UNIMPORTED: dict[str, object] = {
    "Mapping": Mapping,
    "Path": Path,
    "Sequence": collections.abc.Sequence,
}
"""The classes that modules import for annotations only, by name."""


@functools.cache
def _fields(made: type) -> dict[str, typing.Any]:
    names = {field.name for field in dataclasses.fields(made) if field.init}
    return {name: hint for name, hint in _hints_that_resolve(made).items() if name in names}


@functools.cache
def _hints_that_resolve(annotated: typing.Any) -> dict[str, typing.Any]:  # noqa: ANN401
    with contextlib.suppress(Exception):  # an annotation may be any text
        return hints_of(annotated)
    return {
        name: hint
        for owner in reversed(getattr(annotated, "__mro__", (annotated,)))
        for name, annotation in inspect.get_annotations(owner).items()
        for hint in _hint_of_one(annotation, owner, name)
    }


def _hint_of_one(annotation: object, owner: object, name: str) -> list[typing.Any]:
    """Return the type hint of one annotation in a list; an empty one where it cannot be looked up."""
    module = sys.modules.get(getattr(owner, "__module__", ""))
    alone = types.SimpleNamespace(__annotations__={name: annotation})
    names = {**_OFTEN_UNIMPORTED, **(vars(module) if module else {})}
    try:
        return list(typing.get_type_hints(alone, globalns=names).values())
    except Exception:  # noqa: BLE001  # an annotation may be any text
        return []


# Values.


def _fitted(value: object, hint: typing.Any, place: str, *, secret: bool = False) -> object:  # noqa: ANN401
    """Return the value of a parameter converted to its type hint.

    Raises:
        InvalidParameterError: the value is of another type.
    """
    try:
        return _matched(value, hint)
    except _OtherTypeError as other:
        shown = _kind_of(other.value) if secret else _excerpt(other.value)
        message = f"{place}{other.path} is {shown}; {_advice(other.value, other.hint, secret=secret)}"
        raise InvalidParameterError(message) from None


class _OtherTypeError(Exception):
    """A value that is not of its type, and where in the parameter it stands."""

    def __init__(self, value: object, hint: typing.Any, path: str = "") -> None:  # noqa: ANN401
        super().__init__()
        self.value = value
        self.hint = hint
        self.path = path


def _matched(value: object, hint: typing.Any) -> object:  # noqa: ANN401  # hints have no common type
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _matched(value, arguments[0])
    if origin is typing.Literal:
        if not any(isinstance(value, type(choice)) and value == choice for choice in arguments):
            raise _OtherTypeError(value, hint)
        return value
    if origin in (typing.Union, types.UnionType):
        return _matched_any(value, hint, arguments)
    if origin is tuple:
        return _matched_tuple(value, hint, arguments)
    if origin is collections.abc.Sequence:
        _matched_tuple(value, hint, (*arguments, ...))
        return value
    return _matched_class(value, hint if origin is None else origin, hint)


def _matched_any(value: object, hint: typing.Any, choices: tuple[typing.Any, ...]) -> object:  # noqa: ANN401
    failures = []
    for choice in choices:
        try:
            return _matched(value, choice)
        except _OtherTypeError as other:
            failures.append(other)
    # What is wrong inside of a sequence says more than that the whole is neither this nor that.
    raise next((other for other in failures if other.path), _OtherTypeError(value, hint))


def _matched_tuple(value: object, hint: typing.Any, arguments: tuple[typing.Any, ...]) -> object:  # noqa: ANN401
    if not isinstance(value, (tuple, list)):
        raise _OtherTypeError(value, hint)
    if len(arguments) == 2 and arguments[1] is ...:  # noqa: PLR2004  # tuple[X, ...]
        arguments = (arguments[0],) * len(value)
    if len(value) != len(arguments):
        raise _OtherTypeError(value, hint)
    items = []
    for at, (item, inner) in enumerate(zip(value, arguments, strict=True)):
        try:
            items.append(_matched(item, inner))
        except _OtherTypeError as other:
            raise _OtherTypeError(other.value, other.hint, f"[{at}]{other.path}") from None
    same = isinstance(value, tuple) and all(new is old for new, old in zip(items, value, strict=True))
    return value if same else tuple(items)


def _matched_class(value: object, kind: typing.Any, hint: typing.Any) -> object:  # noqa: ANN401
    kind = type(None) if kind is None else kind
    if not isinstance(kind, type):
        return value  # a type variable, a protocol's alias, or Any: there is nothing to check by
    if isinstance(value, bool) and kind in (int, float):
        raise _OtherTypeError(value, hint)
    if issubclass(kind, enum.Enum) and not isinstance(value, kind):
        try:
            return kind(value)
        except ValueError:
            raise _OtherTypeError(value, hint) from None
    try:
        fits = isinstance(value, (int, float) if kind is float else kind)
    except TypeError:  # a protocol that cannot be asked at run time
        return value
    if not fits:
        raise _OtherTypeError(value, hint)
    return value


# Messages.


def _kind_of(value: object) -> str:
    words = {str: "text", bytes: "bytes", dict: "a dict", list: "a list", set: "a set", type(None): "None"}
    return words.get(type(value), f"of type {type(value).__name__}")


def _excerpt(value: object) -> str:
    """Return a value as a message shows it: itself where it is short, else its type."""
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str) and len(value) <= _MOST_SHOWN and value.isprintable():
        return repr(value)
    if isinstance(value, (list, tuple)):
        return reprlib.repr(value)
    return _kind_of(value)


def _advice(value: object, hint: typing.Any, *, secret: bool) -> str:  # noqa: ANN401
    """Return advice on the value to write instead: the exact expression, where the value suggests one."""
    meant = None if secret else _meant(value, hint)
    return f"it must be {_expected(hint)}" if meant is None else f"write {meant}"


def _meant(value: object, hint: typing.Any) -> str | None:  # noqa: ANN401
    """Return the expression that a value of another type was probably meant as, or None."""
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    kinds = [kind for kind in (typing.get_args(hint) if union else (hint,)) if kind is not type(None)]
    for kind in kinds:
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            if not inspect.isabstract(kind) and (isinstance(value, dict) or len(kinds) == 1):
                return _call(kind, value)
        elif kind is Path and isinstance(value, str) and _excerpt(value) == repr(value):
            return f"Path({value!r})"
        elif kind == tuple[str, ...] and isinstance(value, str):
            return f"({value!r},)"
        elif typing.get_origin(kind) is tuple and isinstance(value, dict):
            return "its pairs, tuple(that.items())"
    return None


def _call(kind: typing.Any, value: object) -> str:  # noqa: ANN401  # a dataclass has no type of its own
    """Return a call that makes a dataclass: with the entries of a dictionary, where all are its fields."""
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    if isinstance(value, dict) and value and all(key in names for key in value):
        arguments = [f"{key}={reprlib.repr(given)}" for key, given in value.items()]
    else:
        arguments = [f"{name}=..." for name in names]
    return f"{kind.__name__}({', '.join(arguments)})"


def _expected(hint: typing.Any) -> str:  # noqa: ANN401
    """Return the name in messages of a type hint."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(map(repr, arguments))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_expected(choice) for choice in arguments)
    if origin is tuple and arguments and arguments[-1] is not ...:
        return f"({', '.join(_expected(inner) for inner in arguments)})"
    if origin in (tuple, collections.abc.Sequence):
        return f"a sequence of which each is {_expected(arguments[0])}"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return " or ".join(repr(member.value) for member in hint)
    name = getattr(origin or hint, "__name__", str(hint))
    return _EXPECTED.get(hint, f"{'an' if name[0] in 'AEIOU' else 'a'} {name}")
