"""What hostile answers cost a grader: each in a process that may be killed.

The shared ``hostile.jsonl`` and our own, ``tests/rewards/answers/hostile.jsonl`` (a text there
is a list of [piece, how often]). For each grader: how many it decided, how many made it raise, how
many had to be killed, and the slowest that came back.
"""

from __future__ import annotations

import argparse
import dataclasses
import json

from benchmarks.verdicts.adapters import ADAPTERS
from benchmarks.verdicts.environment import REPOSITORY, RESULTS, limited
from benchmarks.verdicts.process import GraderProcess
from benchmarks.verdicts.rows import read_lines

__all__ = ["Cost", "cost", "hostile_pairs"]

_OWN = REPOSITORY / "tests" / "rewards" / "answers" / "hostile.jsonl"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cost:
    """One grader on all hostile answers."""

    answers: int
    accepted: int
    unjudged: int
    raised: int
    hangs: int
    slowest: float
    """Seconds of the slowest that came back."""
    seconds: float


def hostile_pairs() -> list[tuple[str, str, str]]:
    """(id, gold, completion) of every hostile answer."""
    shared = [
        (str(row["id"]), str(row["ground_truth"]), str(row["completion"])) for row in read_lines("hostile")
    ]
    own = []
    for line in _OWN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold, completion = (
            "".join(piece * times for piece, times in row[field]) for field in ("gold", "completion")
        )
        own.append((str(row["id"]), gold, completion))
    return shared + own


def cost(name: str) -> Cost:
    """Give `name` every hostile answer; what it did with each is written down."""
    rows = limited(hostile_pairs())
    with GraderProcess(name, cpu_limit=12.0, wall_limit=60.0) as grader:
        outcomes = list(grader.grade((gold, completion) for _, gold, completion in rows))
    folder = RESULTS / "hostile"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.jsonl").open("w") as lines:
        for (identity, _, _), outcome in zip(rows, outcomes, strict=True):
            lines.write(json.dumps({"id": identity} | dataclasses.asdict(outcome)) + "\n")
    return Cost(
        answers=len(rows),
        accepted=sum(outcome.verdict is True for outcome in outcomes),
        unjudged=sum(outcome.verdict is None for outcome in outcomes),
        raised=sum(bool(outcome.error) for outcome in outcomes),
        hangs=sum(outcome.hang for outcome in outcomes),
        slowest=max((outcome.seconds for outcome in outcomes if not outcome.hang), default=0.0),
        seconds=sum(outcome.seconds for outcome in outcomes),
    )


def main() -> None:
    """Print and keep the cost of each grader."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--graders", nargs="+", choices=list(ADAPTERS), default=["touchstone", "math-verify", "trl"]
    )
    for name in options.parse_args().graders:
        counted = cost(name)
        (RESULTS / "hostile" / f"{name}.json").write_text(json.dumps(dataclasses.asdict(counted), indent=1))
        print(name, counted, flush=True)


if __name__ == "__main__":
    main()
