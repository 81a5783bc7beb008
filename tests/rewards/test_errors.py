"""The errors that Touchstone raises on purpose."""

from __future__ import annotations

import pickle

import pytest

from rewards import errors
from rewards.errors import InvalidRolloutError, MissingFieldError, TouchstoneError

NAMES = sorted(errors.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_error_keeps_its_message_and_kind_when_pickled(name: str) -> None:
    error: TouchstoneError = getattr(errors, name)("what went wrong")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert (type(again), str(again)) == (type(error), "what went wrong")
    assert isinstance(again, TouchstoneError)


def test_about_names_the_rollout_as_the_caller_does() -> None:
    error = MissingFieldError("rollouts[3] has no gold", field="ground_truth", reward="boxed_correctness")
    named = error.about("line 17")
    assert str(named) == "line 17 has no gold"
    assert isinstance(named, MissingFieldError)
    assert (named.field, named.reward) == ("ground_truth", "boxed_correctness")
    assert str(InvalidRolloutError("no index here").about("line 17")) == "no index here"
