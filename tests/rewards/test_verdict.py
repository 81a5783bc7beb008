"""Verdicts: what counts as right, wrong and not judged."""

from __future__ import annotations

import pickle

import pytest

from rewards.verdict import Method, Status, Verdict

UNJUDGED = {Status.NOT_JUDGED, Status.ERROR, Status.UNPARSEABLE_GOLD}


@pytest.mark.parametrize("status", Status)
def test_correct_is_none_exactly_where_nothing_was_judged(status: Status) -> None:
    correct = Verdict(status=status).correct
    assert (correct is None) == (status in UNJUDGED)
    assert (correct is True) == (status is Status.CORRECT)


@pytest.mark.parametrize("method", [None, *Method])
def test_verdict_comes_back_from_a_pickle(method: Method | None) -> None:
    verdict = Verdict(status=Status.CORRECT, extracted="4", method=method, reason="the same", seconds=0.5)
    again = pickle.loads(pickle.dumps(verdict))  # noqa: S301  # our own
    assert again == verdict
    assert again.seconds == verdict.seconds


def test_verdicts_are_equal_whatever_time_they_took() -> None:
    assert Verdict(status=Status.TIMEOUT, seconds=1.0) == Verdict(status=Status.TIMEOUT, seconds=2.0)
