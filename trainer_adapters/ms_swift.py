r"""ms-swift: a recipe as registered reward functions of a plugin.

The file that `--external_plugins rewards_for_swift.py` names::

    from trainer_adapters.ms_swift import register

    register("r1-zero")

and on the command line, one name per term of the sum, as `register` returns them::

    --reward_funcs boxed_correctness think_format --reward_weights 1.0 0.5

A recipe that is no weighted sum becomes one function by its name. Each batch is scored once. A row
that was not judged is None in every function, which is how ms-swift leaves it out. Left out:
log-probabilities, which are not passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters.scoring.batches import Batches
from trainer_adapters.scoring.rows import text_of
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.terms import Term, terms

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
)


def register(recipe: Recipe | Reward | str | Path, **options: Unpack[Options]) -> dict[str, float]:
    """Register a recipe's functions with ms-swift, and return their weights by name.

    Raises:
        InvalidParameterError: the recipe needs fields that ms-swift does not pass.
    """
    from swift.rewards import orms  # noqa: PLC0415

    functions = reward_functions(recipe, **options)
    for name, function in functions.items():
        orms[name] = function.for_swift
    return {name: function.weight for name, function in functions.items()}


def reward_functions(
    recipe: Recipe | Reward | str | Path, **options: Unpack[Options]
) -> dict[str, RewardFunction]:
    """Return the functions that :func:`register` registers, by name."""
    columns = _SwiftBatches(TrainerScorer(recipe, TRAINER, options))
    return {term.name: RewardFunction(term, columns) for term in terms(columns.scorer)}


class RewardFunction:
    """One reward function, called with the contents of the last messages and the columns of a batch."""

    def __init__(self, term: Term, columns: _SwiftBatches) -> None:
        self.weight = term.weight
        self._term = term
        self._columns = columns

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """Return one value per completion; None for a row that was not judged."""
        scores = self._columns.scored(completions, columns)
        return self._term.values(scores, unjudged=self._columns.scorer.unjudged)

    def for_swift(self, args: object = None, **_: object) -> object:
        """Return the function as an instance of ms-swift's `ORM`, logged by the name of its class."""
        from swift.rewards import ORM  # noqa: PLC0415

        def call(_: object, completions: Sequence[object], **columns: object) -> list[float | None]:
            return self(completions, **columns)

        kind: Any = type(self._term.name, (ORM,), {"__call__": call})
        return kind(args)


class _SwiftBatches(Batches):
    """Batches as ms-swift passes them: columns of the data set, and fields of each response."""

    def rollout(self, completion: object, row: Mapping[str, Any], gold: object) -> Rollout:
        """See :class:`Batches`; the last message is the completion."""
        ended = row.get("finish_reason")
        return self.scorer.rollout(
            text_of(completion),
            gold=gold,
            row=row,
            prompt=row["messages"][:-1] if "messages" in row else None,
            completion_ids=_flat(row.get("response_token_ids"), completion),
            finish_reason=ended if ended in {"stop", "length"} else None,
        )


def _flat(ids: Sequence[Any] | None, completion: object) -> list[int] | None:
    """Return token ids in one list, which ms-swift keeps per turn if there are several; None without any."""
    if not ids:
        return None if completion else []
    return [one for turn in ids for one in turn] if isinstance(ids[0], (list, tuple)) else list(ids)
