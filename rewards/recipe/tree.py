"""Trees of rewards as plain data, and back: what stands in a recipe file, checked parameter by parameter.

A node is a number (a constant), or a mapping with one kind and its parameters, with an optional `name`
and `weight` beside it, which make it `Scale(weight, Named(name, node))`::

    {"think_format": {"mode": "strict"}, "name": "format", "weight": 0.5}

A weight that is a mapping changes over optimizer steps, and makes it `Ramp` instead of `Scale`::

    {"from": 0.0, "to": 0.5, "steps": [0, 200]}

`sum` and `product` take the list of their terms, `constant` its number, `tiered` its tiers as
`{"if": node, "then": value}`, and `switch` its cases as a mapping. Every other kind takes a mapping with
the fields of its dataclass. pydantic checks all of them strictly: nothing extra, no string for a number.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import reprlib
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import pydantic
from pydantic import AfterValidator, ConfigDict, Field, PlainValidator, Strict, TypeAdapter

from rewards.algebra import Constant, Named, Product, Ramp, Scale, Sum, Switch, Tiered
from rewards.errors import RecipeError
from rewards.messages import did_you_mean
from rewards.parameters import hints_of, stated_fields
from rewards.recipe.kinds import class_of, kind_of
from rewards.recipe.strict_yaml import wrong_value
from rewards.reward import Reward

if TYPE_CHECKING:
    from rewards.recipe.recipe import Recipe

__all__ = ["from_plain", "to_plain"]

T = TypeVar("T")
Path = tuple[str | int, ...]

_BESIDE = ("name", "weight")
"""The keys that may stand beside a kind."""


def from_plain(data: object, recipe: type[T]) -> T:
    """Return the recipe that `data` describes, made by the class of recipes.

    The class is an argument since recipes read themselves by this module.

    Raises:
        RecipeError: with the path of what is wrong, what is wrong with it, and the nearest right word.

    >>> from rewards import Recipe
    >>> from_plain({"name": "one", "reward": {"constant": 1.0, "weight": 2.0}}, Recipe).reward.label
    '2.0 * 1.0'
    """
    try:
        return _form(recipe, "recipe").read(data)
    except _WrongError as wrong:
        message = f"{_path_text(wrong.path)}: {wrong.message}" if wrong.path else wrong.message
        raise RecipeError(message) from wrong


def to_plain(recipe: Recipe) -> dict[str, object]:
    """Return the data from which :func:`from_plain` makes the same recipe, with every parameter in it.

    Raises:
        RecipeError: a parameter that cannot be written down.
    """
    whole = {"window": recipe.window, "reasoning": _value_to_data(recipe.reasoning)}
    return {
        "name": recipe.name,
        "version": recipe.version,
        "description": recipe.description,
        **{key: value for key, value in whole.items() if value is not None},
        "reward": _value_to_data(recipe.reward),
    }


class _WrongError(ValueError):
    """A message with a path relative to the part that is being read."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


# Data to tree.


class _Form(Generic[T]):
    """Schema of one kind of object as data: a type to check against, and a factory.

    With a mapping of fields, `make` gets those that were given, by name.
    """

    def __init__(
        self,
        name: str,
        shape: Any,  # noqa: ANN401  # a type, or one for each field: type hints have no common type
        make: Callable[[Any], T],
        optional: frozenset[str] = frozenset(),
    ) -> None:
        self._name = name
        self._make = make
        self._has_fields = isinstance(shape, Mapping)
        self._fields = tuple(shape) if isinstance(shape, Mapping) else ()
        config = ConfigDict(extra="forbid", strict=True)
        try:
            if isinstance(shape, Mapping):
                # Under names of our own, so that no parameter clashes with an attribute of the model.
                columns: dict[str, Any] = {
                    f"field_{at}": (hint, Field(None if key in optional else ..., alias=key))
                    for at, (key, hint) in enumerate(shape.items())
                }
                self._type = TypeAdapter[Any](pydantic.create_model(name, __config__=config, **columns))
            else:
                self._type = TypeAdapter[Any](shape, config=config)
        except (pydantic.PydanticUserError, TypeError) as error:
            message = f"a parameter of {name} is of a type that cannot be written in a recipe: {error}"
            raise _WrongError((), message) from error

    def read(self, data: object) -> T:
        """Return the object that `data` describes, or raise _WrongError."""
        try:
            value = self._type.validate_python(data)
        except pydantic.ValidationError as error:
            raise self._wrong(error, data) from error
        if self._has_fields:
            value = {
                self._fields[int(key.removeprefix("field_"))]: getattr(value, key)
                for key in value.model_fields_set
            }
        try:
            return self._make(value)
        except Exception as error:  # a plugin may raise anything
            told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            raise _WrongError((), told.removeprefix(f"{self._name}: ")) from error

    def _wrong(self, error: pydantic.ValidationError, data: object) -> _WrongError:
        # A misspelt key comes first: what is missing is often what it was meant to be.
        details = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
        path = _path_in(data, details["loc"])
        if isinstance(cause := details.get("ctx", {}).get("error"), _WrongError):
            return _WrongError((*path, *cause.path), cause.message)
        if details["type"] == "extra_forbidden":
            key = str(details["loc"][-1])
            known = f"; it has {', '.join(self._fields)}" if self._fields else "; it has none"
            return _WrongError(path, f"no parameter of {self._name}{did_you_mean(key, self._fields)}{known}")
        if details["type"] == "missing":
            return _WrongError((*path, details["loc"][-1]), f"missing, and {self._name} needs it")
        return _WrongError(path, wrong_value(details))


