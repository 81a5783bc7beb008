"""What a worker of any pool computes; importing this warms it up, which a forkserver does once for all."""

from __future__ import annotations

from rewards.answers.comparing.compare import compare_with_sympy
from rewards.answers.pool.worker import warm_up
from rewards.answers.question import Policy

HANGING = (
    r"\int \frac{\sqrt{\tan x + \sin^5 x}}{1+x^{7}} dx",
    r"\int \frac{\sqrt{\tan x + \sin^5 x}}{1+x^{1000}} dx",
)
"""An answer and a gold that sympy does not come back from, and that nothing refuses in advance."""

QUESTION = (r"\frac{n(n+1)}{2}", r"\sum_{k=1}^{n} k")
"""One that only sympy can tell, and quickly."""


def decide(answer: str, gold: str) -> str:
    """The status that our judge comes to."""
    return compare_with_sympy(answer, gold, Policy()).status


warm_up()
