"""Convert a trainer's columns into fields of rollouts: the parts that every adapter needs.

Left out: the conversion of golds to text, in :mod:`rewards.analysis.gold_text`; the check of a whole data
set's golds, in :mod:`trainer_adapters.scoring.golds`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sized
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from rewards.analysis.cells import at, plain
from rewards.analysis.columns import SYNONYMS
from rewards.analysis.gold_text import gold_of
from rewards.analysis.missing import is_missing
from rewards.analysis.turns import as_turn, content_text, is_assistant, said_in, with_thought
from rewards.analysis.turns import text_of as messages_text
from rewards.errors import InvalidCallError, InvalidRolloutError
from rewards.text.reasoning import ANY, Tags

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = [
    "GOLD_COLUMNS",
    "PROMPT_END",
    "cell",
    "find_gold_column",
    "gold_of",
    "messages_of",
    "metadata_of",
    "naming",
    "no_gold_column",
    "own_column",
    "prompt_text",
    "rows_of",
    "text_of",
    "tokens_of",
    "turn_texts",
]

_SAYING = ("content", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking")
"""Keys of which a message of the assistant has at least one."""

_KEYS_SHOWN = 6

GOLD_COLUMNS = ("ground_truth", "solution", "answer")
"""Columns of data sets that may hold the gold answer, of which there must be one alone."""

PROMPT_END = 256
"""Tokens at the end of a prompt that adapters decode, to see if it opens the reasoning; marks need not be
single tokens, and an empty reasoning of any format has fewer characters."""

_CERTAIN = tuple(name for name in SYNONYMS["ground_truth"] if name not in GOLD_COLUMNS)
"""Columns that hold it where none of GOLD_COLUMNS is there, in order of preference, as for the commands."""


def text_of(completion: object, reasoning: str | Tags = ANY) -> str:
    """Return the text of a completion: a string unchanged, or the assistant's turns of a conversation.

    Turns of the assistant are joined by a line break; tool output and user turns do not count as
    the policy's words. Reasoning that a parser split off a turn is put back before its content.

    Args:
        completion: a text or messages.
        reasoning: the format to write such reasoning in, see :mod:`rewards.text.reasoning`.

    >>> text_of([{"role": "assistant", "content": "4"}])
    '4'
    >>> text_of([{"role": "assistant", "reasoning_content": "2 + 2", "content": "4"}])
    '<think>2 + 2</think>4'
    """
    return "\n".join(turn_texts(completion, reasoning=reasoning))


def turn_texts(completion: object, name: str = "a completion", reasoning: str | Tags = ANY) -> list[str]:
    """Return the text of each of the assistant's turns; a completion of text is one turn.

    A message without a role is the assistant's, and one whose content is None has said nothing. Reasoning
    that a parser split off a message is put back before its content, in the format `reasoning`.

    Raises:
        InvalidCallError: neither text nor messages, or messages of which none is the assistant's; the error
            calls it by `name`.

    >>> turn_texts([{"role": "assistant", "content": "6 * 7?"}, {"role": "tool", "content": "42"}])
    ['6 * 7?']
    """
    if isinstance(completion, str):
        return [completion]
    messages = messages_of(completion, name)
    texts = [
        with_thought(turn, _content(turn, f"{name}, message {number}"), reasoning)
        for number, turn in enumerate(messages)
        if is_assistant(turn)
    ]
    if messages and not texts:
        roles = ", ".join(dict.fromkeys(repr(turn.get("role")) for turn in messages[:_KEYS_SHOWN]))
        message = f"{name} has no message of the role 'assistant', but of {roles}"
        raise InvalidCallError(message)
    return texts


def messages_of(completion: object, name: str = "a completion") -> list[Mapping[str, object]]:
    """Return the messages of a completion as mappings, of a list, a tuple or an array of them.

    Raises:
        InvalidCallError: something else; the error calls it by `name`.
    """
    given = plain(completion)
    if not isinstance(given, (list, tuple)):
        message = f"{name} is of type {type(completion).__name__}; it must be text or messages"
        raise InvalidCallError(message)
    found = []
    for number, item in enumerate(given):
        if (turn := as_turn(item)) is None:
            message = (
                f"{name} is a list, and its item {number} is of type {type(item).__name__}; it must be text, "
                "or a list of messages, each a mapping with role and content"
            )
            raise InvalidCallError(message)
        found.append(turn)
    return found


def _content(turn: Mapping[str, object], name: str) -> str:
    content = said_in(turn)
    if content is None and not any(key in turn for key in _SAYING):
        keys = ", ".join(map(repr, list(turn)[:_KEYS_SHOWN])) or "nothing"
        message = f"{name} holds {keys}; it must have the keys role and content"
        raise InvalidCallError(message)
    if (text := content_text("" if content is None else content)) is not None:
        return text
    message = f"{name} has content of type {type(content).__name__}; it must be text or a list of blocks"
    raise InvalidCallError(message)


def prompt_text(prompt: object) -> str:
    r"""Return the text of a prompt: a string unchanged, or all turns of a conversation; images have none.

    >>> prompt_text([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}])
    'Be brief.\n2+2?'
    """
    given = plain(prompt)
    if isinstance(given, (list, tuple)):
        given = [one if (turn := as_turn(one)) is None else turn for one in given]
    if given is None or given == []:
        return ""
    try:
        text = messages_text(given, "prompt")
    except InvalidRolloutError as error:
        raise InvalidCallError(str(error)) from None
    if not isinstance(text, str):
        message = f"a prompt is of type {type(given).__name__}; it must be text or a list of messages"
        raise InvalidCallError(message)
    return text


def own_column(columns: Mapping[str, object], name: str) -> str:
    """Return the column that a name stands for: itself, or the one that a dotted name reaches into."""
    return name if name in columns else name.partition(".")[0]


def cell(row: Mapping[str, object], column: str | None) -> object:
    """Return a row's value in a column, see :func:`rewards.analysis.cells.at`; None without a column."""
    return None if column is None else at(row, column)


