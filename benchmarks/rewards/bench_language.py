r"""The share of a script against `\p{Han}`, and the whole language reward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import regex
from texts import english, mixed

from rewards import LanguageMixing, Rollout
from rewards.text.scripts import script_share

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 60_000


@pytest.mark.parametrize("pattern", [r"\p{Han}", r"\p{Han}+"])
def bench_han_share_of_60_kb_mixed(against: Callable[..., None], pattern: str) -> None:
    text, han = mixed(SIZE), regex.compile(pattern)
    against(lambda: script_share(text, "Han"), lambda: sum(map(len, han.findall(text))) / len(text))


def bench_han_share_of_60_kb_nearly_ascii(against: Callable[..., None]) -> None:
    text, han = english(12_000)[: SIZE - 3] + "好", regex.compile(r"\p{Han}")
    against(lambda: script_share(text, "Han"), lambda: len(han.findall(text)) / len(text))


@pytest.mark.parametrize("text", [mixed(SIZE), english(12_000)[:SIZE]], ids=["mixed", "english"])
def bench_whole_reward_on_60_kb(benchmark: Callable[..., object], text: str) -> None:
    rollouts = [Rollout(completion=text)]
    benchmark(lambda: LanguageMixing(target="en")(rollouts))


def bench_10_megabytes(benchmark: Callable[..., object]) -> None:
    rollouts = [Rollout(completion=mixed(10_000_000))]
    benchmark.pedantic(lambda: LanguageMixing(target="en")(rollouts), rounds=3)
