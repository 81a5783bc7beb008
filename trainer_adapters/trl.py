r"""TRL: a recipe as `reward_funcs` for GRPO, RLOO and AsyncGRPO.

::

    from trainer_adapters.trl import reward_funcs

    rewards = reward_funcs("r1-zero")                    # or server="reward-host:50051"
    GRPOTrainer(reward_funcs=rewards, args=GRPOConfig(reward_weights=rewards.weights, ...), ...)

A recipe that is a weighted sum becomes one named function per term, so that TRL logs each of them;
any other recipe becomes one function for the total, with its components logged as metrics. Each
batch is scored once. A row that was not judged is None in every function, so that TRL leaves it out.

Functions are added with `+`, those of another recipe and functions of one's own alike: the sum has all
weights, and a row that one recipe did not judge is None in all of them, since TRL leaves out no other::

    rewards = reward_funcs("r1-zero") + reward_funcs(lengths, window=4096) + [my_function]

Left out: log-probabilities, unless a `rollout_func` returns them and `rollout_columns` says so; a recipe
that needs them is refused at set-up.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import logging
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from rewards.analysis.turns import was_parsed
from rewards.errors import InvalidCallError, InvalidParameterError
from rewards.rollout import SAMPLED
from rewards.text.turns import Turns
from trainer_adapters.scoring.batches import Batches
from trainer_adapters.scoring.names import Names
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.rows import rows_of
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.sources import Sources
from trainer_adapters.scoring.terms import Term, terms
from trainer_adapters.scoring.turns import of_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Self, Unpack

    from rewards import Recipe, Reward, Rollout, Scores

__all__ = ["RewardFunctions", "reward_funcs"]


LOG = logging.getLogger("touchstone.adapters")


class RewardFunctions(list["RewardFunction | OwnFunction"]):
    """The functions to pass as `reward_funcs`, with the `weights` to pass as `reward_weights`.

    Slices, copies and sums are of the same type. Functions of one's own that are added have the weight 1, or
    their attribute `weight`.
    """

    @property
    def weights(self) -> list[float]:
        """One weight per function, in their order."""
        return [function.weight for function in self]

    @property
    def scorer(self) -> TrainerScorer:
        """The scorer of these functions."""
        return self._only.scorer

    @property
    def last(self) -> Scores:
        """The scores of the last batch."""
        return self._only.last

    def score_by(self, scorer: TrainerScorer) -> None:
        """Score by another recipe of the same terms from here on: one of another window, for example."""
        self._only.scorer = scorer

    @property
    def _recipes(self) -> list[_TrlBatches]:
        """The batches of each recipe, once each."""
        found = {id(one.columns): one.columns for one in self if isinstance(one, RewardFunction)}
        return list(found.values())

    @property
    def _only(self) -> _TrlBatches:
        if len(self._recipes) != 1:
            message = (
                f"these functions are of {len(self._recipes)} recipes; ask those of one recipe, as "
                "reward_funcs returned them"
            )
            raise InvalidCallError(message)
        return self._recipes[0]

    def __add__(self, other: Iterable[object]) -> RewardFunctions:  # type: ignore[override]  # of any functions
        return _together([*self, *other])

    def __radd__(self, other: Iterable[object]) -> RewardFunctions:
        return _together([*other, *self])

    def retire(self) -> None:
        """Take the recipes of these functions out of the run, so that no name in logs tells them apart."""
        for one in self._recipes:
            one.names.retire()

    def __iadd__(self, other: Iterable[object]) -> RewardFunctions:  # type: ignore[override]  # noqa: PYI034
        return self + other

    def copy(self) -> RewardFunctions:
        """Return a list of the same functions."""
        return RewardFunctions(self)

    @overload
    def __getitem__(self, at: SupportsIndex) -> RewardFunction | OwnFunction: ...
    @overload
    def __getitem__(self, at: slice) -> RewardFunctions: ...
    def __getitem__(self, at: SupportsIndex | slice) -> RewardFunction | OwnFunction | RewardFunctions:
        found = super().__getitem__(at)
        return RewardFunctions(found) if isinstance(found, list) else found


def _together(functions: Sequence[object]) -> RewardFunctions:
    """Return functions that are all None for a row that a recipe of one of them did not judge."""
    ours = [one for one in functions if isinstance(one, RewardFunction)]
    recipes = RewardFunctions(ours)._recipes  # noqa: SLF001  # of this module
    names = {one.__name__ for one in ours}
    return RewardFunctions(
        one.beside(recipes) if isinstance(one, (RewardFunction, OwnFunction)) else _own(one, recipes, names)
        for one in functions
    )


def reward_funcs(
    recipe: Recipe | Reward | str | Path,
    *,
    asynchronous: bool = False,
    weigh: bool = False,
    rollout_columns: Iterable[str] = (),
    **options: Unpack[Options],
) -> RewardFunctions:
    """Return a recipe as TRL reward functions.

    Args:
        recipe: a recipe, a reward, or the name or path of a recipe; with `server`, the name there.
        asynchronous: make coroutine functions, which TRL runs at the same time as others.
        weigh: multiply the weights in, for a trainer without `reward_weights` (AsyncGRPO).
        rollout_columns: which of `logprobs`, `finish_reason`, `completion_mask` and `prompt_end` (the text at
            the end of the prompt) the trainer's `rollout_func` returns, under these names.
        **options: see :class:`trainer_adapters.scoring.scorer.Options`; `gold` names a column.

    Raises:
        InvalidParameterError: the recipe needs fields that TRL does not pass.
    """
    passed = tuple(rollout_columns)
    trainer = Trainer(
        name="AsyncGRPO" if weigh else "TRL",
        missing_fields=all_but("completion_ids", *passed),
        workaround="train with `touchstone train`, which does, return it from a rollout_func and say so with "
        "rollout_columns=..., or leave that reward out",
        sees_groups=True,
        sees_sources=True,
        sees_steps=not weigh or "trainer_state" in passed,  # AsyncGRPO's worker does not know it
    )
    if weigh and "prompt_end" not in passed and not (options.keys() & {"tokenizer", "think_prefilled"}):
        warn(
            LOG,
            "AsyncGRPO passes prompts as messages, without what the chat template adds: reasoning that it "
            "opens is seen only where TRL parses responses (response_template); pass tokenizer=..., or say "
            "it for all rows with think_prefilled=...",
        )
    columns = _TrlBatches(TrainerScorer(recipe, trainer, options), passed)
    kind = AsyncRewardFunction if asynchronous else RewardFunction
    found = terms(columns.scorer)
    return RewardFunctions(kind(term, columns, logs=at == 0, weigh=weigh) for at, term in enumerate(found))


class RewardFunction:
    """A reward function that TRL calls with the columns of a batch."""

    def __init__(self, term: Term, columns: _TrlBatches, *, logs: bool, weigh: bool) -> None:
        self.weight = 1.0 if weigh else term.weight
        self._factor = term.weight if weigh else 1.0
        self._term = term
        self.columns = columns
        self.recipes: Sequence[_TrlBatches] = (columns,)
        self._logs = logs

    @property
    def __name__(self) -> str:
        """The name of its term, which TRL logs as `rewards/<name>/mean`; see :class:`Names`."""
        return self.columns.names.of(self._term.name)

    def beside(self, recipes: Sequence[_TrlBatches]) -> Self:
        """Return the same function, None for rows that one of these recipes did not judge as well."""
        found = copy.copy(self)
        found.recipes = tuple(recipes)
        return found

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """Return one value per completion; None from every function for a row that was not judged."""
        scores = self.columns.scored(completions, columns)
        if self._logs:
            self.columns.check_trainer(scores, _trainer(columns))
            self.columns.log(scores, columns)
        factor = self._factor * self._term.weight_at(self.columns.step)
        values = self._term.values(scores, unjudged=self.columns.scorer.unjudged, factor=factor)
        # Those that its own recipe left out are None already; to ask again would make all rollouts anew.
        others = [one for one in self.recipes if one is not self.columns]
        return _left_out(values, others, completions, columns)


class AsyncRewardFunction(RewardFunction):
    """The same as a coroutine function, for which the event loop stays free."""

    async def __call__(  # type: ignore[override]  # TRL tells the two kinds apart by this very difference
        self, completions: Sequence[object], **columns: object
    ) -> list[float | None]:
        """See :meth:`RewardFunction.__call__`."""
        return await asyncio.to_thread(super().__call__, completions, **columns)


class OwnFunction:
    """A function of the user's own, None for rows that a recipe beside it did not judge."""

    def __init__(self, function: Callable[..., Any], recipes: Sequence[_TrlBatches], name: str) -> None:
        self.__name__ = name
        self.weight = float(getattr(function, "weight", 1.0))
        self._function = function
        self.recipes = tuple(recipes)

    def beside(self, recipes: Sequence[_TrlBatches]) -> Self:
        """Return the same function beside these recipes."""
        found = copy.copy(self)
        found.recipes = tuple(recipes)
        return found

    def __call__(self, completions: Sequence[object], **columns: object) -> list[float | None]:
        """Return the function's own values, and None for rows that a recipe did not judge."""
        values = self._function(completions=completions, **columns)
        return _left_out(values, self.recipes, completions, columns)


