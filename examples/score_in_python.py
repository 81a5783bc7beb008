"""Scoring in one's own process: a tree of rewards, a batch of rollouts, and what the scores say.

Run it: `python examples/score_in_python.py`
"""

from __future__ import annotations

from rewards import BoxedCorrectness, LocalScorer, NgramRepetition, Rollout, ThinkFormat

ROLLOUTS = [
    Rollout(
        id="right",
        completion=r"<think>Half of 3 is 3/2.</think> \boxed{\frac{3}{2}}",
        ground_truth="1.5",
    ),
    Rollout(
        id="wrong",
        completion=r"<think>Half of 3 is 2.</think> \boxed{2}",
        ground_truth="1.5",
    ),
    Rollout(
        id="hopeless",
        completion=r"<think>A large one.</think> \boxed{9^{9^{9}}}",
        ground_truth="1.5",
    ),
    Rollout(
        id="broken gold",
        completion=r"<think>Half of 3 is 3/2.</think> \boxed{1.5}",
        ground_truth=r"\frac{3}{",
    ),
]


def main() -> None:
    """Print a line for each rollout: its total, its verdict, and each component."""
    reward = 2.0 * BoxedCorrectness() + 0.5 * ThinkFormat() + NgramRepetition(n=3, max_penalty=-0.5)
    with LocalScorer(reward) as scorer:
        scores = scorer.score(ROLLOUTS)
    for row, rollout in enumerate(ROLLOUTS):
        verdict = scores.verdicts[row]
        parts = ", ".join(f"{name} {values[row]:.3g}" for name, values in scores.components.items())
        print(
            f"{rollout.id}: {scores.totals[row]:.3g} ({verdict.status if verdict else 'no verdict'}; {parts})"
        )


if __name__ == "__main__":
    main()
