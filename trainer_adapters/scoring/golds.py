"""Check the golds of a data set against a recipe before the first step: for the trainer and for adapters.

A row cannot be used, and is counted, if the recipe needs a gold and the row has none, or one that the judge
cannot read: prose, broken LaTeX, a value too big to compare. Two cases are errors, since no training is
possible: no row is left, or a recipe cannot route by the metadata. Golds are checked only where the judge of
answers will read them; a custom reward may read anything.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rewards import BoxedCorrectness, Rollout, Switch
from rewards.analysis.gold_text import gold_mark
from rewards.errors import InvalidCallError
from rewards.rollout import FIELDS, SAMPLED, Batch
from trainer_adapters.scoring.ranks import warn
from trainer_adapters.scoring.rows import cell, gold_of, metadata_of, no_gold_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rewards import Reward
    from trainer_adapters.scoring.scorer import TrainerScorer

    Gold: TypeAlias = str | list[str] | None

__all__ = ["Table", "Wording", "check_golds", "usable_rows"]

LOG = logging.getLogger("touchstone.golds")

_MOST_GOLDS = 50_000
"""Max number of different golds that are checked: some ten seconds of work."""

_NAMED = 5
"""Max number of rows that a message names."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wording:
    """The names of the settings in messages."""

    table: str
    """Where the rows come from."""

    gold: str
    """The setting that names the column of golds."""

    after: str
    """The setting that cuts golds out of worked solutions, up to its value."""

    bad: str
    """The setting by which a run goes on without rows that cannot be used."""

    then: str
    """The end of a line about such rows."""


