"""Approximate tokens for text without token ids: pieces of words, about as many as a tokenizer makes.

Good enough to see what a length or a repetition in tokens would earn; no substitute for the policy's own.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from typing import TYPE_CHECKING, Final

from rewards.rollout import FIELDS, SAMPLED
from rewards.text.turns import parts_of

if TYPE_CHECKING:
    from rewards.rollout import Rollout

__all__ = ["END", "guessed_tokens", "with_tokens"]

END: Final = 0
"""The token that ends a completion."""

_PIECE: Final = re.compile(r"\w{1,4}|\W")
_SURE: Final = -0.01


def guessed_tokens(text: str, *, ended: bool = True) -> list[int]:
    """Return ids of pieces of up to four letters or digits and of other characters; equal pieces are equal.

    >>> len(guessed_tokens("four words")), guessed_tokens("")
    (5, [0])
    """
    ids = [zlib.crc32(piece.encode("utf-8", "surrogatepass")) & 0x7FFFFFFF for piece in _PIECE.findall(text)]
    return [*ids, END] if ended else ids


def with_tokens(rollout: Rollout) -> Rollout:
    """Return the rollout with missing ids, log-probabilities (of a sure policy), mask and end filled in.

    Where `turns` tells what the policy wrote, so does the mask.
    """
    cut_off = rollout.finish_reason == "length"
    length = rollout.num_tokens
    parts = [
        (guessed_tokens(text, ended=False), is_own)
        for text, is_own in parts_of(rollout.completion, rollout.turns)
    ]
    if not cut_off:
        parts.append(([END], True))  # even a policy that says nothing samples the token that ends it
    ids = [token for tokens, _ in parts for token in tokens]
    mask = [is_own for tokens, is_own in parts for _ in tokens]
    if length is not None:
        ids, mask = [END] * length, [True] * length
    guesses: dict[str, object] = {name: FIELDS[name].kind.example() for name in SAMPLED} | {
        "completion_ids": ids,
        "logprobs": [_SURE] * len(ids),
        "completion_mask": mask,
        "turns": None,
    }
    lacking = {name: guess for name, guess in guesses.items() if getattr(rollout, name) is None}
    return dataclasses.replace(rollout, **lacking)  # type: ignore[arg-type]  # each guess fits its field
