"""One self-contained HTML page on a file of rollouts: distributions, worst offenders, and every rollout."""
