"""The contract is well-formed, and the stubs are what its generator writes."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("command", [["lint"], ["format", "--diff", "--exit-code"]], ids=["lint", "format"])
def test_the_contract_is_well_formed(command: list[str]) -> None:
    buf = shutil.which("buf", path=str(Path(sys.executable).parent)) or shutil.which("buf")
    if buf is None:
        pytest.skip("buf is not installed; the package buf-bin has it")
    ran = subprocess.run([buf, *command, ROOT / "proto"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_stubs_are_up_to_date() -> None:
    if not (ROOT / ".venv-proto").exists():
        pytest.skip("the generator is not installed; `make proto` installs it")
    script = ROOT / "tools" / "generate_stubs.py"
    ran = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_contract_holds_nothing_but_proto_files() -> None:
    assert {path.suffix for path in (ROOT / "proto").rglob("*") if path.is_file()} == {".proto", ".yaml"}
    assert importlib.util.find_spec("rewards.v1.reward_service_pb2_grpc")
