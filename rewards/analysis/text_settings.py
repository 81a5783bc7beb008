r"""The settings by which the texts of a row are read: its gold, and the reasoning in its completion."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from rewards.analysis.turns import prompt_end, turns_of, was_parsed
from rewards.parameters import require
from rewards.text.reasoning import ANY, Opening, Setting, formats_of, opening_of
from rewards.text.turns import Turns, with_openers

__all__ = ["DEFAULT", "TextSettings"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextSettings:
    """Settings that a recipe does not have, since they are about the data and the chat template.

    Raises:
        InvalidParameterError: no format of reasoning of that name is known, or an empty `gold_after`.
    """

    gold_after: str | None = None
    """Text that precedes the gold in a worked solution; see :func:`rewards.analysis.gold_text.gold_of`."""

    reasoning: Setting = ANY
    """Format of the reasoning."""

    think_prefilled: bool | None = None
    """True if the chat template opens the reasoning, False if not; found out for each row by default, from
    its own `think_prefilled` or the end of its prompt."""

    def __post_init__(self) -> None:
        formats_of(self.reasoning)
        require(self.gold_after != "", "gold_after is empty; give the text before the gold, as '####'")

    def opening(self, prompt: object) -> Opening:
        """Return the reasoning that the end of a prompt opens, or opens and closes."""
        if self.think_prefilled is not None:
            return Opening(prefilled=self.think_prefilled)
        end = prompt_end(prompt)
        return Opening() if end is None else opening_of(end, self.reasoning)

    def completion_fields(
        self, completion: object, prompt: object, given: dict[str, object]
    ) -> dict[str, Any]:
        """Return the fields of a rollout that follow from a completion and its prompt.

        Args:
            completion: a text, or a conversation.
            prompt: likewise; it may be None.
            given: the fields that the row has itself, which stay, `think_prefilled` unless this sets it.

        Raises:
            InvalidRolloutError: see :func:`rewards.analysis.turns.text_of`.

        >>> fields = TextSettings().completion_fields("2 + 2</think> 4", "2 + 2?<think>", {})
        >>> fields["think_prefilled"], fields["completion"]
        (True, '2 + 2</think> 4')
        """
        said = turns_of(completion, self.reasoning)
        if not isinstance(said, Turns):
            return {"completion": said}
        opening = Opening() if was_parsed(completion) else self.opening(prompt)
        if self.think_prefilled is None and "think_prefilled" in given:
            opening = Opening()
        said = with_openers(said, opening, self.reasoning)
        turns = said.turns
        if turns and (shift := len(opening.closed)):
            turns = tuple((start + shift if at else 0, end + shift) for at, (start, end) in enumerate(turns))
        fields: dict[str, Any] = {"completion": opening.closed + said.text}
        if turns is not None and "turns" not in given:
            fields["turns"] = turns
        if opening.prefilled or self.think_prefilled is not None:
            fields["think_prefilled"] = opening.prefilled
        return fields


DEFAULT: Final = TextSettings()
"""The settings where none are given."""
