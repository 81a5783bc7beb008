"""Rewards that recipes of tests name by dotted path: some fail, one compares a group, one reads prompts."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
import warnings
from binascii import crc_hqx
from pathlib import Path

import numpy as np

from rewards import Batch, Context, Evaluation, GroupReward, Reward


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failing(Reward):
    """Raises an error that quotes the completion."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        message = f"cannot cope with {batch[0].completion if len(batch) else 'nothing'}"
        if len(batch):
            raise ValueError(message)
        return Evaluation([])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Careless(Reward):
    """Gives 1, and has the completion told in every way in which Python tells of trouble."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        for rollout in batch:
            said = f"careless {rollout.completion}"
            warnings.warn(said, stacklevel=1)
            thread = threading.Thread(target=_fail, args=(said,))
            thread.start()
            thread.join()
            try:
                _fail(said)
            except ValueError as error:
                logging.getLogger("careless").exception("it failed with %s", error)  # noqa: TRY401
        return Evaluation([1.0] * len(batch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Boundless(Reward):
    """Gives what no reward may give."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([float("inf")] * len(batch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gated(Reward):
    """1 where the completion is `right`; one that is `wait` waits until the file `gate` is there."""

    gate: str

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        while any(rollout.completion == "wait" for rollout in batch) and not Path(self.gate).exists():
            time.sleep(0.05)
        return Evaluation([float(rollout.completion == "right") for rollout in batch])


def _fail(said: str) -> None:
    raise ValueError(said)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shortest(GroupReward):
    """1 for the shortest completions of a group, else 0."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        values = np.zeros(len(batch))
        lengths = np.asarray([len(rollout.completion) for rollout in batch], dtype=np.intp)
        for rows in self.groups(batch):
            values[rows] = lengths[rows] == lengths[rows].min()
        return Evaluation(values)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PromptSum(Reward):
    """A checksum of 16 bits of the prompt's text, which float32 holds."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([float(crc_hqx(rollout.prompt.encode(), 0)) for rollout in batch])
