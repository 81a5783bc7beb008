"""Load prompts and golds from files or data sets, under the column names that the trainer uses.

The result has a column `prompt` (text, or messages), a column `ground_truth`, and the columns to keep. Left
out: tokenization, which TRL does.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from rewards.errors import InvalidCallError
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.usable_rows import Table, usable_rows
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.rows import find_gold_column, gold_of
from trainer_adapters.scoring.sources import SOURCE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from datasets import Dataset

    from trainer_adapters.grpo.schema import Data
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["load_prompts", "prompt_of"]

logger = logging.getLogger(__name__)

LOADERS = {".jsonl": "json", ".json": "json", ".parquet": "parquet"}


def load_prompts(
    data: Data,
    *,
    scorers: Sequence[TrainerScorer] = (),
    conversational: bool,
    count: Callable[[Any], int] | None = None,
) -> Dataset:
    """Return the rows to train on.

    Args:
        data: the section of the training file.
        scorers: the scorer of each stage's recipe, for the columns that it reads and the golds that it needs.
        conversational: True if the tokenizer has a chat template, for `data.conversational=None`.
        count: returns the number of tokens of a prompt, for `data.max_prompt_tokens`.

    Raises:
        ConfigError: no such file or column, no rows, a row without a prompt, or none with a gold that
            the recipe can judge by.
    """
    rows = _read(data)
    gold = _gold_column(data, rows.column_names)
    kept = _kept_columns(data, rows.column_names, scorers)
    if data.limit is not None:
        rows = rows.select(range(min(data.limit, len(rows))))
    chat = conversational if data.conversational is None else data.conversational
    columns: dict[str, list[Any]] = {name: rows[name][:] for name in kept}
    columns["prompt"] = _each(
        rows[data.columns.prompt], lambda one: prompt_of(one, system=data.system_prompt, chat=chat)
    )
    golds: list[Any] = [None] * len(rows)
    if gold is not None:
        narrow = _narrow(rows.features[gold])
        golds = _each(rows[gold], lambda one: gold_of(narrow(one), after=data.gold_after))
        columns["ground_truth"] = _of_one_type(golds)
    table = Table(
        columns=rows.column_names,
        gold_column=gold,
        gold_after=data.gold_after,
        golds=golds,
        kept={name: columns[name] for name in kept},
    )
    usable = usable_rows(scorers, table) if scorers else range(len(rows))
    made = type(rows).from_dict({name: [column[row] for row in usable] for name, column in columns.items()})
    if data.max_prompt_tokens is not None and count is not None:
        longest = data.max_prompt_tokens
        made = made.select([at for at, prompt in enumerate(made["prompt"]) if count(prompt) <= longest])
        logger.info("%d of %d prompts have at most %d tokens", len(made), len(rows), longest)
    if len(made) == 0:
        message = "data: there are no rows to train on"
        raise ConfigError(message)
    return made


def _kept_columns(data: Data, names: list[str], scorers: Iterable[TrainerScorer]) -> list[str]:
    """Return the columns beside prompt and gold: those that the file names, and those that the recipe reads.

    Raises:
        ConfigError: a column that the file names, or that the recipe cannot do without, does not exist.
    """
    read = {key for scorer in scorers for key in scorer.metadata_keys}
    needed = {key for scorer in scorers for key in scorer.needed_metadata}
    source = data.columns.source
    named = {*data.columns.keep, *([] if source is None else [source])}
    wanted = {*named, *read} - {"prompt", "ground_truth"}
    missing = sorted(wanted - set(names))
    there = f"there are {', '.join(sorted(names))}"
    if lacking := [name for name in missing if name in named or name in needed]:
        reader = "the recipe routes by" if lacking[0] in needed else "you named"
        message = f"data.columns.keep: no column {', '.join(lacking)}, which {reader}; {there}"
        raise ConfigError(message)
    if missing:
        warn(
            logger,
            f"data: no column {', '.join(missing)}, which the recipe reads where there is one: to route by, "
            f"say, and every row then takes the default; {there}",
        )
    if source is None:  # the first of the usual names, where the prompt and the golds are not in it
        taken = {data.columns.prompt, data.columns.ground_truth}
        wanted |= set([name for name in SOURCE_COLUMNS if name in names and name not in taken][:1])
    return sorted(wanted - set(missing))


def _narrow(feature: Any) -> Callable[[object], object]:  # noqa: ANN401  # a type of datasets
    """Return a function that restores the width of a column's floats, which `datasets` widens to 64 bits."""
    while hasattr(feature, "feature"):  # of a list
        feature = feature.feature
    width = {"float32": np.float32, "float16": np.float16}.get(getattr(feature, "dtype", ""))

    def narrowed(value: object) -> object:
        if isinstance(value, list):
            return [narrowed(one) for one in value]
        return width(value) if width is not None and isinstance(value, float) else value

    return narrowed


