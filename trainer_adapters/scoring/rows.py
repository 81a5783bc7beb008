"""Convert a trainer's columns into fields of rollouts: the parts that every adapter needs.

Left out: the conversion of golds to text, in :mod:`rewards.analysis.gold_text`; the check of a whole data
set's golds, in :mod:`trainer_adapters.scoring.golds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rewards.analysis import turns
from rewards.analysis.cells import at, plain
from rewards.analysis.columns import SYNONYMS
from rewards.analysis.gold_text import gold_of
from rewards.analysis.missing import is_missing
from rewards.errors import InvalidCallError, InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "GOLD_COLUMNS",
    "STOP_TOKENS",
    "cell",
    "find_gold_column",
    "gold_of",
    "metadata_of",
    "no_gold_column",
    "own_column",
    "prompt_text",
    "text_of",
    "without_stop_tokens",
]

GOLD_COLUMNS = ("ground_truth", "solution", "answer")
"""Columns of data sets that may hold the gold answer, of which there must be one alone."""

_CERTAIN = tuple(name for name in SYNONYMS["ground_truth"] if name not in GOLD_COLUMNS)
"""Columns that hold it where none of GOLD_COLUMNS is there, in order of preference, as for the commands."""


def text_of(completion: object) -> str:
    """Return the text of a completion: a string unchanged, or the assistant's turns of a conversation.

    Turns of the assistant are joined by a line break; tool output and user turns do not count as
    the policy's words.

    >>> text_of([{"role": "assistant", "content": "4"}])
    '4'
    """
    if isinstance(completion, str):
        return completion
    if not isinstance(completion, (list, tuple)):
        message = f"a completion is of type {type(completion).__name__}; it must be text or messages"
        raise InvalidCallError(message)
    if other := next((turn for turn in completion if not isinstance(turn, Mapping)), None):
        message = f"a completion is a list of {type(other).__name__}; it must be text, or a list of messages"
        raise InvalidCallError(message)
    own = [turn for turn in completion if turn.get("role", "assistant") == "assistant"]
    return "\n".join(_content(turn) for turn in own)


def _content(turn: Mapping[str, object]) -> str:
    content = turn.get("content") or ""
    if (text := turns.content_text(content)) is not None:
        return text
    message = f"a message's content is of type {type(content).__name__}; it must be text or a list of blocks"
    raise InvalidCallError(message)


def prompt_text(prompt: object) -> str:
    r"""Return the text of a prompt: a string unchanged, or all turns of a conversation; images have none.

    >>> prompt_text([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2+2?"}])
    'Be brief.\n2+2?'
    """
    given = plain(prompt)
    if isinstance(given, (list, tuple)):
        given = [one.model_dump() if hasattr(one, "model_dump") else one for one in given]
    if given is None or given == []:
        return ""
    try:
        text = turns.text_of(given, "prompt")
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

    >>> metadata_of({"extra_info": {"level": 3}, "task": None}, ["extra_info.level", "task"])
    {'extra_info.level': '3'}
    """
    found = {key: plain(at(row, key)) for key in keys}
    return {key: _label(value) for key, value in found.items() if not is_missing(value)}


def _label(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


STOP_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "</s>", "<eos>", "<pad>")
"""Stop tokens of chat models, and padding of trainers."""


def without_stop_tokens(text: str, tokens: Sequence[str] = STOP_TOKENS) -> str:
    """Return the text without its final special tokens, for trainers that decode them too.

    >>> without_stop_tokens("so 4<|im_end|><|endoftext|><|endoftext|>")
    'so 4'
    """
    end = len(text)
    while found := next((token for token in tokens if token and text.endswith(token, 0, end)), None):
        end -= len(found)
    return text[:end]
