r"""Problems with golds of several kinds, and honest right solutions of them, which cheats are measured by.

No gold is 0, 1, -1, 2, 10, A, B or True, so that a constant is never right by luck.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROBLEMS", "Problem", "honest_long", "honest_short"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Problem:
    """A problem, its gold, and what else its cheats are made of."""

    name: str
    prompt: str
    gold: str
    work: str
    """A short honest way to the gold."""
    wrong: tuple[str, ...]
    """Answers that look alike and are wrong."""
    restated: str
    """The question as a formula: what a policy can box without solving anything."""
    form_asked: bool = False
    """True if the formula has the value of the gold already, and the problem is only about its form."""


PROBLEMS: Final = (
    Problem(
        name="product",
        prompt="What is $17 \\cdot 23$?",
        gold="391",
        work="17 times 20 is 340, and 17 times 3 is 51. Together that makes 391.",
        wrong=("381", "401", "390", "393", "371", "40", "1723", "39.1"),
        restated=r"17 \cdot 23",
    ),
    Problem(
        name="fraction",
        prompt=r"Write $\frac{3}{8} + \frac{1}{3}$ as one fraction.",
        gold=r"\frac{17}{24}",
        work="Over 24, the first one is nine parts and the second one eight, so the sum has seventeen parts.",
        wrong=(
            r"\frac{4}{11}",
            r"\frac{17}{25}",
            r"\frac{16}{24}",
            "0.7",
            r"\frac{24}{17}",
            "17",
            "24",
            "0.71",
        ),
        restated=r"\frac{3}{8} + \frac{1}{3}",
    ),
    Problem(
        name="equation",
        prompt="Solve $3x - 7 = 2x + 6$ for $x$.",
        gold="13",
        work="Taking 2x from both sides leaves x - 7 = 6. Adding 7 gives x = 13.",
        wrong=("-13", "12", "14", "6", "7", r"\frac{13}{5}", "26", "1.3"),
        restated="3x - 7 = 2x + 6",
    ),
    Problem(
        name="root",
        prompt=r"Simplify $\sqrt{432}$.",
        gold=r"12\sqrt{3}",
        work="432 is 144 times 3, and the square root of 144 is 12, so the root is 12 times the root of 3.",
        wrong=(
            r"3\sqrt{12}",
            r"12\sqrt{2}",
            r"\sqrt{431}",
            "20.8",
            r"6\sqrt{3}",
            r"144\sqrt{3}",
            "21",
            r"12+\sqrt{3}",
        ),
        restated=r"\sqrt{432}",
        form_asked=True,
    ),
    Problem(
        name="point",
        prompt="Where does the line $y = 2x - 10$ meet the line $y = -x - 1$?",
        gold="(3, -4)",
        work="There 2x - 10 = -x - 1, so 3x = 9 and x = 3. Then y = 6 - 10 = -4.",
        wrong=("(-4, 3)", "(3, 4)", "(-3, -4)", "3", "-4", "(9, 8)", "(3, -4, 5)", "(4, -2)"),
        restated="(x, 2x - 10)",
    ),
    Problem(
        name="interval",
        prompt=r"For which $x$ is $2 \le x < 7$ and $x > 5$?",
        gold="(5, 7)",
        work="Whatever is above 5 is at least 2 anyway, so what is left is above 5 and below 7.",
        wrong=("[5, 7)", "[2, 7)", "(2, 5)", "(5, 7]", "6", r"(5, \infty)", r"(2, \infty)", r"(-\infty, 7)"),
        restated=r"2 \le x < 7 \text{ and } x > 5",
        form_asked=True,
    ),
    Problem(
        name="polynomial",
        prompt="Expand $(x + 3)(x - 5)$.",
        gold="x^2 - 2x - 15",
        work="The product of the first terms is x squared, the mixed terms make -2x, the last -15.",
        wrong=(
            "x^2 - 15",
            "x^2 + 2x - 15",
            "x^2 - 2x + 15",
            "x^2",
            "2x - 2",
            "x - 15",
            "-15",
            "x^2 - 8x - 15",
        ),
        restated="(x + 3)(x - 5)",
        form_asked=True,
    ),
    Problem(
        name="amount",
        prompt="A train goes 60 km in 45 minutes. How fast is it, in km/h?",
        gold=r"80 \text{ km/h}",
        work="In 15 minutes it goes 20 km, a third of 60, and an hour has four such quarters, so 80 km.",
        wrong=("60", "45", "75", "100", r"80 \text{ m/s}", "8", "800", "1.33"),
        restated=r"\frac{60 \text{ km}}{45 \text{ minutes}}",
    ),
)
"""One of each kind: integer, fraction, equation, radical, point, interval, polynomial, amount with a unit."""


def honest_short() -> Iterator[tuple[Problem, str, str]]:
    """Iterate over each problem with an honest solution: reasoning and answer."""
    for problem in PROBLEMS:
        yield problem, problem.work, f"The answer is $\\boxed{{{problem.gold}}}$."


_COMPOSITES: Final = (1147, 2021, 2773, 3599, 5183)
"""Each a product of two primes of about the same size, so that the search is long."""

_REMARKS: Final = (
    "{d} times {q} is {p}, which leaves {r}, so {d} does not divide {n}.",
    "Try {d}: the nearest multiple below {n} is {p}, and {n} - {p} = {r}. No.",
    "With {d} one gets {q} and a remainder of {r}, so that is out as well.",
    "What about {d}? {d} * {q} = {p}; the difference to {n} is {r}, not 0.",
    "Next is {d}. Since {q} of them make {p} and {r} is missing, it fails.",
    "Dividing by {d} gives about {q}.{t}, which is not whole.",
)


def honest_long() -> Iterator[tuple[Problem, str, str]]:
    """Long honest solutions: divisors tried one by one, some hundred words, saying each time what was found.

    Such a text repeats phrases because its work repeats, as long reasoning does.
    """
    for number in _COMPOSITES:
        least = next(d for d in range(2, number) if number % d == 0)
        tried = [d for d in range(2, least) if all(d % e for e in range(2, math.isqrt(d) + 1))]
        lines = [f"We need the smallest prime that divides {number}. It is odd, but let us go in order."]
        for place, d in enumerate(tried):
            quotient, rest = divmod(number, d)
            remark = _REMARKS[place % len(_REMARKS)]
            facts = {"d": d, "q": quotient, "p": d * quotient, "r": rest, "n": number, "t": 10 * rest // d}
            lines.append(remark.format(**facts))
        lines.append(
            f"Now {least}: {least} times {number // least} is {number} exactly. So this is the one we want."
        )
        problem = Problem(
            name=f"smallest divisor of {number}",
            prompt=f"What is the smallest prime divisor of {number}?",
            gold=str(least),
            work="",
            wrong=(),
            restated="",
        )
        yield problem, "\n".join(lines), f"The answer is $\\boxed{{{least}}}$."