def _gold_column(data: Data, names: list[str]) -> str | None:
    prompt = data.columns.prompt
    if prompt not in names:
        message = f"data.columns.prompt: no column {prompt!r}; there are {', '.join(names)}"
        raise ConfigError(message)
    try:
        return find_gold_column(dict.fromkeys(names), data.columns.ground_truth)
    except InvalidCallError as error:
        message = f"data.columns.ground_truth: {error}"
        raise ConfigError(message) from None


def _each(values: Iterable[object], convert: Callable[[object], object]) -> list[Any]:
    found = []
    for number, value in enumerate(values):
        try:
            found.append(convert(value))
        except InvalidCallError as error:
            message = f"data: row {number}: {error}"
            raise ConfigError(message) from None
    return found


def _of_one_type(golds: list[object]) -> list[object]:
    """Return each gold as a list if some row has several, since a column has one type."""
    if not any(isinstance(gold, list) for gold in golds):
        return golds
    return [gold if isinstance(gold, list) or gold is None else [gold] for gold in golds]


def prompt_of(given: object, *, system: str | None = None, chat: bool = False) -> str | list[dict[str, str]]:
    """Return a prompt: text unchanged or as a user message, or messages, after the system prompt if any.

    >>> prompt_of("2+2?", chat=True)
    [{'role': 'user', 'content': '2+2?'}]
    >>> prompt_of([{"role": "user", "content": "2+2?"}], system="Be brief.")[0]
    {'role': 'system', 'content': 'Be brief.'}

    Raises:
        InvalidCallError: neither text nor messages, or a second system prompt.
    """
    if isinstance(given, str):
        if not chat and system is None:
            return given
        messages = [{"role": "user", "content": given}]
    elif isinstance(given, list) and given and all(isinstance(one, dict) and "role" in one for one in given):
        messages = [{"role": str(one["role"]), "content": str(one.get("content") or "")} for one in given]
    else:
        message = f"the prompt is of type {type(given).__name__}; it must be text or a list of messages"
        raise InvalidCallError(message)
    if system is None:
        return messages
    if messages[0]["role"] == "system":
        message = "the prompt has a system message of its own, and data.system_prompt is set"
        raise InvalidCallError(message)
    return [{"role": "system", "content": system}, *messages]


def _read(data: Data) -> Dataset:
    from datasets import load_dataset  # noqa: PLC0415  # it takes seconds

    if data.path is None:
        return load_dataset(data.dataset, data.configuration, split=data.split)
    suffix = "." + data.path.rpartition(".")[2]
    if suffix not in LOADERS:
        message = f"data.path: {data.path} ends in none of {', '.join(LOADERS)}"
        raise ConfigError(message)
    try:
        return load_dataset(LOADERS[suffix], data_files=data.path, split="train")
    except FileNotFoundError as error:
        message = f"data.path: {error}"
        raise ConfigError(message) from None
    except Exception as error:  # datasets raises its own, pyarrow's and pandas' errors for a broken file
        message = f"data.path: {data.path} cannot be read: {error}"
        raise ConfigError(message) from error
