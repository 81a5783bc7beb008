"""Frames that were scored of late."""

from __future__ import annotations

import pytest
from running import right

from rewards import LocalScorer, Rollout
from server.telemetry.recent import MOST_RECENT, Recent

SCORES = LocalScorer("boxed").score(
    [right(1), right(2), Rollout(completion="none", ground_truth="1"), Rollout(completion="no gold")],
    lenient=True,
)


@pytest.mark.parametrize("text", [False, True])
def test_recent_frames_tell_counts_and_answers_only_if_asked(*, text: bool) -> None:
    recent = Recent(text=text)
    call = recent.call("Score", "peer", [])
    call.on_recipe("boxed@1")
    call.on_scored(SCORES, 0.25, last=True)
    (entry,) = recent.take()
    assert (entry["recipe"], entry["rollouts"], entry["invalid"], entry["seconds"]) == ("boxed@1", 4, 1, 0.25)
    assert sorted(entry["verdicts"]) == [["CORRECT", "string", 2], ["NO_ANSWER", "", 1]]
    assert entry.get("answers") == (["1", "2"] if text else None)
    assert recent.take() == []


def test_recent_keeps_the_last_frames() -> None:
    recent = Recent(text=False)
    for number in range(MOST_RECENT + 10):
        recent.note("boxed@1", SCORES, float(number))
    assert [entry["seconds"] for entry in recent.take()] == [
        float(number) for number in range(10, MOST_RECENT + 10)
    ]
