"""Extraction, format and turns on texts of 60 KB: any format of reasoning against the one they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from texts import english

from rewards import Batch, Context, Rollout, ThinkFormat
from rewards.answers.extraction import Extraction, extract
from rewards.text.reasoning import FORMATS, wrapped
from rewards.text.turns import in_text

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 60_000

KINDS: dict[str, Callable[[str], str]] = {
    "prose": lambda text: text,
    "inequalities": lambda text: text.replace("so", "so $a < b$, $b > [c]$ and"),
    "code": lambda text: text.replace("so", "<b>so</b> List[int] |x|"),
}
"""Texts of reasoning, with few or many of the characters that marks begin with."""

WRITTEN = ["think", "magistral", "kimi", "harmony"]


def texts(kind: str, written: str, *, answer: str = r"so \boxed{4}.") -> list[str]:
    return [wrapped(KINDS[kind](english(12_000, seed=seed))[:SIZE], answer, written) for seed in range(16)]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("kind", KINDS)
def bench_extraction(against: Callable[..., None], kind: str, written: str) -> None:
    completions = texts(kind, written)
    any_format, single = Extraction(), Extraction(reasoning=written)
    against(
        lambda: [extract(text, any_format) for text in completions],
        lambda: [extract(text, single) for text in completions],
    )


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("kind", KINDS)
def bench_think_format(against: Callable[..., None], kind: str, written: str) -> None:
    rollouts = [Rollout(completion=text) for text in texts(kind, written)]
    any_format, single = ThinkFormat(), ThinkFormat(reasoning=written)
    against(
        lambda: list(any_format.evaluate(Batch(rollouts), Context()).values),
        lambda: list(single.evaluate(Batch(rollouts), Context()).values),
    )


def bench_extraction_among_marks(against: Callable[..., None]) -> None:
    """Reasoning that speaks of the marks of all other formats, again and again."""
    marks = " ".join(mark for one in FORMATS.values() if one.name != "think" for mark in one.open + one.close)
    text = wrapped((f"{english(50)} {marks} " * 300)[:SIZE], r"\boxed{4}", "think")
    against(lambda: extract(text), lambda: extract(text, Extraction(reasoning="think")))


@pytest.mark.parametrize("tail", ["", "<|im_end|>", "<tool_response>4</tool_response>so 4"], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def bench_turns_in_text(benchmark: Callable[..., object], kind: str, tail: str) -> None:
    completions = [text + tail for text in texts(kind, "think")]
    benchmark(lambda: [in_text(text) for text in completions])
