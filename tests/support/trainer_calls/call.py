"""A call of an adapter: the entry of each trainer in :mod:`trainer_calls`, and what calls have in common."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Call", "Kinds", "Tokenizer", "by_name", "has", "tokenize", "with_kinds"]

Kinds: TypeAlias = "Sequence[str | None] | None"
"""The column `kind` of the data, where there is one."""


def with_kinds(kinds: Kinds, size: int) -> list[dict[str, Any]]:
    """What a row has besides its prompt and gold."""
    return [{} if kinds is None else {"kind": kind} for kind in (kinds or [None] * size)]


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
