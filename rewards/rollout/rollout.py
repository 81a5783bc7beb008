"""A rollout, the table of its fields, and the kinds of fields with their checks.

A rollout checks itself when it is made, so that everything behind this border may trust it. Whatever else
knows its fields takes them from :data:`FIELDS`: the wire, the options of the command, the columns of files,
the console, the advice in messages and the adapters of trainers.
"""

from __future__ import annotations

import abc
import dataclasses
from operator import attrgetter, index
from typing import TYPE_CHECKING, ClassVar, Final, Literal, get_args

import numpy as np

from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ANY",
    "BITS",
    "FIELDS",
    "MOST_GOLDS",
    "OPTIONAL",
    "SAMPLED",
    "SETTERS",
    "TOKEN_FIELDS",
    "Enumeration",
    "Field",
    "FinishReason",
    "Flag",
    "FreeText",
    "Golds",
    "Kind",
    "Logprobs",
    "Name",
    "Rollout",
    "Scalar",
    "Spans",
    "Strings",
    "TokenArray",
    "golds_of",
    "policy_text_of",
]

FinishReason = Literal["stop", "length"]
"""`stop`: the policy ended the completion; `length`: it was cut off at the maximum completion length."""

MOST_GOLDS = 1024
"""Maximum number of golds of a rollout: each is compared with the answer, at some 0.1 ms."""

_MAX_LOGPROB = 1e-3
"""Log-probabilities are at most 0; rounding in a low-precision softmax is forgiven up to here."""


