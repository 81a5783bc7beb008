"""Likely causes of a failed connection: real handshakes that fail, and proxies of the environment."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from running import right

from rewards import RemoteScorer
from rewards.client.causes import cause_of, proxy_settings
from rewards.client.remote import Tls
from rewards.errors import ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")


class Authority:
    """A CA with its file, and servers whose certificates it signs."""

    def __init__(self, folder: Path, serve: Callable[..., str]) -> None:
        self._folder = folder
        self._serve = serve
        self._authority = trustme.CA()
        self.root = folder / "root"
        self._authority.cert_pem.write_to_path(self.root)

    def server(self, *names: str, ended: dt.datetime | None = None, **settings: object) -> str:
        issued = self._authority.issue_cert(*names, not_after=ended)
        cert, key = self._folder / f"cert-{names[0]}", self._folder / f"key-{names[0]}"
        issued.cert_chain_pems[0].write_to_path(cert)
        issued.private_key_pem.write_to_path(key)
        return self._serve("boxed", tls_cert=cert, tls_key=key, **settings)


@pytest.fixture
def authority(tmp_path: Path, serve_here: Callable[..., str]) -> Authority:
    return Authority(tmp_path, serve_here)


def failure(target: str | list[str], tls: Tls | None) -> str:
    with (
        RemoteScorer(target, "boxed", tls=tls, patience=0.2) as remote,
        pytest.raises(ServerUnavailableError) as caught,
    ):
        remote.score([right(1)])
    return str(caught.value)


def test_cause_of_plain_text_to_a_server_with_tls(authority: Authority) -> None:
    address = authority.server("127.0.0.1")
    for target in (address, [address, address]):
        assert "turn TLS on" in failure(target, None)


def test_cause_of_tls_to_a_server_in_plain_text(address: str) -> None:
    for target in (address, [address, address]):
        assert "the server speaks plain text: turn TLS off" in failure(target, Tls())


def test_cause_of_a_certificate_by_an_unknown_authority(authority: Authority, tmp_path: Path) -> None:
    address = authority.server("127.0.0.1")
    other = tmp_path / "other"
    trustme.CA().cert_pem.write_to_path(other)
    for tls in (Tls(), Tls(root_certificates=other)):
        assert "give the CA of its certificate as the TLS root certificates" in failure(address, tls)


def test_cause_of_a_certificate_for_another_name(authority: Authority) -> None:
    address = authority.server("rewards.example")
    for name in (None, "other.example"):
        said = failure(address, Tls(root_certificates=authority.root, server_name=name))
        assert "for another host name" in said
    tls = Tls(root_certificates=authority.root, server_name="rewards.example")
    with RemoteScorer(address, "boxed", tls=tls) as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]


def test_cause_of_an_expired_certificate(authority: Authority) -> None:
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    address = authority.server("127.0.0.1", ended=ended)
    assert "certificate has expired: renew it" in failure(address, Tls(root_certificates=authority.root))


def test_cause_of_a_missing_client_certificate(authority: Authority) -> None:
    address = authority.server("127.0.0.1", tls_client_ca=authority.root)
    said = failure(address, Tls(root_certificates=authority.root))
    assert "TLS" in said
    assert "client" in said


def test_cause_of_a_refused_port_is_not_tls() -> None:
    for tls in (None, Tls()):
        said = failure("127.0.0.1:1", tls)
        assert said.startswith("cannot reach 127.0.0.1:1: ")
        assert "refused" in said
        assert "TLS" not in said


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"no_proxy": "*"}, {}, id="exceptions-alone"),
        pytest.param({"HTTP_PROXY": "http://proxy:1"}, {}, id="capitals-which-grpc-does-not-read"),
        pytest.param({"http_proxy": "proxy:1"}, {"http_proxy": "proxy:1"}, id="without-a-scheme"),
        pytest.param({"grpc_proxy": "http://u:p%40@x:1"}, {"grpc_proxy": "http://x:1"}, id="password"),
        pytest.param(
            {"https_proxy": "https://u:a@b/c@x:1"}, {"https_proxy": "https://x:1"}, id="odd-password"
        ),
        pytest.param({"https_proxy": "u:secret@x:1"}, {"https_proxy": "x:1"}, id="password-without-a-scheme"),
    ],
)
def test_proxy_settings_are_named_without_passwords(
    environment: dict[str, str], named: dict[str, str]
) -> None:
    assert proxy_settings(environment) == named


def test_cause_of_a_failure_behind_a_proxy_names_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:secret@proxy:3128")
    monkeypatch.setenv("no_proxy", "localhost,10.0.0.0/8")
    found = cause_of("refused", ["rewards:50051"], secure=False)
    assert "https_proxy=http://proxy:3128, no_proxy=localhost,10.0.0.0/8" in found
    assert "secret" not in found
    for target in ("127.0.0.1:1", "unix:/run/s", "[::1]:1", "localhost:1", "dns:///localhost:1"):
        assert cause_of("refused", [target], secure=False) == "refused"


SCORED = """
import sys
from rewards import RemoteScorer, Rollout
with RemoteScorer(sys.argv[1].split(","), "boxed", patience=0.5) as remote:
    print(remote.score([Rollout(completion=r"\\boxed{4}", ground_truth="4")]).totals.tolist())
"""


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "grpc_proxy"])
def test_loopback_is_reached_past_any_proxy(variable: str, address: str) -> None:
    port = address.rpartition(":")[2]
    environment = {variable: "http://me:secret@127.0.0.1:9"}
    for target in (address, f"localhost:{port}", f"dns:///localhost:{port}", f"{address},{address}"):
        ran = subprocess.run(
            [sys.executable, "-c", SCORED, target],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.strip() == "[1.0]", ran.stderr
    ran = subprocess.run(
        [sys.executable, "-c", SCORED, f"192.0.2.1:{port}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{variable}=http://127.0.0.1:9" in ran.stderr
    assert "secret" not in ran.stderr


def test_loopback_is_probed_past_any_proxy(address: str) -> None:
    for variable in ("http_proxy", "grpc_proxy"):
        ran = subprocess.run(
            [sys.executable, "-c", "from rewards.cli.main import main; main()", "health", address],
            env={variable: "http://127.0.0.1:9"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout.strip()) == (0, "SERVING"), ran.stderr
