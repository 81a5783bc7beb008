"""From a trainer's columns to rollouts: what every adapter needs and no trainer defines alike."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

from rewards.errors import InvalidCallError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "GOLD_COLUMNS",
    "STOP_TOKENS",
    "find_gold_column",
    "gold_of",
    "metadata_of",
    "text_of",
    "without_stop_tokens",
]

GOLD_COLUMNS = ("ground_truth", "solution", "answer")
"""Where data sets keep the gold answer, in the order they are looked for."""


def text_of(completion: object) -> str:
    """The text of a completion: a string as it is, a conversation as what its assistant said.

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
    return "\n".join(_content(turn) for turn in completion if turn.get("role", "assistant") == "assistant")


def _content(turn: Mapping[str, object]) -> str:
    content = turn.get("content") or ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(block.get("text", "")) for block in content if isinstance(block, dict))
    message = f"a message's content is of type {type(content).__name__}; it must be text or a list of blocks"
    raise InvalidCallError(message)


def find_gold_column(columns: Mapping[str, object], named: str | None) -> str | None:
    """The column that holds the golds: the one named, else the first of GOLD_COLUMNS that is there.

    Raises:
        InvalidCallError: the named column is not there, or several candidates are and none was named.
    """
    if named is not None:
        if named not in columns:
            message = f"there is no column {named!r} with the golds; there are {', '.join(sorted(columns))}"
            raise InvalidCallError(message)
        return named
    found: Sequence[str] = [column for column in GOLD_COLUMNS if column in columns]
    if len(found) > 1:
        message = f"golds could be in any of {', '.join(found)}; say which with gold=..."
        raise InvalidCallError(message)
    return found[0] if found else None


def gold_of(value: object) -> str | list[str] | None:
    """A gold as data sets hold it, as text: numbers as they are written, several as a list.

    >>> gold_of(72), gold_of(["1/2", 0.5]), gold_of(None)
    ('72', ['1/2', '0.5'], None)

    Raises:
        InvalidCallError: something that is neither text, a number nor a list of them.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return str(value)
    if hasattr(value, "tolist"):  # an array of numpy or torch, which data sets hand out
        return gold_of(value.tolist())
    if isinstance(value, (list, tuple)):
        return [str(gold_of(one)) for one in value]
    message = f"a gold is of type {type(value).__name__}; it must be text, a number, or a list of them"
    raise InvalidCallError(message)


def metadata_of(row: Mapping[str, object], keys: Sequence[str]) -> dict[str, str]:
    """Those of `keys` that a row has, as text."""
    return {key: str(row[key]) for key in keys if row.get(key) is not None}


STOP_TOKENS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "</s>", "<eos>", "<pad>")
"""What chat models end with, and what trainers fill up with."""


def without_stop_tokens(text: str, tokens: Sequence[str] = STOP_TOKENS) -> str:
    """The text without the special tokens it ends with, for trainers that decode them too.

    >>> without_stop_tokens("so 4<|im_end|><|endoftext|><|endoftext|>")
    'so 4'
    """
    end = len(text)
    while found := next((token for token in tokens if token and text.endswith(token, 0, end)), None):
        end -= len(found)
    return text[:end]
