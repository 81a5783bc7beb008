"""Measures of batches, tokens and texts."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")


from trainer_adapters.grpo.watch.measures import (
    batch_measures,
    sampling_measures,
    text_measures,
    token_measures,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_measures_of_a_batch() -> None:
    nan = torch.nan
    right = torch.tensor([1, 1, 0, 0, 1, 0, nan, nan, 1, nan])
    rewards = torch.tensor([1, 1, 0, 0.1, 1, 0, nan, nan, 1, nan])
    found = batch_measures(rewards, right, torch.arange(10), 2)
    expected = {"all_right": 2 / 5, "all_wrong": 1 / 5, "informative": 1 / 5, "zero_std": 3 / 5}
    assert {name: found[f"groups/{name}"] for name in expected} == pytest.approx(expected)
    assert found["not_judged"] == pytest.approx(0.3)
    assert found["accuracy"] == pytest.approx(4 / 7)
    assert found["length/p95"] == pytest.approx(np.quantile(np.arange(10), 0.95))


def test_measures_of_tokens_and_texts() -> None:
    logps = torch.tensor([[-1.0, -3.0], [-5.0, 9.0], [-1.0, -1.0]])
    mask = torch.tensor([[1, 1], [1, 0], [0, 0]])
    found = token_measures(logps, mask, torch.tensor([1.0, 1.0, 1.0]), lambda one: one)
    assert found == pytest.approx({"logprob": -3.0, "gibberish": 0.5})
    assert token_measures(logps, mask * 0, torch.ones(3), lambda one: one) == {}
    texts = text_measures([[1] * 15, list(range(15))], ["all English", "half 一半 and half 中文 mixed"])
    assert texts == pytest.approx({"repetition": 0.5 * 7 / 8, "mixing": 0.5})


def test_measures_of_the_distance_from_the_sampler() -> None:
    ratios = torch.tensor([[1.0, 2.0, 0.5], [4.0, 1.0, 9.0]])
    sampling = torch.tensor([[-1.0, -2.0, -3.0], [-2.0, torch.nan, -1.0]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    found = sampling_measures(sampling + ratios.log(), sampling, mask, lambda one: one)
    counted = np.array([1.0, 2.0, 0.5, 4.0])  # without the masked one and the one of no log-probability
    assert found["sampling/kl"] == pytest.approx(np.mean(counted - np.log(counted) - 1))
    assert [found[f"sampling/ratio/{name}"] for name in ("p01", "p50", "p99")] == pytest.approx(
        [0.5, 2.0, 4.0]
    )
    assert sampling_measures(sampling, sampling, mask * 0, lambda one: one) == {}