class AsyncOwnFunction(OwnFunction):
    """The same for a coroutine function."""

    async def __call__(  # type: ignore[override]  # as above
        self, completions: Sequence[object], **columns: object
    ) -> list[float | None]:
        """See :meth:`OwnFunction.__call__`."""
        values = await self._function(completions=completions, **columns)
        return await asyncio.to_thread(_left_out, values, self.recipes, completions, columns)


def _own(function: object, recipes: Sequence[_TrlBatches], taken: Collection[str]) -> OwnFunction:
    """Return a function of the user's own beside recipes, under a name that none of theirs has.

    Raises:
        InvalidParameterError: a reward model, which cannot return None.
    """
    bare = function
    while isinstance(bare, functools.partial):
        bare = bare.func
    if not callable(function) or hasattr(function, "forward"):
        message = (
            f"a {type(function).__name__} cannot be added to reward functions, since TRL runs reward models "
            "itself and they have no None for a row; wrap it in a function that calls it"
        )
        raise InvalidParameterError(message)
    name = str(getattr(bare, "__name__", type(bare).__name__))
    awaited = inspect.iscoroutinefunction(bare) or inspect.iscoroutinefunction(type(bare).__call__)
    kind = AsyncOwnFunction if awaited else OwnFunction
    return kind(function, recipes, f"own/{name}" if name in taken else name)


