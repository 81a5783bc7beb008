"""Writes `rewards/v1/` from `proto/`: messages, gRPC stubs, and the types of both.

    python tools/generate_stubs.py            write them
    python tools/generate_stubs.py --check    fail if what is there differs from what would be written

The generator is an old one on purpose: what it writes runs with protobuf 5, 6 and 7 alike, while a
newer one refuses every runtime older than itself. It lives in a virtual environment of its own,
because it needs protobuf 4.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-proto"
STUBS = Path("rewards/v1")
GENERATOR = (
    "grpcio==1.62.3",
    "grpcio-tools==1.62.3",
    "mypy-protobuf==3.6.0",
    "protobuf==4.25.8",
    "setuptools<81",  # grpcio-tools imports pkg_resources
)
PYTHONS = ("python3.11", "python3.12", "python3.10")
"""Versions that the generator has wheels for."""


def main() -> int:
    """Write the stubs, or compare them; the exit code says whether they were up to date."""
    parser = argparse.ArgumentParser(description="Write rewards/v1/ from proto/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if there is a difference")
    check = parser.parse_args().check
    install()
    with tempfile.TemporaryDirectory() as folder:
        written = generate(Path(folder))
        stale = sorted(
            name
            for name in written.keys() | stubs_in(ROOT / STUBS).keys()
            if written.get(name) != stubs_in(ROOT / STUBS).get(name)
        )
    if check:
        if stale:
            sys.stderr.write(f"out of date: {', '.join(stale)}; run `make proto`\n")
        return 1 if stale else 0
    for name in stale:
        if name in written:
            (ROOT / STUBS / name).write_bytes(written[name])
        else:
            (ROOT / STUBS / name).unlink()
    return 0


def install() -> None:
    """Make the generator's virtual environment unless it is there."""
    if (VENV / "bin" / "protoc-gen-mypy").exists():
        return
    python = next((found for name in PYTHONS if (found := shutil.which(name))), None)
    if python is None:
        sys.exit(f"generating stubs needs one of {', '.join(PYTHONS)}")
    subprocess.run([python, "-m", "venv", "--clear", VENV], check=True)  # noqa: S603
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *GENERATOR], check=True)  # noqa: S603


def generate(folder: Path) -> dict[str, bytes]:
    """What the generator writes, by file name."""
    sources = sorted((ROOT / "proto" / STUBS).glob("*.proto"))
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "grpc_tools.protoc",
        f"--proto_path={ROOT / 'proto'}",
        f"--python_out={folder}",
        f"--mypy_out=quiet:{folder}",
        f"--grpc_python_out={folder}",
        f"--mypy_grpc_out=quiet:{folder}",
        *map(str, sources),
    ]
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, check=True, env={**os.environ, "PATH": path})  # noqa: S603
    with_service = {source.stem for source in sources if "\nservice " in source.read_text()}
    return {
        name: content
        for name, content in stubs_in(folder / STUBS).items()
        # A file without a service has no gRPC stubs worth keeping.
        if "_pb2_grpc" not in name or name.partition("_pb2_grpc")[0] in with_service
    }


def stubs_in(folder: Path) -> dict[str, bytes]:
    """The generated files in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*_pb2*") if path.is_file()}


if __name__ == "__main__":
    sys.exit(main())
