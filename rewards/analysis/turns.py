"""The text of a conversation: of all turns, or of the assistant's turns.

Forms of a turn that are known: `role` and `content` (a text, or blocks of it) as OpenAI, TRL and verl have
them; `from` and `value` as ShareGPT has them; `role` and `parts` as Gemini has them; and the items of
OpenAI's Responses, of which only messages hold text. Reasoning that a parser split off a turn
(`reasoning_content`, `thinking`) is put back before its content. A turn of another form is refused, since
it would be read as nothing said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rewards.analysis.cells import plain
from rewards.errors import InvalidRolloutError
from rewards.text.reasoning import ANY, Tags, marks_of, wrapped
from rewards.text.turns import Turns, in_text, joined

__all__ = [
    "as_turn",
    "content_text",
    "is_assistant",
    "prompt_end",
    "said_in",
    "text_of",
    "thought_of",
    "turns_of",
    "was_parsed",
    "with_thought",
]

_SPEAKERS: Final = ("role", "from", "speaker", "author", "sender")
_TEXTS: Final = ("content", "value", "parts")
_ASSISTANT: Final = frozenset({"assistant", "gpt", "model", "chatgpt", "bing", "bard"})
_WITHOUT_TEXT: Final = ("tool_calls", "function_call", "type")
"""Keys of turns that may say nothing: calls of tools, and items that are no messages."""

_THOUGHTS: Final = ("reasoning_content", "thinking", "reasoning")
"""Keys of the reasoning in a turn: of Qwen3, DeepSeek and GLM; of gpt-oss and LFM2; of vLLM and Gemma 4."""

_KEYS_SHOWN: Final = 6
_SHOWN: Final = 60


def text_of(value: object, field: str) -> object:
    """Return a conversation as its text, and any other value as it is, for callers to check.

    Args:
        value: what a row holds.
        field: the field that it is read for; of a `completion` only the assistant's turns count.

    Raises:
        InvalidRolloutError: a conversation without turns, with a turn of no known form, or, for a
            completion, without a turn of the assistant.

    >>> text_of([{"from": "human", "value": "1 + 1?"}, {"from": "gpt", "value": "2"}], "completion")
    '2'
    """
    return "\n".join(_texts(value, field, ANY)) if _is_conversation(value) else value


def turns_of(value: object, reasoning: str | Tags = ANY) -> object:
    """Return a completion, a text or a conversation, with the turns of the policy; any other value as it is.

    Turns are the assistant's messages; in a text alone they are told by its markers.

    Args:
        value: what a row holds.
        reasoning: the format in which reasoning that a parser split off a turn is put back.

    Raises:
        InvalidRolloutError: see :func:`text_of`.

    >>> turns_of([{"role": "assistant", "content": "6*7?"}, {"role": "tool", "content": "42"}])
    Turns(text='6*7?', turns=None, before=())
    >>> turns_of("<tool_call>6*7</tool_call><tool_response>42</tool_response>So 42").turns
    ((0, 26), (59, 64))
    """
    if isinstance(value, str):
        return Turns(value, in_text(value))
    if not _is_conversation(value):
        return value
    texts = _texts(value, "completion", reasoning)
    is_alone = len(value) == len(texts) == 1  # type: ignore[arg-type]  # a list
    return Turns(texts[0], in_text(texts[0])) if is_alone else joined(texts)


def _is_conversation(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(turn, dict) for turn in value)


def _texts(value: Any, field: str, reasoning: str | Tags) -> list[str]:  # noqa: ANN401  # a conversation
    """Return the text of each turn, of a completion the assistant's alone."""
    if not value:
        message = f"{field} is a list of nothing; it must be a text, or messages"
        raise InvalidRolloutError(message, field=field)
    turns = value
    if field == "completion" and not (turns := [turn for turn in value if is_assistant(turn)]):
        speakers = ", ".join(dict.fromkeys(_quoted(_speaker(turn)) for turn in value[:_KEYS_SHOWN]))
        message = f"{field} has no turn of an assistant, but of {speakers}"
        raise InvalidRolloutError(message, field=field)
    return [_turn_text(turn, field, reasoning) for turn in turns]


def _speaker(turn: Mapping[str, object]) -> object:
    return next((turn[key] for key in _SPEAKERS if turn.get(key) is not None), None)


def is_assistant(turn: Mapping[str, object]) -> bool:
    """Return True for a turn of the assistant, by whatever name, or of nobody."""
    speaker = _speaker(turn)
    return speaker is None or (isinstance(speaker, str) and speaker.lower() in _ASSISTANT)


