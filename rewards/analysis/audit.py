"""The golds of a whole file: how many are of which kind, how they are judged, and what looks wrong."""

from __future__ import annotations

import collections
import dataclasses
from typing import TYPE_CHECKING, Final

from rewards.analysis.gold_text import gold_mark
from rewards.analysis.golds import Finding, GoldKind, Judged, Suspicion, examine
from rewards.errors import InvalidCallError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewards.analysis.columns import Columns

__all__ = ["EXTRA_COLUMNS", "Tally", "audited", "extra_columns", "shown_gold"]

EXTRA_COLUMNS: Final = {
    "audit_kind": "string",
    "audit_judged": "string",
    "audit_reason": "string",
    "audit_suspicions": "string",
    "audit_proposed": "string",
    "audit_proposed_as": "string",
}
"""Columns added to a rejected row, each with the name of its Arrow type."""

_EXAMPLES: Final = 3
_SHOWN: Final = 120


def audited(row: Mapping[str, object], columns: Columns) -> Finding:
    """Examine the gold of a row, with its prompt."""
    cell, after = columns.value(row, "ground_truth"), columns.texts.gold_after
    try:
        gold = columns.gold(row)
    except InvalidCallError as error:
        return Finding(kind=GoldKind.NOT_TEXT, judged=Judged.NOT, reason=str(error))
    if gold is None and isinstance(cell, str):
        if after is not None and cell.strip():
            reason = f"nothing follows {after} in it"
            return Finding(kind=GoldKind.EMPTY, judged=Judged.NOT, reason=reason)
        return examine(cell)
    return examine(gold, columns.text(row, "prompt") or "")


def shown_gold(row: Mapping[str, object], columns: Columns) -> object:
    """Return the gold of a row for people: as it is judged, or what stands there where that is no gold."""
    cell = columns.value(row, "ground_truth")
    if columns.texts.gold_after is None:
        return cell
    try:
        gold = columns.gold(row)
    except InvalidCallError:
        return cell
    return cell if gold is None else gold


def extra_columns(finding: Finding) -> dict[str, object]:
    """Return a finding as the columns of :data:`EXTRA_COLUMNS`."""
    suspicions = "; ".join(f"{suspicion}: {sentence}" for suspicion, sentence in finding.suspicions)
    proposed = finding.proposal or ("", "")
    found = (finding.kind.value, finding.judged.value, finding.reason, suspicions, *proposed)
    return dict(zip(EXTRA_COLUMNS, found, strict=True))


@dataclasses.dataclass(slots=True)
class Tally:
    """Counts over a file; takes no more memory for a longer one.

    >>> tally = Tally()
    >>> for gold in ("5", "0.333", "150^"):
    ...     tally.add(gold, examine(gold), rejected=not examine(gold).usable)
    >>> tally.share(tally.rejected), tally.kinds[GoldKind.NUMBER, Judged.BY_VALUE]
    (0.3333333333333333, 2)
    """

    golds: int = 0
    bad_rows: int = 0
    """Rows that could not be decoded and so have no gold."""
    rejected: int = 0
    suspicious: int = 0
    """Golds that can be judged and look wrong."""
    kinds: collections.Counter[tuple[GoldKind, Judged]] = dataclasses.field(
        default_factory=collections.Counter
    )
    suspicions: collections.Counter[Suspicion] = dataclasses.field(default_factory=collections.Counter)
    marks: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    """Rejected golds that are worked solutions, by the text that precedes the gold in them."""
    proposals: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    """Values proposed for golds that cannot be judged, by the reason."""
    examples: dict[object, list[str]] = dataclasses.field(default_factory=dict)
    """The first golds of each kind and of each suspicion."""

    def add(self, gold: object, finding: Finding, *, rejected: bool) -> None:
        """Count one gold."""
        self.golds += 1
        self.rejected += rejected
        self.suspicious += bool(finding.suspicions)
        if rejected and isinstance(gold, str) and (mark := gold_mark(gold)):
            self.marks[mark] += 1
        self.kinds[finding.kind, finding.judged] += 1
        self._remember((finding.kind, finding.judged), str(gold))
        if finding.proposal is not None:
            value, reason = finding.proposal
            self.proposals[reason] += 1
            self._remember(reason, f"{str(gold)[: _SHOWN // 2]} -> {value}")
        for suspicion, sentence in finding.suspicions:
            self.suspicions[suspicion] += 1
            self._remember(suspicion, f"{str(gold)[:_SHOWN]} ({sentence})")

    def share(self, count: int) -> float:
        """Return the share of a count among all golds; 0 where there is none."""
        return count / self.golds if self.golds else 0.0

    def judged(self, how: Judged) -> int:
        """Return the number of golds that are judged so."""
        return sum(count for (_, judged), count in self.kinds.items() if judged is how)

    def as_json(self) -> dict[str, object]:
        """Return all counts as JSON data."""
        return {
            "golds": self.golds,
            "bad_rows": self.bad_rows,
            "rejected": self.rejected,
            "suspicious": self.suspicious,
            "worked_solutions": dict(self.marks.most_common()),
            "judged": {how.value: self.judged(how) for how in Judged},
            "kinds": [
                {
                    "kind": kind.value,
                    "judged": judged.value,
                    "golds": count,
                    "share": self.share(count),
                    "examples": self.examples[kind, judged],
                }
                for (kind, judged), count in self.kinds.most_common()
            ],
            "proposals": [
                {"reason": reason, "golds": count, "examples": self.examples[reason]}
                for reason, count in self.proposals.most_common()
            ],
            "suspicions": [
                {
                    "suspicion": suspicion.value,
                    "golds": count,
                    "share": self.share(count),
                    "examples": self.examples[suspicion],
                }
                for suspicion, count in self.suspicions.most_common()
            ],
        }

    def _remember(self, key: object, example: str) -> None:
        known = self.examples.setdefault(key, [])
        if len(known) < _EXAMPLES:
            known.append(example[:_SHOWN])
