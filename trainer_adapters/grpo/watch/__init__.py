"""Monitoring of a run: measures, alarms on them, the log, the table and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.errors import TouchstoneError

if TYPE_CHECKING:
    from transformers import TrainerCallback
    from transformers.trainer_callback import CallbackHandler

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.watch.alarms import Alarm

__all__ = ["StoppedError", "callbacks", "guard_trackers", "stopped_by"]


class StoppedError(TouchstoneError):
    """An alarm ended the run as failed: its weights are of no use, and are not saved."""


def callbacks(config: TrainConfig, recipe: TrainedRecipe) -> list[TrainerCallback]:
    """Return the callbacks that monitor a run, as its file configures them."""
    # transformers and matplotlib take seconds.
    from trainer_adapters.grpo.watch.dashboard import Dashboard  # noqa: PLC0415
    from trainer_adapters.grpo.watch.harmless import harmless  # noqa: PLC0415
    from trainer_adapters.grpo.watch.log import JsonLog  # noqa: PLC0415
    from trainer_adapters.grpo.watch.report import Report  # noqa: PLC0415
    from trainer_adapters.grpo.watch.watcher import Watcher  # noqa: PLC0415

    logging = config.logging
    found: list[TrainerCallback] = []
    if logging.jsonl:
        found.append(harmless(JsonLog(config, lambda: recipe.digest), "logging.jsonl"))
    found.append(
        harmless(Watcher(config, recipe.rewards), "watch")
    )  # after the log, which it reads and adds to
    if logging.dashboard:
        found.append(harmless(Dashboard(), "logging.dashboard"))
    if logging.report and logging.jsonl:
        found.append(harmless(Report(config), "logging.report"))
    return found


def guard_trackers(handler: CallbackHandler) -> None:
    """Keep failures of trackers (of a network, a login, a disk) from ending the run."""
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK  # noqa: PLC0415

    from trainer_adapters.grpo.watch.harmless import harmless  # noqa: PLC0415

    names = {kind: name for name, kind in INTEGRATION_TO_CALLBACK.items()}
    for callback in handler.callbacks:
        if type(callback) in names:
            harmless(callback, f"logging.{names[type(callback)]}")


def stopped_by(handler: CallbackHandler) -> Alarm | None:
    """Return the alarm that ended the run, if one did."""
    from trainer_adapters.grpo.watch.watcher import Watcher  # noqa: PLC0415

    return next((one.stopped for one in handler.callbacks if isinstance(one, Watcher)), None)
