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
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rewards.errors import InvalidCallError, InvalidParameterError
from rewards.messages import did_you_mean
from trainer_adapters.scoring.rows import PROMPT_END, cell, naming, own_column
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but

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

_PREFIX = "TOUCHSTONE_"
T = TypeVar("T")


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
        self._facts = self.scorer.read(tokenizer)

    def tensors(self, data: Any) -> dict[str, Any]:  # noqa: ANN401  # ROLL's DataProto
        """Return the rewards of a batch, under the names that ROLL looks for."""
        import torch  # noqa: PLC0415

        responses = data.batch["responses"]
        size = len(responses)
        masks = data.batch.get("response_mask")
        columns = {name: list(column) for name, column in data.non_tensor_batch.items()}
        gold = self.scorer.options.get("gold") or "ground_truth"
        if own_column(columns, gold) not in columns and "ground_truth" in self.scorer.summary.required_fields:
            message = f"there is no column {gold!r} with the golds; there are {', '.join(sorted(columns))}"
            raise InvalidCallError(message)
        prompts = data.batch.get("prompts")
        decode = partial(self.tokenizer.decode, skip_special_tokens=False)
        if masks is not None and masks.shape[-1] < responses.shape[-1]:
            message = f"response_mask has {masks.shape[-1]} columns, and responses has {responses.shape[-1]}"
            raise InvalidCallError(message)
        rollouts = []
        for row in range(size):
            cells = {name: column[row] for name, column in columns.items()}
            ids, mask = responses[row].tolist(), None
            if masks is None:
                ids = _unpadded(ids, self.tokenizer.pad_token_id)
            else:
                # It may span prompt and response; the response is at its end, and padding follows.
                mask = _unpadded(list(map(bool, masks[row].tolist()[-len(ids) :])), pad=False)
                ids = ids[: len(mask)]
            with naming(f"row {row} of the batch (golds are in {gold!r})"):
                rollouts.append(
                    self.scorer.rollout(
                        self._facts.text_of(ids),
                        gold=cell(cells, gold),
                        row=cells,
                        prompt=self._prompt(prompts, row),
                        before=None if prompts is None else decode(prompts[row].tolist()[-PROMPT_END:]),
                        completion_ids=ids,
                        completion_mask=mask,
                        decode=decode,
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

    A variable without text counts as left out.

    >>> settings_from({"TOUCHSTONE_RECIPE": "r1-zero", "TOUCHSTONE_TIMEOUT": "30", "HOME": "/"})
    {'recipe': 'r1-zero', 'timeout': 30.0}

    Raises:
        InvalidParameterError: a value of the wrong form, a misspelt name, or no recipe.
    """
    given = {
        name.removeprefix(_PREFIX).lower(): text.strip()
        for name, text in sorted(environ.items())
        if name.startswith(_PREFIX) and text.strip()
    }
    for name in sorted(given.keys() - _SETTINGS.keys()):
        if name in Options.__annotations__:
            message = f"{_variable(name)}: no variable sets {name}; there are {_VARIABLES}"
            raise InvalidParameterError(message)
        if meant := did_you_mean(name, _SETTINGS):
            message = f"{_variable(name)}: there is no such setting{meant}"
            raise InvalidParameterError(message)
    if "recipe" not in given:
        message = f"{_variable('recipe')} is not set; name a recipe in the worker's system_envs"
        raise InvalidParameterError(message)
    return {name: _value(name, given[name]) for name in _SETTINGS if name in given}


def _value(name: str, text: str) -> object:
    read, form = _SETTINGS[name]
    try:
        return read(text)
    except (ValueError, KeyError):
        message = f"{_variable(name)} is {text!r}; write {form}, or leave it out"
        raise InvalidParameterError(message) from None


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


_TRUTHS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}

_TEXT = (str, "text")
_NUMBER = (float, "a number")

_SETTINGS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "recipe": _TEXT,
    "server": _TEXT,
    "token": _TEXT,
    "patience": _NUMBER,
    "timeout": _NUMBER,
    "on_failure": _TEXT,
    "unjudged": _NUMBER,
    "gold": _TEXT,
    "gold_after": _TEXT,
    "check_golds": _TEXT,
    "bad_golds": _TEXT,
    "reasoning": _TEXT,
    "think_prefilled": (lambda text: _TRUTHS[text.lower()], "true or false"),
    "window": (int, "a whole number"),
    "recipe_digest": _TEXT,
}
"""The settings that the environment may hold, each with its reader and the form that messages name."""

_VARIABLES = ", ".join(map(_variable, _SETTINGS))


def _unpadded(ids: list[T], pad: object) -> list[T]:
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