def _node(data: object) -> Reward:
    if isinstance(data, (int, float)) and not isinstance(data, bool):
        return _form(Constant, "constant").read(data)
    if not isinstance(data, dict):
        raise _WrongError((), f"a reward is a number or a mapping with one kind, not {reprlib.repr(data)}")
    kinds = [key for key in data if key not in _BESIDE]
    if len(kinds) != 1:
        found = f"it has {' and '.join(map(repr, kinds))}" if kinds else "it has none"
        raise _WrongError((), f"a reward has exactly one kind, beside `name` and `weight`; {found}")
    kind = kinds[0]
    try:
        reward_class = class_of(kind)
    except RecipeError as error:
        raise _WrongError((), str(error)) from error
    try:
        reward = _form(reward_class, kind).read(data[kind])
    except _WrongError as wrong:
        raise _WrongError((kind, *wrong.path), wrong.message) from wrong
    if "name" in data:
        reward = _form(Named, "named").read({"name": data["name"], "reward": _Ready(reward)})
    if isinstance(weight := data.get("weight"), dict):
        try:
            return _ramp_over(reward).read(weight)
        except _WrongError as wrong:
            raise _WrongError(("weight", *wrong.path), wrong.message) from wrong
    if "weight" in data:
        reward = _form(Scale, "scale").read({"weight": weight, "reward": _Ready(reward)})
    return reward


def _ramp_over(reward: Reward) -> _Form[Ramp]:
    return _Form(
        "ramp",
        {"from": _Float, "to": _Float, "steps": list[int]},
        lambda given: Ramp(start=given["from"], end=given["to"], steps=tuple(given["steps"]), reward=reward),
    )


@dataclasses.dataclass(frozen=True)
class _Ready:
    """A node that has been read already."""

    reward: Reward


_Node = Annotated[
    Reward, PlainValidator(lambda data: data.reward if isinstance(data, _Ready) else _node(data))
]
_Float = Annotated[float, AfterValidator(lambda value: math.nan if math.isnan(value) else value)]
"""One NaN for all: the same object is equal to itself, and so are rewards that hold it."""


def _form(made: type[T], name: str) -> _Form[T]:
    """Return the schema of a class of rewards, or of another dataclass."""
    form: _Form[T] = _remembered_form(made, name)  # type: ignore[arg-type]  # classes are hashable
    return form


@functools.cache
def _remembered_form(made: type[Any], name: str) -> _Form[Any]:
    forms: dict[type, Callable[[], _Form[Any]]] = {
        Constant: lambda: _Form(name, _Float, lambda value: Constant(value=value)),
        Sum: lambda: _Form(name, list[_Node], lambda terms: Sum(terms=tuple(terms))),
        Product: lambda: _Form(name, list[_Node], lambda factors: Product(factors=tuple(factors))),
        Tiered: lambda: _tiered(name),
        Switch: lambda: _switch(name),
    }
    return forms[made]() if made in forms else _dataclass_form(made, name)


def _tiered(name: str) -> _Form[Tiered]:
    tier = _Form("a tier", {"if": _Node, "then": _Float}, lambda given: (given["if"], given["then"]))
    tiers = list[Annotated[Any, PlainValidator(tier.read)]]
    return _Form(
        name,
        {"tiers": tiers, "otherwise": _Float},
        lambda given: Tiered(**{**given, "tiers": tuple(given["tiers"])}),
        frozenset({"otherwise"}),
    )


def _switch(name: str) -> _Form[Switch]:
    return _Form(
        name,
        {"key": str, "cases": dict[str, _Node], "default": _Node | None},
        lambda given: Switch(**{**given, "cases": tuple(given["cases"].items())}),
        frozenset({"default"}),
    )


