from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from pool_scripts import CALLER, ROOT, SCRIPT

if TYPE_CHECKING:
    from pathlib import Path


def test_main_runs_nothing_of_the_callers_own(own_folder: Path, tmp_path: Path) -> None:
    """Neither the script that asks nor modules beside it are imported by the pool."""
    assert own_folder.is_dir()
    (tmp_path / "sympy.py").write_text("raise SystemExit('not this one')")
    script = tmp_path / "script.py"
    body = SCRIPT.format(root=str(ROOT), body=CALLER).replace("import sys", "print('main')\nimport sys", 1)
    script.write_text(body)
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert ran.stdout.split()[:2] == ["main", "CORRECT"]
    assert ran.stdout.count("main") == 1
