from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from rewards.cli.health import health

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def asked(*arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(health, arguments)
    return ran.exit_code, ran.output.strip()


def test_health_of_a_server_that_serves(address: str) -> None:
    assert asked(address) == (0, "SERVING")
    assert asked(address, "--service", "rewards.v1.RewardService") == (0, "SERVING")
    assert asked(address, "--recipe", "r1-zero") == (0, "SERVING")
    code, said = asked(address, "--recipe", "r1-zerro")
    assert code == 1
    assert said.startswith("NOT_FOUND")


def test_health_where_nobody_listens_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and not listening
        code, said = asked(f"127.0.0.1:{taken.getsockname()[1]}", "--timeout", "20")
    assert code == 1
    assert said.startswith("UNAVAILABLE")


def test_health_of_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, said = asked(f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", "0.2")
    assert code == 1
    assert said.startswith("DEADLINE_EXCEEDED")


def test_health_probe_is_kept_out_by_neither_tokens_nor_tls(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")
    authority = trustme.CA()
    certificate = authority.issue_cert("rewards.example")
    root, cert, key, tokens = (tmp_path / name for name in ("root", "cert", "key", "tokens"))
    authority.cert_pem.write_to_path(root)
    certificate.cert_chain_pems[0].write_to_path(cert)
    certificate.private_key_pem.write_to_path(key)
    tokens.write_text("a-token", "utf-8")
    address = serve_here("boxed", tls_cert=cert, tls_key=key, auth_token_file=tokens)
    name = "--tls-server-name"
    assert asked(address, "--tls-ca", str(root), name, "rewards.example") == (0, "SERVING")
    assert asked(address, "--tls-ca", str(root), name, "another.example", "--timeout", "20")[0] == 1
    assert asked(address, "--timeout", "20")[0] == 1


def test_health_probe_loads_little() -> None:
    program = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules));"
        "from rewards.cli.health import health;"
        "health(['127.0.0.1:1', '--timeout', '20'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    loaded = set(ran.stdout.split())
    assert "grpc" in loaded
    assert not {"numpy", "pydantic", "sympy", "yaml"} & loaded
