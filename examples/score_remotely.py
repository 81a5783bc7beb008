"""The same through a server: `RemoteScorer` is the twin of `LocalScorer`, down to the bits.

Start a server in another terminal, `touchstone serve --recipe r1-zero --address 127.0.0.1:50051`, then run
`python examples/score_remotely.py 127.0.0.1:50051`
"""

from __future__ import annotations

import sys

from rewards import LocalScorer, RemoteScorer, Rollout

ROLLOUTS = [
    Rollout(completion=rf"<think>{n} + {n}</think> \boxed{{{2 * n + n % 2}}}", ground_truth=str(2 * n))
    for n in range(100)
]


def main() -> None:
    """Score a batch through the server, again here, and compare."""
    with RemoteScorer(sys.argv[1], "r1-zero") as server:
        remote = server.score(ROLLOUTS, timeout=60)
        # From here on, refuse scores by any other recipe than the one just used.
        pinned = RemoteScorer(sys.argv[1], "r1-zero", recipe_digest=remote.recipe_digest)
    with pinned:
        again = pinned.score(ROLLOUTS, timeout=60)
    local = LocalScorer("r1-zero").score(ROLLOUTS)
    print(f"mean total {remote.totals.mean():.3f}, same bits here and there: {remote == local == again}")


if __name__ == "__main__":
    main()
