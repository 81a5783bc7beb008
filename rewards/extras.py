"""How to install what an extra of the package brings; error messages say it where something is missing."""

from __future__ import annotations

__all__ = ["install_command"]


def install_command(extra: str) -> str:
    """Return how to install an extra, to stand in a message.

    No package index has the distribution, so it is installed from where it was cloned.

    >>> install_command("data")
    "pip install '.[data]' in the clone of Touchstone"
    """
    return f"pip install '.[{extra}]' in the clone of Touchstone"