class _Given:
    """The slot of a rollout that is no field: it is neither shown nor compared."""

    __slots__ = ("_given",)

    _given: int
    """The bits in :data:`BITS` of the fields that may hold another value than the default."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rollout(_Given):
    r"""One sampled completion of one prompt.

    Raises:
        InvalidRolloutError: a field of the wrong type or shape, log-probabilities that are NaN or
            positive, token fields of different lengths, turns that are not in the completion, or more
            than 1,024 golds.

    >>> Rollout(completion=r"\boxed{4}", ground_truth="4").golds
    ('4',)
    """

    completion: str
    """Text that the policy generated; what stands outside of `turns` is somebody else's. Lone surrogates are
    replaced by U+FFFD."""

    id: str = ""
    """Unique in a call where it is not empty."""

    prompt: str = ""

    ground_truth: str | Sequence[str] | None = None
    """One gold, or several, at most 1,024, of which ANY is right; never all-of."""

    completion_ids: ArrayLike | None = None
    """Token ids, shape (T,), kept as int32."""

    logprobs: ArrayLike | None = None
    """Natural log, float32, shape (T,), under the policy that sampled the tokens."""

    completion_mask: ArrayLike | None = None
    """True for tokens that the policy generated, False for tool output; shape (T,), kept as bool."""

    finish_reason: FinishReason | None = None

    think_prefilled: bool = False
    """The chat template already opened `<think>`, so the completion starts inside it; an opener that it wrote
    before a later turn stands in that turn."""

    group_id: str | None = None
    """Shared by the rollouts of one prompt."""

    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)

    turns: Sequence[tuple[int, int]] | None = dataclasses.field(default=None, repr=False)
    """Spans `[start, end)` of `completion`, in code points, that the policy wrote, one for each of its turns,
    in order; None for one turn that is the whole completion."""

    def __post_init__(self) -> None:
        given = 0
        lengths: dict[str, int] = {}
        for (name, bit, default, check), value in zip(_CHECKS, _values_of(self), strict=True):
            if value is default:
                continue
            given |= bit
            if (kept := check(name, value)) is not value:
                object.__setattr__(self, name, kept)
                if isinstance(kept, np.ndarray):
                    lengths[name] = len(kept)
        _put_given(self, given if self.metadata else given & _BUT_METADATA)
        if lengths and len(set(lengths.values())) > 1:
            found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            message = f"token fields must have one length, but {found}"
            raise InvalidRolloutError(message)
        if self.turns and (end := self.turns[-1][1]) > (length := len(self.completion)):
            message = f"turns[{len(self.turns) - 1}] ends at {end}, and the completion at {length}"
            raise InvalidRolloutError(message, field="turns")

    def __setstate__(self, state: Sequence[object]) -> None:
        given = dict(zip(_OWN, state, strict=False))  # pickles of older versions lack the last fields
        for name, own in _OWN.items():
            object.__setattr__(self, name, given.get(name, own.default))
        _put_given(self, ANY)

    @property
    def golds(self) -> tuple[str, ...]:
        """The golds of which any is right; empty where there is none."""
        return golds_of(self.ground_truth)

    @property
    def num_tokens(self) -> int | None:
        """T, from whichever token field is there; None where none is."""
        for tokens in _tokens_of(self):
            if tokens is not None:
                return len(tokens)
        return None

    @property
    def num_policy_tokens(self) -> int | None:
        """The number of tokens that the policy wrote: those of `completion_mask`, else all of them."""
        mask = self.completion_mask
        return self.num_tokens if mask is None else int(np.count_nonzero(mask))

    @property
    def policy_text(self) -> str:
        r"""The completion up to its last turn, with a line break for each code point outside of the turns.

        So positions in it are positions in the completion. Without `turns` it is the completion itself.

        >>> Rollout(completion="<b>4 42", turns=[(3, 4)]).policy_text
        '\n\n\n4'
        """
        return policy_text_of(self.completion, self.turns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rollout):
            return NotImplemented
        return all(
            np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
            for mine, theirs in ((getattr(self, name), getattr(other, name)) for name in FIELDS)
        )

    __hash__ = None  # type: ignore[assignment]  # it carries arrays


def golds_of(ground_truth: str | Sequence[str] | None) -> tuple[str, ...]:
    """See :attr:`Rollout.golds`."""
    given = ground_truth
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def policy_text_of(completion: str, turns: Sequence[tuple[int, int]] | None) -> str:
    """See :attr:`Rollout.policy_text`."""
    if turns is None:
        return completion
    parts: list[str] = []
    before = 0
    for start, end in turns:
        parts += ("\n" * (start - before), completion[start:end])
        before = end
    return "".join(parts)


# Kinds of fields.


class Kind(abc.ABC):
    """The values that some fields hold."""

    json: ClassVar[type]
    """The type of such a value in JSON."""

    @abc.abstractmethod
    def example(self) -> object:
        """Return some value, for a rollout of which only matters that it has one."""

    @abc.abstractmethod
    def check(self, name: str, value: object) -> object:
        """Return a value of the field `name` as a rollout keeps it.

        Raises:
            InvalidRolloutError: the field cannot hold it.
        """


class Scalar(Kind):
    """One value, which travels as it is."""


class FreeText(Scalar):
    """Text that somebody wrote; in a file also a list of messages."""

    json = str

    def example(self) -> str:
        return ""

    def check(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            message = f"{name} is of type {type(value).__name__}; it must be a string"
            raise InvalidRolloutError(message, field=name)
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value


class Name(FreeText):
    """Text that tells rollouts apart; in a file also a whole number."""


_text = FreeText().check


class Flag(Scalar):
    """True or False."""

    json = bool

    def example(self) -> bool:
        return False

    def check(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            message = f"{name} is {value!r}; it must be True or False"
            raise InvalidRolloutError(message, field=name)
        return value


@dataclasses.dataclass(frozen=True)
class Enumeration(Kind):
    """One of a few words, which are those of an enum on the wire, too."""

    json = str
    words: tuple[str, ...]

    def example(self) -> str:
        return self.words[0]

    def check(self, name: str, value: object) -> object:
        if value not in self.words:
            known = ", ".join(map(repr, self.words))
            message = f"{name} is {value!r}; it must be {known} or None"
            raise InvalidRolloutError(message, field=name)
        return value


class Golds(Kind):
    """One text, or several of which any is right."""

    json = list

    def example(self) -> str:
        return ""

    def check(self, name: str, value: object) -> str | tuple[str, ...]:
        if isinstance(value, str):
            return _text(name, value)
        if not isinstance(value, (list, tuple)):
            message = f"{name} is of type {type(value).__name__}; it must be a string or a list of strings"
            raise InvalidRolloutError(message, field=name)
        if not value:
            message = f"{name} is an empty list; leave it out where there is no gold"
            raise InvalidRolloutError(message, field=name)
        if len(value) > MOST_GOLDS:
            message = (
                f"{name} holds {len(value)} golds; a rollout has at most {MOST_GOLDS}, so leave out those "
                "that only spell another one differently"
            )
            raise InvalidRolloutError(message, field=name)
        return tuple(_text(name, gold) for gold in value)


class Spans(Kind):
    """Stretches of the completion in order, each with its start and its end, kept as a tuple of pairs."""

    json = list

    def example(self) -> tuple[tuple[int, int], ...]:
        return ()

    def check(self, name: str, value: object) -> tuple[tuple[int, int], ...]:
        if not isinstance(value, (list, tuple, np.ndarray)):
            message = f"{name} is of type {type(value).__name__}; it must be a list of pairs [start, end]"
            raise InvalidRolloutError(message, field=name)
        spans: list[tuple[int, int]] = []
        for at, pair in enumerate(value):
            try:
                start, end = map(index, pair)
            except (TypeError, ValueError):
                message = f"{name}[{at}] is {pair!r:.60}; it must be a pair of whole numbers, [start, end]"
                raise InvalidRolloutError(message, field=name) from None
            before = spans[-1][1] if spans else 0
            if not before <= start <= end:
                message = (
                    f"{name}[{at}] is [{start}, {end}], after {before}; spans are in order and apart, and "
                    "none ends before its start"
                )
                raise InvalidRolloutError(message, field=name)
            spans.append((start, end))
        return tuple(spans)


class Strings(Kind):
    """Strings by name."""

    json = dict

    def example(self) -> dict[str, str]:
        return {}

    def check(self, name: str, value: object) -> dict[str, str]:
        if not isinstance(value, dict):
            message = f"{name} is of type {type(value).__name__}; it must map strings to strings"
            raise InvalidRolloutError(message, field=name)
        if not value:
            return {}
        return {_text(f"{name} key", key): _text(f"{name}[{key!r}]", item) for key, item in value.items()}


@dataclasses.dataclass(frozen=True)
class TokenArray(Kind):
    """One whole number for each token, kept as an array of `dtype` that nobody can change."""

    json = list
    dtype: type[np.generic]

    def example(self) -> NDArray[np.generic]:
        return np.ones(1, self.dtype)

    def check(self, name: str, value: object) -> NDArray[np.generic]:
        found, array = self._array(name, value)
        if found.size and not np.issubdtype(found.dtype, np.integer) and found.dtype != np.bool_:
            message = f"{name} holds {found.dtype}; it must hold integers"
            raise InvalidRolloutError(message, field=name)
        if self.dtype is np.int32 and not np.array_equal(array, found):
            at = int(np.argmax(array.ravel() != found.ravel()))
            message = f"{name}[{at}] is {found.ravel()[at]}; a token id is a signed 32-bit integer"
            raise InvalidRolloutError(message, field=name)
        _freeze(name, array)
        return array

    def _array(self, name: str, value: object) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        """Return what was given as an array, and the same in `dtype`."""
        try:
            found = np.asarray(value)
            return found, found.astype(self.dtype)  # always a copy: the caller's may change, ours must not
        except (TypeError, ValueError, OverflowError) as error:
            message = f"{name} cannot be read as an array of {np.dtype(self.dtype).name}: {error}"
            raise InvalidRolloutError(message, field=name) from error


class Logprobs(TokenArray):
    """One log-probability for each token."""

    def example(self) -> NDArray[np.generic]:
        return np.zeros(1, self.dtype)

    def check(self, name: str, value: object) -> NDArray[np.generic]:
        array = self._array(name, value)[1].astype(np.float32, copy=False)
        _freeze(name, array)
        wrong = np.isnan(array) | (array > _MAX_LOGPROB)
        if wrong.any():
            at = int(np.argmax(wrong))
            message = f"{name}[{at}] is {array[at]}; natural log-probabilities are at most 0 and never NaN"
            raise InvalidRolloutError(message, field=name)
        return array


def _freeze(name: str, array: NDArray[np.generic]) -> None:
    if array.ndim != 1:
        message = f"{name} has shape {array.shape}; it must be one-dimensional"
        raise InvalidRolloutError(message, field=name)
    array.setflags(write=False)


# The table.


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """The facts about one field of a rollout."""

    kind: Kind

    number: int
    """The number of the field in rollout.proto."""

    meaning: str
    """The words for it in the help of the command, after "Key of"."""

    sampled: bool = False
    """True where it belongs to the sampled completion, False where all rollouts of a prompt share it."""

    flag: str = ""
    """The flag `--FLAG-field` of the command, where the name in it is another one."""

    fix: str = ""
    """The advice where a rollout lacks it."""


FIELDS: Final[Mapping[str, Field]] = {
    "completion": Field(FreeText(), 3, "what the policy wrote", sampled=True),
    "ground_truth": Field(
        Golds(),
        4,
        "the gold answer, or a list of which any is right",
        flag="gold",
        fix="give each rollout its gold answer",
    ),
    "prompt": Field(FreeText(), 2, "the prompt"),
    "id": Field(Name(), 1, "the name of the rollout", sampled=True),
    "group_id": Field(
        Name(),
        10,
        "the name shared by the rollouts of one prompt",
        fix="give the rollouts of one prompt one group_id",
    ),
    "completion_ids": Field(
        TokenArray(np.int32),
        5,
        "token ids",
        sampled=True,
        fix="pass the sampled token ids of each completion",
    ),
    "logprobs": Field(
        Logprobs(np.float32),
        6,
        "log-probabilities of the sampled tokens",
        sampled=True,
        fix="pass the log-probability of each sampled token under the policy that sampled it",
    ),
    "completion_mask": Field(TokenArray(np.bool_), 7, "which tokens the policy wrote", sampled=True),
    "turns": Field(
        Spans(),
        12,
        "the spans of the completion that the policy wrote",
        sampled=True,
        fix="pass the start and the end in the completion of each stretch that the policy wrote",
    ),
    "finish_reason": Field(
        Enumeration(get_args(FinishReason)),
        8,
        "'stop' or 'length'",
        sampled=True,
        fix="pass 'stop' or 'length' from the generator",
    ),
    "think_prefilled": Field(Flag(), 9, "whether the template opened <think>"),
    "metadata": Field(Strings(), 11, "strings by name"),
}
"""Every field of :class:`Rollout`. An attribute there and its row here are all there is to say of a field."""

BITS: Final = {name: 1 << at for at, name in enumerate(FIELDS)}
"""The bit of each field in the `_given` of a rollout."""

ANY: Final = (1 << len(FIELDS)) - 1
"""The bits of all fields, for a rollout that was made without a look at its values."""

SETTERS: Final = {name: getattr(Rollout, name).__set__ for name in (*FIELDS, "_given")}
"""Of each field, and of `_given`, the function that sets it in a rollout without a check."""

TOKEN_FIELDS: Final = tuple(name for name, field in FIELDS.items() if isinstance(field.kind, TokenArray))
"""The fields that have one value for each token."""

_OWN: Final = {field.name: field for field in dataclasses.fields(Rollout)}

OPTIONAL: Final = frozenset(name for name, own in _OWN.items() if own.default is None)
"""The fields that are None where a rollout does without."""

SAMPLED: Final = tuple(name for name, field in FIELDS.items() if field.sampled and name in OPTIONAL)
"""The fields that come from the generator with a completion, as far as it tells them."""

_CHECKS: Final = tuple(
    (name, BITS[name], _OWN[name].default, field.kind.check) for name, field in FIELDS.items()
)
_BUT_METADATA: Final = ANY & ~BITS["metadata"]  # its default is made anew for each rollout
_put_given: Final = SETTERS["_given"]
_values_of: Final = attrgetter(*FIELDS)
_tokens_of: Final = attrgetter(*TOKEN_FIELDS)
