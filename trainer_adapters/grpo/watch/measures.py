"""Measures of a batch: its learning signal, and the progress of the policy.

They are logged beside TRL's own metrics. Left out: their interpretation, in
:mod:`trainer_adapters.grpo.watch.alarms`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from rewards.text.ngrams import repetitions_in_each
from rewards.text.scripts import script_share
from trainer_adapters.grpo.techniques.masking import EQUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["GIBBERISH", "batch_measures", "sampling_measures", "text_measures", "text_rows", "token_measures"]

GIBBERISH = -2.0
"""Mean log-probability below which a right answer counts as luck, after gibberish."""

STRETCH, GIBBERISH_STRETCH = 32, -4.0
"""Tokens in a row, and their mean log-probability below which it does so too, whatever stands around them.

The mean of prose sampled at temperature 1 is about -2.5, and its least likely stretch stays above -4; tokens
without sense have -6 and less."""


GRAM, FEW = 8, 0.05


def batch_measures(
    rewards: torch.Tensor, right: torch.Tensor, lengths: torch.Tensor, size: int
) -> dict[str, float]:
    """Return shares of groups and of completions, of all processes.

    - `groups/all_right`, `groups/all_wrong`: groups whose judged completions are all right, or all wrong;
    - `groups/informative`: groups with some right and some wrong, the effective share of the batch;
    - `groups/zero_std`: groups whose judged rewards are equal;
    - `accuracy`, `not_judged`: shares of completions;
    - `length/mean`, `length/p95`: in tokens.

    Args:
        rewards: (N,), NaN where not judged.
        right: (N,), 1, 0 or NaN.
        lengths: (N,), tokens of each completion.
        size: G.
    """
    # Plain numbers: a step of torch takes as long as a row does here, and on a GPU each number is waited for.
    totals, answers = _judged(rewards, size), _judged(right, size)
    tokens = lengths.tolist()
    found = {
        "groups/zero_std": _share(not group or max(group) - min(group) <= EQUAL for group in totals),
        "not_judged": 1 - sum(map(len, totals)) / len(tokens),
        "length/mean": sum(tokens) / len(tokens),
        "length/p95": _quantile(tokens, 0.95),
    }
    if any(answers):
        found |= {
            "groups/all_right": _share(bool(group) and min(group) == 1 for group in answers),
            "groups/all_wrong": _share(bool(group) and max(group) == 0 for group in answers),
            "groups/informative": _share(bool(group) and min(group) < max(group) for group in answers),
            "accuracy": sum(map(sum, answers)) / sum(map(len, answers)),
        }
    return found


def _judged(values: torch.Tensor, size: int) -> list[list[float]]:
    """Return the values of each group that are not NaN."""
    groups: list[list[float]] = values.view(-1, size).tolist()
    return [[one for one in group if not math.isnan(one)] for group in groups]


def _quantile(values: Sequence[float], at: float) -> float:
    """Return `numpy.quantile(values, at)`, which takes forty times as long for a batch."""
    ordered = sorted(values)
    low, part = divmod(at * (len(ordered) - 1), 1)
    below, above = ordered[int(low)], ordered[math.ceil(at * (len(ordered) - 1))]
    return below + part * (above - below)


def _share(which: Iterable[float]) -> float:
    listed = list(which)
    return sum(listed) / len(listed)


def text_measures(completion_ids: Sequence[Sequence[int]], texts: Sequence[str]) -> dict[str, float]:
    """Return one process's `repetition`, the mean share of token 8-grams seen before, and `mixing`.

    `mixing` is the share of completions in which Chinese characters are neither few nor nearly all.
    """
    repetition, mixing = text_rows(completion_ids, texts)
    return {"repetition": sum(repetition) / len(texts), "mixing": sum(mixing) / len(texts)}


def text_rows(
    completion_ids: Sequence[Sequence[int]], texts: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Return `repetition` and `mixing` of each completion."""
    long = [np.asarray(ids, dtype=np.int64) for ids in completion_ids if len(ids) > GRAM]
    counts = iter(repetitions_in_each(long, GRAM))
    repetition = [
        len(next(counts)) / (len(ids) - GRAM + 1) if len(ids) > GRAM else 0.0 for ids in completion_ids
    ]
    mixing = [float(not text.isascii() and FEW < script_share(text, "Han") < 1 - FEW) for text in texts]
    return repetition, mixing


