"""What is watched while training: measures, alarms on them, the log, the table and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import TrainerCallback

    from trainer_adapters.grpo.config import TrainConfig
    from trainer_adapters.grpo.recipe import TrainedRecipe

__all__ = ["callbacks"]


def callbacks(config: TrainConfig, recipe: TrainedRecipe) -> list[TrainerCallback]:
    """What watches a run, as its file says."""
    # transformers and matplotlib take seconds.
    from trainer_adapters.grpo.watch.dashboard import Dashboard  # noqa: PLC0415
    from trainer_adapters.grpo.watch.log import JsonLog  # noqa: PLC0415
    from trainer_adapters.grpo.watch.report import Report  # noqa: PLC0415
    from trainer_adapters.grpo.watch.watcher import Watcher  # noqa: PLC0415

    logging = config.logging
    found: list[TrainerCallback] = [JsonLog(config, lambda: recipe.digest)] if logging.jsonl else []
    found.append(Watcher(config))  # after the log, which it reads and adds to
    if logging.dashboard:
        found.append(Dashboard())
    if logging.report and logging.jsonl:
        found.append(Report(config))
    return found
