r"""What every shipped recipe says of a handful of rollouts, pinned: totals, components and verdicts.

A difference means that rewards have changed under people's feet. Where that is meant, write the tables
anew from the root of the repository, read the difference, and say in the changelog what changed::

    python tests/rewards/test_golden_scores.py
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Literal

import pytest

from rewards import LocalScorer, Rollout, Status
from rewards.recipe.file import earlier, shipped

GOLDEN = Path(__file__).parent / "golden"


def rollout(
    what: str,
    completion: str,
    gold: str | list[str] = "4",
    *,
    tokens: int = 20,
    logprob: float = -0.25,
    finish: Literal["stop", "length"] = "stop",
    prefilled: bool = False,
) -> Rollout:
    """A rollout whose tokens all have one log-probability."""
    return Rollout(
        id=what,
        completion=completion,
        ground_truth=gold,
        completion_ids=range(tokens),
        logprobs=[logprob] * tokens,
        finish_reason=finish,
        think_prefilled=prefilled,
    )


AGAIN = "We add two and two and so we find four. "
FRESH = (
    "Two apples lie in the bowl and two pears beside it. Nobody eats any of them before the evening, so all "
    "stay where they were. Counting each fruit once, from left to right, I reach four at the last pear. A "
    "quick check with pairs agrees: one pair of apples, one pair of pears, twice two is four, as expected."
)

ROLLOUTS = [
    rollout("right", r"<think>2 + 2 is 4.</think> The answer is $\boxed{4}$."),
    rollout("right in another form", r"<think>Halves.</think> \boxed{0.50}", r"\frac{1}{2}"),
    rollout("right by symbols", r"<think>Expand.</think> \boxed{(x+1)^2}", "x^2 + 2x + 1"),
    rollout("right by the second gold", r"<think>Either.</think> \boxed{-2}", ["2", "-2"]),
    rollout("right and unsure", r"<think>Perhaps 4?</think> \boxed{4}", logprob=-2.0),
    rollout("right and certain", r"<think>Surely 4.</think> \boxed{4}", logprob=0.0),
    rollout("right without tags", r"2 + 2 is 4, so \boxed{4}."),
    rollout("right with prefilled tag", r"2 + 2 is 4.</think> \boxed{4}", prefilled=True),
    rollout("prefilled and opened again", r"<think>2 + 2</think> \boxed{4}", prefilled=True),
    rollout(
        "right after a correction", r"<think>5? No.</think> First \boxed{5}. On reflection it is \boxed{4}."
    ),
    rollout("right with varied reasoning", rf"<think>{FRESH}</think> \boxed{{4}}"),
    rollout("right and repeating", rf"<think>{AGAIN * 12}</think> \boxed{{4}}"),
    rollout("right and repeating a little", rf"<think>{FRESH} {FRESH[:60]}</think> \boxed{{4}}"),
    rollout("right in mixed languages", r"<think>We add 二加二 and 得到四 so 答案是四.</think> \boxed{4}"),
    rollout("right in Chinese", r"<think>二加二等于四,所以答案是四。</think> \boxed{4}"),
    rollout("right and running on", rf"<think>4</think> \boxed{{4}} and then {AGAIN * 8}"),
    rollout("right and long", r"<think>At length.</think> \boxed{4}", tokens=17_000),
    rollout("right and longer", r"<think>At great length.</think> \boxed{4}", tokens=19_456),
    rollout("right and too long", r"<think>Without end.</think> \boxed{4}", tokens=40_000),
    rollout("right at half the window", r"<think>Steadily.</think> \boxed{4}", tokens=8_192),
    rollout("right at three quarters of it", r"<think>Slowly.</think> \boxed{4}", tokens=12_288),
    rollout("wrong", r"<think>2 + 2 is 5.</think> \boxed{5}"),
    rollout("wrong and long", r"<think>Many thoughts.</think> \boxed{5}", tokens=12_000),
    rollout("wrong and repeating", rf"<think>{AGAIN * 12}</think> \boxed{{5}}"),
    rollout("hedged", r"<think>One of them.</think> \boxed{4} or \boxed{5}"),
    rollout("hedged in one box", r"<think>One of them.</think> \boxed{4 \text{ or } 5}"),
    rollout("box inside the reasoning", r"<think>So \boxed{4}.</think> That is it."),
    rollout("no box", "<think>2 + 2</think> The answer is 4."),
    rollout("empty box", r"<think>2 + 2</think> \boxed{}"),
    rollout("box that never closes", r"<think>2 + 2</think> \boxed{4"),
    rollout("truncated", r"<think>Let me see. First I", finish="length", tokens=20_480),
    rollout("empty", "", tokens=0),
    rollout("tags in the wrong order", r"</think>2 + 2<think> \boxed{4}"),
    rollout("tags and nothing else", "<think></think>"),
    rollout("a tower", r"<think>Big.</think> \boxed{9^{9^{9}}}"),
    rollout("a gold that nobody can read", r"<think>?</think> \boxed{4}", r"\frac{1}{"),
]


def number(value: float) -> float | None:
    """What is pinned of a value: twelve digits (the last bits are the C library's), null for 'not judged'."""
    return None if math.isnan(value) else float(f"{value:.12g}") + 0.0


def table(name: str) -> dict[str, object]:
    """The scores of all rollouts by one recipe."""
    scorer = LocalScorer(name)
    scores = scorer.score(ROLLOUTS)
    return {
        "recipe": scorer.recipe.title,
        "rollouts": {
            one.id: {
                "total": number(scores.totals[row]),
                **{component: number(values[row]) for component, values in scores.components.items()},
                "status": str(verdict.status) if (verdict := scores.verdicts[row]) else None,
                "extracted": verdict.extracted if verdict else None,
            }
            for row, one in enumerate(ROLLOUTS)
        },
    }


def written(tables: dict[str, object]) -> str:
    """JSON with one line for each rollout."""
    lines = [
        f'  "recipe": {json.dumps(tables["recipe"])},',
        '  "rollouts": {',
        ",\n".join(
            f"    {json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}"
            for name, row in tables["rollouts"].items()  # type: ignore[attr-defined]  # a table
        ),
        "  }",
    ]
    return "{\n" + "\n".join(lines) + "\n}\n"


@pytest.mark.parametrize("name", [*shipped(), *earlier()])
def test_golden_scores_are_those_on_record(name: str) -> None:
    pinned = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    found = json.loads(written(table(name)))
    assert found["recipe"] == pinned["recipe"]
    assert found["rollouts"].keys() == pinned["rollouts"].keys()
    different = {
        what: {"was": pinned["rollouts"][what], "is": row}
        for what, row in found["rollouts"].items()
        if row != pinned["rollouts"][what]
    }
    assert not different, "scores have changed; if that is meant, see the top of this file"


def test_every_table_belongs_to_a_recipe() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {*shipped(), *earlier(), "digests"}


def test_the_rollouts_show_what_verdicts_there_are() -> None:
    seen = {verdict.status for verdict in LocalScorer("boxed").score(ROLLOUTS).verdicts if verdict}
    assert seen == {
        Status.CORRECT,
        Status.INCORRECT,
        Status.NO_ANSWER,
        Status.RESOURCE_LIMIT,
        Status.UNPARSEABLE_GOLD,
    }


def test_golden_rollouts_that_solve_nothing_earn_nothing_by_r1_gated() -> None:
    scores = LocalScorer("r1-gated").score(ROLLOUTS)
    unsolved = [row for row, verdict in enumerate(scores.verdicts) if verdict and verdict.correct is False]
    assert len(unsolved) > 10
    assert max(scores.totals[unsolved]) <= 0.0


if __name__ == "__main__":
    for recipe in (*shipped(), *earlier()):
        (GOLDEN / f"{recipe}.json").write_text(written(table(recipe)), "utf-8")
