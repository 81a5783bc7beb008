"""A row reward depends on its row alone, bit for bit, however rows are batched."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shipped_rewards import RULES

from rewards import (
    Constant,
    Context,
    CosineLength,
    HasBox,
    LanguageMixing,
    LogprobModulation,
    NgramRepetition,
    ProperEnding,
    Reward,
    Rollout,
    SoftOverlong,
    Switch,
    ThinkFormat,
    Tiered,
)
from rewards.rollout import Batch

PIECES = [
    "<think>",
    "</think>",
    r"\boxed{4}",
    r"\boxed{",
    "$x$",
    "so ",
    "it is ",
    "好",
    "数を",
    ".",
    "\n",
    "I ",
    "`",
]

REWARDS: dict[str, Reward] = {
    **{kind: reward for kind, reward in RULES.items() if reward.scope == "row"},
    "strict": ThinkFormat(),
    "graded": ThinkFormat(mode="graded"),
    "box": HasBox(),
    "words": NgramRepetition(n=2),
    "tiers": NgramRepetition(n=3, mode="tiered", min_units=4),
    "tokens": NgramRepetition(n=2, unit="tokens", max_penalty=-0.3),
    "overlong": SoftOverlong(max_length=40, cache=30),
    "language": LanguageMixing(target="en"),
    "modulation": LogprobModulation(reward=HasBox() + Constant(value=0.3), temperature=0.7),
    "arithmetic": LogprobModulation(reward=HasBox(), mean="arithmetic", temperature=3.0),
    "cosine": CosineLength(correctness=HasBox(), max_length=50, cap=1.7),
    "ending": ProperEnding(correctness=HasBox()),
    "tree": Tiered(tiers=((ThinkFormat(), 0.7), (HasBox(), 0.1))) * NgramRepetition(n=1)
    + Switch(key="task", cases=(("a", HasBox()),), default=LanguageMixing(target="zh")).clip(0.1, 0.9),
}


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    text = "".join(draw(st.lists(st.sampled_from(PIECES), max_size=30)))
    seeded = random.Random(draw(st.integers(0, 2**16)))  # noqa: S311  # no secret
    logprobs = [
        seeded.choice([-math.inf, *[-20 * seeded.random()] * 50]) for _ in range(seeded.randrange(60))
    ]
    return Rollout(
        completion=text,
        logprobs=logprobs,
        completion_ids=[seeded.randrange(4) for _ in logprobs],
        completion_mask=[seeded.random() < 0.8 for _ in logprobs],
        think_prefilled=draw(st.booleans()),
        finish_reason=draw(st.sampled_from([None, "stop", "length"])),
        metadata={"task": draw(st.sampled_from("ab"))},
        ground_truth="4",
    )


def found(reward: Reward, rows: list[Rollout]) -> list[tuple[object, ...]]:
    """Everything a reward finds, row by row, with values as bits."""
    evaluation = Context().evaluate(reward, Batch(rows))
    columns = [np.asarray(evaluation.values).view(np.int64).tolist()]
    columns += [
        np.asarray(part, dtype=np.float64).view(np.int64).tolist() for part in evaluation.parts.values()
    ]
    columns.append([tuple(spans) for spans in evaluation.spans or [()] * len(rows)])
    return list(zip(*columns, strict=True))


@given(rows=st.lists(rollouts(), max_size=8), seed=st.integers(0, 2**16))
def test_row_rewards_are_the_same_however_rows_are_batched(rows: list[Rollout], seed: int) -> None:
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311  # no secret
    for name, reward in REWARDS.items():
        together = found(reward, rows)
        assert [found(reward, [row])[0] for row in rows] == together, name
        assert found(reward, [rows[at] for at in order]) == [together[at] for at in order], name