def find_gold_column(columns: Mapping[str, object], named: str | None) -> str | None:
    """Return the column of golds: the one named, else the one of GOLD_COLUMNS, or a synonym, that exists.

    Raises:
        InvalidCallError: the named column is not there, or several candidates are and none was named.
    """
    if named is not None:
        if own_column(columns, named) not in columns:
            message = f"there is no column {named!r} with the golds; there are {', '.join(sorted(columns))}"
            raise InvalidCallError(message)
        return named
    found: Sequence[str] = [column for column in GOLD_COLUMNS if column in columns]
    if len(found) > 1:
        message = f"golds could be in any of {', '.join(found)}; say which with gold=..."
        raise InvalidCallError(message)
    return next((column for column in (*found, *_CERTAIN) if own_column(columns, column) in columns), None)


def no_gold_column(recipe: str, columns: Iterable[str]) -> str:
    """Return the message for a recipe that needs golds when no column holds any."""
    return (
        f"recipe {recipe} needs golds, and none of {', '.join(GOLD_COLUMNS)} is there; there are "
        f"{', '.join(sorted(columns)) or 'no columns'}: name the one that holds them"
    )


def metadata_of(row: Mapping[str, object], keys: Sequence[str]) -> dict[str, str]:
    """Return those of `keys` that a row has, as text; an empty or NaN cell counts as missing.

    A whole number is written without a point, since a gap makes floats of a column of them.

    >>> metadata_of({"extra_info": {"level": 3}, "task": None}, ["extra_info.level", "task"])
    {'extra_info.level': '3'}
    """
    found = {key: plain(at(row, key)) for key in keys}
    return {key: _label(value) for key, value in found.items() if not is_missing(value)}


def _label(value: object) -> str:
    if isinstance(value, float) and value.is_integer():  # as tables hold whole numbers beside a gap
        return f"{value:.0f}"
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def rows_of(columns: Mapping[str, object], size: int, gold: str | None = None) -> list[dict[str, Any]]:
    """Return columns as one mapping per row; values that are no column of `size` rows are left out.

    A column is a list, or one of numpy, pandas, Arrow, `datasets` or torch.

    Raises:
        InvalidCallError: the column of golds is no such column.
    """
    cells = {name: list(column) for name, column in columns.items() if _is_column(column, size)}
    found = {name: column for name, column in cells.items() if len(column) == size}  # a frame gives names
    if gold is not None and (own := own_column(columns, gold)) not in found:
        given = columns[own]
        counted = isinstance(given, Sized) and getattr(given, "ndim", 1) > 0
        held = f"{len(given)} values" if counted else f"a {type(given).__name__}"  # type: ignore[arg-type]
        message = f"column {own!r} holds {held} for {size} completions; it must have one gold for each"
        raise InvalidCallError(message)
    return [{name: column[row] for name, column in found.items()} for row in range(size)]


def _is_column(value: Any, size: int) -> TypeGuard[Collection[Any]]:  # noqa: ANN401  # see rows_of
    if isinstance(value, (str, bytes, Mapping, AbstractSet)) or getattr(value, "ndim", 1) == 0:
        return False
    return hasattr(value, "__iter__") and hasattr(value, "__len__") and len(value) == size


def tokens_of(given: object, name: str) -> Sequence[Any] | NDArray[Any] | None:
    """Return one value for each token, of a list, an array or a tensor, or of lists of them by turn.

    Raises:
        InvalidCallError: something else; the error calls it by `name`.

    >>> tokens_of([[1, 2], [3]], "completion_ids")
    [1, 2, 3]
    """
    if given is None or (isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype != object):
        return given
    found = plain(given)
    if not isinstance(found, (list, tuple)):
        message = f"{name} is of type {type(given).__name__}; it must hold a value for each token"
        raise InvalidCallError(message)
    if found and not isinstance(found[0], (int, float)):
        turns = [plain(one) for one in found]
        found = [one for turn in turns for one in (turn if isinstance(turn, (list, tuple)) else [turn])]
    return found


@contextlib.contextmanager
def naming(place: str) -> Iterator[None]:
    """Have errors of the body about a row name its place.

    Raises:
        InvalidCallError: in place of an error about what the trainer passed or about its rollout.
    """
    try:
        yield
    except (InvalidCallError, InvalidRolloutError) as error:
        message = f"{place}: {error}"
        raise InvalidCallError(message) from error
