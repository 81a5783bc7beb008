"""The unit of work: one sampled completion of one prompt, and a batch of them.

A rollout checks itself when it is made, so that everything behind this border may trust it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

import numpy as np

from rewards.errors import InvalidCallError, InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MOST_GOLDS",
    "Batch",
    "FinishReason",
    "Rollout",
    "golds_of",
    "refuse_many_golds",
    "refuse_shared_ids",
    "rollout_from_trusted",
]

FinishReason = Literal["stop", "length"]
"""`stop`: the policy ended the completion; `length`: it was cut off at the maximum completion length."""

T = TypeVar("T")

MOST_GOLDS = 1024
"""Maximum number of golds of a rollout: each is compared with the answer, at some 0.1 ms."""

_MAX_LOGPROB = 1e-3
"""Log-probabilities are at most 0; rounding in a low-precision softmax is forgiven up to here."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rollout:
    r"""One sampled completion of one prompt.

    Raises:
        InvalidRolloutError: a field of the wrong type or shape, log-probabilities that are NaN or
            positive, token fields of different lengths, or more than 1,024 golds.

    >>> Rollout(completion=r"\boxed{4}", ground_truth="4").golds
    ('4',)
    """

    completion: str
    """Text that the policy generated. Lone surrogates are replaced by U+FFFD."""

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
    """The chat template already opened `<think>`, so the completion starts inside it."""

    group_id: str | None = None
    """Shared by the rollouts of one prompt."""

    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in ("completion", "id", "prompt"):
            put(self, name, _text(name, getattr(self, name)))
        if self.ground_truth is not None:
            put(self, "ground_truth", _golds(self.ground_truth))
        if self.group_id is not None:
            put(self, "group_id", _text("group_id", self.group_id))
        if self.finish_reason is not None and self.finish_reason not in get_args(FinishReason):
            message = f"finish_reason is {self.finish_reason!r}; it must be 'stop', 'length' or None"
            raise InvalidRolloutError(message, field="finish_reason")
        if not isinstance(self.think_prefilled, bool):
            message = f"think_prefilled is {self.think_prefilled!r}; it must be True or False"
            raise InvalidRolloutError(message, field="think_prefilled")
        put(self, "metadata", _metadata(self.metadata))
        if self.completion_ids is not None or self.logprobs is not None or self.completion_mask is not None:
            self._check_tokens()

    def _check_tokens(self) -> None:
        put = object.__setattr__
        lengths: dict[str, int] = {}
        kinds = (("completion_ids", np.int32), ("logprobs", np.float32), ("completion_mask", np.bool_))
        for name, dtype in kinds:
            if (given := getattr(self, name)) is not None:
                array = _tokens(name, given, dtype)
                lengths[name] = len(array)
                put(self, name, array)
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            message = f"token fields must have one length, but {found}"
            raise InvalidRolloutError(message)
        if self.logprobs is not None:
            logprobs = np.asarray(self.logprobs)
            wrong = np.isnan(logprobs) | (logprobs > _MAX_LOGPROB)
            if wrong.any():
                at = int(np.argmax(wrong))
                message = (
                    f"logprobs[{at}] is {logprobs[at]}; natural log-probabilities are at most 0 and never NaN"
                )
                raise InvalidRolloutError(message, field="logprobs")

    @property
    def golds(self) -> tuple[str, ...]:
        """The golds of which any is right; empty where there is none."""
        return golds_of(self.ground_truth)

    @property
    def num_tokens(self) -> int | None:
        """T, from whichever token field is there; None where none is."""
        for tokens in (self.completion_ids, self.logprobs, self.completion_mask):
            if tokens is not None:
                return len(tokens)  # type: ignore[arg-type]  # an ndarray since __post_init__
        return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rollout):
            return NotImplemented
        return all(
            np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
            for mine, theirs in (
                (getattr(self, field.name), getattr(other, field.name)) for field in dataclasses.fields(self)
            )
        )

    __hash__ = None  # type: ignore[assignment]  # it carries arrays


