"""A call of an adapter: the entry of each trainer in :mod:`trainer_calls`, and what calls have in common."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "Call",
    "Conversation",
    "Kinds",
    "Tokenizer",
    "by_name",
    "has",
    "messages",
    "tokenize",
    "tokens",
    "with_kinds",
]

Kinds: TypeAlias = "Sequence[str | None] | None"
"""The column `kind` of the data, where there is one."""


def with_kinds(kinds: Kinds, size: int) -> list[dict[str, Any]]:
    """What a row has besides its prompt and gold."""
    return [{} if kinds is None else {"kind": kind} for kind in (kinds or [None] * size)]


Conversation: TypeAlias = "Sequence[tuple[str, str]]"
"""What follows a prompt: roles and texts, those of the policy and of tools."""


def messages(turns: Conversation) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in turns]


def tokens(turns: Conversation) -> tuple[str, list[int], list[int]]:
    """The text of a conversation without any markers, its token ids, and the mask of the policy's."""
    text = "".join(text for _, text in turns)
    mask = [int(role == "assistant") for role, text in turns for _ in text]
    return text, tokenize(text), mask


class Tokenizer:
    """Code points as tokens."""

    pad_token_id = 0

    def decode(self, ids: Any, **_: object) -> str:
        return "".join(chr(int(one)) for one in ids)


def tokenize(text: str) -> list[int]:
    return [ord(sign) for sign in text]


@dataclasses.dataclass(frozen=True)
class Call:
    """One adapter and the way it is called."""

    name: str
    distribution: str
    """What to look for to see whether the trainer is installed."""
    make: Callable[..., Any]
    call: Callable[..., Any]
    """`await call(made, completions, golds, kinds)` gives (values, components by name)."""
    tokens: bool = False
    """Whether the trainer hands over token ids."""
    logprobs: bool = False
    optional: bool = False
    """Whether a missing reward is None there."""
    float32: bool = False
    """Whether the hook gives back a tensor, which holds float32."""
    needs: tuple[str, ...] = ()
    """Modules without which the call cannot be made."""
    module: str = ""
    """The trainer's module that is used where it is there."""

    tools: Callable[..., Any] | None = None
    """`await tools(made, turns, gold)` gives the value of a conversation with tools, passed as the trainer
    passes one; None where it passes the text alone, as its chat template writes it."""

    masked: dict[str, Any] | None = None
    """The settings under which the trainer hands over a mask of tokens; None where it has none."""

    async def value(self, made: Any, turns: Conversation, gold: str) -> float | None:
        """The value of a conversation."""
        if self.tools is not None:
            return await self.tools(made, turns, gold)
        written = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)
        text = written.removeprefix("<|im_start|>assistant\n").removesuffix("<|im_end|>\n")
        (values, _) = await self.call(made, [text], [gold], None)
        return values[0]

    @property
    def real(self) -> bool:
        """Whether the trainer's own code makes the call."""
        return bool(self.module) and has(self.module)

    @property
    def version(self) -> str | None:
        try:
            return importlib.metadata.version(self.distribution) if self.real else None
        except importlib.metadata.PackageNotFoundError:
            return None

    @property
    def missing(self) -> str:
        return ", ".join(one for one in self.needs if not has(one))


def has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def by_name(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row.get(name, float("nan")) for row in rows] for name in (rows[0] if rows else {})}
