"""Reading rollouts from lines of JSON: one line in, one rollout or one reason out.

A line is judged by itself. What is wrong with it (no JSON, no object, a field missing or of the wrong
type, bytes that are not UTF-8, more than :data:`MAX_LINE` bytes) is kept with the number of the line,
and the next line is read as if nothing had happened. Memory is bounded by the chunk and not by the
file, but for the ids, which are remembered because one may not come twice.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from typing import TYPE_CHECKING

from rewards.analysis.json_lines import MAX_LINE, object_of, raw_lines
from rewards.errors import InvalidRolloutError
from rewards.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

__all__ = ["MAX_LINE", "Fields", "Line", "boxed", "chunks", "read_lines"]

_CHUNK_ROLLOUTS = 512
_CHUNK_BYTES = 16 * 2**20
_MOST_OF_A_CHUNK = 8  # how far a chunk may grow while one group goes on

_KEYS_SHOWN = 12
_SHOWN = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fields:
    """The keys of a line that the fields of a rollout are read from."""

    completion: str = "completion"
    gold: str = "ground_truth"
    prompt: str = "prompt"
    id: str = "id"
    group_id: str = "group_id"
    completion_ids: str = "completion_ids"
    logprobs: str = "logprobs"
    completion_mask: str = "completion_mask"
    finish_reason: str = "finish_reason"
    think_prefilled: str = "think_prefilled"
    metadata: str = "metadata"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a file: a rollout, or the reason why there is none."""

    number: int
    """Counted from 1."""

    size: int
    """In bytes, with the end of the line."""

    rollout: Rollout | None = None
    error: str = ""


def read_lines(stream: BinaryIO, fields: Fields, *, answer: str | None = None) -> Iterator[Line]:
    r"""Each line of `stream` in order.

    Args:
        stream: bytes, one JSON object a line, UTF-8.
        fields: where a line keeps what.
        answer: a key that may stand in for the completion, with a bare answer that is put into a box.

    >>> import io
    >>> good, bad = read_lines(io.BytesIO(b'{"completion": "4"}\n{"completion": 4}\n'), Fields())
    >>> good.rollout.completion, bad.number, bad.error
    ('4', 2, 'completion is of type int; it must be a string')
    """
    seen: dict[str, int] = {}
    for number, (raw, size) in enumerate(raw_lines(stream), start=1):
        try:
            rollout = _rollout(object_of(raw), fields, answer)
            if rollout.id and (first := seen.setdefault(rollout.id, number)) != number:
                message = f"the id {_shown(rollout.id)} is that of line {first} already; ids are unique"
                raise InvalidRolloutError(message)  # noqa: TRY301  # one place turns reasons into lines
        except InvalidRolloutError as error:
            yield Line(number=number, size=size, error=str(error))
        else:
            yield Line(number=number, size=size, rollout=rollout)


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Runs of lines that are scored in one call each, cut where a group ends.

    A chunk ends after 512 lines or 16 MiB; rollouts of one group that follow each other stay together
    up to eight times that much.
    """
    chunk: list[Line] = []
    size = 0
    for line in lines:
        full = max(len(chunk) / _CHUNK_ROLLOUTS, size / _CHUNK_BYTES)
        if full >= (_MOST_OF_A_CHUNK if _same_group(chunk, line) else 1):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += line.size
    if chunk:
        yield chunk


def _same_group(chunk: list[Line], line: Line) -> bool:
    before = chunk[-1].rollout if chunk else None
    if before is None or line.rollout is None:
        return False
    return before.group_id is not None and before.group_id == line.rollout.group_id


def _rollout(line: dict[str, object], fields: Fields, answer: str | None) -> Rollout:
    given: dict[str, object] = {}
    for field in dataclasses.fields(fields):
        key = getattr(fields, field.name)
        if line.get(key) is not None:
            given["ground_truth" if field.name == "gold" else field.name] = line[key]
    if "completion" not in given:
        given["completion"] = _completion(line, fields, answer)
    for name in ("id", "group_id", "ground_truth"):
        if isinstance(given.get(name), int) and not isinstance(given[name], bool):
            given[name] = str(given[name])  # a whole number has one spelling; a float has many
    try:
        return Rollout(**given)  # type: ignore[arg-type]  # it checks each field itself
    except InvalidRolloutError as error:
        raise InvalidRolloutError(_with_key(error, fields)) from error


def _completion(line: dict[str, object], fields: Fields, answer: str | None) -> object:
    if answer is not None and line.get(answer) is not None:
        bare = line[answer]
        if isinstance(bare, int) and not isinstance(bare, bool):
            bare = str(bare)
        if not isinstance(bare, str):
            message = f"{answer!r} is of type {type(bare).__name__}; it must be a string"
            raise InvalidRolloutError(message)
        return boxed(bare)
    keys = [_shown(key) for key in itertools.islice(line, _KEYS_SHOWN)]
    wanted = f"no {fields.completion!r}"
    if answer is not None:
        wanted = f"neither {fields.completion!r} nor {answer!r}"
    found = f"{', '.join(keys)}{', ...' if len(line) > len(keys) else ''}"
    if not line:
        message = "the object is empty"
    elif fields.completion in line:
        message = f"{fields.completion!r} is null"
    else:
        message = f"there is {wanted} here, but {found}"
    raise InvalidRolloutError(message)


def boxed(answer: str) -> str:
    r"""A bare answer as a completion; one whose braces do not match is none, and must not end our box.

    >>> boxed(r"\{1, 2\}"), boxed(r"6} or \boxed{5")
    ('\\boxed{\\{1, 2\\}}', '')
    """
    depth = 0
    for brace in re.findall(r"\\.|[{}]", answer, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return ""
    return rf"\boxed{{{answer}}}" if depth == 0 and not answer.endswith("\\") else ""


def _with_key(error: InvalidRolloutError, fields: Fields) -> str:
    """What is wrong with a rollout's field, with the key it was read from where that is another."""
    name = "gold" if error.field == "ground_truth" else error.field
    key = getattr(fields, name, error.field)
    return str(error) if key == error.field else f"{error} (read from {_shown(key)})"


def _shown(text: str) -> str:
    """Quoted, on one line, without control characters, and short."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
