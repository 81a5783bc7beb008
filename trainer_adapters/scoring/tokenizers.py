"""The facts that a tokenizer tells about texts: its special tokens, and how its chat template opens turns.

A trainer's own tokenizer knows better than any table which tokens are no text, which marks of reasoning a
decoder skips with them, and whether its chat template opens the reasoning before a turn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rewards.text.reasoning import ANY, Opening, Tags, opening_of
from rewards.text.stop_tokens import special_tokens, without_stop_tokens
from trainer_adapters.scoring.decoding import MarkDecoder
from trainer_adapters.scoring.rows import prompt_text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TokenizerFacts"]

_QUESTION: Final = ({"role": "user", "content": "0"},)
_RESULT: Final[dict[str, object]] = {"role": "tool", "name": "f", "tool_call_id": "call00000", "content": "0"}


def _tool_turns(arguments: object) -> list[dict[str, object]]:
    """Return a call of a tool and its result, by which a chat template shows how it opens the next turn."""
    call = {"type": "function", "id": "call00000", "function": {"name": "f", "arguments": arguments}}
    return [{"role": "assistant", "content": "", "tool_calls": [call]}, _RESULT]


_AFTER_TOOL: Final = (_tool_turns({}), _tool_turns("{}"))
"""The same with the arguments as templates take them: an object, or its JSON."""


class TokenizerFacts:
    """The facts about one tokenizer.

    Args:
        tokenizer: a tokenizer, or a processor that has one.
        reasoning: the format of the reasoning, see :mod:`rewards.text.reasoning`.
        settings: the settings with which the trainer renders its chat template.
    """

    def __init__(
        self,
        tokenizer: Any,  # noqa: ANN401  # transformers'
        reasoning: str | Tags = ANY,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.settings = settings or {}
        self._reasoning = reasoning
        inner = getattr(tokenizer, "tokenizer", tokenizer)  # a processor's
        self.special = special_tokens(inner)
        """Its special tokens that are no marks of reasoning."""
        self.decoder = MarkDecoder(inner, reasoning)
        """Decodes the marks of reasoning that are special tokens."""
        own = (
            hasattr(tokenizer, "apply_chat_template") and getattr(tokenizer, "chat_template", "") is not None
        )
        self._has_template = own or self.settings.get("chat_template") is not None
        self._last: tuple[object, Opening] | None = None
        self._after_tool: dict[str, Opening | None] = {}

    def text_of(self, ids: Sequence[int]) -> str:
        """Return the text of tokens with all marks in it, without stop tokens at its end."""
        return without_stop_tokens(str(self.tokenizer.decode(ids, skip_special_tokens=False)), self.special)

    def opening(self, messages: Sequence[object], settings: Mapping[str, object] | None = None) -> Opening:
        """Return how the chat template opens the turn behind a prompt.

        Args:
            messages: the prompt.
            settings: the row's own `chat_template_kwargs`.

        Raises:
            Exception: whatever the template raises for messages that it does not take.
        """
        if not self._has_template:
            return Opening()
        # The rollouts of a group have one prompt, so the last one is remembered, by what it says.
        roles = [one.get("role") if isinstance(one, Mapping) else None for one in messages]
        key = (roles, prompt_text(messages), settings)
        if self._last is None or self._last[0] != key:
            self._last = key, opening_of(self._prompt(messages, settings), self._reasoning)
        return self._last[1]

    def opening_after_tool(self, settings: Mapping[str, object] | None = None) -> Opening | None:
        """Return how the chat template opens a turn behind a tool's result; None if it knows no tools."""
        key = json.dumps(settings, sort_keys=True, default=str)
        if key not in self._after_tool:
            self._after_tool[key] = self._read_after_tool(settings)
        return self._after_tool[key]

    def _read_after_tool(self, settings: Mapping[str, object] | None) -> Opening | None:
        for turns in _AFTER_TOOL:
            try:
                prompt = self._prompt([*_QUESTION, *turns], settings)
            except Exception:  # noqa: BLE001, S112  # templates raise anything for messages that they do not know
                continue
            return opening_of(prompt, self._reasoning)
        return None

    def _prompt(self, messages: Sequence[object], settings: Mapping[str, object] | None) -> str:
        given = {**self.settings, **(settings or {}), "tokenize": False, "add_generation_prompt": True}
        return str(self.tokenizer.apply_chat_template(list(messages), **given))
