"""GSM8K-like rollouts of a given size: real reasoning, a boxed whole number, eight completions a prompt.

Every round has golds of its own, so that few verdicts come from the memory of an earlier round.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["SIZES", "Pair", "Size", "rounds"]

GROUP = 8
RIGHT = 0.6


class Size(NamedTuple):
    """How large completions are, and how many travel together."""

    name: str
    characters: int
    unary: int
    """Rollouts in a unary call."""
    batch: int
    """Rollouts in a batch that goes over a stream, in frames of about 1 MB."""


SIZES = (
    Size("200 B", 200, 512, 4096),
    Size("4 KB", 4_000, 128, 1024),
    Size("60 KB", 60_000, 16, 256),
)


class Pair(NamedTuple):
    """A completion and its gold."""

    completion: str
    gold: str


def rounds(data: Path, characters: int, count: int, seed: int = 0) -> Iterator[list[Pair]]:
    """Endless rounds of `count` rollouts whose completions have about `characters` characters each."""
    texts = list(_texts(data, characters))
    chance = random.Random(seed)  # noqa: S311  # no secret
    while True:
        found: list[Pair] = []
        while len(found) < count:
            gold = chance.randrange(10**9)
            for _ in range(min(GROUP, count - len(found))):
                answer = gold if chance.random() < RIGHT else gold + chance.randrange(1, 100)
                ending = rf"</think> \boxed{{{answer}}}"
                text = chance.choice(texts)[: characters - len(ending) - 7]
                found.append(Pair(f"<think>{text}{ending}", str(gold)))
        yield found


def _texts(data: Path, characters: int) -> Iterator[str]:
    """Real responses, one after the other where one is too short."""
    name = "traces_long_en.jsonl" if characters > 20_000 else "labelled_gsm8k_model_solutions.jsonl"
    text = ""
    with (data / name).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text += row.get("reasoning", "") + row["response"]
            if len(text) >= characters:
                # No box but the last one, whatever the model wrote.
                yield text[:characters].replace("\\boxed", "").replace("think>", "")
                text = ""
