"""The local scorer: what it takes, and what it refuses."""

import asyncio
import threading

import numpy as np
import pytest
from running import hanging

from rewards import (
    LocalScorer,
    NgramRepetition,
    Rollout,
)
from rewards.errors import (
    DuplicateComponentError,
    InvalidCallError,
    MissingFieldError,
    UnknownRecipeError,
)

RIGHT = Rollout(id="right", completion=r"<think>2 + 2</think> \boxed{4}", ground_truth="4")


WRONG = Rollout(id="wrong", completion=r"<think>2 + 2</think> \boxed{5}", ground_truth="4")


def test_local_scorer_gives_all_components_for_an_empty_batch() -> None:
    scores = LocalScorer("r1-zero").score([])
    assert len(scores) == 0
    assert set(scores.components) == {"correctness", "format"}


def test_local_scorer_refuses_two_components_of_one_name_when_made() -> None:
    with pytest.raises(DuplicateComponentError, match="ngram_repetition"):
        LocalScorer(NgramRepetition(n=3) + NgramRepetition(n=5))
    LocalScorer(NgramRepetition(n=3).named("short") + NgramRepetition(n=5).named("long"))


def test_local_scorer_names_the_nearest_recipe() -> None:
    with pytest.raises(UnknownRecipeError, match="r1-zero"):
        LocalScorer("r1-zreo")


def test_local_scorer_refuses_two_rollouts_of_one_id() -> None:
    with pytest.raises(InvalidCallError, match="'right'"):
        LocalScorer("r1-zero").score([RIGHT, WRONG, RIGHT])


def test_local_scorer_names_reward_field_row_and_fix_of_a_missing_field() -> None:
    with pytest.raises(MissingFieldError, match=r"boxed_correctness needs ground_truth.*'bare'.*gold answer"):
        LocalScorer("r1-zero").score([RIGHT, Rollout(id="bare", completion="")])


def test_local_scorer_leniently_reports_a_row_and_scores_the_rest() -> None:
    scores = LocalScorer("r1-zero").score([Rollout(completion=""), RIGHT], lenient=True)
    assert np.isnan(scores.totals[0])
    assert scores.totals[1] == 1.5
    assert list(scores.errors) == [0]
    assert isinstance(scores.errors[0], MissingFieldError)


def test_local_scorer_is_awaited_by_threads_while_the_loop_goes_on() -> None:
    """Sixteen batches at once, one with an answer that hangs until it is killed."""
    scorer, turns, done = LocalScorer("r1-zero"), 0, threading.Event()

    async def beat() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0.01)

    async def all_at_once() -> list[list[float]]:
        beating = asyncio.create_task(beat())
        batches = [[RIGHT, hanging(901)] if at == 0 else [RIGHT, WRONG] for at in range(16)]
        found = await asyncio.gather(*(asyncio.to_thread(scorer.score, batch) for batch in batches))
        done.set()
        await beating
        return [scores.totals.tolist() for scores in found]

    assert asyncio.run(all_at_once()) == [[1.5, 0.0], *[[1.5, 0.5]] * 15]
    assert turns > 10
