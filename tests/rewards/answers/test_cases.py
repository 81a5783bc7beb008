"""The labelled cases through the public judge, a test for each."""

from __future__ import annotations

import collections
import json
from pathlib import Path

import pytest

from rewards import BoxedCorrectness, LocalScorer, Policy, Rollout
from rewards.verdict import Status, Verdict

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
DECIDED = [case for case in CASES if case["verdict"] != "unclear"]
COLUMNS = ("id", "rule", "gold", "verdict", "policy", "source", "why")


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that some answers would make if they were executed."""
    return tmp_path_factory.mktemp("cases") / "canary"


@pytest.fixture(scope="session")
def verdicts(canary: Path) -> dict[str, Verdict]:
    """The verdict of each case, asked for in one batch a policy."""
    by_policy: dict[str, list[Rollout]] = collections.defaultdict(list)
    for case in CASES:
        text = case["completion"] if "completion" in case else f"\\boxed{{{case['answer']}}}"
        rollout = Rollout(
            id=case["id"], completion=text.replace("{canary}", str(canary)), ground_truth=case["gold"]
        )
        by_policy[json.dumps(case["policy"])].append(rollout)
    found: dict[str, Verdict] = {}
    for policy, rollouts in by_policy.items():
        scores = LocalScorer(BoxedCorrectness(policy=Policy(**json.loads(policy)))).score(rollouts)
        for rollout, verdict in zip(rollouts, scores.verdicts, strict=True):
            assert verdict is not None
            found[rollout.id] = verdict
    return found


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: case["id"])
def test_the_judge_decides_a_case_as_labelled(case: dict[str, str], verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[case["id"]]
    right = verdict.status is Status.CORRECT
    assert right == (case["verdict"] == "right"), f"{verdict.status}: {verdict.reason}"


def test_no_case_is_executed(canary: Path, verdicts: dict[str, Verdict]) -> None:
    assert len(verdicts) == len(CASES)
    assert not canary.exists()


def test_every_case_has_an_id_of_its_own_and_the_columns_of_all() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert not [case["id"] for case in CASES if set(case) - {"answer", "completion"} != set(COLUMNS)]
    assert not [case["id"] for case in CASES if ("answer" in case) == ("completion" in case)]


def test_no_gold_and_answer_stand_in_two_cases() -> None:
    asked = collections.Counter(
        (case["gold"], case.get("completion"), case.get("answer"), str(case["policy"])) for case in CASES
    )
    assert [question for question, times in asked.items() if times > 1] == []
