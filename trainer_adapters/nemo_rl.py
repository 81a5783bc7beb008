r"""NeMo-RL: a recipe as an environment.

Register it before `create_env`, and name it in the configuration::

    from trainer_adapters.nemo_rl import register

    register("touchstone")

    env:
      touchstone: {recipe: r1-zero, server: "reward-host:50051"}

`TouchstoneEnvironment` is the Ray actor that NeMo-RL wants; :class:`Environment` runs in it.
Components are averaged over a batch and come back as its metrics. NeMo-RL passes role and content of
messages only, so recipes about lengths need `tokenize`, and log-probabilities are not available.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from rewards.analysis.turns import was_parsed
from rewards.text.stop_tokens import without_stop_tokens
from rewards.text.turns import joined
from trainer_adapters.scoring.rows import cell, naming, turn_texts
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Environment", "register"]

TRAINER = Trainer(
    name="NeMo-RL",
    missing_fields=all_but(),
    workaround="lengths can be had with tokenize=..., log-probabilities and whole groups only in `touchstone "
    "train` and in slime",
    sees_sources=True,
)


def register(name: str = "touchstone") -> None:
    """Register the environment with NeMo-RL under a name.

    Its actors run in NeMo-RL's own Python, which a second registry says: without it `create_env` fails.

    Raises:
        ValueError: NeMo-RL has an environment of that name.
    """
    from nemo_rl.distributed.ray_actor_environment_registry import (  # noqa: PLC0415
        ACTOR_ENVIRONMENT_REGISTRY,
    )
    from nemo_rl.distributed.virtual_cluster import PY_EXECUTABLES  # noqa: PLC0415
    from nemo_rl.environments.utils import register_env  # noqa: PLC0415

    actor = f"{__name__}.TouchstoneEnvironment"
    register_env(name, actor)
    ACTOR_ENVIRONMENT_REGISTRY[actor] = PY_EXECUTABLES.SYSTEM


class Environment:
    """A single-turn environment: every step ends its episodes with the recipe's rewards.

    Args:
        cfg: `recipe`, and the settings of :class:`trainer_adapters.scoring.scorer.Options`.

    Raises:
        InvalidParameterError: the recipe needs fields that NeMo-RL does not pass.
    """

    def __init__(self, cfg: Mapping[str, Any]) -> None:
        settings = dict(cfg)
        self.scorer = TrainerScorer(settings.pop("recipe"), TRAINER, settings)  # type: ignore[arg-type]
        self._sources = Sources(self.scorer.options.get("source"))
        self._lock = threading.Lock()
        self._sums: dict[str, tuple[float, int]] = {}

    def step(
        self,
        message_log_batch: Sequence[Sequence[Mapping[str, Any]]],
        metadata: Sequence[Mapping[str, Any] | None],
    ) -> object:
        """Return NeMo-RL's `EnvironmentReturn` for a batch of conversations and their metadata."""
        import torch  # noqa: PLC0415
        from nemo_rl.environments.interfaces import EnvironmentReturn  # noqa: PLC0415

        rollouts = []
        for number, (log, row) in enumerate(zip(message_log_batch, metadata, strict=True)):
            with naming(f"row {number} of the batch"):
                rollouts.append(self._rollout(log, row or {}))
        scores = self.scorer.scores(rollouts)
        values = self.scorer.values(scores)
        for number, row in enumerate(metadata):
            self._add(self.scorer.logs(scores, number), self._sources.of(row or {}))
        statuses = [verdict.status.value if verdict else "" for verdict in scores.verdicts]
        return EnvironmentReturn(
            observations=[
                {"role": "environment", "content": f"Environment: {one.lower()}"} for one in statuses
            ],
            metadata=list(metadata),
            next_stop_strings=[None] * len(values),
            rewards=torch.tensor(values, dtype=torch.float32),
            terminateds=torch.ones(len(values)),
            answers=[verdict.extracted if verdict else None for verdict in scores.verdicts],
        )

    def _rollout(self, log: Sequence[Mapping[str, Any]], row: Mapping[str, Any]) -> Any:  # noqa: ANN401
        said = [turn for turn in log if turn["role"] == "assistant"]
        turns = turn_texts(said, "a message log", self.scorer.reasoning)
        first = next((at for at, turn in enumerate(log) if turn["role"] == "assistant"), len(log))
        asked = [{"role": turn["role"], "content": turn["content"]} for turn in log[:first]]
        gold = self.scorer.gold_column(row)
        return self.scorer.rollout(
            joined(list(map(without_stop_tokens, turns))),
            parsed=was_parsed(said),
            gold=cell(row, gold),
            row=row,
            prompt=asked,
            before=log[first - 1]["content"] if first else None,
        )

    def _add(self, logs: Mapping[str, float], source: str) -> None:
        """Add the components of a row to the sums of all rows and of its data source."""
        of_source = {f"{name}/{source}": value for name, value in logs.items()} if source else {}
        with self._lock:
            for name, value in {**logs, **of_source}.items():
                total, count = self._sums.get(name, (0.0, 0))
                if value == value:  # noqa: PLR0124  # NaN is what differs from itself
                    self._sums[name] = (total + value, count + 1)

    def global_post_process_and_metrics(self, batch: object) -> tuple[object, dict[str, float]]:
        """Return the batch unchanged, and the means since the last call: of each component, by source too."""
        with self._lock:
            sums, self._sums = self._sums, {}
        return batch, {f"touchstone/{name}": total / count for name, (total, count) in sums.items()}

    def shutdown(self) -> None:
        """Do nothing: there are no resources to release."""


def __getattr__(name: str) -> object:
    if name != "TouchstoneEnvironment":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import ray  # noqa: PLC0415  # only where NeMo-RL asks for its actor

    globals()[name] = ray.remote(max_restarts=-1, max_task_retries=-1)(Environment)
    return globals()[name]