def golds_of(ground_truth: str | Sequence[str] | None) -> tuple[str, ...]:
    """See :attr:`Rollout.golds`."""
    given = ground_truth
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


_FIELDS = tuple(field.name for field in dataclasses.fields(Rollout))
(
    _put_completion,
    _put_id,
    _put_prompt,
    _put_ground_truth,
    _put_completion_ids,
    _put_logprobs,
    _put_completion_mask,
    _put_finish_reason,
    _put_think_prefilled,
    _put_group_id,
    _put_metadata,
) = (getattr(Rollout, name).__set__ for name in _FIELDS)


def rollout_from_trusted(  # by place: names would cost as much as the work
    completion: str,
    id_: str,
    prompt: str,
    ground_truth: str | tuple[str, ...] | None,
    finish_reason: FinishReason | None,
    think_prefilled: bool,  # noqa: FBT001  # as above
    group_id: str | None,
    metadata: dict[str, str],
) -> Rollout:
    """Return a rollout without token fields, of values that its checks are known to accept unchanged.

    At a tenth of the cost of the checks, for text that protobuf has checked already.
    """
    rollout = object.__new__(Rollout)
    _put_completion(rollout, completion)
    _put_id(rollout, id_)
    _put_prompt(rollout, prompt)
    _put_ground_truth(rollout, ground_truth)
    _put_completion_ids(rollout, None)
    _put_logprobs(rollout, None)
    _put_completion_mask(rollout, None)
    _put_finish_reason(rollout, finish_reason)
    _put_think_prefilled(rollout, think_prefilled)
    _put_group_id(rollout, group_id)
    _put_metadata(rollout, metadata)
    return rollout


def _text(name: str, value: object) -> str:
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


def _golds(value: object) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return _text("ground_truth", value)
    if not isinstance(value, (list, tuple)):
        message = f"ground_truth is of type {type(value).__name__}; it must be a string or a list of strings"
        raise InvalidRolloutError(message, field="ground_truth")
    if not value:
        message = "ground_truth is an empty list; leave it out where there is no gold"
        raise InvalidRolloutError(message, field="ground_truth")
    refuse_many_golds(len(value))
    return tuple(_text("ground_truth", gold) for gold in value)


def refuse_many_golds(count: int) -> None:
    """Raise if a rollout may not have so many golds.

    Raises:
        InvalidRolloutError: it may not.
    """
    if count > MOST_GOLDS:
        message = (
            f"ground_truth holds {count} golds; a rollout has at most {MOST_GOLDS}, so leave out those that "
            "only spell another one differently"
        )
        raise InvalidRolloutError(message, field="ground_truth")


