"""The openers of reasoning that a chat template wrote before each turn, told by the best evidence there is.

For the first turn that is the end of its prompt, or what the trainer's tokenizer renders of it. For later
turns it is the text before them, or how the template opens a turn behind a tool's result; most templates open
each turn like the first. The setting `think_prefilled` goes before all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rewards.analysis.turns import prompt_end
from rewards.text.reasoning import ANY, FORMATS, Opening, Tags, opening_of
from rewards.text.turns import with_openers
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.tokenizers import TokenizerFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.text.turns import Turns

__all__ = ["Openings", "template_settings"]

LOG = logging.getLogger("touchstone.adapters")

_CHANNELS: Final = ("analysis", "assistantanalysis", "commentary", "assistantcommentary")
"""The beginnings of gpt-oss's completions that are decoded without special tokens."""


def template_settings(row: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the settings of the chat template that a row has of its own."""
    settings = row.get("chat_template_kwargs")
    return settings if isinstance(settings, Mapping) else None


class Openings:
    """The openings of the turns of one trainer's completions; says once what it finds out or cannot.

    Args:
        trainer: the trainer's name.
        reasoning: the format of the reasoning, see :mod:`rewards.text.reasoning`.
        told: the setting `think_prefilled`.
    """

    def __init__(self, trainer: str, reasoning: str | Tags = ANY, told: bool | None = None) -> None:  # noqa: FBT001  # a setting
        self.tokenizer: TokenizerFacts | None = None
        self._trainer, self._reasoning, self._told = trainer, reasoning, told
        self._said: set[str] = set()

    def read(
        self, tokenizer: object, settings: Mapping[str, object] | None = None, *, has_ids: bool = True
    ) -> TokenizerFacts:
        """Return the facts about the trainer's tokenizer, and use them from here on.

        Args:
            tokenizer: the tokenizer or processor.
            settings: the settings with which the trainer renders its chat template.
            has_ids: True if the trainer passes the token ids of completions.
        """
        known = self.tokenizer
        if known is not None and known.tokenizer is tokenizer and known.settings == (settings or {}):
            return known
        self.tokenizer = found = TokenizerFacts(tokenizer, self._reasoning, settings)
        if (marks := found.decoder.marks) and not has_ids:
            self._say_once(
                "lost marks",
                f"{', '.join(marks)} are special tokens of the tokenizer, and {self._trainer} passes no "
                "token ids: let it decode completions with skip_special_tokens=False, or their reasoning is "
                "not seen",
            )
        return found

    def with_marks(self, text: str, ids: Sequence[int] | None) -> str:
        """Return a completion with the marks of reasoning that the trainer dropped as special tokens."""
        decoder = self.tokenizer.decoder if self.tokenizer else None
        if decoder and decoder.marks:
            if ids is None or decoder.kept_in(text) or not decoder.is_needed(ids):
                return text
            return decoder.text(ids)
        if self._reasoning == ANY and text.startswith(_CHANNELS):
            self._say_once(
                "channels",
                f"a completion begins with {text[:24]!r}, as the channels of gpt-oss do that are decoded "
                "without special tokens: let the trainer keep them (skip_special_tokens=False), or say "
                "reasoning='harmony_text'; else its reasoning counts as its answer",
            )
        return text

    def first(self, before: object, settings: Mapping[str, object] | None = None) -> Opening:
        """Return how the first turn is opened: by the setting, else by the prompt.

        Args:
            before: the prompt, as text or messages.
            settings: the row's own settings of the chat template.
        """
        if self._told is not None:
            return Opening(prefilled=self._told)
        text = prompt_end(before)
        if text is not None:
            opening = opening_of(text, self._reasoning)
            self._say_format(text)
        elif before is not None and self.tokenizer:
            opening = self._rendered(self.tokenizer, before, settings)
        else:
            opening = Opening()
        if opening != Opening():
            does = "opens and closes the reasoning" if opening.closed else "opens the reasoning"
            self._say_once(
                does,
                f"the prompt of a row {does}, and so its completion is read as going on from there; this is "
                "found out for each row, and said once (think_prefilled=... says it for all rows)",
            )
        return opening

    def of_later_turns(
        self, said: Turns, first: Opening, settings: Mapping[str, object] | None = None
    ) -> Turns:
        """Return a completion with the openers that the template wrote before each turn but the first.

        Args:
            said: the turns, with the text before each where it is known.
            first: the opening of the first turn.
            settings: as above.
        """
        again = None
        if self._told is not None:
            said = said._replace(before=())
        elif said.turns and self.tokenizer:
            again = self.tokenizer.opening_after_tool(settings)
        return with_openers(said, first, self._reasoning, again)

    def _rendered(
        self, tokenizer: TokenizerFacts, messages: object, settings: Mapping[str, object] | None
    ) -> Opening:
        try:
            return tokenizer.opening(messages, settings)  # type: ignore[arg-type]  # no text, so messages
        except Exception as error:  # noqa: BLE001  # templates raise anything
            self._say_once(
                "template",
                f"the chat template does not take the prompt of a row ({str(error)[:200]}), so that it "
                "is not known whether it opens the reasoning; it is taken not to: say think_prefilled=...",
            )
            return Opening()

    def _say_format(self, prompt: str) -> None:
        """Warn if a prompt ends in an opener of a format that is read only where a setting names it."""
        if self._reasoning != ANY or "format" in self._said:
            return
        for one in FORMATS.values():
            if one.by_name and opening_of(prompt, one.name).prefilled:
                self._say_once(
                    "format",
                    f"the prompt of a row ends as those of the format {one.name!r} do, which is read only "
                    f"where it is named, since other texts hold such words: say reasoning={one.name!r}",
                )

    def _say_once(self, subject: str, message: str) -> None:
        if subject not in self._said:
            self._said.add(subject)
            warn(LOG, message)
