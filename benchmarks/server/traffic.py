"""What is asked: responses to GSM8K as they are, and rollouts like them of a given size.

The latter are real reasoning with a boxed whole number, eight completions a prompt, and golds made anew for
every round. Whole numbers are judged without a memory, so none of this is answered from an earlier round.
"""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["GSM8K", "SIZES", "AnsweredProblem", "Size", "real_texts", "rounds"]

GROUP = 8
RIGHT = 0.6


class Size(NamedTuple):
    """How large completions are, and how many travel together."""

    name: str
    characters: int
    """Of a completion; about as many, where they are as they are."""
    unary: int
    """Rollouts in a unary call."""
    batch: int
    """Rollouts in a batch that goes over a stream, in frames of about 1 MB."""


GSM8K = "GSM8K"
SIZES = {
    size.name: size
    for size in (
        Size("200 B", 200, 512, 4096),
        Size(GSM8K, 680, 512, 4096),
        Size("4 KB", 4_000, 128, 1024),
        Size("60 KB", 60_000, 16, 256),
    )
}


class AnsweredProblem(NamedTuple):
    """A completion and its gold."""

    completion: str
    gold: str


def rounds(data: Path, size: Size, count: int, seed: int = 0) -> Iterator[list[AnsweredProblem]]:
    """Endless rounds of `count` rollouts of this size."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    return _real(data, count, chance) if size.name == GSM8K else _like(data, size.characters, count, chance)


def _real(data: Path, count: int, chance: random.Random) -> Iterator[list[AnsweredProblem]]:
    """Responses that box an answer, with the golds of their problems; those to one problem stand together."""
    groups: dict[str, list[AnsweredProblem]] = {}
    with (data / "labelled_rho_gsm8k.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if "\\boxed" in row["response"]:
                groups.setdefault(row["problem"], []).append(AnsweredProblem(row["response"], row["gold"]))
    problems = list(groups.values())
    chance.shuffle(problems)
    pairs = (pair for group in itertools.cycle(problems) for pair in group)
    while True:
        yield list(itertools.islice(pairs, count))


def _like(data: Path, characters: int, count: int, chance: random.Random) -> Iterator[list[AnsweredProblem]]:
    """Real reasoning, cut to about `characters` characters, before a box."""
    texts = list(real_texts(data, characters))
    while True:
        found: list[AnsweredProblem] = []
        while len(found) < count:
            gold = chance.randrange(10**9)
            for _ in range(min(GROUP, count - len(found))):
                answer = gold if chance.random() < RIGHT else gold + chance.randrange(1, 100)
                ending = rf"</think> \boxed{{{answer}}}"
                text = chance.choice(texts)[: characters - len(ending) - 7]
                found.append(AnsweredProblem(f"<think>{text}{ending}", str(gold)))
        yield found


def real_texts(data: Path, characters: int) -> Iterator[str]:
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
