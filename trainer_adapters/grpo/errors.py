"""The error for an invalid training file."""

from __future__ import annotations

from rewards.errors import InvalidInputError

__all__ = ["ConfigError"]


class ConfigError(InvalidInputError):
    """A training file that cannot be read, has unknown or impossible settings, or contradicts itself."""
