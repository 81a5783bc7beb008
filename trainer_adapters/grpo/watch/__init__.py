"""What is watched while training: measures, alarms on them, the log, the table, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import TrainerCallback

    from trainer_adapters.grpo.config import TrainConfig

__all__ = ["callbacks"]


def callbacks(config: TrainConfig) -> list[TrainerCallback]:
    """What watches a run, as its file says."""
    from trainer_adapters.grpo.watch.log import JsonLog  # noqa: PLC0415  # transformers takes seconds

    return [JsonLog(config)] if config.logging.jsonl else []
