"""The scorer of all adapters: a recipe, scored locally or remotely, and the handling of rows without a score.

An adapter converts its trainer's arguments into rollouts, passes them to a :class:`TrainerScorer`, and
converts the scores into its trainer's format. Left out: everything that is specific to one trainer.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import logging
import math
import operator
import os
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypedDict

import numpy as np

from rewards import LocalScorer, Recipe, RemoteScorer, Rollout, Scores
from rewards.analysis.gold_text import GOLD_MARKS
from rewards.errors import (
    DigestMismatchError,
    InvalidCallError,
    InvalidParameterError,
    InvalidRolloutError,
    PoolError,
    RewardError,
    ScorerError,
    UnknownRecipeError,
)
from rewards.parameters import require
from rewards.recipe.summary import RecipeSummary
from rewards.rollout import SAMPLED, TOKEN_FIELDS
from rewards.rules.window import is_bound, misfits
from rewards.text.reasoning import ANY, Opening, Tags, setting_of
from rewards.text.stop_tokens import without_stop_tokens
from rewards.text.turns import Turns, in_text
from rewards.wire.addresses import targets_of
from trainer_adapters.scoring.golds import check_golds
from trainer_adapters.scoring.openings import Openings, template_settings
from trainer_adapters.scoring.ranks import group_size, warn
from trainer_adapters.scoring.rows import (
    cell,
    find_gold_column,
    gold_of,
    metadata_of,
    no_gold_column,
    own_column,
    prompt_text,
    tokens_of,
)
from trainer_adapters.scoring.turns import of_tokens, token_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from rewards import Reward
    from rewards.client.remote import Tls
    from rewards.scorer import Scorer
    from trainer_adapters.scoring.tokenizers import TokenizerFacts
    from trainer_adapters.scoring.turns import Decode

__all__ = ["NotJudgedError", "Options", "Trainer", "TrainerScorer", "all_but", "shared_scorer"]

LOG = logging.getLogger("touchstone.adapters")

_GSM8K_MARK = GOLD_MARKS[0]

P = ParamSpec("P")

_LARGEST = float(np.finfo(np.float32).max)
"""Largest value of float32, as which trainers keep rewards; a larger one would become infinite."""


_COLUMNS_SHOWN = 20
_PROMPT_SHOWN = 60


def all_but(*passed: str) -> frozenset[str]:
    """Return the fields that come from the generator, as :class:`Trainer` names them, without those passed.

    >>> sorted(all_but("completion_ids"))
    ['completion_mask', 'finish_reason', 'logprobs', 'turns']
    """
    tokens = () if set(passed) & set(TOKEN_FIELDS) else ("tokens",)
    return frozenset(SAMPLED).difference(passed).union(tokens)


def _naming_prompt(make: Callable[P, Rollout]) -> Callable[P, Rollout]:
    """Have errors about a row quote the end of its prompt: its number in a batch is not that in the data."""

    @functools.wraps(make)
    def made(*args: P.args, **given: P.kwargs) -> Rollout:
        try:
            return make(*args, **given)
        except (InvalidCallError, InvalidRolloutError) as error:
            try:
                asked = prompt_text(given.get("prompt"))
            except InvalidCallError:
                asked = ""
            if not asked:
                raise
            message = f"the row whose prompt ends in {asked[-_PROMPT_SHOWN:]!r}: {error}"
            raise InvalidCallError(message) from error

    return made


class NotJudgedError(ScorerError):
    """A row was not judged, in a trainer that can neither leave it out nor take a missing reward."""


class Options(TypedDict, total=False):
    """The settings of every adapter, all optional."""

    server: str | Sequence[str] | None
    """`host:port` of a verification server, or several, in a list or with commas between; without it, this
    process scores."""

    timeout: float | None
    """Deadline of one call, in seconds; rollouts without a verdict by then count as not judged."""

    on_failure: Literal["raise", "mark"]
    """Action when no scores can be had at all: raise (the default), or mark every row as not judged."""

    unjudged: float | None
    """Reward of rows that were not judged, to be chosen explicitly; without it the trainer leaves such a
    row out if it can, and raises otherwise."""

    think_prefilled: bool | None
    """True if the chat template opens the reasoning, before each turn, False if not; without it, found out
    for each row from the end of its prompt, where the trainer passes its text or `tokenizer` is given."""

    reasoning: str | Tags | Mapping[str, str] | None
    """Format of the reasoning, for rewards that leave theirs open: a name of
    :data:`rewards.text.reasoning.FORMATS`, or own tags as `open` and `close`."""

    tokenizer: Any
    """The trainer's tokenizer, or `module:name` of one: its chat template shows how prompts end, its special
    tokens are no text. Marks of reasoning among them are read from the token ids, where the trainer passes
    those."""

    gold: str | None
    """Name of the column or key of the gold, as the trainer knows it; a dot reaches into an object, or the
    JSON of one: `reward_model.ground_truth`."""

    gold_after: str | None
    """Text that precedes the gold in its column (`####` in GSM8K); without it, the whole cell is the gold."""

    check_golds: object
    """The data set, as a file or as rows, whose golds the judge reads before the first batch; without it,
    golds are judged batch by batch alone. See :func:`trainer_adapters.scoring.golds.check_golds`."""

    bad_golds: Literal["warn", "stop"]
    """Action where `check_golds` finds golds that cannot be judged: warn (the default), or raise."""

    recipe_digest: str | None
    """SHA-256 of the recipe, as `touchstone recipes digests` prints it, or of the recipe as it is scored here
    (bound to the window), as logs have it; any other recipe is refused at set-up."""

    window: int | None
    """Max completion length of the trainer, in tokens; rewards about lengths are bound to it."""

    source: str | None
    """Column of the data source of a row, by which the adapters of TRL and NeMo-RL log components; see
    :data:`trainer_adapters.scoring.sources.SOURCE_COLUMNS`."""

    token: str | None
    """Bearer token for the server."""

    tls: Tls | None
    """TLS settings of the connection to the server."""

    patience: float | None
    """Seconds to wait while no server answers, from the first failure on; 30 by default."""

    tokenize: Callable[[str], Sequence[int]] | str | None
    """Converts text to token ids, for trainers that pass text only; counts may differ from those sampled. A
    configuration file names it as `module:function`."""

    decode: Decode | str | None
    """Converts token ids to text, special tokens included (`tokenizer.decode`), for trainers that pass the
    tokens of tools too: with it, what the policy wrote is told by the trainer's mask, and where there is no
    mask, by the role markers of the chat template."""


_DOMAINS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "on_failure": (lambda given: given in ("raise", "mark"), "'raise' or 'mark'"),
    "unjudged": (lambda given: given is None or math.isfinite(given), "a finite number or None"),
    "timeout": (lambda given: given is None or 0 < given < math.inf, "above 0 and finite, or None"),
    "patience": (lambda given: given is None or given >= 0, "at least 0, or None"),
    "bad_golds": (lambda given: given in ("warn", "stop"), "'warn' or 'stop'"),
}
"""The values that an option may have, and the words for them; any other option checks itself."""

_ANYTHING: tuple[Callable[[Any], bool], str] = (lambda _: True, "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trainer:
    """The fields that a trainer does not pass to rewards, and the workaround for its user."""

    name: str

    missing_fields: frozenset[str]
    """Fields of rollouts that its hook does not receive: :func:`all_but` those that it does."""

    workaround: str
    """Advice for a recipe that needs one of them."""

    keeps_special_tokens: bool = False
    """True if the text of its completions has special tokens in it."""

    sees_groups: bool = False
    """True if one call receives all rollouts of a prompt."""

    sees_sources: bool = False
    """True if it logs metrics of the adapter over a batch, so that there can be some by data source."""

    sees_steps: bool = False
    """True if a call tells the optimizer step, which weights that change over steps need."""


class TrainerScorer:
    """The scorer of one recipe for one trainer. It can be pickled and is thread-safe.

    Args:
        recipe: the recipe, or its name or path.
        trainer: the fields that the trainer passes.
        options: the settings of every adapter.
        ask_server: ask the server for the recipe now, so that one that cannot be reached, or scores by
            another recipe, is found before the trainer loads its model.

    Raises:
        InvalidParameterError: the recipe needs fields that the trainer does not pass, or an option is
            unknown or out of its domain.
        UnknownRecipeError: neither this machine nor the server knows the recipe.
        DigestMismatchError: the recipe is not the pinned one, or the server holds another of its name.
        ScorerError: the server gives no scores, under `on_failure="raise"`.
    """

    def __init__(
        self,
        recipe: Recipe | Reward | str | Path,
        trainer: Trainer,
        options: Options | None = None,
        *,
        ask_server: bool = True,
    ) -> None:
        given = dict(options or {})
        if unknown := sorted(set(given) - set(Options.__annotations__)):
            there = ", ".join(sorted(Options.__annotations__))
            message = f"{', '.join(unknown)}: no such option; there are {there}"
            raise InvalidParameterError(message)
        self._tokenize = _function("tokenize", given.get("tokenize"))
        self.decode = _function("decode", given.get("decode"))
        self._tokenizer = _imported("tokenizer", given.get("tokenizer"))
        data = given.pop("check_golds", None)
        self.options: Options = given  # type: ignore[assignment]  # checked above
        self.trainer = trainer
        self._check_options()
        self.on_failure = self.options.get("on_failure", "raise")
        self.unjudged = self.options.get("unjudged")
        self.reasoning = setting_of(self.options.get("reasoning") or ANY)
        self._told: set[str] = set()
        self._warned_window: int | None = None
        self._step: int | None = None
        self._set_up_openings()
        self.tree, self.summary = self._known(recipe)
        self.warn_misfits(self.options.get("window"))
        self._check()
        self._scorer = self._make()
        if ask_server and self.options.get("server"):
            self.scores([])
        if data is not None:
            check_golds(self, data, stop=self.options.get("bad_golds") == "stop")

    def __getstate__(self) -> dict[str, object]:
        # The trainer's tokenizer stays here; one of the options goes along.
        return {name: value for name, value in vars(self).items() if name != "_openings"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._set_up_openings()

    def _set_up_openings(self) -> None:
        self._openings = Openings(self.trainer.name, self.reasoning, self.options.get("think_prefilled"))
        if self._tokenizer is not None:
            self.read(self._tokenizer)

    def _check_options(self) -> None:
        for name, given in self.options.items():
            holds, domain = _DOMAINS.get(name, _ANYTHING)
            require(holds(given), f"{name} is {given!r}; it must be {domain}")
        require(self.options.get("gold_after") != "", "gold_after is empty; give the text before the gold")
        if self.options.get("source") is not None and not self.trainer.sees_sources:
            message = (
                f"source is {self.options['source']!r}, and {self.trainer.name} has no place for components "
                "by data source; leave it out"
            )
            raise InvalidParameterError(message)

    def _known(self, recipe: Recipe | Reward | str | Path) -> tuple[Recipe | None, RecipeSummary]:
        try:
            tree = Recipe.of(recipe)
        except UnknownRecipeError:
            server = self.options.get("server")
            if not server or not isinstance(recipe, str):
                raise
            with self._remote(server, recipe, digest=None) as remote:
                held = {name: one for one in remote.recipes() for name in (one.name, one.title)}
            if recipe not in held:
                raise
            self._hold_to_digest(recipe, held[recipe].digest)
            return None, held[recipe]
        given = tree
        tree = self._in_window(self._in_format(tree))
        summary = RecipeSummary.of(tree)
        self._hold_to_digest(recipe, given.digest, summary.digest)
        return tree, summary

    def _hold_to_digest(self, recipe: Recipe | Reward | str | Path, *found: str) -> None:
        """Raise if a digest is pinned and is none of those found: the recipe's own, and as it is scored."""
        pinned = self.options.get("recipe_digest")
        if pinned is None or pinned in found:
            return
        named = f"recipe {recipe}" if isinstance(recipe, (str, os.PathLike)) else "the recipe"
        way_out = "restore the pinned one, or pin the new digest to go on by it"
        message = (
            f"{named} has the digest {found[0]}, and recipe_digest pins {pinned}: the recipe or a default of "
            f"its rewards has changed; {way_out}"
        )
        raise DigestMismatchError(message)

    def _in_format(self, tree: Recipe) -> Recipe:
        """Return the recipe for the format of reasoning that the options name."""
        if self.reasoning == ANY:
            return tree
        told = tree.with_reasoning(self.reasoning)
        if self.options.get("server") and told.digest != tree.digest:
            message = (
                f"recipe {tree.title} is scored by a server's own copy, and reasoning={self.reasoning!r} "
                "would make it another; write `reasoning:` into the recipe file on both sides"
            )
            raise InvalidParameterError(message)
        return told

    def _in_window(self, tree: Recipe) -> Recipe:
        """Return the recipe bound to the trainer's window, or to its own if the trainer's is not known."""
        window = self.options.get("window")
        if is_bound(tree.reward):
            return tree if window is None else tree.bind(window=window)
        if window is None:
            if tree.window is None:
                message = f"recipe {tree.title} follows the trainer's window: say its tokens with window=..."
                raise InvalidParameterError(message)
            warn(
                LOG,
                f"recipe {tree.title} follows the trainer's window, which was not told: it is scored within "
                f"{tree.window} tokens; say another with window=...",
            )
            return tree.scored
        if self.options.get("server") and window != tree.window:
            held = "no window" if tree.window is None else f"a window of {tree.window} tokens"
            message = (
                f"recipe {tree.title} follows the trainer's window, here {window} tokens, and a server "
                f"scores by its own copy, which is bound to {held}; give max_length in the recipe, and one "
                "recipe for each stage"
            )
            raise InvalidParameterError(message)
        return tree.bind(window=window)

    def warn_misfits(self, window: object) -> None:
        """Warn, once per window, of rewards about lengths that do not fit a trainer's window in tokens."""
        if self.tree is None or not isinstance(window, int) or window == self._warned_window:
            return
        self._warned_window = window
        for line in misfits(self.tree.reward, window):
            warn(LOG, f"recipe {self.summary.title}: {line}")

    def check_group_size(self, generations: object) -> None:
        """Refuse group rewards of another group size than the trainer samples of a prompt.

        Raises:
            InvalidParameterError: they do.
        """
        size = None if self.tree is None else group_size(self.tree.reward)
        if size is None or not isinstance(generations, int) or generations == size:
            return
        message = (
            f"recipe {self.summary.title} compares groups of {size} completions, and {self.trainer.name} "
            f"samples {generations} of each prompt: write group_size: {generations} in the recipe, or sample "
            f"{size}"
        )
        raise InvalidParameterError(message)

    def at_step(self, step: int) -> None:
        """Score by the recipe of an optimizer step from here on, where its weights change over steps."""
        if self.tree is None or not self.tree.is_scheduled or step == self._step:
            return
        self._step = step
        tree = self.tree.at_step(step)
        self._scorer, self.summary = LocalScorer(tree), RecipeSummary.of(tree)

    def _check_schedule(self) -> None:
        if self.tree is None or not self.tree.is_scheduled:
            return
        if not self.trainer.sees_steps:
            message = (
                f"the weights of recipe {self.tree.title} change over optimizer steps, and "
                f"{self.trainer.name} does not say at which step it is: train with TRL, ms-swift or "
                "`touchstone train`, or give the recipe of one step, Recipe.load(...).at_step(n)"
            )
            raise InvalidParameterError(message)
        if self.options.get("server"):
            message = (
                f"the weights of recipe {self.tree.title} change over optimizer steps, and a server scores "
                "by its own copy, which has no step: leave out server=..., or send the recipe of each step "
                "inline, RemoteScorer(server, recipe.at_step(n))"
            )
            raise InvalidParameterError(message)

    def _check(self) -> None:
        self._check_schedule()
        needed = self.summary.required_fields
        missing = self.trainer.missing_fields
        if self.options.get("tokenize"):
            missing -= {"tokens", "completion_ids"}
        lacking = sorted(set(needed) & missing)
        if self.summary.scope == "group" and not self.trainer.sees_groups:
            lacking.append("whole groups")
        if lacking:
            message = (
                f"recipe {self.summary.title} needs {', '.join(lacking)}, which {self.trainer.name} does not "
                f"pass to rewards; {self.trainer.workaround}"
            )
            raise InvalidParameterError(message)

    def _make(self) -> Scorer:
        server = self.options.get("server")
        if server:
            return self._remote(server, self.summary.title, digest=self.summary.digest)
        if self.tree is None:
            message = f"recipe {self.summary.title} is known to a server only, and none was named"
            raise InvalidParameterError(message)
        return LocalScorer(self.tree.at_step(0))

    def _remote(self, server: str | Sequence[str], recipe: str, *, digest: str | None) -> RemoteScorer:
        patience = self.options.get("patience")
        return RemoteScorer(
            targets_of(server, "server"),
            recipe,
            recipe_digest=digest,
            timeout=self.options.get("timeout"),
            token=self.options.get("token"),
            tls=self.options.get("tls"),
            patience=30.0 if patience is None else patience,
        )

    @property
    def metadata_keys(self) -> tuple[str, ...]:
        """The keys of a rollout's metadata that the recipe reads, to route by or for custom rewards."""
        return self.summary.metadata_keys

    @property
    def needed_metadata(self) -> tuple[str, ...]:
        """The keys of `metadata_keys` that some rollout requires."""
        needed = self.summary.required_fields
        return tuple(key for key in self.metadata_keys if f"metadata.{key}" in needed)

    def gold_column(self, columns: Mapping[str, object]) -> str | None:
        """Return the column, or key of a row, of the golds; None if there is none and none is needed.

        Raises:
            InvalidCallError: the named column does not exist, or none was named and none or more than one
                of the usual names exists; the message lists the columns.
        """
        found = find_gold_column(columns, self.options.get("gold"))
        # Where a recipe routes, the rows of this call may be of a kind that needs no gold.
        if found is None and "ground_truth" in self.summary.required_fields and not self.metadata_keys:
            raise InvalidCallError(no_gold_column(self.summary.title, columns))
        return found

    def gold_in(self, row: Mapping[str, object], given: object) -> object:
        """Return the gold of a row: the one that the trainer gives, unless `gold` names a column."""
        named = self.options.get("gold")
        return given if named is None else cell(row, named)

    @_naming_prompt
    def rollout(
        self,
        completion: str | Turns,
        *,
        gold: object,
        row: Mapping[str, object] | None = None,
        prompt: object = None,
        before: object = None,
        parsed: bool = False,
        decode: Decode | None = None,
        **fields: Any,  # noqa: ANN401  # a rollout checks itself
    ) -> Rollout:
        """Return a rollout, with gold and prompt as text and the metadata of `row` that the recipe reads.

        Args:
            completion: the text, with the policy's turns where the trainer tells them by messages.
            gold: what the data holds; see :mod:`rewards.analysis.gold_text`.
            row: the columns of the data.
            prompt: the prompt, a text or messages; its text is kept.
            before: the prompt's end with the chat template's generation prompt, where `prompt` has none.
            parsed: True if a parser split the reasoning off, so that the completion holds its opener again.
            decode: the trainer's decoder of token ids, by which a mask of them tells the turns.
            **fields: further fields of the rollout.

        Raises:
            InvalidCallError: a gold or a prompt of no known form.
        """
        fields |= _token_fields(fields)
        tokenize = self._tokenize
        after = self.options.get("gold_after")
        ground_truth = gold_of(gold, after=after)
        if after is None and isinstance(ground_truth, str) and _GSM8K_MARK in ground_truth:
            self._warn_once(
                "golds",
                f"a gold holds {_GSM8K_MARK!r}, as worked solutions of GSM8K do: if the answer is what "
                f"follows, say so with gold_after={_GSM8K_MARK!r}, or right answers are judged wrong",
            )
        if isinstance(completion, str) and not parsed:
            completion = self._openings.with_marks(completion, fields.get("completion_ids"))
        said = self._turns(completion, fields, decode or self.decode)
        if (tokenizer := self._openings.tokenizer) and said.turns is None:
            said = said._replace(text=without_stop_tokens(said.text, tokenizer.special))
        if tokenize and fields.get("completion_ids") is None:
            spans = [(0, len(said.text))] if said.turns is None else said.turns
            fields["completion_ids"] = [one for start, end in spans for one in tokenize(said.text[start:end])]
        openings, settings = self._openings, template_settings(row or {})
        opening = Opening() if parsed else openings.first(prompt if before is None else before, settings)
        text, turns, _ = openings.of_later_turns(said, opening, settings)
        if turns and (shift := len(opening.closed)):
            turns = tuple((start + shift if at else 0, end + shift) for at, (start, end) in enumerate(turns))
        return Rollout(
            completion=opening.closed + text,
            turns=turns,
            prompt=prompt_text(prompt),
            ground_truth=ground_truth,
            think_prefilled=opening.prefilled,
            metadata=self._metadata(row or {}),
            **fields,
        )

    def _metadata(self, row: Mapping[str, object]) -> dict[str, str]:
        """Return what the recipe reads of a row; warn, once, of a column that is not there at all."""
        if absent := [key for key in self.metadata_keys if own_column(row, key) not in row]:
            there = ", ".join(sorted(row)[:_COLUMNS_SHOWN]) or "no columns"
            self._warn_once(
                "metadata",
                f"recipe {self.summary.title} reads {', '.join(absent)} of a row, and a row has none, but "
                f"{there}: it takes the default of a switch; this is said once",
            )
        return metadata_of(row, self.metadata_keys)

    def read(self, tokenizer: object, settings: Mapping[str, object] | None = None) -> TokenizerFacts:
        """Return the facts about the trainer's tokenizer, or about the one that the options name.

        Args:
            tokenizer: the tokenizer or processor.
            settings: the settings with which the trainer renders its chat template.
        """
        given = tokenizer if self._tokenizer is None else self._tokenizer
        has_ids = "completion_ids" not in self.trainer.missing_fields or self.trainer.keeps_special_tokens
        return self._openings.read(given, settings, has_ids=has_ids)

    def _turns(self, completion: str | Turns, fields: dict[str, Any], decode: Decode | None) -> Turns:
        """Return the completion with its turns; put the mask of tokens that they tell of in `fields`."""
        ids, given = fields.get("completion_ids"), fields.get("completion_mask")
        mask = given
        if ids is not None and decode is not None and given is None and (turns := in_text(decode(ids))):
            mask = fields["completion_mask"] = token_mask(ids, turns, decode)
        if isinstance(completion, Turns):
            return completion
        if given is not None and all(given):
            return Turns(completion, None)
        if given is not None and not any(given):
            return Turns("", None)
        if ids is not None and decode is not None and mask is not None:
            return of_tokens(ids, mask, decode)
        turns = in_text(completion)
        if given is not None and turns is None:
            self._warn_once(
                "mask",
                f"{self.trainer.name} passes a mask of tokens by which others wrote a part of a completion, "
                "and the text alone does not tell which: all of it is judged as the policy's; to leave that "
                "part out, give decode=..., such as the decode of the tokenizer",
            )
        return Turns(completion, turns)

    def scores(self, rollouts: Sequence[Rollout]) -> Scores:
        """Return the scores of `rollouts`; under `on_failure="mark"`, all NaN if none could be had.

        A row that needs a gold and has none is NaN too: it was not judged.

        Raises:
            ScorerError, PoolError: no scores could be had, under `on_failure="raise"`.
            MissingFieldError: a rollout lacks another field that the recipe needs.
            RewardError: a value that is infinite where trainers compute, in float32.
        """
        try:
            scores = self._scorer.score(rollouts, timeout=self.options.get("timeout"), lenient=True)
        except (ScorerError, PoolError):
            if self.on_failure == "raise":
                raise
            return self._marked(len(rollouts))
        self._check_rows(scores, len(rollouts))
        for name, values in {**scores.components, "the total": scores.totals}.items():
            if (np.abs(values) > _LARGEST).any():
                message = f"{name} reaches {np.nanmax(np.abs(values))}; trainers keep rewards as float32"
                raise RewardError(message)
        return scores

    def _check_rows(self, scores: Scores, size: int) -> None:
        """Warn once of rows without a gold; raise for a row that lacks any other field."""
        without_gold = [row for row, error in sorted(scores.errors.items()) if error.field == "ground_truth"]
        if other := sorted(set(scores.errors) - set(without_gold)):
            raise scores.errors[other[0]]
        if without_gold:
            where = self.options.get("gold")
            self._warn_once(
                "golds",
                f"recipe {self.summary.title} needs a gold, and {len(without_gold)} of {size} rows have none"
                f"{f' in {where!r}' if where else ''} (the first is row {without_gold[0]} of the batch): "
                "they are not judged; this is said once",
            )

    def _warn_once(self, subject: str, message: str) -> None:
        """Warn about a subject, the first time only."""
        if subject not in self._told:
            self._told.add(subject)
            warn(LOG, message)

    def _marked(self, size: int) -> Scores:
        empty = np.full(size, np.nan)
        names = self.summary.components
        return Scores(
            totals=empty,
            components=dict.fromkeys(names, empty),
            nodes=dict.fromkeys(names, empty),
            verdicts=[None] * size,
            spans=[{}] * size,
            parts={},
            errors={},
            recipe=self.summary.title,
            recipe_digest=self.summary.digest,
            environment_digest="",
        )

    def optional_values(self, scores: Scores) -> list[float | None]:
        """Return the totals, for a trainer that leaves out a row whose reward is None."""
        return [self.unjudged if math.isnan(total) else total for total in scores.totals.tolist()]

    def values(self, scores: Scores) -> list[float]:
        """Return the totals, for a trainer that needs a number for every row.

        Raises:
            NotJudgedError: a row was not judged, and no value was chosen for such rows.
        """
        values = self.optional_values(scores)
        missing = [row for row, value in enumerate(values) if value is None]
        if missing:
            message = (
                f"{len(missing)} of {len(values)} rollouts were not judged (row {missing[0]}: "
                f"{self._why(scores, missing[0])}), and "
                f"{self.trainer.name} has no way to leave one out; mend the cause (an unreadable gold, say) "
                "or choose a value for such rows with unjudged=..."
            )
            raise NotJudgedError(message)
        return [value for value in values if value is not None]

    def _why(self, scores: Scores, row: int) -> str:
        """Return the reason why a row was not judged."""
        if (verdict := scores.verdicts[row]) is not None:
            return verdict.status.value
        named = self.options.get("gold")
        where = f" in {named!r}" if named else ""
        return f"it has no gold{where}" if row in scores.errors else "no scores could be had"

    @property
    def settings(self) -> tuple[object, ...]:
        """Everything that tells two scorers of a trainer apart: the recipe and the options."""
        return self.summary.title, self.summary.digest, self.options

    @property
    def logged(self) -> tuple[str, ...]:
        """The keys of :meth:`logs`."""
        return (*self.summary.components, "judged")

    def logs(self, scores: Scores, row: int) -> dict[str, float]:
        """Return each component of one row by name, and `judged`: 1, or 0 if the row was not judged.

        Every row has the same keys, which some trainers insist on. Where there is no value it is `unjudged`,
        if one was chosen, since trainers average over rows; else NaN.
        """
        missing = math.nan if self.unjudged is None else self.unjudged
        named = {name: float(scores.components[name][row]) for name in self.summary.components}
        filled = {name: missing if math.isnan(value) else value for name, value in named.items()}
        return {**filled, "judged": float(not math.isnan(scores.totals[row]))}


