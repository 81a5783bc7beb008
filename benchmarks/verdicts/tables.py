"""The results of the suites as Markdown tables, for docs/benchmarks-verdicts.md.

Reads what the suites kept and measures nothing itself: a table shows only what was run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.verdicts.accuracy import LABELS, GradeCounts, Labels
from benchmarks.verdicts.adapters import ADAPTERS
from benchmarks.verdicts.attacks import Attack
from benchmarks.verdicts.attacks import read as read_attacks
from benchmarks.verdicts.environment import RESULTS
from benchmarks.verdicts.rows import LABELLED, disputed_rows
from benchmarks.verdicts.self_agreement import UNREADABLE
from benchmarks.verdicts.speed import SETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["markdown"]

TOGETHER = "all together"


def markdown() -> str:
    """Every table for which there are results."""
    sections = [
        ("Right and wrong, by file", _accuracy()),
        ("All labelled files together", _together()),
        ("Speed against Math-Verify's parse + verify, one core", _speed()),
        ("Changed golds that were accepted (less is better)", _suite("mutations")),
        ("Restyled golds that were accepted (more is better)", _suite("restyled")),
        ("Rewritten golds that were accepted (more is better)", _suite("rewritten")),
        ("Rewritten golds of another meaning that were accepted (less is better)", _suite("altered")),
        ("Probes and look-alikes that were accepted (each of them is read)", _suite("probes")),
        ("Golds that agree with themselves", _suite("self_agreement")),
        ("Golds that are only compared as text, because they are not understood", _unreadable()),
        ("Attacks: decided otherwise than they should be", _attacks()),
        ("Hostile answers", _hostile()),
        ("Random and broken answers", _fuzz()),
        ("Labels that we dispute", _disputed()),
    ]
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in sections if table) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _kept(suite: str) -> dict[str, Any]:
    """Grader -> what the suite kept for it, in the order of the graders."""
    found = {path.stem: json.loads(path.read_text()) for path in (RESULTS / suite).glob("*.json")}
    return {name: found[name] for name in ADAPTERS if name in found}


_Tallies: TypeAlias = Mapping[Labels, GradeCounts]


def _tallies() -> dict[str, dict[str, _Tallies]]:
    return {
        name: {
            file: {labels: GradeCounts(**counts[labels]) for labels in LABELS}
            for file, counts in files.items()
        }
        for name, files in _kept("accuracy").items()
    }


def _accuracy() -> str:
    tallies = _tallies()
    if not tallies:
        return ""
    rows = []
    for file in LABELLED:
        for name, files in tallies.items():
            if file in files:
                rows.append([f"{file.removeprefix('labelled_')}: {name}", *_figures(files[file])])
    return _table(_HEADS, rows)


_HEADS = (
    "grader",
    "rows",
    "accuracy %",
    "false positives",
    "false negatives",
    "unjudged",
    "hangs",
    "s",
    "undisputed rows",
    "accuracy %",
    "false positives",
    "false negatives",
    "unjudged",
)


def _figures(tallies: _Tallies) -> list[str]:
    labelled, undisputed = tallies["labelled"], tallies["undisputed"]
    return [
        *_errors(labelled),
        str(labelled.hangs),
        f"{labelled.seconds:,.1f}",
        *_errors(undisputed),
    ]


def _errors(tally: GradeCounts) -> list[str]:
    return [
        f"{tally.rows:,}",
        f"{tally.accuracy:.2%}".rstrip("%"),
        str(tally.false_positives),
        str(tally.false_negatives),
        str(tally.unjudged),
    ]


def _together() -> str:
    complete = {name: files for name, files in _tallies().items() if set(files) == set(LABELLED)}
    rows = []
    for name, files in complete.items():
        added = {labels: reduce(add, (tallies[labels] for tallies in files.values())) for labels in LABELS}
        rows.append([name, *_figures(added)])
    return _table(_HEADS, rows) if rows else ""


def _unreadable() -> str:
    if not UNREADABLE.is_file():
        return ""
    found: Mapping[str, Sequence[str]] = json.loads(UNREADABLE.read_text(encoding="utf-8"))
    rows = [(reason, str(len(golds)), _code(min(golds, key=len))) for reason, golds in found.items()]
    total = sum(len(golds) for golds in found.values())
    return _table(("reason", "distinct golds", "the shortest"), [*rows, (TOGETHER, str(total), "")])


def _code(text: str) -> str:
    """`text` in a cell of a table: on one line, its bars kept apart from the table's, not too long."""
    flat = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return f"`{flat[:60]}{'…' if len(flat) > 60 else ''}`" if flat else "nothing"


