"""What the policy did not write: text outside of its turns, and tokens that its mask leaves out."""

from __future__ import annotations

import itertools
import json
import pickle
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from rewards import (
    BoxedCorrectness,
    CosineLength,
    HasBox,
    LanguageMixing,
    LocalScorer,
    NgramRepetition,
    ProperEnding,
    Reward,
    Rollout,
    SoftOverlong,
    ThinkFormat,
)
from rewards.cli.main import main
from rewards.errors import InvalidRolloutError
from rewards.rollout import Batch, RolloutColumns
from rewards.v1 import rollout_pb2
from rewards.wire.received import ReceivedBatch
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from pathlib import Path


def between(*stretches: str) -> Rollout:
    """A rollout of stretches by turns: of the policy, of a tool, of the policy, …"""
    ends = [0]
    for stretch in stretches:
        ends.append(ends[-1] + len(stretch))
    spans = list(itertools.pairwise(ends))
    return Rollout(completion="".join(stretches), ground_truth="4", turns=spans[::2])


TOOLS = [r"\boxed{4}", "x" * 9, "so so so so so so", "你好" * 5, "</think> <think>", "\n\n# 4\nAnswer: 4", ""]
"""What tools say: an answer, repetition, another language, tags."""

REWARDS: list[Reward] = [
    BoxedCorrectness(),
    BoxedCorrectness(introductions=("Answer:",)),
    HasBox(),
    ThinkFormat(),
    ThinkFormat(mode="graded"),
    LanguageMixing(target="en"),
    LanguageMixing(target="en", part="completion"),
    NgramRepetition(n=2),
    ProperEnding(correctness=HasBox()),
]

PARTS = [
    ("<think>look it up</think> ", r" It is \boxed{4}."),
    ("<think>look it up", r" and so</think> \boxed{5}"),
    ("no box", " at all"),
]


@pytest.mark.parametrize("tool", TOOLS, ids=repr)
@pytest.mark.parametrize("parts", PARTS, ids=repr)
@pytest.mark.parametrize("reward", REWARDS, ids=repr)
def test_text_of_a_tool_changes_no_reward(reward: Reward, parts: tuple[str, str], tool: str) -> None:
    before, after = parts
    blank = "\n" * len(tool)
    assert reward([between(before, tool, after)]) == reward(
        [Rollout(completion=before + blank + after, ground_truth="4")]
    )
    assert reward([between(before + after, tool)]) == reward(
        [Rollout(completion=before + after, ground_truth="4")]
    )


def test_text_of_a_tool_is_rewarded_where_nothing_tells_it_apart() -> None:
    said = Rollout(completion=r"so \boxed{4}", ground_truth="4")
    assert BoxedCorrectness()([said]) == [1.0]
    assert BoxedCorrectness()([between("so ", r"\boxed{4}")]) == [0.0]


@pytest.mark.parametrize(
    ("reward", "after", "found"),
    [
        (BoxedCorrectness(), r" so \boxed{7}", "7"),
        (NgramRepetition(n=1), " so so", "so"),
        (LanguageMixing(target="en", part="completion"), " so 好", "好"),
        (ThinkFormat(), "</think> 5", "</think>"),
    ],
    ids=repr,
)
def test_spans_are_positions_in_the_completion(reward: Reward, after: str, found: str) -> None:
    rollout = between("<think>why</think>", r"\boxed{4} 你好 </think> a a a", after)
    (spans,) = LocalScorer(reward).score([rollout]).spans[0].values()
    assert [rollout.completion[span.start : span.end] for span in spans] == [found]
    assert spans[0].start >= len(rollout.completion) - len(after)


TOKENS = {"completion_ids": [1, 2, 1, 2, 9, 9, 9, 9, 3], "completion_mask": [1] * 4 + [0] * 4 + [1]}


