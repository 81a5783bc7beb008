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


def zipf(exponent: float) -> np.ndarray:
    """Log-probabilities of 20,000 tokens by Zipf's law."""
    logps = -exponent * np.log(np.arange(1, 20_001))
    return np.asarray(logps - np.log(np.exp(logps).sum()))


LAWS = [zipf(exponent) for exponent in np.linspace(8, 0, 80)]
ENTROPIES = [float(-(np.exp(law) * law).sum()) for law in LAWS]


def sampled_logps(entropies: list[float], seed: int) -> list[float]:
    """Log-probabilities of sampled tokens, each by the law whose entropy in nats is next to the one given."""
    draw = np.random.default_rng(seed)
    laws = [LAWS[int(np.abs(np.subtract(ENTROPIES, one)).argmin())] for one in entropies]
    return [float(law[np.searchsorted(np.exp(law).cumsum(), draw.random() * 0.999)]) for law in laws]


@pytest.mark.parametrize("seed", range(4))
def test_measures_find_a_line_of_nonsense_between_pages_of_sense(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sense = [float(draw.choice([0.05, 0.3, 1.0, 2.5], p=[0.5, 0.3, 0.15, 0.05])) for _ in range(800)]
    prose = [float(draw.uniform(0.5, 4.5)) for _ in range(800)]  # 2.5 on average
    nonsense = [float(draw.uniform(6.5, 9.0)) for _ in range(48)]
    kinds = {
        "sense": sense,
        "prose": prose,
        "sense with nonsense": sense[:400] + nonsense + sense[400:],
        "prose with nonsense": prose[:100] + nonsense + prose[100:300],
        "sense with a few odd tokens": sense[:400] + nonsense[:10] + sense[400:],
        "nonsense": nonsense[:20],
    }
    shares, means = {}, {}
    for at, (kind, entropies) in enumerate(kinds.items()):
        logps = torch.tensor([sampled_logps(entropies, 10 * seed + at)])
        padded = torch.nn.functional.pad(logps, (0, 100), value=-20.0)
        mask = torch.nn.functional.pad(torch.ones_like(logps), (0, 100))
        found = token_measures(padded, mask, torch.ones(1), lambda one: one)
        shares[kind], means[kind] = found["gibberish"], found["logprob"]
    assert shares["sense"] == shares["sense with a few odd tokens"] == 0
    assert shares["sense with nonsense"] == shares["prose with nonsense"] == shares["nonsense"] == 1
    assert means["sense with nonsense"] > -1.5  # by which it would not be found


def test_measures_take_no_stretch_across_tokens_that_do_not_count() -> None:
    logps = torch.full((1, 60), -0.5)
    logps[0, 10:40] = -9.0
    mask = torch.ones(1, 60, dtype=torch.long)
    assert token_measures(logps, mask, torch.ones(1), lambda one: one)["gibberish"] == 1
    mask[0, 8:42] = 0  # what a tool wrote
    assert token_measures(logps, mask, torch.ones(1), lambda one: one)["gibberish"] == 0
    assert token_measures(logps[:, :31], mask[:, :31], torch.ones(1), lambda one: one)["gibberish"] == 0
