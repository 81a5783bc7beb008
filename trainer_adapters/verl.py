r"""verl: a recipe as its custom reward function, and as a reward manager.

As a function, which is given text only::

    reward.custom_reward_function.path=pkg://trainer_adapters.verl
    reward.custom_reward_function.name=compute_score
    +reward.custom_reward_function.reward_kwargs.recipe=r1-zero
    +reward.custom_reward_function.reward_kwargs.server=reward-host:50051

Versions of verl before its reward loop do not await; there the function is `compute_score_sync`.

As a manager, which is given token ids as well, so that rewards may depend on lengths::

    reward.reward_manager.source=importlib
    reward.reward_manager.name=RewardManager
    reward.reward_manager.module.path=pkg://trainer_adapters.verl
    +reward.reward_kwargs.recipe=dapo

verl asks for one sample at a time and gathers many calls; scoring runs beside its event loop. Every
component comes back beside the score, under the same keys for every sample. Left out:
log-probabilities, which verl does not have yet when it computes rewards.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from rewards.analysis.cells import as_object
from trainer_adapters.scoring.rows import PROMPT_END, cell
from trainer_adapters.scoring.scorer import Trainer, all_but, shared_scorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewards import Rollout
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["RewardManager", "compute_score", "compute_score_sync"]

FUNCTION = Trainer(
    name="verl",
    missing_fields=all_but(),
    workaround="use trainer_adapters.verl:RewardManager, which is given tokens, or take lengths by "
    "tokenize=...; log-probabilities and whole groups are there in `touchstone train` and in slime",
)
MANAGER = Trainer(
    name="verl",
    missing_fields=all_but("completion_ids"),
    workaround="log-probabilities and whole groups are there in `touchstone train` and in slime, or leave "
    "that reward out",
)


class Tokenizer(Protocol):
    """The tokenizer of a manager, which decodes ids."""

    def decode(self, ids: object, *, skip_special_tokens: bool) -> str:
        """Return the text of `ids`."""


class Sample(Protocol):
    """One row of verl's DataProto."""

    batch: Mapping[str, Sequence[int]]
    non_tensor_batch: Mapping[str, Mapping[str, object]]


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: object,
    extra_info: Mapping[str, object] | None = None,
    *,
    recipe: str,
    reward_router_address: object = None,  # noqa: ARG001  # verl adds both where a reward model runs
    reward_model_tokenizer: object = None,  # noqa: ARG001
    **options: object,
) -> dict[str, float]:
    """Return the score of one sample and its components.

    The options are those of :class:`trainer_adapters.scoring.scorer.Options`; `gold` names a key of
    `extra_info`, instead of `ground_truth`.
    """
    return await asyncio.to_thread(
        _score_text, recipe, options, solution_str, ground_truth, data_source, extra_info
    )


def compute_score_sync(
    data_source: str,
    solution_str: str,
    ground_truth: object,
    extra_info: Mapping[str, object] | None = None,
    *,
    recipe: str,
    reward_router_address: object = None,  # noqa: ARG001  # as above
    reward_model_tokenizer: object = None,  # noqa: ARG001
    **options: object,
) -> dict[str, float]:
    """Return the same as :func:`compute_score`, for versions of verl that do not await."""
    return _score_text(recipe, options, solution_str, ground_truth, data_source, extra_info)


class RewardManager:
    """A reward manager: verl creates it with its configuration, and calls it with one sample at a time.

    Raises:
        InvalidParameterError: the recipe needs fields that verl does not pass.
    """

    def __init__(
        self, config: object, tokenizer: Tokenizer, compute_score: object = None, **_: object
    ) -> None:
        del compute_score  # verl's own score for the data source; the recipe stands in its place
        settings = dict(config.reward.reward_kwargs)  # type: ignore[attr-defined]  # OmegaConf
        window = getattr(getattr(config, "data", None), "max_response_length", None)
        if window is not None:
            settings.setdefault("window", int(window))
        self.tokenizer = tokenizer
        self.scorer = shared_scorer(str(settings.pop("recipe")), MANAGER, settings)
        self._facts = self.scorer.read(tokenizer)

    async def run_single(self, data: object) -> dict[str, object]:
        """Return the score of the last sequence of `data`, a DataProto, with its components."""
        return await asyncio.to_thread(self._run, data)

    def _run(self, data: object) -> dict[str, object]:
        sample = cast("Sample", data[-1])  # type: ignore[index]
        responses = sample.batch["responses"]
        mask = sample.batch["attention_mask"][-len(responses) :]
        ids = responses[: int(sum(mask))]
        written = sample.batch.get("response_mask")
        columns = sample.non_tensor_batch
        extra = as_object(columns.get("extra_info")) or {}
        row = {**columns, **extra, "data_source": columns.get("data_source")}
        prompt = sample.batch["prompts"][-PROMPT_END:] if "prompts" in sample.batch.keys() else ()  # noqa: SIM118
        rollout = self.scorer.rollout(
            self._facts.text_of(ids),
            gold=self.scorer.gold_in(row, cell(columns, "reward_model.ground_truth")),
            row=row,
            before=self.tokenizer.decode(prompt, skip_special_tokens=False) if len(prompt) else None,
            prompt=self._prompt(sample),
            completion_ids=[int(token) for token in ids],
            completion_mask=None if written is None else [bool(one) for one in written[: len(ids)]],
            decode=partial(self.tokenizer.decode, skip_special_tokens=False),
        )
        found = _score(self.scorer, rollout)
        return {"reward_score": found["score"], "reward_extra_info": found}

    def _prompt(self, sample: Sample) -> object:
        """Return the messages of a row, where verl keeps them, or the text of its prompt's token ids."""
        if (messages := sample.non_tensor_batch.get("raw_prompt")) is not None:
            return messages
        if "prompts" not in sample.batch:
            return None
        ids = sample.batch["prompts"]
        mask = sample.batch["attention_mask"][: len(ids)]
        kept = [int(one) for one, is_token in zip(ids, mask, strict=True) if is_token]
        return self.tokenizer.decode(kept, skip_special_tokens=True)

    @classmethod
    def assemble_rm_scores(cls, data: object, scores: Sequence[float]) -> object:
        """Put scores on the last tokens of a batch, as verl itself does."""
        from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase  # noqa: PLC0415

        return RewardManagerBase.assemble_rm_scores(data, list(scores))


def _score_text(
    recipe: str,
    options: Mapping[str, object],
    solution: str,
    gold: object,
    data_source: str,
    extra_info: Mapping[str, object] | None,
) -> dict[str, float]:
    scorer = shared_scorer(recipe, FUNCTION, options)
    row = {
        "reward_model": {"ground_truth": gold},
        **(as_object(extra_info) or {}),
        "data_source": data_source,
    }
    return _score(scorer, scorer.rollout(solution, gold=scorer.gold_in(row, gold), row=row))


def _score(scorer: TrainerScorer, rollout: Rollout) -> dict[str, float]:
    scores = scorer.scores([rollout])
    return {"score": scorer.values(scores)[0], **scorer.logs(scores, 0)}
