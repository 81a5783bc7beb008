"""Load prompts and golds from files or data sets, under the column names that the trainer uses.

The result has a column `prompt` (text, or messages), a column `ground_truth`, and the columns to keep. Left
out: tokenization, which TRL does.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rewards.analysis.cells import at, json_objects
from rewards.analysis.columns import SYNONYMS, Columns
from rewards.analysis.missing import is_missing
from rewards.analysis.sample import Sample
from rewards.analysis.turns import content_text
from rewards.errors import InvalidCallError, InvalidInputError
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.scoring.golds import Table, Wording, usable_rows
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.rows import GOLD_COLUMNS, find_gold_column, gold_of, own_column
from trainer_adapters.scoring.sources import SOURCE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from datasets import Dataset

    from trainer_adapters.grpo.schema import Data
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["load_prompts", "prompt_of"]

logger = logging.getLogger(__name__)

LOADERS = {".jsonl": "json", ".json": "json", ".parquet": "parquet"}

_COMPRESSED = (".gz", ".zst")
"""Endings that may follow those of LOADERS."""

_SAMPLE_ROWS = 1000
"""Number of rows from which columns are found, and whose prompts are tried on the chat template."""

_ROWS_NAMED = 5
"""Max number of rows that a message names."""

_WORDING = Wording(
    table="data",
    gold="data.columns.ground_truth",
    after="data.gold_after: ",
    bad="data.bad_golds: warn",
    then=" and are left out",
)


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
    sample = Sample.of(rows.select(range(min(_SAMPLE_ROWS, len(rows)))))
    prompt = _prompt_column(data, rows.column_names, sample)
    gold = _gold_column(data, rows.column_names, sample)
    kept = _kept_columns(data, rows.column_names, sample, scorers)
    usual = {data.columns.prompt, data.columns.ground_truth, *GOLD_COLUMNS, None}
    read = {"prompt": prompt, "ground_truth": gold}
    if guessed := [f"{field}={name}" for field, name in read.items() if name not in usual]:
        warn(logger, f"data: read as {', '.join(guessed)}; data.columns says otherwise")
    if data.limit is not None:
        rows = rows.select(range(min(data.limit, len(rows))))
    chat = conversational if data.conversational is None else data.conversational
    columns: dict[str, list[Any]] = {
        name: list(map(_restored(_feature(rows.features, name)), _cells(rows, name))) for name in kept
    }
    columns["prompt"] = _each(
        _cells(rows, prompt), lambda one: prompt_of(one, system=data.system_prompt, chat=chat), prompt
    )
    asking = _rows_that_ask(columns["prompt"], prompt)
    golds: list[Any] = [None] * len(rows)
    if gold is not None:
        restore = _restored(_feature(rows.features, gold))
        golds = _each(_cells(rows, gold), lambda one: gold_of(restore(one), after=data.gold_after), gold)
        columns["ground_truth"] = _of_one_type(golds)
    table = Table(
        columns=rows.column_names,
        gold_column=gold,
        gold_after=data.gold_after,
        golds=golds,
        kept={name: columns[name] for name in kept},
        wording=_WORDING,
    )
    usable = _usable_rows(scorers, table, data) if scorers else range(len(rows))
    usable = [row for row in usable if row in asking]
    if count is not None:
        longest = data.max_prompt_tokens
        counted = usable if longest is not None else usable[:_SAMPLE_ROWS]
        sizes = _sizes(columns["prompt"], counted, count, prompt)
        if longest is not None:
            usable = [row for row in usable if sizes[row] <= longest]
            logger.info("%d of %d prompts have at most %d tokens", len(usable), len(rows), longest)
    made = type(rows).from_dict({name: [column[row] for row in usable] for name, column in columns.items()})
    if len(made) == 0:
        message = "data: there are no rows to train on"
        raise ConfigError(message)
    return made


def _rows_that_ask(prompts: Sequence[object], column: str) -> frozenset[int]:
    """Return the rows that have a prompt; warn of the others.

    Raises:
        ConfigError: there is none.
    """
    empty = [row for row, one in enumerate(prompts) if one is None]
    if empty:
        named = ", ".join(f"row {row}" for row in empty[:_ROWS_NAMED])
        more = f" and {len(empty) - _ROWS_NAMED} more" if len(empty) > _ROWS_NAMED else ""
        without = f"{len(empty)} of {len(prompts)} rows have no prompt in {column!r}"
        if len(empty) == len(prompts):
            message = f"data: there is no row to train on: {without}: {named}{more}"
            raise ConfigError(message)
        warn(logger, f"data: {without} and are left out: {named}{more}")
    return frozenset(range(len(prompts))).difference(empty)


def _sizes(
    prompts: Sequence[Any], rows: Iterable[int], count: Callable[[Any], int], column: str
) -> dict[int, int]:
    """Return the number of tokens of the prompts of these rows.

    Raises:
        ConfigError: the chat template, or the tokenizer, takes a prompt that it cannot write.
    """
    found = {}
    for row in rows:
        try:
            found[row] = count(prompts[row])
        except Exception as error:  # what a template raises is its own affair
            reason = " ".join(str(error).split())
            message = (
                f"data: row {row}, {column!r}: the chat template refuses this prompt: {reason}; mend the "
                "row, or name another template in data.chat_template"
            )
            raise ConfigError(message) from error
    return found


def _usable_rows(scorers: Sequence[TrainerScorer], table: Table, data: Data) -> list[int]:
    try:
        return usable_rows(scorers, table, stop=data.bad_golds == "stop")
    except InvalidCallError as error:
        raise ConfigError(str(error)) from None


def _cells(rows: Dataset, name: str) -> list[Any]:
    """Return a column, or the values of each row that a dotted name reaches."""
    own = own_column(dict.fromkeys(rows.column_names), name)
    cells: list[Any] = rows[own][:]
    return cells if own == name else [at({own: value}, name) for value in cells]


def _feature(features: Any, name: str) -> object:  # noqa: ANN401  # those of datasets
    """Return the type of a column, or of what a dotted name reaches; None where it is not told."""
    own = own_column(features, name)
    found = features.get(own)
    rest = name.removeprefix(own).removeprefix(".")
    return _feature(found, rest) if rest and isinstance(found, dict) else None if rest else found


def _kept_columns(
    data: Data, names: list[str], sample: Sample, scorers: Iterable[TrainerScorer]
) -> list[str]:
    """Return the columns beside prompt and gold: those that the file names, and those that the recipe reads.

    Raises:
        ConfigError: a column that the file names, or that the recipe cannot do without, does not exist.
    """
    read = {key for scorer in scorers for key in scorer.metadata_keys}
    needed = {key for scorer in scorers for key in scorer.needed_metadata}
    source = data.columns.source
    named = {*data.columns.keep, *([] if source is None else [source])}
    wanted = {*named, *read} - {"prompt", "ground_truth"}
    missing = sorted(name for name in wanted if name not in names and not sample.has(name))
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


def _restored(feature: Any) -> Callable[[object], object]:  # noqa: ANN401  # a type of datasets
    """Return a function that restores what `datasets` makes other values of in a column of this type.

    It widens floats to 64 bits, and keeps classes as numbers, -1 for none.
    """
    while hasattr(feature, "feature"):  # of a list
        feature = feature.feature
    width = {"float32": np.float32, "float16": np.float16}.get(getattr(feature, "dtype", ""))
    names = getattr(feature, "names", None)

    def restored(value: object) -> object:
        if isinstance(value, list):
            return [restored(one) for one in value]
        if names is not None and isinstance(value, int):
            return names[value] if value >= 0 else None
        return width(value) if width is not None and isinstance(value, float) else value

    return restored


def _prompt_column(data: Data, names: list[str], sample: Sample) -> str:
    """Return the column of prompts: the one that the file names, or a synonym of the usual name.

    Raises:
        ConfigError: there is no such column.
    """
    named = data.columns.prompt
    usual = (named, *SYNONYMS["prompt"]) if named == "prompt" else (named,)
    found = next((name for name in usual if name in names or sample.has(name)), None)
    if found is None:
        near = sample.near([named])
        message = f"data.columns.prompt: no column {named!r}{near}; there are {', '.join(names)}"
        raise ConfigError(message)
    return found


def _gold_column(data: Data, names: list[str], sample: Sample) -> str | None:
    """Return the column of golds, if there is one.

    Raises:
        ConfigError: the one that the file names does not exist, or it is not clear which one it is.
    """
    named = data.columns.ground_truth
    try:
        found = find_gold_column(dict.fromkeys(names), named)
        if named is not None and named not in names:
            sample.check(named, "ground_truth")
    except InvalidInputError as error:
        message = f"data.columns.ground_truth: {error}"
        raise ConfigError(message) from None
    if found is None:  # a name of golds and of other things, which the commands take too
        found = Columns.found(sample, None, {})["ground_truth"]
        return found if sample.holds(found) else None
    return found


def _each(values: Iterable[object], convert: Callable[[object], object], column: str) -> list[Any]:
    """Convert each value of a column.

    Raises:
        ConfigError: a value that cannot be converted, with its row.
    """
    found = []
    for number, value in enumerate(values):
        try:
            found.append(convert(value))
        except InvalidCallError as error:
            message = f"data: row {number}, {column!r}: {error}"
            raise ConfigError(message) from None
    return found


def _of_one_type(golds: list[object]) -> list[object]:
    """Return each gold as a list if some row has several, since a column has one type."""
    if not any(isinstance(gold, list) for gold in golds):
        return golds
    return [gold if isinstance(gold, list) or gold is None else [gold] for gold in golds]


def prompt_of(
    given: object, *, system: str | None = None, chat: bool = False
) -> str | list[dict[str, str]] | None:
    """Return a prompt: text unchanged or as a user message, or messages, after the system prompt if any.

    What is missing, or blank in all messages but those of the system, is None.

    >>> prompt_of("2+2?", chat=True)
    [{'role': 'user', 'content': '2+2?'}]
    >>> prompt_of([{"role": "user", "content": "2+2?"}], system="Be brief.")[0]
    {'role': 'system', 'content': 'Be brief.'}

    >>> prompt_of([{"role": "user", "content": [{"type": "text", "text": "2+2?"}]}])
    [{'role': 'user', 'content': '2+2?'}]

    Text that is the JSON of messages is taken for them.

    Raises:
        InvalidCallError: neither text nor messages of text, or a second system prompt.
    """
    if is_missing(given) or given == [] or (isinstance(given, str) and not given.strip()):
        return None
    said = _messages_of(given)
    if said is not None:
        messages = [
            {"role": str(one["role"]), "content": _text_of_message(one, number)}
            for number, one in enumerate(said)
        ]
        if not any(one["content"].strip() for one in messages if one["role"] != "system"):
            return None
    elif isinstance(given, str):
        if not chat and system is None:
            return given
        messages = [{"role": "user", "content": given}]
    else:
        message = f"the prompt is of type {type(given).__name__}; it must be text or a list of messages"
        raise InvalidCallError(message)
    if system is None:
        return messages
    if messages[0]["role"] == "system":
        message = "the prompt has a system message of its own, and data.system_prompt is set"
        raise InvalidCallError(message)
    return [{"role": "system", "content": system}, *messages]


def _messages_of(given: object) -> list[dict[str, Any]] | None:
    """Return the messages that a prompt is, or is the JSON of; None for any other."""
    found = json_objects(given) if isinstance(given, str) else given
    if not isinstance(found, list) or not found:
        return None
    return found if all(isinstance(one, dict) and "role" in one for one in found) else None


def _text_of_message(message: Mapping[str, Any], number: int) -> str:
    """Return the text of a message of a prompt.

    Raises:
        InvalidCallError: it holds something else: an image, say.
    """
    content = message.get("content") or ""
    blocks = content if isinstance(content, list) else []
    other = next(
        (one for one in blocks if isinstance(one, dict) and not isinstance(one.get("text"), str)), None
    )
    text = content_text(content) if other is None else None
    if text is None:
        held = (
            f"a part of type {other.get('type')!r}" if other else f"content of type {type(content).__name__}"
        )
        reason = f"message {number} of the prompt holds {held}; `touchstone train` asks by text alone"
        raise InvalidCallError(reason)
    return text


def _read(data: Data) -> Dataset:
    """Return the rows of a file, of a folder that `datasets` saved, or of a data set.

    Raises:
        ConfigError: it cannot be read, with the setting and the reason.
    """
    setting, source = ("data.dataset", data.dataset) if data.path is None else ("data.path", data.path)
    try:
        return _loaded(data, str(source))
    except ConfigError:
        raise
    except Exception as error:  # datasets raises its own, pyarrow's, pandas' and the Hub's errors
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"{setting}: {source} cannot be read: {reason}"
        raise ConfigError(message) from error


def _loaded(data: Data, source: str) -> Dataset:
    from datasets import load_dataset, load_from_disk  # noqa: PLC0415  # it takes seconds

    folder = Path(source)
    if (folder / "dataset_dict.json").is_file():
        return load_from_disk(str(folder / data.split))
    if (folder / "state.json").is_file():
        return load_from_disk(source)
    if data.path is None:
        return load_dataset(source, data.configuration, split=data.split)
    suffixes = [one for one in Path(source).suffixes if one not in _COMPRESSED]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in LOADERS:
        message = (
            f"data.path: {source} ends in none of {', '.join(LOADERS)} (.gz or .zst may follow), and is no "
            "folder that datasets.save_to_disk wrote; convert it to one of them"
        )
        raise ConfigError(message)
    return load_dataset(LOADERS[suffix], data_files=source, split="train")