def _dataclass_form(made: type[Any], name: str) -> _Form[Any]:
    hints = _hints(made, name)
    fields = [field for field in dataclasses.fields(made) if field.init]
    missing = dataclasses.MISSING
    optional = {
        field.name for field in fields if field.default is not missing or field.default_factory is not missing
    }
    shape = {field.name: _strict(hints[field.name]) for field in fields}
    return _Form(name, shape, lambda given: made(**given), frozenset(optional))


def _hints(made: type[Any], name: str) -> dict[str, Any]:
    try:
        return hints_of(made)
    except NameError as error:
        message = f"the types of the parameters of {name} must be imported at run time too: {error}"
        raise _WrongError((), message) from error


def _strict(hint: Any) -> Any:  # noqa: ANN401, PLR0911  # type hints have no common type; one for each
    """Return the pydantic type for a type hint: strict, but a list for a tuple and a value for an enum."""
    arguments = tuple(_strict(argument) for argument in typing.get_args(hint) if hint is not Ellipsis)
    match typing.get_origin(hint):
        case typing.Literal:
            return hint
        case typing.Union | types.UnionType:
            return typing.Union[arguments]  # noqa: UP007  # | takes no list of types
        case origin if origin in (tuple, frozenset):
            return Annotated[origin[arguments], Strict(strict=False)]
        case origin if origin is not None:
            return origin[arguments]
    if hint is float:
        return _Float
    if isinstance(hint, type):
        if issubclass(hint, Reward):
            return _Node if hint is Reward else Annotated[_Node, AfterValidator(_only(hint))]
        if issubclass(hint, enum.Enum):
            return Annotated[hint, Strict(strict=False)]
        if dataclasses.is_dataclass(hint):
            return Annotated[Any, PlainValidator(lambda data: _form(hint, hint.__name__).read(data))]
    return hint


def _only(reward_class: type[Reward]) -> Callable[[Reward], Reward]:
    def check(reward: Reward) -> Reward:
        if isinstance(reward, reward_class):
            return reward
        raise _WrongError((), f"must be {kind_of(reward_class)}, not {kind_of(type(reward))}")

    return check


# What to say when it fails.


def _path_in(data: object, location: Path) -> Path:
    """Return the steps of a location that lead through `data`; pydantic puts names of types in between."""
    path: list[str | int] = []
    for step in location:
        inside = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int)
        if inside:
            path.append(step)
            data = data[step]  # type: ignore[index]  # inside
    return tuple(path)


def _path_text(path: Path) -> str:
    text = ""
    for step in path:
        plain = isinstance(step, str) and step.replace("-", "_").isidentifier()
        text += f".{step}" if plain else f"[{step!r}]"
    return text.removeprefix(".")


# Tree to data.


def _value_to_data(value: object) -> object:  # noqa: PLR0911  # one for each type
    match value:
        case Reward():
            return _reward_to_data(value)
        case enum.Enum():
            return _value_to_data(value.value)
        case bool() | str() | None:
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case tuple() | list() | frozenset():
            return [_value_to_data(item) for item in value]
        case Mapping():
            return {_value_to_data(key): _value_to_data(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value):
            return _fields_to_data(value)
    message = f"a parameter of type {type(value).__name__} cannot be written in a recipe"
    raise RecipeError(message)


def _reward_to_data(reward: Reward) -> object:
    beside: dict[str, object] = {}
    if isinstance(reward, Scale):
        beside["weight"] = reward.weight
        reward = reward.reward
    elif isinstance(reward, Ramp):
        beside["weight"] = {"from": reward.start, "to": reward.end, "steps": list(reward.steps)}
        reward = reward.reward
    if isinstance(reward, Named):
        beside = {"name": reward.name, **beside}
        reward = reward.reward
    if isinstance(reward, Constant) and not beside:
        return reward.value
    return {kind_of(type(reward)): _body_to_data(reward), **beside}


def _body_to_data(reward: Reward) -> object:
    match reward:
        case Constant(value=value):
            return value
        case Sum(terms=nodes) | Product(factors=nodes):
            return [_value_to_data(node) for node in nodes]
        case Tiered():
            tiers = [{"if": _value_to_data(condition), "then": value} for condition, value in reward.tiers]
            return {"tiers": tiers, "otherwise": reward.otherwise}
        case Switch():
            cases = {name: _value_to_data(case) for name, case in reward.cases}
            return {"key": reward.key, "cases": cases, "default": _value_to_data(reward.default)}
    return _fields_to_data(reward)


def _fields_to_data(value: object) -> dict[str, object]:
    return {
        field.name: _value_to_data(getattr(value, field.name)) for field in stated_fields(value) if field.init
    }
