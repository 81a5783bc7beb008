r"""Verification hides behind generation: each rollout is judged while the others are still being written.

Start a server in another terminal, `touchstone serve --recipe r1-zero --address 127.0.0.1:50051`, then run
`python examples/stream_while_generating.py 127.0.0.1:50051`

The generator below stands for a language model: its completions end one after the other, some of them
with answers that take computer algebra. What counts is the time from the last token to the last score,
which is when the GPUs have nothing to do.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import TYPE_CHECKING

from rewards import RemoteScorer, Rollout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SIZE = 64
SECONDS = 3.0


async def generated(ended: list[float]) -> AsyncIterator[Rollout]:
    """Completions as a model ends them; notes in `ended` when the last one did."""
    lengths = sorted(random.Random(0).uniform(0.2, 1.0) * SECONDS for _ in range(SIZE))  # noqa: S311  # no secret
    began = time.monotonic()
    for n, length in enumerate(lengths):
        await asyncio.sleep(began + length - time.monotonic())
        answer, gold = (
            (rf"\sqrt{{{n}x + {n}}}", rf"\sqrt{{{n}}}\sqrt{{x + 1}}") if n % 4 == 1 else (n, str(n))
        )
        yield Rollout(
            completion=rf"<think>so</think> \boxed{{{answer}}}", ground_truth=gold, id=f"rollout {n}"
        )
    ended.append(time.monotonic())


async def main() -> None:
    """Score rollouts while others are being generated, and say how long it took in the end."""
    ended: list[float] = []
    totals: dict[str, float] = {}
    with RemoteScorer(sys.argv[1], "r1-zero") as scorer:
        early = 0
        async for scored in scorer.stream(generated(ended)):
            totals[scored.rollout.id] = scored.total
            early += not ended
    left = 1000 * (time.monotonic() - ended[0])
    print(f"{early} of {len(totals)} were scored before the last token, and all were {left:.1f} ms after it")


if __name__ == "__main__":
    asyncio.run(main())