def token_measures(
    logps: torch.Tensor,
    mask: torch.Tensor,
    right: torch.Tensor,
    gather: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, float]:
    """Return one pass's `logprob` (the mean over tokens) and `gibberish` (a share of the right answers).

    Gibberish is a completion, or 32 tokens in a row within it, whose mean log-probability is very low: a page
    of sense hides a line of nonsense from the mean of all its tokens.

    Args:
        logps: (B, T).
        mask: (B, T).
        right: (B,), 1, 0 or NaN.
        gather: concatenates a tensor of all processes.
    """
    lengths = mask.sum(dim=1)
    means = (logps * mask).sum(dim=1) / lengths.clamp(min=1)
    nonsense = (means < GIBBERISH) | (_least_likely_stretch(logps, mask) < GIBBERISH_STRETCH)
    columns = [means.float(), lengths.float(), right.float(), nonsense.float()]
    rows = gather(torch.stack(columns, dim=1)).tolist()
    scored = [row for row in rows if row[1] > 0]
    if not scored:
        return {}
    found = {"logprob": sum(mean * length for mean, length, *_ in scored) / sum(row[1] for row in scored)}
    if of_right := [is_nonsense for *_, is_right, is_nonsense in scored if is_right == 1]:
        found["gibberish"] = _share(of_right)
    return found


QUANTILES = {"p01": 0.01, "p50": 0.5, "p99": 0.99}


def sampling_measures(
    logps: torch.Tensor,
    sampling_logps: torch.Tensor,
    mask: torch.Tensor,
    gather: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, float]:
    """Return one pass's distance of the policy from the sampler, over the tokens that count.

    - `sampling/kl`: the KL divergence of the sampler from the policy, by the estimator k3;
    - `sampling/ratio/p01`, `p50`, `p99`: quantiles of pi / pi_sampler, the mean of those of all processes.

    Args:
        logps: (B, T), of the policy.
        sampling_logps: (B, T), of the sampler; NaN where it gave none.
        mask: (B, T).
        gather: concatenates a tensor of all processes.
    """
    gap = (logps - sampling_logps)[(mask > 0) & ~sampling_logps.isnan()].double()
    ratio = gap.exp()
    sums = [float(len(gap)), (ratio - gap - 1).sum().item()]
    # Nearest ranks, by a sort: torch.quantile has a bound of sixteen million values.
    ranked = ratio.sort().values
    found = [ranked[round(at * (len(gap) - 1))].item() if len(gap) else math.nan for at in QUANTILES.values()]
    rows = gather(torch.tensor([[*sums, *found]], dtype=torch.float64, device=logps.device))
    if not (tokens := rows[:, 0].sum().item()):
        return {}
    middle = rows[:, 2:].nanmean(dim=0).tolist()
    return {
        "sampling/kl": rows[:, 1].sum().item() / tokens,
        **{f"sampling/ratio/{name}": value for name, value in zip(QUANTILES, middle, strict=True)},
    }


def _least_likely_stretch(logps: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the least mean log-probability of so many tokens in a row, (B,); infinity without such a row."""
    if logps.shape[1] < STRETCH:
        return torch.full((len(logps),), math.inf, device=logps.device)

    def totals(values: torch.Tensor) -> torch.Tensor:
        sums = torch.nn.functional.pad(values.double().cumsum(dim=1), (1, 0))
        return sums[:, STRETCH:] - sums[:, :-STRETCH]

    means = totals(logps * mask) / STRETCH
    return means.masked_fill(totals(mask) < STRETCH, math.inf).amin(dim=1)