def _metadata(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        message = f"metadata is of type {type(value).__name__}; it must map strings to strings"
        raise InvalidRolloutError(message, field="metadata")
    return {_text("metadata key", key): _text(f"metadata[{key!r}]", item) for key, item in value.items()}


def _tokens(name: str, given: object, dtype: type[np.generic]) -> NDArray[np.generic]:
    try:
        found = np.asarray(given)
        array = found.astype(dtype)  # always a copy: the caller's array may change, ours must not
    except (TypeError, ValueError, OverflowError) as error:
        message = f"{name} cannot be read as an array of {np.dtype(dtype).name}: {error}"
        raise InvalidRolloutError(message, field=name) from error
    integral = found.size == 0 or np.issubdtype(found.dtype, np.integer) or found.dtype == np.bool_
    if dtype is not np.float32 and not integral:
        message = f"{name} holds {found.dtype}; it must hold integers"
        raise InvalidRolloutError(message, field=name)
    if dtype is np.int32 and not np.array_equal(array, found):
        at = int(np.argmax(array.ravel() != found.ravel()))
        message = f"{name}[{at}] is {found.ravel()[at]}; a token id is a signed 32-bit integer"
        raise InvalidRolloutError(message, field=name)
    if array.ndim != 1:
        message = f"{name} has shape {array.shape}; it must be one-dimensional"
        raise InvalidRolloutError(message, field=name)
    array.setflags(write=False)
    return array


class Batch:
    """Rollouts that are scored together, with a cache of the data derived from them.

    Raises:
        InvalidCallError: two rollouts of one id, or something that is no rollout.
    """

    __slots__ = ("_derived", "_rollouts", "rows")

    def __init__(self, rollouts: Sequence[Rollout], *, rows: NDArray[np.intp] | None = None) -> None:
        self._rollouts = tuple(rollouts)
        self.rows = np.arange(len(self._rollouts)) if rows is None else rows
        """Index of each rollout in the batch of the call, shape (B,)."""
        self._derived: dict[Hashable, object] = {}
        if rows is None:
            for row, rollout in enumerate(self._rollouts):
                if not isinstance(rollout, Rollout):
                    message = f"rollouts[{row}] is of type {type(rollout).__name__}; it must be a Rollout"
                    raise InvalidCallError(message)
            refuse_shared_ids([rollout.id for rollout in self._rollouts])

    @property
    def rollouts(self) -> tuple[Rollout, ...]:
        """The rollouts, row by row."""
        return self._rollouts

    # Single fields of all rollouts: a batch that came as something else has no need to make rollouts.

    @property
    def completions(self) -> Sequence[str]:
        """The completion of each rollout."""
        return [rollout.completion for rollout in self.rollouts]

    @property
    def ground_truths(self) -> Sequence[str | Sequence[str] | None]:
        """The golds of each rollout, as :attr:`Rollout.ground_truth` has them."""
        return [rollout.ground_truth for rollout in self.rollouts]

    @property
    def think_prefilled(self) -> Sequence[bool]:
        """True for each completion that starts inside the reasoning."""
        return [rollout.think_prefilled for rollout in self.rollouts]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Rollout]:
        return iter(self.rollouts)

    def __getitem__(self, row: int) -> Rollout:
        return self.rollouts[row]

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Batch:
        """Return the batch of just these rows, in this order."""
        rows = np.asarray(rows, dtype=np.intp)
        return Batch([self[row] for row in rows.tolist()], rows=self.rows[rows])

    def derive(self, key: Hashable, make: Callable[[Batch], T]) -> T:
        """Return `make(self)`, computed once per `key`: tokenised words, extracted answers."""
        if key not in self._derived:
            self._derived[key] = make(self)
        return self._derived[key]  # type: ignore[return-value]  # a key belongs to one type

    def missing(self, field: str) -> NDArray[np.intp]:
        """Return the rows whose rollouts lack `field`.

        `tokens` stands for any of the token fields, `metadata.k` for the key `k`.
        """
        return self.derive(("missing", field), lambda batch: _missing(batch, field))


def refuse_shared_ids(ids: Sequence[str]) -> None:
    """Raise unless the rollouts of a call with these `ids`, empty where they have none, can be told apart.

    Raises:
        InvalidCallError: two rollouts of one id.
    """
    different = set(ids)
    if len(different) == len(ids) or len(different) - ("" in different) == sum(map(bool, ids)):
        return
    seen: dict[str, int] = {}
    for row, id_ in enumerate(ids):
        if id_ and (first := seen.setdefault(id_, row)) != row:
            message = f"rollouts[{first}] and rollouts[{row}] share the id {id_!r}; ids are unique in a call"
            raise InvalidCallError(message)


def _missing(batch: Batch, field: str) -> NDArray[np.intp]:
    if field == "tokens":
        lacking = [rollout.num_tokens is None for rollout in batch]
    elif field.startswith("metadata."):
        key = field.removeprefix("metadata.")
        lacking = [key not in rollout.metadata for rollout in batch]
    elif field == "ground_truth":
        return np.array([row for row, gold in enumerate(batch.ground_truths) if gold is None], dtype=np.intp)
    else:
        lacking = [getattr(rollout, field) is None for rollout in batch]
    return np.flatnonzero(np.asarray(lacking, dtype=np.bool_))
