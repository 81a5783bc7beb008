"""Whether a wheel holds what it must and nothing else: `python .ci/check_wheel.py WHEEL`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("rewards", "server", "trainer_adapters")
KINDS = {".css", ".html", ".js", ".py", ".pyi", ".typed", ".yaml"}


def tracked() -> set[str]:
    """What the wheel must hold: every file of the packages that is under version control."""
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES],  # noqa: S607  # whichever git is there
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(listed.stdout.split())


def main() -> int:
    """Compare, and say what differs."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        files = {name for name in wheel.namelist() if ".dist-info/" not in name}
        metadata = [name for name in wheel.namelist() if name.endswith(("/LICENSE", "/entry_points.txt"))]
    wanted = tracked()
    wrong = [f"missing: {name}" for name in sorted(wanted - files)]
    wrong += [f"not ours: {name}" for name in sorted(files - wanted)]
    wrong += [f"strange: {name}" for name in sorted(files) if Path(name).suffix not in KINDS]
    wrong += [f"missing: {package}/py.typed" for package in PACKAGES if f"{package}/py.typed" not in files]
    wrong += [] if any(name.startswith("rewards/recipes/") for name in files) else ["missing: the recipes"]
    wrong += [] if "rewards/v1/rollout_pb2.pyi" in files else ["missing: the stubs"]
    wrong += [] if len(metadata) == 2 else ["missing: the licence or the entry points"]  # noqa: PLR2004
    sys.stdout.write("".join(f"{line}\n" for line in wrong) or f"{len(files)} files, all as they should be\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
