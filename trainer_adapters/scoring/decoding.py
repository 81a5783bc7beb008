"""The text of token ids where a tokenizer holds the marks of reasoning as special tokens.

Trainers decode completions without special tokens, and with them go the marks of reasoning that are such:
`[THINK]` of Magistral, the channels of gpt-oss. Where the token ids are passed beside the text, they are
decoded here once more, without the other special tokens alone. Left out: the turns of a completion that
holds text of tools, in :mod:`trainer_adapters.scoring.turns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewards.text.reasoning import ANY, formats_of
from rewards.text.stop_tokens import parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.text.reasoning import Tags

__all__ = ["MarkDecoder"]


class MarkDecoder:
    """A decoder that keeps the marks of reasoning among the special tokens of a tokenizer.

    Args:
        tokenizer: one of transformers, or a processor that holds one.
        reasoning: the format of the reasoning; the marks of the known ones are kept with own tags, too.
    """

    def __init__(self, tokenizer: Any, reasoning: str | Tags = ANY) -> None:  # noqa: ANN401  # of any class
        self.tokenizer = tokenizer
        self._inner = getattr(tokenizer, "tokenizer", tokenizer)
        special = _special_tokens(self._inner)

        def made_of(marks: Sequence[str]) -> list[str]:
            return [mark for mark in marks if special.keys() >= set(parts_of(mark))]

        formats = dict.fromkeys((*formats_of(ANY), *formats_of(reasoning)))
        found = [(one, made_of((*one.open, *one.close))) for one in formats]
        self.marks = tuple(mark for _, marks in found for mark in marks)
        """The marks of reasoning that are special tokens, or several of them."""

        ends = [mark for one, marks in found if marks for mark in made_of(one.turn_close)]
        parts = {part for mark in (*self.marks, *ends) for part in parts_of(mark)}
        self._kept = frozenset(special[part] for part in parts)
        self._dropped = frozenset(special.values()) - self._kept

    def is_needed(self, ids: Sequence[int]) -> bool:
        """Return True if a trainer that decodes these tokens drops a mark of reasoning."""
        return not self._kept.isdisjoint(ids)

    def kept_in(self, text: str) -> bool:
        """Return True if a text of such tokens still holds a mark."""
        return any(mark in text for mark in self.marks)

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of these tokens, without all other special tokens."""
        kept = [int(one) for one in ids if one not in self._dropped]
        return str(self._inner.decode(kept, skip_special_tokens=False))


def _special_tokens(tokenizer: Any) -> dict[str, int]:  # noqa: ANN401  # of any class
    """Return the ids of the tokens that `skip_special_tokens=True` leaves out of a text."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    found = {str(token): number for number, token in added.items() if getattr(token, "special", False)}
    named = getattr(tokenizer, "all_special_tokens", ()), getattr(tokenizer, "all_special_ids", ())
    return {**dict(zip(*named, strict=False)), **found}
