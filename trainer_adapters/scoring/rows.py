"""Convert a trainer's columns into fields of rollouts: the parts that every adapter needs.

Left out: the conversion of golds to text, in :mod:`trainer_adapters.scoring.golds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.analysis.missing import is_missing
from rewards.analysis.turns import content_text, thought_of, with_thought
from rewards.errors import InvalidCallError
from rewards.text.reasoning import ANY, Tags
from rewards.text.stop_tokens import STOP_TOKENS, without_stop_tokens
from trainer_adapters.scoring.golds import gold_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "GOLD_COLUMNS",
    "STOP_TOKENS",
    "find_gold_column",
    "gold_of",
    "metadata_of",
    "no_gold_column",
    "prompt_end",
    "text_of",
    "was_parsed",
    "without_stop_tokens",
]

GOLD_COLUMNS = ("ground_truth", "solution", "answer")
"""Columns of data sets that may hold the gold answer, in order of preference."""


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
    if isinstance(completion, str):
        return completion
    return "\n".join(with_thought(turn, _content(turn), reasoning) for turn in _policy_turns(completion))


def _content(turn: Mapping[str, object]) -> str:
    content = turn.get("content") or ""
    if (text := content_text(content)) is not None:
        return text
    message = f"a message's content is of type {type(content).__name__}; it must be text or a list of blocks"
    raise InvalidCallError(message)


def was_parsed(completion: object) -> bool:
    """Return True if a parser split reasoning off a completion: it then holds all of it, opened or not.

    >>> was_parsed([{"role": "assistant", "thinking": "2 + 2", "content": "4"}]), was_parsed("4")
    (True, False)
    """
    return not isinstance(completion, str) and any(thought_of(turn) for turn in _policy_turns(completion))


def _policy_turns(completion: object) -> list[Mapping[str, object]]:
    if not isinstance(completion, (list, tuple)):
        message = f"a completion is of type {type(completion).__name__}; it must be text or messages"
        raise InvalidCallError(message)
    return [turn for turn in completion if turn.get("role", "assistant") == "assistant"]


def prompt_end(prompt: object) -> str | None:
    """Return the text right before a completion; None where a template adds more than the prompt tells.

    That is a text, or the content of an assistant's turn which the completion goes on from.
    """
    if isinstance(prompt, str):
        return prompt
    last = prompt[-1] if isinstance(prompt, (list, tuple)) and prompt else None
    if isinstance(last, dict) and last.get("role") == "assistant":
        return content_text(last.get("content"))
    return None


def find_gold_column(columns: Mapping[str, object], named: str | None) -> str | None:
    """Return the column of golds: the one named, else the first of GOLD_COLUMNS that exists.

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


def no_gold_column(recipe: str, columns: Iterable[str]) -> str:
    """Return the message for a recipe that needs golds when no column holds any."""
    return (
        f"recipe {recipe} needs golds, and none of {', '.join(GOLD_COLUMNS)} is there; there are "
        f"{', '.join(sorted(columns)) or 'no columns'}: name the one that holds them"
    )


def metadata_of(row: Mapping[str, object], keys: Sequence[str]) -> dict[str, str]:
    """Return those of `keys` that a row has, as text; an empty or NaN cell counts as missing."""
    return {key: str(row[key]) for key in keys if not is_missing(row.get(key))}
