r"""Golds as material: what the suites that change or rewrite golds have in common.

A suite makes (gold, answer) pairs, asks a grader about ``\\boxed{answer}``, prints the accepted share of
each kind, and writes every pair that went the wrong way into ``<suite>/<grader>.jsonl`` beside the results,
so that each one can be explained.
"""

# ruff: noqa: S311  (samples, not secrets)

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import random
import sys
from typing import TYPE_CHECKING

from benchmarks.verdicts.adapters import ADAPTERS
from benchmarks.verdicts.environment import RESULTS, data_directory, limited
from benchmarks.verdicts.process import GradeResult, GraderProcess
from benchmarks.verdicts.rows import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["MIXED", "GoldPair", "Share", "all_gold_files", "golds_of", "judge", "main", "sampled_golds"]

MIXED = ("gold_math_test", "gold_bigmath", "gold_deepscaler_10k")
"""The files that the mutation and restyling suites draw from."""

_SEED = 20240607


@dataclasses.dataclass(frozen=True, kw_only=True)
class GoldPair:
    """An answer made from a gold, and the kind of change that made it."""

    kind: str
    gold: str
    answer: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Share:
    """How many pairs of one kind a grader accepted."""

    pairs: int
    accepted: int
    unjudged: int
    hangs: int


def all_gold_files() -> tuple[str, ...]:
    """Every ``gold_*.jsonl`` of the data, by name."""
    return tuple(sorted(path.stem for path in data_directory().glob("gold_*.jsonl")))


def golds_of(file: str) -> list[str]:
    """The golds of one file, in order."""
    return [str(row["gold"]) for row in read_lines(file)]


def sampled_golds(count: int = 5000) -> list[str]:
    """`count` distinct golds of the mixed files: the same ones on every run."""
    distinct = sorted({gold for file in MIXED for gold in golds_of(file)})
    return random.Random(_SEED).sample(distinct, min(count, len(distinct)))


def judge(
    suite: str, name: str, pairs: Sequence[GoldPair], *, wanted: bool | Callable[[GoldPair], bool]
) -> dict[str, Share]:
    """Ask `name` about every pair; the shares by kind, with what went the wrong way written down."""
    with GraderProcess(name) as grader:
        outcomes = []
        for outcome in grader.grade((pair.gold, f"\\boxed{{{pair.answer}}}") for pair in pairs):
            outcomes.append(outcome)
            if len(outcomes) % 2_000 == 0:
                print(f"{suite} {name}: {len(outcomes)} of {len(pairs)}", file=sys.stderr, flush=True)
    folder = RESULTS / suite
    folder.mkdir(parents=True, exist_ok=True)
    by_kind: dict[str, list[GradeResult]] = collections.defaultdict(list)
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as leftovers:
        for pair, outcome in zip(pairs, outcomes, strict=True):
            by_kind[pair.kind].append(outcome)
            hoped = wanted if isinstance(wanted, bool) else wanted(pair)
            if (outcome.verdict is True) != hoped:
                row = dataclasses.asdict(pair) | dataclasses.asdict(outcome)
                leftovers.write(json.dumps(row, ensure_ascii=False) + "\n")
    return {
        kind: Share(
            pairs=len(said),
            accepted=sum(outcome.verdict is True for outcome in said),
            unjudged=sum(outcome.verdict is None for outcome in said),
            hangs=sum(outcome.hang for outcome in said),
        )
        for kind, said in by_kind.items()
    }


def main(
    suite: str,
    description: str | None,
    pairs: Callable[[], list[GoldPair]],
    *,
    wanted: bool,
    graders: Sequence[str] = ("touchstone", "math-verify"),
) -> None:
    """The command of a suite: print the shares of each grader, and keep them for the tables."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--graders", nargs="+", choices=list(ADAPTERS), default=list(graders))
    chosen = options.parse_args()
    made = limited(pairs())
    for name in chosen.graders:
        shares = judge(suite, name, made, wanted=wanted)
        kept = {kind: dataclasses.asdict(share) for kind, share in shares.items()}
        (RESULTS / suite / f"{name}.json").write_text(json.dumps(kept, indent=1))
        for kind, share in shares.items():
            print(
                f"{suite} {name} {kind}: {share.accepted} of {share.pairs} accepted"
                f" ({share.accepted / share.pairs:.2%}), {share.unjudged} unjudged, {share.hangs} hangs",
                flush=True,
            )
    print(f"leftovers: {RESULTS / suite}", file=sys.stderr)
