"""Install commands for the package's extras, for error messages about a missing dependency."""

from __future__ import annotations

__all__ = ["install_command"]


def install_command(extra: str) -> str:
    """Return the command that installs an extra, for use in a message.

    No package index has the distribution, so it is installed from where it was cloned.

    >>> install_command("data")
    "pip install '.[data]' in the clone of Touchstone"
    """
    return f"pip install '.[{extra}]' in the clone of Touchstone"
