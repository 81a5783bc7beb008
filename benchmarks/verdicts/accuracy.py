"""Right and wrong: every grader over every labelled file.

For each grader and file: accuracy, false positives (wrong answers accepted), false negatives (right
answers refused), unjudged, hangs, and seconds. What a grader could not judge counts against its
accuracy, like an error.

A peer is run twice, on the response as it is and on the answer that the file's declared extraction
cuts out, and its better run counts. Ours is run once, the way the file declares.

Each file is counted twice: as it is labelled, and without the rows whose label is debatable or disputed.
Every grader loses the same rows.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import sys
import time
from typing import TYPE_CHECKING, Literal, get_args

from benchmarks.verdicts.adapters import ADAPTERS, dress
from benchmarks.verdicts.environment import RESULTS, limited
from benchmarks.verdicts.process import GradeResult, GraderProcess
from benchmarks.verdicts.rows import LABELLED, LabelledRow, labelled_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LABELS", "PEERS", "GradeCounts", "Labels", "graded", "own_text", "run", "tally"]

Mode = Literal["text", "answer", "declared"]
Labels = Literal["labelled", "undisputed"]
LABELS: tuple[Labels, ...] = get_args(Labels)
"""All rows of a file as they are labelled, or only those whose label nobody disputes."""

PEERS = tuple(name for name in ADAPTERS if name != "touchstone")


def own_text(row: LabelledRow) -> str | None:
    """What ours is given: a response that puts its answer in a box as it is, else the answer as declared."""
    if row.file == "judge_cases" or "\\boxed" in row.text:
        return row.text
    return None if row.answer is None else dress("touchstone", row.answer)


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradeCounts:
    """Counts over one file, or over several together."""

    rows: int
    right: int
    """Rows that are labelled right."""
    false_positives: int
    false_negatives: int
    unjudged: int
    """Neither accepted nor refused, hangs among them."""
    hangs: int
    seconds: float

    @property
    def errors(self) -> int:
        """Rows not decided as labelled."""
        return self.false_positives + self.false_negatives + self.unjudged

    @property
    def accuracy(self) -> float:
        """Share of rows decided as labelled."""
        return 1 - self.errors / self.rows

    def __add__(self, other: GradeCounts) -> GradeCounts:
        added = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in dataclasses.fields(self)
        }
        return GradeCounts(**added)


def graded(grader: GraderProcess, rows: Sequence[LabelledRow], mode: Mode) -> list[GradeResult]:
    """One outcome a row; a response without an answer is refused without asking the grader."""
    texts = [_given(grader.name, row, mode) for row in rows]
    said = grader.grade(
        (row.gold if mode == "text" else row.gold_answer, text)
        for row, text in zip(rows, texts, strict=True)
        if text is not None
    )
    return [GradeResult(verdict=False, seconds=0.0) if text is None else next(said) for text in texts]


def _given(name: str, row: LabelledRow, mode: Mode) -> str | None:
    if mode == "declared":
        return own_text(row)
    if mode == "text":
        return row.text
    return None if row.answer is None else dress(name, row.answer)


def tally(rows: Sequence[LabelledRow], outcomes: Sequence[GradeResult], labels: Labels) -> GradeCounts:
    """The counts of one run over one file."""
    pairs = [
        (row, outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
        if labels == "labelled" or not (row.debatable or row.disputed)
    ]
    return GradeCounts(
        rows=len(pairs),
        right=sum(row.right for row, _ in pairs),
        false_positives=sum(outcome.verdict is True and not row.right for row, outcome in pairs),
        false_negatives=sum(outcome.verdict is False and row.right for row, outcome in pairs),
        unjudged=sum(outcome.verdict is None for _, outcome in pairs),
        hangs=sum(outcome.hang for _, outcome in pairs),
        seconds=sum(outcome.seconds for _, outcome in pairs),
    )


def run(graders: Sequence[str], files: Sequence[str]) -> dict[str, dict[str, dict[Labels, GradeCounts]]]:
    """Grader -> file -> the tallies of its better run; every error is kept under ``errors`` beside them."""
    results: dict[str, dict[str, dict[Labels, GradeCounts]]] = {}
    for name in graders:
        results[name] = {}
        with GraderProcess(name) as grader:
            for file in files:
                rows = limited(labelled_rows(file))
                modes: tuple[Mode, ...] = ("declared",) if name == "touchstone" else ("text", "answer")
                runs = {mode: graded(grader, rows, mode) for mode in modes}
                mode = max(modes, key=lambda mode: tally(rows, runs[mode], "labelled").accuracy)
                results[name][file] = {labels: tally(rows, runs[mode], labels) for labels in LABELS}
                best = results[name][file]["labelled"]
                _write(name, file, mode, rows, runs[mode])
                print(
                    f"{time.strftime('%H:%M:%S')} {name} {file} {mode} {best.accuracy:.2%} "
                    f"fp {best.false_positives} fn {best.false_negatives} unjudged {best.unjudged} "
                    f"hangs {best.hangs} {best.seconds:.1f} s, "
                    f"undisputed {results[name][file]['undisputed'].accuracy:.2%}",
                    file=sys.stderr,
                    flush=True,
                )
    return results


def _write(
    grader: str, file: str, mode: str, rows: Sequence[LabelledRow], outcomes: Sequence[GradeResult]
) -> None:
    folder = RESULTS / "errors" / grader
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{file}.jsonl").open("w", encoding="utf-8") as lines:
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.verdict is not row.right:
                lines.write(
                    json.dumps(
                        {
                            "line": row.number,
                            "category": row.category,
                            "debatable": row.debatable,
                            "disputed": row.disputed,
                            "right": row.right,
                            "verdict": outcome.verdict,
                            "hang": outcome.hang,
                            "error": outcome.error,
                            "mode": mode,
                            "gold": row.gold,
                            "answer": row.answer,
                            "end": row.text[-200:],
                        },
                        ensure_ascii=False,
                    )
                    + "\n"
                )


def main() -> None:
    """Run some graders over some files and keep the tallies for the tables."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--graders", nargs="+", choices=list(ADAPTERS), default=list(ADAPTERS))
    options.add_argument("--files", nargs="+", choices=list(LABELLED), default=list(LABELLED))
    chosen = options.parse_args()
    folder = RESULTS / "accuracy"
    folder.mkdir(parents=True, exist_ok=True)
    for grader, file in itertools.product(chosen.graders, chosen.files):
        tallies = run([grader], [file])[grader][file]
        kept = folder / f"{grader}.json"
        before = json.loads(kept.read_text()) if kept.is_file() else {}
        now = {file: {labels: dataclasses.asdict(counts) for labels, counts in tallies.items()}}
        kept.write_text(json.dumps(before | now, indent=1))


if __name__ == "__main__":
    main()
