"""The exit codes of `touchstone`."""

from __future__ import annotations

from typing import Final

__all__ = ["BROKEN_OFF", "INTERRUPTED", "PIPE_CLOSED", "SOME_WITHOUT_SCORE", "USAGE"]

SOME_WITHOUT_SCORE: Final = 1
"""Everything was read, but some lines are bad or some answers could not be judged."""

USAGE: Final = 2
"""A wrong flag, an unknown recipe, a file that is not there: nothing was scored."""

BROKEN_OFF: Final = 3
"""No server answered, a pinned digest differs, the disk is full: the rest was not scored."""

INTERRUPTED: Final = 130
"""Ctrl-C, as a shell reports it."""

PIPE_CLOSED: Final = 141
"""Whoever read the output went away, as a shell reports it."""