def _token_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields of one value for each token as lists or arrays; of a mask in floats, truth values.

    Raises:
        InvalidCallError: another type, or a mask of another length than the tokens.
    """
    found: dict[str, Any] = {
        name: tokens_of(value, name) for name in TOKEN_FIELDS if (value := fields.get(name)) is not None
    }
    mask = found.get("completion_mask")
    if mask is None:
        return found
    values = np.asarray(mask)
    if values.dtype.kind == "f" and np.isin(values, (0.0, 1.0)).all():
        found["completion_mask"] = values.astype(bool)
    for name, others in found.items():
        if len(others) != len(mask):
            message = (
                f"completion_mask has {len(mask)} values, and {name} has {len(others)}; it must have one for "
                "each token of the completion alone, without the prompt and padding"
            )
            raise InvalidCallError(message)
    return found


def _function(option: str, given: object) -> Callable[..., Any] | None:
    """Return the function that an option gives, by itself or as `module:function`; None where it gives none.

    Raises:
        InvalidParameterError: neither, or nothing that can be imported.
    """
    found: Callable[..., Any] | None = _imported(option, given)
    if found is None or callable(found):
        return found
    message = f"{option} is {given!r}; it must be a function, or module:function of one to import"
    raise InvalidParameterError(message)


def _imported(option: str, given: object) -> Any:  # noqa: ANN401  # whatever was given
    """Return what `module:name` names; anything but text as it is.

    Raises:
        InvalidParameterError: nothing that can be imported.
    """
    if not isinstance(given, str):
        return given
    module, _, name = given.partition(":")
    try:
        return operator.attrgetter(name)(importlib.import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        message = f"{option} is {given!r}; as text it must be module:name, to import ({error})"
        raise InvalidParameterError(message) from error


@functools.lru_cache(maxsize=64)
def _shared(recipe: str, trainer: Trainer, options: tuple[tuple[str, object], ...]) -> TrainerScorer:
    # Made in the first call, when the model is long loaded.
    return TrainerScorer(recipe, trainer, dict(options), ask_server=False)  # type: ignore[arg-type]  # it checks them


def shared_scorer(recipe: str, trainer: Trainer, options: Mapping[str, object]) -> TrainerScorer:
    """Return the process-wide scorer of these settings, for hooks that receive them in every call."""
    hashable = {
        name: setting_of(value or ANY)
        if name == "reasoning"
        else value
        if _is_scalar(value)
        else tuple(value)  # type: ignore[arg-type]
        for name, value in options.items()
    }
    return _shared(recipe, trainer, tuple(sorted(hashable.items())))


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (str, float, int, bool)) or not hasattr(value, "__iter__")