def _left_out(
    values: Iterable[float | None],
    recipes: Sequence[_TrlBatches],
    completions: Sequence[object],
    columns: Mapping[str, object],
) -> list[float | None]:
    """Return the values, and None for each row that one of the recipes leaves out of training."""
    found = list(values)
    for recipe in recipes:
        kept = recipe.scorer.optional_values(recipe.scored(completions, columns))
        found = [None if total is None else value for value, total in zip(found, kept, strict=True)]
    return found


def _trainer(columns: Mapping[str, object]) -> object:
    """Return TRL's trainer, whose methods `log_metric` and `log_extra` are; None in a call by another."""
    hooks = (columns.get(name) for name in ("log_metric", "log_extra"))
    return next((found for hook in hooks if (found := getattr(hook, "__self__", None)) is not None), None)


class _TrlBatches(Batches):
    """Batches as TRL passes them: columns by name."""

    def __init__(self, scorer: TrainerScorer, rollout_columns: Iterable[str]) -> None:
        super().__init__(scorer)
        self._extra = tuple(name for name in rollout_columns if name in SAMPLED)
        named = (term.name for term in terms(scorer))
        self.names = Names(scorer, [*named, *scorer.summary.components, _VERDICT])
        self._sources = Sources(scorer.options.get("source"))
        self._told: set[str] = set()

    def scored(self, completions: Sequence[object], columns: Mapping[str, object]) -> Scores:
        """See :meth:`Batches.scored`."""
        self.scorer.check_group_size(getattr(_trainer(columns), "num_generations", None))
        self.names.settle()
        return super().scored(completions, columns)

    def rollouts(self, completions: Sequence[object], columns: Mapping[str, object]) -> list[Rollout]:
        """See :class:`Batches`; read the trainer's tokenizer, by which it writes prompts and completions."""
        trainer = _trainer(columns)
        if (tokenizer := getattr(trainer, "processing_class", None)) is not None:
            self.scorer.read(tokenizer, _template_settings(trainer))
        return super().rollouts(completions, columns)

    def rollout(
        self,
        completion: object,
        row: Mapping[str, Any],
        gold: object,
        *,
        name: str,
        columns: Mapping[str, object],
    ) -> Rollout:
        """See :class:`Batches`."""
        said = of_messages(completion, name, self.scorer.reasoning)
        decode = getattr(getattr(_trainer(columns), "processing_class", None), "decode", None)
        if _trainer(columns) is not None:  # it writes every prompt by its own settings
            row = {name: value for name, value in row.items() if name != "chat_template_kwargs"}
        return self.scorer.rollout(
            said,
            decode=decode if isinstance(said, Turns) else None,
            parsed=was_parsed(completion),
            gold=gold,
            row=row,
            before=row.get("prompt_end"),
            prompt=row.get("prompts"),
            completion_ids=row.get("completion_ids"),
            **{extra: row.get(extra) for extra in self._extra},
        )

    def check_trainer(self, scores: Scores, trainer: object) -> None:
        """Warn, once each, of settings of TRL's trainer that do not fit the recipe."""
        functions: list[object] = getattr(trainer, "reward_funcs", [])
        arguments = getattr(trainer, "args", None)
        if self.scorer.options.get("window") is None:
            self.scorer.warn_misfits(getattr(arguments, "max_completion_length", None))
        weights = RewardFunctions(one for one in functions if isinstance(one, RewardFunction)).weights
        if getattr(arguments, "reward_weights", None) is None and any(weight != 1 for weight in weights):
            self._tell_once(
                "weights",
                f"GRPOConfig has no reward_weights, so each function counts 1 and the reward is not the "
                f"recipe's total; its weights are {weights}: pass reward_weights=rewards.weights",
            )
        out = [row for row, value in enumerate(self.scorer.optional_values(scores)) if value is None]
        if out and (others := [one for one in functions if self not in getattr(one, "recipes", ())]):
            named = ", ".join(str(getattr(one, "__name__", type(one).__name__)) for one in others)
            self._tell_once(
                "others",
                f"row {out[0]} of a batch was not judged by recipe {self.scorer.summary.title}, and TRL "
                f"trains on what {named} gives it, as if the recipe had given 0; to leave such rows out, add "
                "the functions with +: reward_funcs=rewards + [...]",
            )

    def _tell_once(self, subject: str, message: str) -> None:
        if subject not in self._told:
            self._told.add(subject)
            warn(LOG, message)

    def log(self, scores: Scores, columns: Mapping[str, object]) -> None:
        """Log components, shares of verdicts, and both for each source of the data, by TRL's own hooks."""
        log_metric: Callable[[str, float], None] | None = columns.get("log_metric")  # type: ignore[assignment]
        log_extra: Callable[[str, list[object]], None] | None = columns.get("log_extra")  # type: ignore[assignment]
        statuses = [verdict.status.value if verdict else "" for verdict in scores.verdicts]
        verdict = self.names.of(_VERDICT)
        components = {self.names.of(name): values for name, values in scores.components.items()}
        if log_metric is not None:
            rows = rows_of(columns, len(scores.totals))
            for name, value in self._sources.means(components, rows).items():
                log_metric(f"components/{name}", value)
            of = verdict.removesuffix(_VERDICT)
            for status in sorted(set(statuses) - {""}):
                log_metric(f"verdicts/{of}{status.lower()}", statuses.count(status) / len(statuses))
        if log_extra is not None:
            if self.names.logs_rows and any(self.golds):
                # Lists in every row, since a column of the table has one type; commands read the table by it.
                log_extra("ground_truth", [list(one) or None for one in self.golds])
            if self.names.logs_rows:
                log_extra("think_prefilled", [rollout.think_prefilled for rollout in self.last_rollouts])
            log_extra(verdict, list(statuses))
            for name, values in components.items():
                log_extra(name, values.tolist())


_VERDICT = "verdict"


def _template_settings(trainer: object) -> dict[str, object]:
    """Return the settings by which TRL's trainer writes every prompt; it reads none of a row's own."""
    given = {name: getattr(trainer, name, None) or None for name in ("tools", "chat_template")}
    return {**given, **(getattr(trainer, "chat_template_kwargs", None) or {})}
