"""Random rewards and tokens, some of which are not judged or not written by the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_tokens(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    draw = np.random.default_rng(seed)
    logps = -draw.exponential(1.0, size=(6, 9))
    old = logps + 0.3 * draw.standard_normal((6, 9))
    mask = (np.arange(9) < draw.integers(1, 10, size=(6, 1))).astype(float)
    mask[0, 2] = 0.0  # a token that a tool wrote
    return logps, old, mask


G = 5


def random_rewards(seed: int) -> NDArray[np.float32]:
    """Groups of G: mixed, all equal, partly and wholly unjudged, one judged alone."""
    draw = np.random.default_rng(seed)
    rewards = draw.choice([0.0, 0.1, 1.0, 2.5], size=(7, G)).astype(np.float32)
    rewards[1] = 1.0
    rewards[2, draw.integers(G)] = np.nan
    rewards[3] = np.nan
    rewards[4, 1:] = np.nan
    rewards[5] = 1.0 + 1e-3 * draw.standard_normal(G)  # all right, apart from a small term
    return rewards.reshape(-1)