@pytest.mark.parametrize(
    "reward",
    [
        SoftOverlong(max_length=8, cache=4),
        CosineLength(correctness=HasBox(), max_length=9),
        NgramRepetition(n=1, unit="tokens"),
        NgramRepetition(n=2, unit="tokens", mode="tiered", min_units=6),
    ],
    ids=repr,
)
def test_tokens_of_a_tool_change_no_reward(reward: Reward) -> None:
    own = [one for one, mine in zip(TOKENS["completion_ids"], TOKENS["completion_mask"], strict=True) if mine]
    masked = Rollout(completion=r"\boxed{4}", **TOKENS)  # type: ignore[arg-type]
    alone = Rollout(completion=r"\boxed{4}", completion_ids=own)
    everything = Rollout(completion=r"\boxed{4}", completion_ids=TOKENS["completion_ids"])
    assert reward([masked]) == reward([alone]) != reward([everything])


def test_number_of_policy_tokens_is_that_of_the_mask() -> None:
    assert Rollout(completion="").num_policy_tokens is None
    assert Rollout(completion="", completion_ids=[1, 2]).num_policy_tokens == 2
    assert Rollout(completion="", completion_mask=[0, 0]).num_policy_tokens == 0
    assert Rollout(completion="", **TOKENS).num_policy_tokens == 5  # type: ignore[arg-type]


WRONG = {
    "no list": ("0-4", "turns is of type str"),
    "numbers": ([0, 4], r"turns\[0\] is 0; it must be a pair"),
    "three numbers": ([(0, 1, 2)], r"turns\[0\] is \(0, 1, 2\)"),
    "fractions": ([(0.0, 1.5)], r"turns\[0\] is \(0.0, 1.5\)"),
    "backwards": ([(3, 1)], r"turns\[0\] is \[3, 1\], after 0"),
    "before the text": ([(-1, 1)], r"turns\[0\] is \[-1, 1\]"),
    "overlapping": ([(0, 3), (2, 4)], r"turns\[1\] is \[2, 4\], after 3"),
    "beyond the text": ([(0, 1), (2, 9)], r"turns\[1\] ends at 9, and the completion at 4"),
}


@pytest.mark.parametrize(("turns", "message"), WRONG.values(), ids=WRONG)
def test_turns_that_are_none_of_the_completion_are_an_error(turns: object, message: str) -> None:
    with pytest.raises(InvalidRolloutError, match=message):
        Rollout(completion="four", turns=turns)


@pytest.mark.parametrize("turns", [None, (), ((0, 0),), ((0, 2), (2, 4)), ((1, 2), (3, 4))], ids=str)
def test_turns_travel_by_wire_pickle_and_file(turns: list[tuple[int, int]] | None, tmp_path: Path) -> None:
    rollout = Rollout(completion="four", turns=turns)
    assert list(ReceivedBatch([rollout_to_wire(rollout)])) == [rollout]
    assert pickle.loads(pickle.dumps(rollout)) == rollout  # noqa: S301  # our own
    file = tmp_path / "rollouts.jsonl"
    file.write_text(json.dumps({"completion": r"\boxed{4} \boxed{5}", "ground_truth": "4", "t": [[0, 9]]}))
    ran = CliRunner().invoke(
        main, ["score", str(file), "--recipe", "boxed", "--turns-field", "t", "--output", "-"]
    )
    assert ran.exit_code == 0, ran.output


@pytest.mark.parametrize(
    ("bounds", "message"), [([0], "turns"), ([0, 9], "ends at 9"), ([3, 1], "after 0")], ids=str
)
def test_turns_that_a_client_gets_wrong_are_an_error_of_that_row(bounds: list[int], message: str) -> None:
    wrong = rollout_pb2.Rollout(id="w", completion="four", turns=rollout_pb2.Turns(bounds=bounds))
    batch = ReceivedBatch([wrong, rollout_to_wire(Rollout(completion="four", turns=[(0, 2)]))])
    assert [*batch.invalid] == [0]
    assert message in str(batch.invalid[0])
    assert batch.policy_texts == ["", "fo"]


def test_a_batch_without_turns_has_the_completions_themselves() -> None:
    texts = ["a", "b"]
    columns = RolloutColumns.of([Rollout(completion=text) for text in texts])
    assert Batch(columns).policy_texts is columns["completion"]
    mixed = Batch([Rollout(completion="ab"), Rollout(completion="cd", turns=[(1, 2)])])
    assert mixed.policy_texts == ["ab", "\nd"]
    assert [rollout.policy_text for rollout in mixed] == ["ab", "\nd"]
