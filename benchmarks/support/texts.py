"""Texts of the kinds that policies write, made up from a seed: the same on every machine."""

from __future__ import annotations

import random

import numpy as np

ENGLISH = [
    *("so", "we", "have", "the", "total", "number", "of", "boxes", "and", "then", "it", "is", "equal", "to"),
    *("sum", "each", "half", "first", "second", "answer", "therefore", "wait", "let", "me", "check", "again"),
    *("because", "this", "would", "give", "a", "different", "value", "for", "both", "of", "them"),
]
CHINESE = "先算出每箱的数量再乘以箱数得到总数因此答案是但我们需要检查一下这里有没有错误的步骤"


def english(words: int, *, seed: int = 0) -> str:
    """So many words of English reasoning with numbers and mathematics in between."""
    chosen = random.Random(seed)  # noqa: S311  # no secret
    return " ".join(
        chosen.choice(ENGLISH)
        if chosen.random() < 0.9
        else chosen.choice([str(chosen.randrange(1000)), "$x = 3$", "\\frac{1}{2}", "."])
        for _ in range(words)
    )


def mixed(size: int, *, seed: int = 0) -> str:
    """About `size` bytes in which English words and stretches of Chinese take turns."""
    chosen = random.Random(seed)  # noqa: S311  # no secret
    parts: list[str] = []
    length = 0
    while length < size:
        start = chosen.randrange(len(CHINESE))
        stretch = CHINESE[start : start + chosen.randrange(12)]
        parts.append(stretch if chosen.random() < 0.5 else english(4, seed=length))
        length += len(parts[-1].encode()) + 1
    return " ".join(parts)


def token_ids(size: int, *, loop: int = 0, seed: int = 0) -> np.ndarray:
    """Token ids with the frequencies of text (Zipf); the last half loops over `loop` tokens, if any."""
    ids = np.minimum(np.random.default_rng(seed).zipf(1.3, size), 150_000)
    if loop:
        ids[size // 2 :] = np.resize(ids[size // 2 : size // 2 + loop], size - size // 2)
    return ids
