"""Logs of healthy and sick runs, drawn from a seed: what `log.jsonl` would hold, without a model.

Each kind of run is a function of a generator that draws its own level, speed and noise, so that no two runs
of a kind are alike. Batches make the noise: of a length it is 1 to 12 %, of a reward what so many completions
give, and part of it stays from step to step. `held_out` draws from wider ranges, and with heavier tails, than
those that the detectors were developed on. Left out: what a sick run does to metrics that are not its sign.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Series = NDArray[np.float64]
    Maker = Callable[["Draw"], Mapping[str, Series]]

__all__ = ["HEALTHY", "SICK", "Draw", "Sick", "lines_of"]

STEPS = 300

ONSET = 60
"""The step at which a run becomes sick."""


@dataclasses.dataclass(frozen=True)
class Draw:
    """The generator of one run."""

    random: np.random.Generator

    held_out: bool = False
    """True for ranges and tails that no detector was developed on."""

    steps: int = STEPS

    @property
    def step(self) -> Series:
        """The number of each step, from 0."""
        return np.arange(self.steps, dtype=np.float64)

    def between(self, low: float, high: float) -> float:
        """Draw a number of a range, which is a quarter wider at both ends where it is held out."""
        more = 0.25 * (high - low) if self.held_out else 0.0
        least = low - more if low < 0 else max(low - more, low / 2)
        return float(self.random.uniform(least, high + more))

    def noise(self, size: float, stays: float = 0.0) -> Series:
        """Return noise of a standard deviation, of which a share stays from one step to the next."""
        shape = self.steps
        fresh = (
            self.random.standard_t(5, shape) / np.sqrt(5 / 3)
            if self.held_out
            else self.random.standard_normal(shape)
        )
        found = np.empty(shape)
        last = float(fresh[0])
        for at, one in enumerate(fresh):
            last = stays * last + np.sqrt(1 - stays**2) * one if at else float(one)
            found[at] = last
        return size * found

    def since(self, onset: float, over: float) -> Series:
        """Return a ramp from 0 at a step to 1 `over` steps later."""
        return np.clip((self.step - onset) / over, 0, 1)


def _whole(
    draw: Draw, *, accuracy: Series, length: Series, noise: float = 0.02, format_: float = 0.5
) -> dict[str, Series]:
    """Return the metrics of a run by its accuracy and length, with the noise of a batch."""
    shown = np.clip(accuracy + draw.noise(noise, 0.2), 0, 1)
    groups = 8
    ones = np.ones(draw.steps)
    learnt = np.minimum(1, 0.4 + draw.step / 40)
    return {
        "loss": draw.noise(0.01),
        "grad_norm": draw.between(0.1, 0.6) * np.exp(draw.noise(0.2, 0.3)),
        "accuracy": shown,
        "reward": shown + format_ * learnt - np.abs(draw.noise(0.01)),
        "rewards/correctness/mean": shown,
        "rewards/correctness/std": np.sqrt(shown * (1 - shown)) + 1e-3,
        "rewards/format/mean": 0.5 * learnt,
        "rewards/format/std": np.maximum(0.0, 0.3 - draw.step / 200),
        "groups/all_right": np.clip(accuracy**groups + draw.noise(0.02), 0, 1),
        "groups/all_wrong": np.clip((1 - accuracy) ** groups + draw.noise(0.02), 0, 1),
        "groups/zero_std": np.clip(accuracy**groups + (1 - accuracy) ** groups + draw.noise(0.02), 0, 1),
        "not_judged": np.clip(draw.noise(0.005), 0, 1),
        "completions/clipped_ratio": np.clip(draw.between(0, 0.1) + draw.noise(0.01), 0, 1),
        "length/mean": length,
        "entropy": draw.between(0.05, 0.1)
        + draw.between(0.2, 0.9) * np.exp(-draw.step / draw.between(150, 600) + draw.noise(0.03, 0.3)),
        "logprob": -draw.between(0.2, 0.8) * ones + draw.noise(0.02),
        "gibberish": np.clip(draw.noise(0.01), 0, 1),
        "repetition": np.clip(draw.between(0, 0.08) + draw.noise(0.01), 0, 1),
        "mixing": np.clip(draw.noise(0.005), 0, 1),
    }


def _length(draw: Draw, shape: Series, noise: float | None = None, stays: float | None = None) -> Series:
    """Return a length of this shape, with the noise of a batch."""
    size = draw.between(0.01, 0.04) if noise is None else noise
    kept = draw.between(0.0, 0.4) if stays is None else stays
    return draw.between(150, 1500) * shape * np.exp(draw.noise(size, kept))


def _learning(draw: Draw) -> Series:
    first, gain = draw.between(0.15, 0.45), draw.between(0.1, 0.4)
    return first + gain * (1 - np.exp(-draw.step / draw.between(40, 150)))


def _level(draw: Draw) -> Series:
    return np.full(draw.steps, draw.between(0.35, 0.65))


def flat(draw: Draw) -> dict[str, Series]:
    """A good base, whose reward and length do not move."""
    return _whole(draw, accuracy=_level(draw), length=_length(draw, np.ones(draw.steps)))


def growing(draw: Draw) -> dict[str, Series]:
    """Longer answers all along, whether they earn more or not."""
    shape = 1 + draw.between(0.1, 3.0) * draw.step / draw.steps
    accuracy = _learning(draw) if draw.random.random() < 0.7 else _level(draw)
    return _whole(draw, accuracy=accuracy, length=_length(draw, shape))


def stopping(draw: Draw) -> dict[str, Series]:
    """First the policy learns to stop, and then it may think longer again."""
    shape = 1 + draw.between(0.5, 3.0) * np.exp(-draw.step / draw.between(8, 40))
    shape *= 1 + draw.between(0.0, 1.0) * np.clip(draw.step / draw.steps - 0.2, 0, 1)
    made = _whole(draw, accuracy=_learning(draw), length=_length(draw, shape))
    made["completions/clipped_ratio"] = np.clip(0.7 * np.exp(-draw.step / 6) + draw.noise(0.02), 0, 1)
    return made


def shrinking(draw: Draw) -> dict[str, Series]:
    """Shorter answers all along, by a price on length, say."""
    shape = 1 - draw.between(0.2, 0.7) * draw.step / draw.steps
    return _whole(draw, accuracy=_learning(draw), length=_length(draw, shape))


def noisy(draw: Draw) -> dict[str, Series]:
    """Small batches: much noise in everything, some of which stays for some steps."""
    accuracy = _learning(draw) if draw.random.random() < 0.5 else _level(draw)
    length = _length(draw, np.ones(draw.steps), draw.between(0.05, 0.12), draw.between(0.0, 0.6))
    return _whole(draw, accuracy=accuracy, length=length, noise=draw.between(0.05, 0.1))


def staged(draw: Draw) -> dict[str, Series]:
    """A window that is widened twice, with a dip of the reward each time."""
    shape, accuracy = np.ones(draw.steps), _learning(draw)
    for at in (draw.between(70, 110), draw.between(170, 220)):
        shape *= 1 + draw.between(0.2, 0.6) * draw.since(at, 15)
        accuracy -= draw.between(0.02, 0.08) * (draw.step >= at) * np.exp(-np.maximum(draw.step - at, 0) / 20)
    return _whole(draw, accuracy=accuracy, length=_length(draw, shape))


def hard(draw: Draw) -> dict[str, Series]:
    """Hard prompts: the format is learnt at once, right answers come late."""
    late = 1 / (1 + np.exp(-(draw.step - draw.between(60, 140)) / draw.between(15, 40)))
    accuracy = draw.between(0.04, 0.1) + draw.between(0.15, 0.4) * late
    return _whole(draw, accuracy=accuracy, length=_length(draw, 1 + late), format_=draw.between(0.1, 0.5))


HEALTHY: dict[str, Maker] = {
    one.__name__: one for one in (flat, growing, stopping, shrinking, noisy, staged, hard)
}
"""Kinds of healthy runs, by name."""


@dataclasses.dataclass(frozen=True)
class Sick:
    """A kind of sick run, and the alarm that is for it."""

    alarm: str

    make: Maker

    onset: int = ONSET
    """The step from which delays are counted."""


def _swinging(amplitude: float, noise: tuple[float, float] = (0.01, 0.04)) -> Maker:
    """Return runs whose length swings; held out, it rises fast and falls slowly."""

    def make(draw: Draw) -> dict[str, Series]:
        period = draw.between(35, 90)
        phase = 2 * np.pi * (draw.step - ONSET) / period + draw.between(-0.5, 0.5)
        wave = np.sin(phase + 0.5 * np.sin(phase) * draw.held_out) * draw.since(ONSET, 1)
        length = _length(draw, 1 + amplitude * wave, draw.between(*noise))
        lead = np.roll(wave, -int(period / 6))
        return _whole(draw, accuracy=_level(draw) + 0.1 * amplitude * lead, length=length)

    return make


def _peaking(draw: Draw) -> dict[str, Series]:
    fall = draw.between(0.08, 0.3) * draw.since(ONSET, draw.between(80, 180))
    shape = 1 + draw.between(0.4, 2.0) * draw.step / draw.steps
    return _whole(
        draw,
        accuracy=_level(draw) - fall + 0.2 * np.minimum(draw.step / ONSET, 1),
        length=_length(draw, shape),
    )


def _trap(*, tiers: bool) -> Maker:
    def make(draw: Draw) -> dict[str, Series]:
        accuracy = np.full(draw.steps, draw.between(0.0, 0.1 if tiers else 0.15))
        accuracy *= 1 if not tiers else 1 - draw.since(ONSET - 30, 30)
        made = _whole(draw, accuracy=accuracy, length=_length(draw, np.ones(draw.steps)), noise=0.01)
        learnt = draw.since(draw.between(5, 30), draw.between(10, 30))
        partial = draw.between(0.1, 0.5) * learnt
        jitter = np.zeros(draw.steps) if tiers else draw.noise(0.01, 0.3)
        made["reward"] = made["accuracy"] + partial + jitter
        made["groups/zero_std"] = (
            np.clip(draw.since(20, 30) - np.abs(draw.noise(0.01)), 0, 1) if tiers else np.zeros(draw.steps)
        )
        return made

    return make


def _moved(name: str, to: tuple[float, float], *, factor: bool = False, over: float = 30) -> Maker:
    """Return runs whose metric moves to a level between these two."""

    def make(draw: Draw) -> dict[str, Series]:
        made = flat(draw)
        ramp = draw.since(ONSET, draw.between(over / 3, over))
        goal = draw.between(*to) * (made[name] if factor else 1)
        made[name] = (1 - ramp) * made[name] + ramp * (goal + draw.noise(0.01 * abs(to[1])) * (not factor))
        return made

    return make


def _endless(draw: Draw) -> dict[str, Series]:
    made = _moved("repetition", (0.5, 0.9))(draw)
    ramp = draw.since(ONSET, 30)
    made["length/mean"] = made["length/mean"] * (1 + 3 * ramp)
    made["completions/clipped_ratio"] = np.clip((1 - ramp) * 0.05 + 0.97 * ramp, 0, 1)
    return made


def _unending(draw: Draw) -> dict[str, Series]:
    made = flat(draw)
    made["completions/clipped_ratio"] = np.ones(draw.steps)
    return made


def _not_finite(name: str, value: float) -> Maker:
    def make(draw: Draw) -> dict[str, Series]:
        made = flat(draw)
        made[name] = np.where(draw.step >= ONSET, value, made[name])
        return made

    return make


def _without_gradient(**signs: float) -> Maker:
    def make(draw: Draw) -> dict[str, Series]:
        made = flat(draw)
        sick = draw.step >= ONSET
        for name, value in {"grad_norm": 0.0, "loss": 0.0, **signs}.items():
            metric = name.replace("__", "/")
            made[metric] = np.where(sick, value, made.get(metric, np.zeros(draw.steps)))
        return made

    return make


def _idle_term(draw: Draw) -> dict[str, Series]:
    made = flat(draw)
    value = float(draw.random.choice([0.0, 0.25, 1.0]))
    return {
        **made,
        "rewards/extra/mean": np.full(draw.steps, value),
        "rewards/extra/std": np.zeros(draw.steps),
    }


SICK: dict[str, Sick] = {
    **{
        f"length swings by {percent} %": Sick("length_oscillation", _swinging(percent / 100))
        for percent in (15, 20, 30, 40, 60)
    },
    "length swings by 40 %, small batches": Sick("length_oscillation", _swinging(0.4, (0.05, 0.1))),
    "reward falls, length grows": Sick("reward_before_length", _peaking),
    "trap of bare tiers": Sick("reward_trap", _trap(tiers=True), 50),
    "trap with a continuous term": Sick("reward_trap", _trap(tiers=False), 60),
    "endless repetition": Sick("repetition", _endless),
    "endless repetition, cut off": Sick("truncated", _endless),
    "no end ever": Sick("no_eos", _unending, 0),
    "gibberish": Sick("gibberish", _moved("gibberish", (0.4, 0.8))),
    "noise": Sick("unlikely", _moved("logprob", (-6.0, -4.0))),
    "entropy collapses": Sick("entropy_collapse", _moved("entropy", (0.002, 0.012))),
    "entropy explodes": Sick("entropy_explosion", _moved("entropy", (7.0, 12.0), factor=True)),
    "NaN loss": Sick("not_finite", _not_finite("loss", np.nan)),
    "infinite gradient": Sick("not_finite", _not_finite("grad_norm", np.inf)),
    "no gradient: equal rewards": Sick("no_gradient", _without_gradient(groups__zero_std=1.0)),
    "no gradient: all masked": Sick("no_gradient", _without_gradient(entropy=np.nan, logprob=np.nan)),
    "no gradient: all clipped": Sick("no_gradient", _without_gradient(clip_ratio__region_mean=1.0)),
    "a term that never differs": Sick("idle_term", _idle_term, 0),
    "too easy": Sick("all_right", _moved("groups/all_right", (0.7, 0.95))),
    "too hard": Sick("all_wrong", _moved("groups/all_wrong", (0.88, 0.97))),
    "equal rewards": Sick("no_signal", _moved("groups/zero_std", (0.88, 0.97))),
    "not judged": Sick("not_judged", _moved("not_judged", (0.2, 0.6))),
    "two scripts": Sick("mixing", _moved("mixing", (0.4, 0.7))),
}
"""Kinds of sick runs, by name."""


def lines_of(make: Maker, seed: int, *, held_out: bool = False) -> list[dict[str, float]]:
    """Return the lines of one run of a kind."""
    made = make(Draw(np.random.default_rng(seed), held_out))
    columns = {"step": np.arange(1, STEPS + 1, dtype=np.float64), **made}
    names = list(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*(columns[name].tolist() for name in names), strict=True)
    ]
