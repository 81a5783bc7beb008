"""Every error that Touchstone raises on purpose, in one tree.

::

    TouchstoneError
    ├── InvalidInputError (ValueError)    the caller's data or parameters are at fault
    │   ├── InvalidParameterError         a reward or setting outside its domain (temperature 0)
    │   ├── InvalidRolloutError           a rollout that contradicts itself (logprobs of another length)
    │   │   └── MissingFieldError         a reward needs a field that a rollout does not carry
    │   ├── InvalidCallError              a call that is wrong as a whole (two rollouts of one id)
    │   │   └── IncompleteGroupError      a group reward was shown a part of a group
    │   ├── RowFileError                  a file of rollouts that cannot be read or written as a whole
    │   └── RecipeError                   a recipe that cannot be read or built
    │       ├── UnknownRecipeError        no recipe of that name or path
    │       └── DuplicateComponentError   two different components of one name
    ├── DigestMismatchError               a pinned recipe or environment digest differs
    ├── RewardError                       a reward broke its contract (wrong shape, infinite value)
    ├── PoolError                         the symbolic workers cannot be started or reached
    ├── EngineError                       the engine that spreads the work is missing or failed (Ray)
    └── ScorerError                       a remote scorer got no scores
        ├── ServerUnavailableError        no server answered, or the connection broke, retries included
        ├── ServerOverloadedError         the server refused for load, retries included
        ├── DeadlineExceededError         the call's deadline passed
        ├── AuthenticationError           the server refused the token or certificate
        └── ProtocolError                 the server broke the contract (a rollout lost or answered twice)

A message says what was wrong, where, and what to do. What a *model* wrote never raises: it comes
back as a verdict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "AuthenticationError",
    "DeadlineExceededError",
    "DigestMismatchError",
    "DuplicateComponentError",
    "EngineError",
    "IncompleteGroupError",
    "InvalidCallError",
    "InvalidInputError",
    "InvalidParameterError",
    "InvalidRolloutError",
    "MissingFieldError",
    "PoolError",
    "ProtocolError",
    "RecipeError",
    "RewardError",
    "RowFileError",
    "ScorerError",
    "ServerOverloadedError",
    "ServerUnavailableError",
    "TouchstoneError",
    "UnknownRecipeError",
]


_PLACE: Final = re.compile(r"rollouts\[\d+\]")
"""Pattern of the place by which a message names a rollout without an id."""


class TouchstoneError(Exception):
    """The root of all errors raised on purpose."""


class InvalidInputError(TouchstoneError, ValueError):
    """The caller's data or parameters are invalid."""


class InvalidParameterError(InvalidInputError):
    """A parameter outside its domain."""


class InvalidRolloutError(InvalidInputError):
    """A rollout that contradicts itself.

    Attributes:
        field: the field of the rollout at fault; empty where no single one is.
        reward: the reward that needs the field; empty where none asked for it.
    """

    def __init__(self, message: str, *, field: str = "", reward: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.reward = reward

    def about(self, rollout: str) -> Self:
        """Return the same error with the rollout named by the caller, not by its index in the call.

        >>> str(InvalidRolloutError("rollouts[3] has no gold").about("line 17"))
        'line 17 has no gold'
        """
        message = _PLACE.sub(lambda _: rollout, str(self), count=1)
        return type(self)(message, field=self.field, reward=self.reward)


class MissingFieldError(InvalidRolloutError):
    """A reward needs a field that a rollout does not carry."""


class InvalidCallError(InvalidInputError):
    """A call that is wrong as a whole."""


class IncompleteGroupError(InvalidCallError):
    """A group reward was shown a part of a group."""


class RowFileError(InvalidInputError):
    """A file of rollouts that cannot be read or written as a whole."""


class RecipeError(InvalidInputError):
    """A recipe that cannot be read or built."""


class UnknownRecipeError(RecipeError):
    """No recipe of that name or path."""


class DuplicateComponentError(RecipeError):
    """Two different components of one name."""


class DigestMismatchError(TouchstoneError):
    """A pinned digest differs from the one in force."""


class RewardError(TouchstoneError):
    """A reward broke its contract.

    Attributes:
        overflow: whether it gave an infinite value, as weights that are too large have it do.
    """

    def __init__(self, message: str = "", *, overflow: bool = False) -> None:
        super().__init__(message)
        self.overflow = overflow


class PoolError(TouchstoneError):
    """The symbolic workers cannot be started or reached."""


class EngineError(TouchstoneError):
    """The engine that spreads the work over processes is missing or failed."""


class ScorerError(TouchstoneError):
    """A remote scorer got no scores."""


class ServerUnavailableError(ScorerError):
    """No server answered, or the connection broke, retries included."""


class ServerOverloadedError(ScorerError):
    """The server refused for load, retries included."""


class DeadlineExceededError(ScorerError):
    """The call's deadline passed."""


class AuthenticationError(ScorerError):
    """The server refused the token or certificate."""


class ProtocolError(ScorerError):
    """The server broke the contract."""
