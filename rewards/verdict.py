"""The typed judgement of one answer: status, method and cost.

A verdict is data, not an exception: a hopeless answer, a broken gold or a failed worker all come
back as a status of their own, so that none of them can pass for an honest 0. What each status is
worth as a reward is :data:`DEFAULT_VALUES`; a recipe may say otherwise, in the open.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_VALUES", "Method", "Status", "Verdict"]


class Status(enum.StrEnum):
    """Outcome of judging one answer."""

    __hash__ = str.__hash__  # as its text, and in a fifth of the time that an enumeration's takes

    CORRECT = "CORRECT"
    """The answer equals one of the golds."""

    INCORRECT = "INCORRECT"
    """The answer was read and equals none of the golds."""

    NO_ANSWER = "NO_ANSWER"
    """The completion holds no answer where one was expected."""

    UNPARSEABLE_GOLD = "UNPARSEABLE_GOLD"
    """No gold can be judged against: the data is at fault, not the policy."""

    TIMEOUT = "TIMEOUT"
    """The answer burned its CPU time: the policy's own fault."""

    RESOURCE_LIMIT = "RESOURCE_LIMIT"
    """The answer is too big to evaluate, or ran out of its memory: the policy's own fault."""

    NOT_JUDGED = "NOT_JUDGED"
    """The call's deadline passed, or it was cancelled, before the answer's turn came."""

    ERROR = "ERROR"
    """The machinery failed, and failed again when it was tried anew."""


class Method(enum.StrEnum):
    """The tier that decided, cheapest first."""

    __hash__ = str.__hash__  # as above

    STRING = "string"
    NUMBER = "number"
    STRUCTURE = "structure"
    SYMBOLIC = "symbolic"


DEFAULT_VALUES: Mapping[Status, float] = MappingProxyType(
    {
        Status.CORRECT: 1.0,
        Status.INCORRECT: 0.0,
        Status.NO_ANSWER: 0.0,
        Status.TIMEOUT: 0.0,
        Status.RESOURCE_LIMIT: 0.0,
        Status.UNPARSEABLE_GOLD: math.nan,
        Status.NOT_JUDGED: math.nan,
        Status.ERROR: math.nan,
    }
)
"""The reward of each status; NaN means 'not judged', which is never the same as 0."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one answer, with the reason for it.

    >>> Verdict(status=Status.CORRECT, extracted="1/2", method=Method.NUMBER).correct
    True
    """

    status: Status
    """Outcome of judging the answer."""

    extracted: str | None = None
    """The answer as it stood in the completion; None where there was none."""

    method: Method | None = None
    """The tier that decided; None where nothing was compared."""

    reason: str = ""
    """One sentence for people: why this status. Not part of the contract."""

    seconds: float = dataclasses.field(default=0.0, compare=False)
    """Seconds that the judgement took when it was made: CPU time in a worker, wall-clock time in the caller.

    Not part of equality."""

    @property
    def correct(self) -> bool | None:
        """True or False where the answer was judged, None where it was not."""
        value = DEFAULT_VALUES[self.status]
        return None if math.isnan(value) else value > 0
