"""A question to the judge: an answer, its golds, and the policy of comparison.

A question is a plain value: equal questions have equal verdicts, which is what lets a batch judge
each one once and a cache remember it.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

from rewards.parameters import check_fields, require

__all__ = ["EXACT", "Policy", "Question"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Policy:
    """The equality policy. Part of the recipe, and so of its digest.

    The defaults are strict about values and lenient about dress: a unit, a percent sign or the name of
    the unknown may be left out or added where the other side has none; it may never be a different one.
    """

    rounded_gold: bool = False
    """A gold written as a decimal is also met by what rounds to it: by an exact value or a longer decimal
    that differs by at most half a unit of the gold's last place."""

    tolerance: float = 0.0
    """Relative difference allowed between two numbers, of the gold's size; 0 is exact."""

    optional_percent: bool = True
    r"""`50` meets `50\%`, as does `0.5`; without it only the value `0.5` does."""

    optional_units: bool = True
    """A unit, a currency or a counted thing on one side only is no difference."""

    optional_names: bool = True
    """`x = 5` meets `5`, and `f(x) = 2x` meets `2x`."""

    ordered_lists: bool = False
    """`1, 2` differs from `2, 1`; tuples are ordered always."""

    unevaluated: bool = False
    r"""Accept `17 \cdot 23`, `5!` or `\sum k` as an answer even if the gold is a number written out."""

    def __post_init__(self) -> None:
        check_fields(self, "Policy")
        finite = math.isfinite(self.tolerance) and self.tolerance >= 0
        require(finite, f"Policy: tolerance is {self.tolerance!r}; it must be a finite number of at least 0")
        values = tuple(getattr(self, field.name) for field in dataclasses.fields(self))
        object.__setattr__(self, "_hash", hash(values))  # every question hashes its policy, several times

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]  # not a field: it is no parameter


EXACT = Policy(optional_percent=False, optional_units=False, optional_names=False, unevaluated=True)
"""Nothing is optional: under this policy equality is symmetric."""


class Question(NamedTuple):
    """The question of equality of `answer` with any of `golds`."""

    answer: str
    """The extracted answer, without its box."""

    golds: tuple[str, ...]
    """One gold, or several of which ANY is right; never empty."""

    policy: Policy = Policy()
