from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from running import right

from rewards import RemoteScorer
from rewards.client import Tls
from rewards.errors import AuthenticationError, InvalidParameterError, ServerUnavailableError
from server.config import ServerConfig
from server.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")


@dataclasses.dataclass
class Files:
    authority: Path
    certificate: Path
    key: Path
    client: Path
    client_key: Path
    tokens: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    server, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("trainer")
    made = Files(*(folder / field.name for field in dataclasses.fields(Files)))
    authority.cert_pem.write_to_path(made.authority)
    server.cert_chain_pems[0].write_to_path(made.certificate)
    server.private_key_pem.write_to_path(made.key)
    client.cert_chain_pems[0].write_to_path(made.client)
    client.private_key_pem.write_to_path(made.client_key)
    made.tokens.write_text("first-token\n\n  second-token  \n")
    return made


def test_tls(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here("boxed", tls_cert=files.certificate, tls_key=files.key)
    known = Tls(root_certificates=files.authority)
    for target in (address, [address, address]):
        with RemoteScorer(target, "boxed", tls=known) as remote:
            assert remote.score([right(1)]).totals.tolist() == [1.0]
    for tls in (None, Tls()):
        remote = RemoteScorer(address, "boxed", tls=tls, patience=0.2)
        with remote, pytest.raises(ServerUnavailableError):
            remote.score([right(1)])


def test_client_certificates(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here(
        "boxed", tls_cert=files.certificate, tls_key=files.key, tls_client_ca=files.authority
    )
    known = Tls(root_certificates=files.authority, certificate=files.client, key=files.client_key)
    with RemoteScorer(address, "boxed", tls=known) as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]
    remote = RemoteScorer(address, "boxed", tls=Tls(root_certificates=files.authority), patience=0.2)
    with remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])


def test_tokens(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here("boxed", auth_token_file=files.tokens)
    for token in ("first-token", "second-token"):
        with RemoteScorer(address, "boxed", token=token) as remote:
            assert remote.score([right(1)]).totals.tolist() == [1.0]
            assert remote.score([right(n) for n in range(2000)]).totals.all()
    for token in (None, "", "first-toke", "first-token2"):
        with RemoteScorer(address, "boxed", token=token) as remote:
            for size in (1, 2000):
                with pytest.raises(AuthenticationError):
                    remote.score([right(n) for n in range(size)])
            with pytest.raises(AuthenticationError):
                remote.recipes()
    with grpc.insecure_channel(address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.asyncio
async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    config = ServerConfig(recipes=("boxed",), auth_token_file=tmp_path / "nothing")
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        Serving(config)