def _disputed() -> str:
    """The rows that the undisputed counts leave out, but for the debatable judge_cases."""
    rows = [
        (row["file"].removeprefix("labelled_"), str(row["line"]), row["second_reading"], row["why"])
        for row in disputed_rows()
    ]
    return _table(("file", "line", "second reading", "why the label is disputed"), rows)


def _speed() -> str:
    rows = []
    for name in SETS:
        path: Path = RESULTS / "speed" / f"{name.replace(' ', '-').lower()}.json"
        if path.is_file():
            kept: Mapping[str, float] = json.loads(path.read_text())
            rows.append(
                [
                    name,
                    f"{kept['pairs']:,}",
                    f"{kept['ours_per_second']:,.0f}",
                    f"{kept['peer_per_second']:,.0f}",
                    f"{kept['ratio']:,.0f}",
                    f"{kept['agreeing']:.1%}",
                ]
            )
    heads = ("set", "pairs", "ours, checks/s", "Math-Verify, checks/s", "ratio", "verdicts agree")
    return _table(heads, rows) if rows else ""


def _suite(suite: str) -> str:
    kept = _kept(suite)
    kinds = list(dict.fromkeys(kind for shares in kept.values() for kind in shares))
    rows = []
    for kind in kinds:
        shares = [share.get(kind) for share in kept.values()]
        pairs = next(share["pairs"] for share in shares if share)
        rows.append([kind, f"{pairs:,}", *(_accepted(share) for share in shares)])
    totals = [
        (
            sum(share["accepted"] for share in shares.values()),
            sum(share["pairs"] for share in shares.values()),
        )
        for shares in kept.values()
    ]
    if totals:
        rows.append([TOGETHER, f"{totals[0][1]:,}", *(f"{got} ({got / pairs:.2%})" for got, pairs in totals)])
    return _table(("kind", "pairs", *kept), rows) if kept else ""


def _accepted(share: Mapping[str, int] | None) -> str:
    return f"{share['accepted']} ({share['accepted'] / share['pairs']:.2%})" if share else "not run"


def _attacks() -> str:
    attacks = read_attacks()
    names = [name for name in ADAPTERS if any(name in attack.fooled for attack in attacks)]
    families: dict[str, list[Attack]] = {attack.family: [] for attack in attacks}
    for attack in attacks:
        families[attack.family].append(attack)
    rows = [
        [
            family,
            str(len(members)),
            *(str(sum(name in attack.fooled for attack in members)) for name in names),
        ]
        for family, members in {**families, TOGETHER: attacks}.items()
    ]
    return _table(("family", "cases", *names), rows)


def _fuzz() -> str:
    kept = _kept("fuzz")
    heads = ("grader", "inputs", "with a verdict", "errors of the judge", *_FUZZED, "slowest s")
    rows = [
        [
            name,
            f"{found['inputs']:,}",
            f"{found['judged']:,}",
            str(found["errors"]),
            *(f"{found['statuses'].get(status, 0):,}" for status in _FUZZED),
            f"{found['slowest']:.2f}",
        ]
        for name, found in kept.items()
    ]
    return _table(heads, rows) if rows else ""


_FUZZED = ("CORRECT", "INCORRECT", "NO_ANSWER", "UNPARSEABLE_GOLD", "TIMEOUT", "RESOURCE_LIMIT")


def _hostile() -> str:
    heads = ("grader", "answers", "accepted", "unjudged", "raised", "killed", "slowest s", "all s")
    rows = [
        [
            name,
            str(cost["answers"]),
            str(cost["accepted"]),
            str(cost["unjudged"]),
            str(cost["raised"]),
            str(cost["hangs"]),
            f"{cost['slowest']:.2f}",
            f"{cost['seconds']:.1f}",
        ]
        for name, cost in _kept("hostile").items()
    ]
    return _table(heads, rows) if rows else ""


if __name__ == "__main__":
    print(markdown(), end="")
