# ruff: noqa: INP001  # a script, not a package
"""Write the imports in `rewards/__init__.py` by which type checkers know the public names.

    python tools/write_names.py

At run time the names are found without them; `tests/test_public_api.py` holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path

import rewards

HOME = Path(rewards.__file__)
IMPORTS = re.compile(r"(?:^    from rewards\.\S+ import \w+ as \w+\n)+", re.MULTILINE)


def main() -> None:
    """Write them."""
    homes = sorted((getattr(rewards, name).__module__, name) for name in rewards.__all__)
    lines = [f"    from {home} import {name} as {name}\n" for home, name in homes]
    HOME.write_text(IMPORTS.sub("".join(lines), HOME.read_text("utf-8"), count=1), "utf-8")


if __name__ == "__main__":
    main()