def _turn_text(turn: Mapping[str, object], field: str, reasoning: str | Tags) -> str:
    said = said_in(turn)
    if said is None and ("type" in turn or _speaker(turn) is not None):
        said = turn.get("text")  # a block of text that stands where a message might
    if said is not None:
        text = content_text(said)
        if text is None:
            message = f"{field} has a turn whose text is of type {type(said).__name__}"
            raise InvalidRolloutError(message, field=field)
        return with_thought(turn, text, reasoning)
    if thought_of(turn):
        return with_thought(turn, "", reasoning)
    if any(key in turn for key in (*_TEXTS, *_WITHOUT_TEXT)):
        return ""
    keys = ", ".join(_quoted(key) for key in list(turn)[:_KEYS_SHOWN]) or "nothing"
    message = f"{field} has a turn of no known form, of {keys}; known are role and content, or from and value"
    raise InvalidRolloutError(message, field=field)


def said_in(turn: Mapping[str, object]) -> object:
    """Return what a turn holds as its text, under the first key that is known for it; None for nothing."""
    return next((turn[key] for key in _TEXTS if turn.get(key) is not None), None)


def as_turn(turn: object) -> Mapping[str, object] | None:
    """Return a turn, a mapping or a pydantic model, as a mapping; None for anything else."""
    if isinstance(turn, Mapping):
        return turn
    dump = getattr(turn, "model_dump", None)
    return dump() if callable(dump) else None


def content_text(content: object) -> str | None:
    """Return the text of a turn's content, a text or a list of blocks; None for any other.

    Blocks of reasoning stand in the text between the marks of the think format.

    >>> content_text(["so ", {"type": "text", "text": "4"}, {"type": "image"}])
    'so 4'
    >>> content_text([{"type": "thinking", "thinking": "2 + 2"}, {"type": "text", "text": "4"}])
    '<think>2 + 2</think>4'
    """
    if isinstance(content, str):
        return content
    if hasattr(content, "tolist"):  # an array, as a frame holds it
        content = content.tolist()
    if isinstance(content, (list, tuple)) and all(isinstance(block, (str, dict)) for block in content):
        return "".join(_block_text(block) for block in content)
    return None


def _block_text(block: str | Mapping[str, object]) -> str:
    if isinstance(block, str):
        return block
    thought = thought_of(block)
    return (wrapped(thought, "") if thought else "") + str(block.get("text") or "")


def thought_of(turn: Mapping[str, object]) -> str:
    """Return the reasoning that a chat parser split off a turn, or a block of it; empty where there is none.

    >>> thought_of({"role": "assistant", "reasoning_content": "2 + 2", "content": "4"})
    '2 + 2'
    """
    for key in _THOUGHTS:
        if thought := content_text(turn.get(key)):
            return thought
    return ""


def with_thought(turn: Mapping[str, object], text: str, reasoning: str | Tags = ANY) -> str:
    """Return the text of a turn with the reasoning that was split off it, between its marks again.

    A text that has marks of its own was not split, and stays.

    Args:
        turn: the turn, a mapping.
        text: its content.
        reasoning: the format to write the reasoning in, see :mod:`rewards.text.reasoning`.
    """
    thought = thought_of(turn)
    if not thought or marks_of(text, reasoning).opened is not None:
        return text
    return wrapped(thought, text, reasoning)


def was_parsed(completion: object) -> bool:
    """Return True if a parser split reasoning off a completion: it then holds all of it, opened or not.

    >>> was_parsed([{"role": "assistant", "thinking": "2 + 2", "content": "4"}]), was_parsed("4")
    (True, False)
    """
    given = plain(completion)
    turns = map(as_turn, given) if isinstance(given, (list, tuple)) else ()
    return any(turn is not None and bool(thought_of(turn)) for turn in turns)


def prompt_end(prompt: object) -> str | None:
    """Return the text right before a completion; None where a template adds more than the prompt tells.

    That is a text, or the content of an assistant's turn which the completion goes on from.
    """
    given = plain(prompt)
    if isinstance(given, str):
        return given
    last = as_turn(given[-1]) if isinstance(given, (list, tuple)) and given else None
    if last is not None and last.get("role") == "assistant":
        return content_text(last.get("content"))
    return None


def _quoted(text: object) -> str:
    return repr(str(text)[:_SHOWN])
