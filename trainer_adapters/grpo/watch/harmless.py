"""Keep the monitoring of a run from ending it: failures are warnings, one line for each kind of failure.

A full disk, a folder that is gone, a tracker without a network or a defect in an alarm cost a curve or a
line, and never the run. Left out: parts that a run cannot do without, such as its checkpoints.
"""

from __future__ import annotations

import functools
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from transformers import TrainerCallback

__all__ = ["Harmless", "harmless"]

logger = logging.getLogger(__name__)


class Harmless:
    """Contexts whose exceptions become warnings; the same failure is reported once."""

    def __init__(self) -> None:
        self._reported: set[tuple[str, type[Exception]]] = set()

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Go on after an exception, and warn that `what` failed."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, training is worth more
            failure = (what, type(error))
            if failure not in self._reported:
                self._reported.add(failure)
                said = " ".join(str(error).split())
                logger.warning(
                    "%s failed, and training goes on without it: %s: %s", what, type(error).__name__, said
                )


def harmless(callback: TrainerCallback, what: str) -> TrainerCallback:
    """Return the same callback, whose events warn where they would raise."""
    guard = Harmless()
    for name in dir(callback):
        if name.startswith("on_"):
            setattr(callback, name, _guarded(getattr(callback, name), guard, what))
    return callback


def _guarded(event: Callable[..., Any], guard: Harmless, what: str) -> Callable[..., Any]:
    @functools.wraps(event)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        with guard(what):
            return event(*args, **kwargs)
        return None

    return guarded
