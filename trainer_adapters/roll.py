r"""ROLL: a recipe as a reward worker of its RLVR pipeline.

::

    rewards:
      math_rule:
        worker_cls: trainer_adapters.roll.TouchstoneRewardWorker
        system_envs: {TOUCHSTONE_RECIPE: r1-zero, TOUCHSTONE_SERVER: "reward-host:50051"}
        tag_included: [deepmath_103k]

ROLL's configuration has no room for settings of others, so they are environment variables of the
worker: `TOUCHSTONE_` and the name of an option. ROLL passes a batch of token ids with the columns of
each row and takes back `response_level_rewards` and `scores`. Left out: log-probabilities and whole
groups, which it does not pass, and the components, which have no place there; they are logged.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidCallError
from trainer_adapters.scoring.rows import cell, own_column, without_stop_tokens
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BatchRewards", "settings_from"]

TRAINER = Trainer(
    name="ROLL",
    missing_fields=all_but("completion_ids"),
    workaround="log-probabilities and whole groups are there in `touchstone train` and in slime, or leave "
    "that reward out",
)
LOG = logging.getLogger("touchstone.roll")


class BatchRewards:
    """Scoring of a worker's batches.

    Args:
        settings: `recipe`, and the settings of :class:`trainer_adapters.scoring.scorer.Options`.
        tokenizer: decodes token ids.

    Raises:
        InvalidParameterError: the recipe needs fields that ROLL does not pass.
    """

    def __init__(self, settings: Mapping[str, Any], tokenizer: Any) -> None:  # noqa: ANN401  # transformers'
        given = dict(settings)
        self.scorer = TrainerScorer(given.pop("recipe"), TRAINER, given)  # type: ignore[arg-type]
        self.tokenizer = tokenizer

    def tensors(self, data: Any) -> dict[str, Any]:  # noqa: ANN401  # ROLL's DataProto
        """Return the rewards of a batch, under the names that ROLL looks for."""
        import torch  # noqa: PLC0415

        responses = data.batch["responses"]
        size = len(responses)
        masks = data.batch.get("response_mask")
        columns = data.non_tensor_batch
        gold = self.scorer.options.get("gold") or "ground_truth"
        if own_column(columns, gold) not in columns and "ground_truth" in self.scorer.summary.required_fields:
            message = f"there is no column {gold!r} with the golds; there are {', '.join(sorted(columns))}"
            raise InvalidCallError(message)
        rollouts = []
        for row in range(size):
            cells = {name: column[row] for name, column in columns.items()}
            ids = responses[row].tolist()
            if masks is not None:
                # It may span prompt and response; the response is at its end.
                ids = [one for one, kept in zip(ids, masks[row].tolist()[-len(ids) :], strict=True) if kept]
            rollouts.append(
                self.scorer.rollout(
                    without_stop_tokens(self.tokenizer.decode(ids, skip_special_tokens=False)),
                    gold=cell(cells, gold),
                    row=cells,
                    prompt=self._prompt(data.batch.get("prompts"), row),
                    completion_ids=ids if masks is not None else _unpadded(ids, self.tokenizer.pad_token_id),
                )
            )
        scores = self.scorer.scores(rollouts)
        rewards = torch.tensor(self.scorer.values(scores), dtype=torch.float32)
        for row in range(size):
            LOG.info("%s", self.scorer.logs(scores, row))
        return {
            "token_level_rewards": torch.zeros_like(responses, dtype=torch.float32),
            "response_level_rewards": rewards,
            "scores": rewards.clone(),
        }

    def _prompt(self, prompts: Any, row: int) -> str | None:  # noqa: ANN401  # a tensor, padded on the left
        if prompts is None:
            return None
        ids = _unpadded(prompts[row].tolist()[::-1], self.tokenizer.pad_token_id)[::-1]
        return str(self.tokenizer.decode(ids, skip_special_tokens=True))


def settings_from(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings among environment variables, `TOUCHSTONE_RECIPE` among them.

    >>> settings_from({"TOUCHSTONE_RECIPE": "r1-zero", "TOUCHSTONE_TIMEOUT": "30", "HOME": "/"})
    {'recipe': 'r1-zero', 'timeout': 30.0}
    """
    kinds: dict[str, Callable[[str], object]] = {
        **dict.fromkeys(("recipe", "server", "on_failure", "gold", "gold_after", "token"), str),
        "window": int,
        **dict.fromkeys(("timeout", "unjudged"), float),
        "think_prefilled": {"1": True, "true": True, "0": False, "false": False}.__getitem__,
    }
    given = {name: environ.get(f"TOUCHSTONE_{name.upper()}") for name in sorted(kinds)}
    return {name: kinds[name](text) for name, text in given.items() if text is not None}


def _unpadded(ids: list[int], pad: int | None) -> list[int]:
    end = len(ids)
    while end and ids[end - 1] == pad:
        end -= 1
    return ids[:end]


def _worker() -> type:
    from roll.distributed.executor.worker import Worker  # noqa: PLC0415
    from roll.distributed.scheduler.decorator import Dispatch, register  # noqa: PLC0415
    from roll.distributed.scheduler.protocol import DataProto  # noqa: PLC0415
    from roll.models.model_providers import default_tokenizer_provider  # noqa: PLC0415

    class TouchstoneRewardWorker(Worker):  # type: ignore[misc]  # untyped where ROLL is not installed
        """:class:`BatchRewards` behind ROLL's own base class."""

        def __init__(self, worker_config: Any) -> None:  # noqa: ANN401  # ROLL's WorkerConfig
            super().__init__(worker_config=worker_config)
            self.rank_info.dp_rank = self.rank_info.rank
            self.rank_info.dp_size = self.rank_info.world_size
            tokenizer = default_tokenizer_provider(model_args=worker_config.model_args)
            self.rewards = BatchRewards(settings_from(os.environ), tokenizer)

        @register(dispatch_mode=Dispatch.ONE_TO_ALL)  # type: ignore[untyped-decorator]
        def initialize(self, pipeline_config: object) -> None:
            """Warn if the recipe does not fit the response length."""
            self.rewards.scorer.warn_misfits(getattr(pipeline_config, "response_length", None))

        @register(dispatch_mode=Dispatch.DP_MP_COMPUTE, clear_cache=False)  # type: ignore[untyped-decorator]
        def compute_rewards(self, data: Any) -> Any:  # noqa: ANN401  # ROLL's DataProto
            """Return the rewards of one share of a batch."""
            return DataProto.from_dict(tensors=self.rewards.tensors(data))

    TouchstoneRewardWorker.__module__, TouchstoneRewardWorker.__qualname__ = (
        __name__,
        "TouchstoneRewardWorker",
    )
    return TouchstoneRewardWorker


def __getattr__(name: str) -> object:
    if name != "TouchstoneRewardWorker":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = _worker()
    return globals()[name]
