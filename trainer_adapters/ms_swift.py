r"""ms-swift: a recipe as registered reward functions of a plugin.

The file that `--external_plugins rewards_for_swift.py` names::

    from trainer_adapters.ms_swift import register

    register("r1-zero")

and on the command line, one name per term of the sum, as `register` returns them::

    --reward_funcs boxed_correctness think_format --reward_weights 1.0 0.5

A recipe that is no weighted sum becomes one function by its name. Each batch is scored once. A row
that was not judged raises, or has the value `unjudged`: ms-swift counts a row of None alone as 0.

ms-swift writes what its template opens, `<think>` for example, before each completion, so the prompt is not
asked for it. Of several turns it passes the text of the last one and the token ids of all; `decode` makes
text of the others. Left out: log-probabilities, which are not passed, and masks of tokens, which are read
only if a scheduler adds them to the columns as `response_loss_mask`.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from rewards.analysis.cells import plain
from rewards.analysis.turns import is_assistant, was_parsed
from rewards.text.stop_tokens import without_stop_tokens
from rewards.text.turns import joined
from trainer_adapters.scoring.batches import Batches
from trainer_adapters.scoring.rows import messages_of, tokens_of
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.terms import Term, terms
from trainer_adapters.scoring.turns import of_messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Unpack

    from rewards import Recipe, Reward, Rollout

__all__ = ["RewardFunction", "register", "reward_functions"]

TRAINER = Trainer(
    name="ms-swift",
    missing_fields=all_but("completion_ids", "finish_reason"),
    workaround="train with `touchstone train` or slime, which pass it, or leave that reward out",
    sees_groups=True,
    sees_steps=True,
)


def register(recipe: Recipe | Reward | str | Path, **options: Unpack[Options]) -> dict[str, float]:
    """Register a recipe's functions with ms-swift, and return their weights by name.

    A term that another registered recipe has as well is registered as `recipe/term`, and as `recipe-2/term`
    if the recipes have one name as well. A recipe that is registered again, as by a plugin that is loaded
    again, keeps its names.

    Raises:
        InvalidParameterError: the recipe needs fields that ms-swift does not pass.
    """
    from swift.rewards import orms  # noqa: PLC0415

    functions = list(reward_functions(recipe, **options).values())
    for function in functions:
        term, recipe = function.name, function.recipe
        names = itertools.chain(
            [term, f"{recipe}/{term}"], (f"{recipe}-{n}/{term}" for n in itertools.count(2))
        )
        function.name = next(name for name in names if _is_free(orms.get(name), function))
        orms[function.name] = function.for_swift
    return {function.name: function.weight for function in functions}


def _is_free(registered: object, function: RewardFunction) -> bool:
    """Return False for what is registered for another recipe."""
    holder = getattr(registered, "__self__", None)
    return not isinstance(holder, RewardFunction) or holder.settings == function.settings


def reward_functions(
    recipe: Recipe | Reward | str | Path, **options: Unpack[Options]
) -> dict[str, RewardFunction]:
    """Return the functions that :func:`register` registers, by name."""
    columns = _SwiftBatches(TrainerScorer(recipe, TRAINER, options))
    return {term.name: RewardFunction(term, columns) for term in terms(columns.scorer)}


class RewardFunction:
    """One reward function, called with the contents of the last messages and the columns of a batch."""

    def __init__(self, term: Term, columns: _SwiftBatches) -> None:
        self.name = term.name
        self.recipe = columns.scorer.summary.name
        self.settings = columns.scorer.settings
        self.weight = term.weight
        self._term = term
        self._columns = columns

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """Return one value per completion.

        Raises:
            NotJudgedError: a row was not judged, and no value was chosen for such rows.
        """
        scores = self._columns.scored(completions, columns)
        self._columns.scorer.values(scores)
        factor = self._term.weight_at(self._columns.step)
        return self._term.values(scores, unjudged=self._columns.scorer.unjudged, factor=factor)

    def for_swift(self, args: object = None, **_: object) -> object:
        """Return the function as an instance of ms-swift's `ORM`, logged by the name of its class.

        Raises:
            InvalidParameterError: the recipe compares groups of another size than `num_generations`.
        """
        from swift.rewards import ORM  # noqa: PLC0415

        self._columns.scorer.warn_misfits(getattr(args, "max_completion_length", None))
        self._columns.scorer.check_group_size(getattr(args, "num_generations", None))

        def call(_: object, completions: Sequence[object], **columns: object) -> list[float | None]:
            return self(completions, **columns)

        kind: Any = type(self.name, (ORM,), {"__call__": call})
        return kind(args)


class _SwiftBatches(Batches):
    """Batches as ms-swift passes them: columns of the data set, and fields of each response."""

    def rollout(
        self,
        completion: object,
        row: Mapping[str, Any],
        gold: object,
        *,
        name: str,
        columns: Mapping[str, object],
    ) -> Rollout:
        """See :class:`Batches`; the last message is the completion, and `messages` the whole conversation."""
        del columns
        turns = _turns(row.get("response_token_ids"))
        given = row.get("messages")
        messages = [] if given is None else messages_of(given, "messages")
        by = [at for at, one in enumerate(messages) if is_assistant(one)]
        ids = tokens_of(row.get("response_token_ids"), "response_token_ids")
        mask = tokens_of(row.get("response_loss_mask"), "response_loss_mask")
        has_mask = mask is not None and len(mask) > 0
        decode = self.scorer.decode
        said = of_messages(completion, name, self.scorer.reasoning)
        if decode is not None and isinstance(completion, str) and len(turns) > 1 and not has_mask:
            earlier = turns[:-1] if completion else turns  # an empty last turn has no tokens
            said = joined([*(without_stop_tokens(decode(ids)) for ids in earlier), completion])
        ended = row.get("finish_reason")
        return self.scorer.rollout(
            said,
            parsed=self.scorer.options.get("think_prefilled") is None or was_parsed(completion),
            gold=gold,
            row=row,
            prompt=messages[: by[-max(len(turns), 1) :][0]] if by else messages,
            completion_ids=ids if ids is not None and len(ids) else (None if completion else []),
            completion_mask=mask if has_mask else None,
            finish_reason=ended if ended in {"stop", "length"} else None,
        )


def _turns(values: object) -> list[Any]:
    """Return a value for each token by turn; ms-swift keeps one list where it samples one turn alone."""
    found = plain(values)
    if not isinstance(found, (list, tuple)) or not found:
        return []
    return [found] if isinstance(found[0], (int, float)) else [plain(one) for one in found]