ADAPTER = Wording(
    table="check_golds",
    gold="gold",
    after="gold_after=",
    bad='bad_golds="warn"',
    then=" and will not be judged",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Table:
    """The columns of a data set that rewards read, row by row."""

    columns: Sequence[str]
    """Names of all columns."""

    gold_column: str | None

    gold_after: str | None
    """See :class:`trainer_adapters.scoring.scorer.Options`."""

    golds: Sequence[Gold]

    kept: Mapping[str, Sequence[object]]
    """The columns that the recipe reads as metadata, by name."""

    wording: Wording = ADAPTER


@dataclasses.dataclass(frozen=True)
class _Demand:
    """The rows whose golds one recipe needs and judges."""

    gold: frozenset[int]
    """Rows that need a gold."""

    judged: frozenset[int]
    """Rows whose gold the judge reads."""


def check_golds(scorer: TrainerScorer, given: object, *, stop: bool) -> None:
    """Check the golds of a data set for an adapter, which cannot leave rows out, and warn of the bad ones.

    Args:
        scorer: the scorer of the adapter.
        given: a file of rows in any format that the commands read, or the rows, as a list of mappings or a
            data set of `datasets`.
        stop: raise for any row that cannot be judged.

    Raises:
        InvalidCallError: see :func:`usable_rows`; no rows, or a gold of no known type.
        RowFileError: a file that cannot be read.
    """
    rows = _rows(given)
    first = next(rows, None)
    if first is None:
        message = "check_golds: there are no rows"
        raise InvalidCallError(message)
    column, after = scorer.gold_column(first), scorer.options.get("gold_after")
    _warn_of_classes(given, column)
    golds: list[Gold] = []
    kept: dict[str, list[object]] = {key: [] for key in scorer.metadata_keys}
    for row in itertools.chain([first], rows):
        try:
            golds.append(gold_of(cell(row, column), after=after))
        except InvalidCallError as error:
            message = f"check_golds: row {len(golds)}, {column!r}: {error}"
            raise InvalidCallError(message) from None
        for key, cells in kept.items():
            cells.append(cell(row, key))
    table = Table(columns=list(first), gold_column=column, gold_after=after, golds=golds, kept=kept)
    usable_rows([scorer], table, stop=stop)


def _warn_of_classes(given: object, column: str | None) -> None:
    """Warn of a column of classes of `datasets`, whose numbers a trainer passes, and not their names."""
    feature = (getattr(given, "features", None) or {}).get(column)
    if (names := getattr(feature, "names", None)) is not None:
        warn(
            LOG,
            f"check_golds: {column!r} holds classes ({', '.join(names[:_NAMED])}), and the trainer passes "
            "their numbers: if golds are the names, make the column one of text first, with int2str",
        )


def _rows(given: object) -> Iterator[Mapping[str, object]]:
    """Iterate over the rows of a file, or over rows.

    Raises:
        InvalidCallError: neither of them.
        RowFileError: a file that cannot be read.
    """
    if isinstance(given, (str, Path)):
        from rewards.analysis.rows import RowSource  # noqa: PLC0415  # only where a file is named

        for row in RowSource(Path(given)).rows():
            if row.values is None:
                message = f"check_golds: {row.place}: {row.error}"
                raise InvalidCallError(message)
            yield row.values
        return
    for values in given if isinstance(given, Iterable) else [given]:
        if not isinstance(values, Mapping):
            message = (
                f"check_golds holds a {type(values).__name__}; it must be a file, a data set of `datasets`, "
                "or a list of rows, each a mapping of columns"
            )
            raise InvalidCallError(message)
        yield values


def usable_rows(scorers: Sequence[TrainerScorer], table: Table, *, stop: bool = False) -> list[int]:
    """Return the rows that every one of these recipes can score, in order; warn of the others.

    Args:
        scorers: one for each recipe.
        table: what they read of the data set.
        stop: raise for any other row.

    Raises:
        InvalidCallError: no row is left that has the gold it needs, or a row cannot be routed.
    """
    demands = [_demand(scorer, table) for scorer in scorers]
    needing = frozenset[int]().union(*(one.gold for one in demands))
    judged = frozenset[int]().union(*(one.judged for one in demands))
    wording = table.wording
    if needing and table.gold_column is None:
        message = f"{wording.gold}: {no_gold_column(scorers[0].summary.title, table.columns)}"
        raise InvalidCallError(message)
    without = {row: "" for row in sorted(needing) if table.golds[row] is None}
    unread = _unreadable(table, sorted(judged - set(without)))
    # A recipe that only a server has may read golds in its own way: rows are then told of, and kept.
    known = all(scorer.tree is not None for scorer in scorers)
    out = {*without, *(unread if known else ())}
    then = "" if stop else wording.then
    lines = [
        *_summary_lines(table, "no gold", without, then),
        *_summary_lines(
            table,
            "a gold that cannot be judged",
            unread,
            then if known else ", if the server's recipe judges them",
        ),
    ]
    if needing and needing <= out:
        message = f"{wording.table}: there is no row to train on: {'; '.join(lines)}"
        raise InvalidCallError(message)
    if stop and out:
        message = f"{wording.table}: {'; '.join(lines)}; to go on without them, set {wording.bad}"
        raise InvalidCallError(message)
    for line in lines:
        warn(LOG, f"{wording.table}: {line}")
    return [row for row in range(len(table.golds)) if row not in out]


def _demand(scorer: TrainerScorer, table: Table) -> _Demand:
    """Return the rows that need a gold, and those whose gold is judged, by the recipe's own rules."""
    everyone = frozenset(range(len(table.golds)))
    summary = scorer.summary
    if scorer.tree is None:
        if "ground_truth" not in summary.required_fields:
            return _Demand(frozenset(), frozenset())
        routed = bool(summary.metadata_keys)  # then nobody knows here which rows need one
        return _Demand(frozenset() if routed else everyone, everyone)
    # Rows of the same metadata are routed alike, so that few rollouts stand for all of them.
    alike: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for row in everyone:
        cells = {name: column[row] for name, column in table.kept.items()}
        alike.setdefault(tuple(metadata_of(cells, summary.metadata_keys).items()), []).append(row)
    groups = list(alike.values())
    batch = Batch([_without_gold(dict(metadata)) for metadata in alike])
    gold: set[int] = set()
    for at, error in sorted(scorer.tree.reward.invalid_rows(batch).items()):
        if error.field != "ground_truth":
            message = f"{table.wording.table}: {error.about(f'row {groups[at][0]}')}"
            raise InvalidCallError(message)
        gold.update(groups[at])
    judged = _judged(scorer.tree.reward, batch)
    return _Demand(frozenset(gold), frozenset(row for at in judged for row in groups[at]))


def _without_gold(metadata: dict[str, str]) -> Rollout:
    """Return a rollout with every field that a trainer passes, except its gold."""
    sampled: dict[str, Any] = {name: FIELDS[name].kind.example() for name in SAMPLED}
    return Rollout(completion="", metadata=metadata, group_id="0", **sampled)


def _judged(reward: Reward, batch: Batch) -> set[int]:
    """Return the rows of a batch whose answers are compared with their golds."""
    if isinstance(reward, BoxedCorrectness):
        return set(batch.rows.tolist())
    if isinstance(reward, Switch):
        parts = [(route, part) for route, _, part in reward.routes(batch)]
    else:
        parts = [(child, batch) for child in reward.children]
    return {row for one, part in parts for row in _judged(one, part)}


def _unreadable(table: Table, rows: Sequence[int]) -> dict[int, str]:
    """Return the rows whose golds cannot be judged, with the reasons; each different gold is checked once."""
    found: set[str | tuple[str, ...]] = set()
    reasons: dict[int, str] = {}
    for row in rows:
        gold = table.golds[row]
        key = gold if isinstance(gold, str) else tuple(gold or ())
        if key not in found and len(found) == _MOST_GOLDS:
            looked = f"{_MOST_GOLDS} different golds were looked at, up to row {row}, and no more"
            warn(LOG, f"{table.wording.table}: {looked}")
            break
        found.add(key)
        if why := _why_not(key):
            reasons[row] = f"{_quoted(key)}: {why}"
    return reasons


@functools.lru_cache(maxsize=_MOST_GOLDS)
def _why_not(gold: str | tuple[str, ...]) -> str:
    """Return the reason why a gold cannot be judged; empty where it can."""
    from rewards.analysis.golds import examine  # noqa: PLC0415  # it loads the judge

    finding = examine(gold)
    return "" if finding.usable else f"{finding.kind.value}, {finding.reason}"


def _quoted(gold: str | tuple[str, ...]) -> str:
    """Return the end of a gold, where prose has its answer."""
    text = gold if isinstance(gold, str) else gold[0]
    shown = 40
    return repr(text if len(text) <= shown else f"…{text[-shown:]}")


def _summary_lines(table: Table, what: str, rows: Mapping[int, str], then: str) -> list[str]:
    """Return a line with the number of these rows, the first ones with reasons, and advice; or no line."""
    if not rows:
        return []
    where = f" in {table.gold_column!r}" + (f" after {table.gold_after!r}" if table.gold_after else "")
    named = ", ".join(f"row {row}" + (f" ({why})" if why else "") for row, why in list(rows.items())[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    count = f"{len(rows)} of {len(table.golds)} rows have {what}{where}{then}"
    return [f"{count}: {named}{more}{_advice(table, rows)}"]


def _advice(table: Table, rows: Mapping[int, str]) -> str:
    """Return the setting that cuts golds out of worked solutions, if most of these rows are such."""
    if table.gold_after is not None:
        return ""
    marks = Counter(gold_mark(gold) for row in rows if isinstance(gold := table.golds[row], str))
    mark, count = (marks.most_common(1) or [("", 0)])[0]
    if not mark or 2 * count <= marks.total():
        return ""
    setting = table.wording.after + json.dumps(mark, ensure_ascii=False)
    return f"; to take what follows {mark} for the gold, write {setting}"
