"""The environment of a score besides its recipe: versions and limits, and one digest of them.

Two processes with one environment digest give one recipe the same values (on processors of one
kind). Versions are read from the metadata of installed distributions, so nothing is imported for it.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import sys
from importlib.metadata import PackageNotFoundError, version

import rewards

__all__ = ["environment", "environment_digest"]

_DISTRIBUTIONS = (
    "lingua-language-detector",
    "mpmath",
    "numpy",
    "python-flint",
    "sympy",
)
"""Distributions whose code takes part in values and verdicts; one that is not installed is left out."""


def environment() -> dict[str, str | dict[str, object]]:
    """The versions and limits that can change a value, by name.

    >>> environment()["touchstone"] == rewards.__version__
    True
    """
    found: dict[str, str | dict[str, object]] = {
        "limits": _limits(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "touchstone": rewards.__version__,
    }
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@functools.cache
def environment_digest() -> str:
    """SHA-256 of :func:`environment` in hexadecimal; worked out once a process."""
    text = json.dumps(environment(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


_NO_MATTER = frozenset({"workers"})
"""Limits that change how long judging takes, and no verdict."""


def _limits() -> dict[str, object]:
    from rewards.answers.limits import Limits  # noqa: PLC0415  # numpy, which a version needs not

    limits = dataclasses.asdict(Limits())
    return {name: value for name, value in limits.items() if name not in _NO_MATTER}
