"""Random and broken answers: a verdict every time, never an exception.

Real golds and real responses with characters and pieces put in, left out, doubled and swapped; the signs of
mathematics in random order; any Unicode at all. Each against a real gold, some of them broken too. The same
seed makes the same inputs. Ours only: what a fault of the judge would hide as "not judged" is counted here.
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

from benchmarks.verdicts.environment import LIMIT, REPOSITORY, RESULTS, data_directory
from benchmarks.verdicts.rows import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FuzzReport", "fuzz", "inputs"]

_CASES = REPOSITORY / "tests" / "rewards" / "answers" / "cases.jsonl"
_SEED = 20240607
_BATCH = 1_000

_PIECES = (
    *"0123456789abcdefghijklmnopqrstuvwxyzABCXYZ+-*/^_!%'|:,;.=<>()[]{}$&\\\\\" \n\t½²√π∞≤∈或且°，（）",
    *(r"\frac", r"\sqrt", r"\left", r"\right", r"\{", r"\}", r"\pm", r"\le", r"\in", r"\cup", r"\infty"),
    *(r"\pi", r"\text{", r"\text{or}", r"^\circ", r"\ldots", r"\mathbb{R}", r"\vec", r"\overline{", r"\\"),
    *(r"\begin{pmatrix}", r"\end{pmatrix}", r"\begin{cases}", r"\end{cases}", r"\int", r"\sum_{", "dx"),
    *(r"\lim_{x\to", r"\log_", r"\binom", r"\pmod", r"\lfloor", r"\boxed{", r"\fbox{", "or", "and", "cm"),
    *(
        "where",
        "sin",
        "根号",
        "1/0",
        "10^{",
        "9^9^9",
        "!" * 9,
        "9" * 50,
        "{" * 30,
        "(" * 60,
        "\x00",
        "\ud800",
    ),
    *("<think>", "</think>", r"\over", r"\choose", r"\equiv", r"k\in\mathbb{Z}", "0.(3)", r"\not", r"\mid"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FuzzReport:
    """What became of the inputs."""

    inputs: int
    judged: int
    """With a verdict of any kind but an error of the judge."""
    errors: int
    statuses: dict[str, int]
    slowest: float
    """Seconds of the slowest verdict."""


def _material() -> tuple[list[str], list[str]]:
    """Golds, and the ends of responses: those of the test cases, and of the data where it is."""
    rows = [json.loads(line) for line in _CASES.read_text(encoding="utf-8").splitlines()]
    golds, texts = (
        {str(row["gold"]) for row in rows},
        {str(row.get("completion", row.get("answer"))) for row in rows},
    )
    try:
        folder = data_directory()
    except FileNotFoundError:
        return sorted(golds), sorted(texts)
    for path in sorted(folder.glob("*.jsonl")):
        if path.stem.startswith(("gold_", "labelled_")):
            for row in read_lines(path.stem):
                golds.add(str(row["gold"])[:300])
                if "response" in row:
                    texts.add(str(row["response"])[-300:])
    return sorted(golds), sorted(texts)


def inputs(count: int, seed: int = _SEED) -> Iterator[tuple[str, str]]:
    """`count` (gold, completion) pairs."""
    chance = random.Random(seed)
    golds, texts = _material()
    for _ in range(count):
        gold = chance.choice(golds)
        if chance.random() < 0.1:
            gold = _broken(gold, golds, chance)
        kind = chance.random()
        if kind < 0.6:
            text = f"\\boxed{{{_broken(gold if kind < 0.4 else chance.choice(golds), golds, chance)}}}"
        elif kind < 0.75:
            text = _broken(chance.choice(texts), texts, chance)
        elif kind < 0.92:
            text = "".join(chance.choices(_PIECES, k=chance.randint(1, 30)))
            text = f"\\boxed{{{text}}}" if kind < 0.9 else text
        else:
            text = "".join(chr(chance.randrange(0x11_0000)) for _ in range(chance.randint(1, 40)))
            text = f"\\boxed{{{text}}}"
        yield gold, text


def _broken(text: str, others: list[str], chance: random.Random) -> str:
    """`text` with one to four accidents."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        match chance.randrange(6):
            case 0:
                text = text[:start] + chance.choice(_PIECES) + text[start:]
            case 1:
                text = text[:start] + text[min(end, start + 3) :]
            case 2:
                text = text[:end] + text[start:end][:40] + text[end:]
            case 3:
                text = text[:start] + text[start : start + 2][::-1] + text[start + 2 :]
            case 4:
                text = text[:start] + chance.choice(others)[:60] + text[start:]
            case _:
                text = text[:start] + chance.choice(_PIECES) + text[start + 1 :]
    return text


def fuzz(count: int, seed: int = _SEED) -> FuzzReport:
    """Judge `count` inputs, a batch at a time."""
    from rewards import BoxedCorrectness, LocalScorer, Rollout  # noqa: PLC0415  (as a user has it)

    statuses: collections.Counter[str] = collections.Counter()
    slowest, done = 0.0, 0
    scorer = LocalScorer(BoxedCorrectness())
    batch: list[Rollout] = []

    def judge() -> None:
        nonlocal slowest, done
        verdicts = scorer.score(batch).verdicts
        statuses.update(verdict.status.value for verdict in verdicts)
        slowest = max(slowest, *(verdict.seconds for verdict in verdicts))
        done += len(batch)
        batch.clear()
        if done % 10_000 == 0:
            print(f"fuzz touchstone: {done} of {count}", file=sys.stderr, flush=True)

    for number, (gold, text) in enumerate(inputs(count, seed)):
        batch.append(Rollout(id=str(number), completion=text, ground_truth=gold))
        if len(batch) == _BATCH:
            judge()
    if batch:
        judge()
    errors = statuses["ERROR"] + statuses["NOT_JUDGED"]
    return FuzzReport(
        inputs=count,
        judged=statuses.total() - errors,
        errors=errors,
        statuses=dict(statuses),
        slowest=slowest,
    )


def main() -> int:
    """Print and keep what was found; fails if any input was left without a verdict."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=LIMIT or 200_000)
    options.add_argument("--seed", type=int, default=_SEED)
    chosen = options.parse_args()
    found = fuzz(chosen.count, chosen.seed)
    (RESULTS / "fuzz").mkdir(parents=True, exist_ok=True)
    (RESULTS / "fuzz" / "touchstone.json").write_text(json.dumps(dataclasses.asdict(found), indent=1))
    print(found)
    return int(found.judged != found.inputs)


if __name__ == "__main__":
    sys.exit(main())
