"""Go on from a checkpoint: the newest whole one, and how recipe, settings and data differ from those it had.

The output folder holds what a run was started with. A setting that a checkpoint has of its own (the policy,
the optimizer and its rates) would have no effect if it were changed, and is refused; any other difference
takes effect, and one line reports it. Left out: what does not change the experiment (launch, logs, alarms,
addresses of servers, the number of steps).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from datasets import Dataset

    from trainer_adapters.grpo.recipe import TrainedRecipe
    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["OTHERWISE", "changes", "last_checkpoint", "record", "refuse_kept_settings", "step_of"]

OTHERWISE = "to begin anew, name another checkpoints.output_dir or set checkpoints.resume: false"

SETTINGS = "settings.json"

DIFFERENCES = {
    "recipe.json": "by another recipe, and the run goes on by the new one",
    SETTINGS: "with other settings, and the run goes on with the new ones",
    "data.json": "on other data, and the run goes on with the new data",
}
"""Files in the output folder with what a run was started with, and how a difference is reported."""

KEPT = (
    "model.path",
    "model.revision",
    "model.lora",
    "training.learning_rate",
    "training.weight_decay",
    "training.adam_beta1",
    "training.adam_beta2",
    "trl.optim",
    "trl.optim_args",
    "trl.adam_epsilon",
    "trl.model_init_kwargs.quantization_config",
)
"""Settings whose values a checkpoint has of its own: weights, and the optimizer with its rates."""

FREE = {
    "checkpoints": None,
    "data": ("path", "dataset", "configuration", "split", "columns", "gold_after", "bad_golds", "limit"),
    "launch": None,
    "logging": None,
    "preset": None,
    "reward": ("recipe", "recipe_digest", "server", "timeout", "patience", "token_file", "on_failure"),
    "training": (
        "max_steps",
        "num_train_epochs",
        "prompts_per_generation",
        "updates_per_generation",
        "tokens_per_pass",
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "steps_per_generation",
    ),
    "watch": None,
}
"""Settings that are not compared, by section; None for all of it. Recipe, rows and batches are compared."""

_LISTED = 5
"""Max number of differences that a message lists."""


def last_checkpoint(folder: Path, before: float = math.inf) -> Path | None:
    """Return the newest complete checkpoint (of a step before this); one that a kill cut short is skipped."""
    found = [
        path
        for path in folder.glob("checkpoint-*")
        # The trainer's state is written last.
        if path.name.partition("-")[2].isdecimal() and (path / "trainer_state.json").exists()
    ]
    return max((path for path in found if step_of(path) < before), key=step_of, default=None)


def step_of(checkpoint: Path) -> int:
    """Return the optimizer steps before a checkpoint."""
    return int(checkpoint.name.partition("-")[2])


def refuse_kept_settings(config: TrainConfig, checkpoint: Path) -> None:
    """Raise for settings that are not those of the checkpoint, whose own values a resumed run keeps.

    Raises:
        ConfigError: with each such setting.
    """
    before = _read(checkpoint.parent / SETTINGS) or {}
    recorded = [name for name in KEPT if isinstance(before.get(name.partition(".")[0]), Mapping)]
    had, has = ({name: _at(tree, name) for name in recorded} for tree in (before, _settings(config)))
    if found := changes(had, has):
        message = (
            f"{checkpoint.parent}: {checkpoint.name} has a policy and an optimizer of its own, so that these "
            f"would have no effect: {_listed(found)}. Set them back; {OTHERWISE}"
        )
        raise ConfigError(message)


def record(config: TrainConfig, recipe: TrainedRecipe, rows: Dataset, *, resumed: Path | None) -> None:
    """Write down what a run starts with; where it resumes with other things, a line reports each kind."""
    folder = config.checkpoints.output_dir
    folder.mkdir(parents=True, exist_ok=True)
    for (name, said), now in zip(
        DIFFERENCES.items(), (recipe.written_down(), _settings(config), _data(rows)), strict=True
    ):
        before = _read(folder / name)
        if resumed is not None and before is not None and (found := changes(before, now)):
            click.echo(
                f"{folder}: {resumed.name} was trained {said}: {_listed(found)}. {_SENTENCE}", err=True
            )
        (folder / name).write_text(json.dumps(now, indent=1) + "\n", "utf-8")


_SENTENCE = OTHERWISE[0].upper() + OTHERWISE[1:]


def _settings(config: TrainConfig) -> dict[str, Any]:
    """Return the settings that are compared."""
    whole = config.model_dump(
        mode="json",
        exclude={name: True if inner is None else set(inner) for name, inner in FREE.items()},
    )
    path = Path(config.model.path)
    whole["model"]["path"] = str(path.resolve()) if path.exists() else config.model.path
    layout = config.layout
    whole["training"] |= {
        "completions_per_generation": layout.completions_per_generation,
        "updates_per_generation": layout.steps_per_generation / layout.gradient_accumulation_steps,
    }
    plain: dict[str, Any] = json.loads(json.dumps(whole, default=str))
    return plain


def _data(rows: Dataset) -> dict[str, object]:
    """Return the number of prompts, their columns, and a digest of all that is in them."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, default=str).encode())
    return {"prompts": len(rows), "columns": sorted(rows.column_names), "sha256": digest.hexdigest()[:16]}


def _read(path: Path) -> Mapping[str, object] | None:
    """Return what a run before has written; None if it has not, or it is damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def _at(tree: object, name: str) -> object:
    for part in name.split("."):
        tree = tree.get(part) if isinstance(tree, Mapping) else None
    return tree


def _listed(found: list[str]) -> str:
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f"{'; '.join(found[:_LISTED])}{more}"


def changes(before: object, after: object, where: str = "") -> list[str]:
    """Return one phrase for each difference between two trees of plain data.

    >>> changes({"sum": [{"weight": 1.0}, 2]}, {"sum": [{"weight": 10.0}]})
    ['sum[0].weight was 1.0 and is 10.0', 'sum[1] was 2 and is gone']
    """
    pairs: list[tuple[str, object, object]] = []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = list(dict.fromkeys([*before, *after]))
        pairs = [(f".{name}", before.get(name, _GONE), after.get(name, _GONE)) for name in names]
    elif isinstance(before, list) and isinstance(after, list):
        both = itertools.zip_longest(before, after, fillvalue=_GONE)
        pairs = [(f"[{at}]", old, new) for at, (old, new) in enumerate(both)]
    elif before == after:
        return []
    else:
        return [f"{where.removeprefix('.')} {_phrase(before, after)}"]
    return [line for step, old, new in pairs for line in changes(old, new, where + step)]


_GONE = object()


def _phrase(before: object, after: object) -> str:
    if before is _GONE:
        return f"is new: {reprlib.repr(after)}"
    return f"was {reprlib.repr(before)} and is {'gone' if after is _GONE else reprlib.repr(after)}"
