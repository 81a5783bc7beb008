r"""The turns of the policy in a completion that holds text of tools, of users or of an environment too.

They are told by the best evidence that a trainer passes:

- by the roles of messages (:func:`of_messages`),
- by a mask of tokens and a decoder (:func:`of_tokens`),
- by the markers in the text, for trainers that pass text alone (:func:`rewards.text.turns.in_text`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rewards.text.reasoning import ANY, Tags
from rewards.text.stop_tokens import without_stop_tokens
from rewards.text.turns import Turns, joined
from trainer_adapters.scoring.rows import turn_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Spans = tuple[tuple[int, int], ...]
    Decode = Callable[[Sequence[int]], str]

__all__ = ["of_messages", "of_tokens", "token_mask"]


def of_messages(completion: object, name: str = "a completion", reasoning: str | Tags = ANY) -> str | Turns:
    """Return the assistant's turns of a conversation; a single message as text, which may hold text of tools.

    Args:
        completion: a text or messages.
        name: what errors call it.
        reasoning: the format in which reasoning that a parser split off a turn is put back.

    Raises:
        InvalidCallError: neither text nor messages; see :func:`trainer_adapters.scoring.rows.turn_texts`.
    """
    texts = turn_texts(completion, name, reasoning)
    alone = isinstance(completion, str) or len(completion) == len(texts) == 1  # type: ignore[arg-type]  # a list
    return texts[0] if alone else joined(texts)


def of_tokens(ids: Sequence[int], mask: Sequence[object], decode: Decode) -> Turns:
    """Return the text of each run of tokens that a mask says are the policy's, without stop tokens."""
    runs = [
        (written, decode([token for token, _ in run]))
        for written, run in groupby(zip(ids, mask, strict=True), key=lambda pair: bool(pair[1]))
    ]
    turns = joined([without_stop_tokens(text) for written, text in runs if written])
    others = [text for at, (written, text) in enumerate(runs) if at and not written and at < len(runs) - 1]
    return turns if turns.turns is None else turns._replace(before=tuple(others))


def token_mask(ids: Sequence[int], turns: Spans, decode: Decode) -> list[bool]:
    """Return True for each token of the policy's turns in `decode(ids)`.

    The token at which a turn begins or ends is found by bisection, from the one found before.
    """
    mask = [False] * len(ids)
    token = place = 0  # place: the position in the text at which `token` begins
    for start, end in turns:
        begin = _token_at(ids, token, start - place, decode)
        after = _token_at(ids, begin, end - start, decode)
        mask[begin:after] = [True] * (after - begin)
        token, place = after, end
    return mask


def _token_at(ids: Sequence[int], first: int, length: int, decode: Decode) -> int:
    """Return the end of the fewest tokens from `first` on whose text has at least `length` characters."""
    low, high = first, len(ids)
    while low < high:
        middle = (low + high) // 2
        if len(decode(ids[first:middle])) < length:
            low = middle + 1
        else:
            high = middle
    return low
