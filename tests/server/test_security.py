from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from running import eventually, right

from rewards import RemoteScorer
from rewards.client.remote import Tls
from rewards.errors import InvalidParameterError, ServerUnavailableError
from server.config import ServerConfig
from server.security import certificates_of
from server.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tls_files import Files

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")

SERVING = health_pb2.HealthCheckResponse.SERVING


def test_tls_credentials_are_checked_by_the_client(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here("boxed", tls_cert=files.certificate, tls_key=files.key)
    known = Tls(root_certificates=files.authority)
    for target in (address, [address, address]):
        with RemoteScorer(target, "boxed", tls=known) as remote:
            assert remote.score([right(1)]).totals.tolist() == [1.0]
    for tls in (None, Tls()):
        remote = RemoteScorer(address, "boxed", tls=tls, patience=0.2)
        with remote, pytest.raises(ServerUnavailableError):
            remote.score([right(1)])


def test_client_certificates_are_checked_by_the_server(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here(
        "boxed", tls_cert=files.certificate, tls_key=files.key, tls_client_ca=files.authority
    )
    known = Tls(root_certificates=files.authority, certificate=files.client, key=files.client_key)
    with RemoteScorer(address, "boxed", tls=known) as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]
    remote = RemoteScorer(address, "boxed", tls=Tls(root_certificates=files.authority), patience=0.2)
    with remote, pytest.raises(ServerUnavailableError):
        remote.score([right(1)])


def test_token_check_leaves_health_alone_open(serve_here: Callable[..., str], files: Files) -> None:
    address = serve_here("boxed", auth_token_file=files.tokens)
    reflected = reflection_pb2.ServerReflectionRequest(list_services="")
    with grpc.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest()).status == SERVING
        watch = health.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == SERVING
        watch.cancel()
        for metadata, refused in (((), True), ((("authorization", "Bearer first-token"),), False)):
            calls = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
                iter([reflected]), metadata=metadata
            )
            if refused:
                with pytest.raises(grpc.RpcError) as caught:
                    next(calls)
                assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            else:
                assert next(calls).list_services_response.service


def test_certificates_that_change_are_read_again(
    serve_here: Callable[..., str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authorities = [trustme.CA(), trustme.CA()]
    roots = [tmp_path / "root0", tmp_path / "root1"]
    certificate, key, client, client_key = (
        tmp_path / name for name in ("cert", "key", "client", "client_key")
    )
    for authority, root in zip(authorities, roots, strict=True):
        authority.cert_pem.write_to_path(root)

    def issue(authority: trustme.CA) -> None:
        server = authority.issue_cert("localhost", "127.0.0.1")
        server.cert_chain_pems[0].write_to_path(certificate)
        server.private_key_pem.write_to_path(key)

    def trusted(root: Path, *, known: bool = True) -> bool:
        mine = {"certificate": client, "key": client_key} if known else {}
        with RemoteScorer(address, "boxed", tls=Tls(root_certificates=root, **mine), patience=0) as remote:
            try:
                return remote.score([right(1)]).totals.tolist() == [1.0]
            except ServerUnavailableError:
                return False

    trainer = authorities[0].issue_cert("trainer")
    trainer.cert_chain_pems[0].write_to_path(client)
    trainer.private_key_pem.write_to_path(client_key)
    issue(authorities[0])
    address = serve_here("boxed", tls_cert=certificate, tls_key=key, tls_client_ca=roots[0])
    assert trusted(roots[0])
    issue(authorities[1])
    assert eventually(lambda: trusted(roots[1]))
    assert not trusted(roots[0])
    assert not trusted(roots[1], known=False)
    # A key that is not the certificate's: the pair before it holds on, and the log says why.
    authorities[1].issue_cert("localhost").private_key_pem.write_to_path(key)
    assert eventually(lambda: trusted(roots[1]) and "are no certificate and its key" in caplog.text)
    issue(authorities[1])
    roots[0].write_bytes(roots[1].read_bytes())  # who signs clients changes, too
    assert eventually(lambda: not trusted(roots[1]))


def test_security_of_a_unix_socket_is_for_one_user(serve_here: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "rewards.sock"
    address = serve_here("boxed", address=f"unix:{path}")
    assert address == f"unix:{path}"
    assert path.is_socket()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with RemoteScorer(address, "boxed") as remote:
        assert remote.score([right(n) for n in range(2000)]).totals.all()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        pytest.param("certificate", "client_key", "no certificate and its key", id="key-of-another"),
        pytest.param("key", "certificate", "no certificate and its key", id="swapped"),
        pytest.param("tokens", "key", "no certificate and its key", id="no-certificate"),
    ],
)
async def test_certificates_of_a_pair_that_is_none_are_refused(
    cert: str, key: str, said: str, files: Files
) -> None:
    config = ServerConfig(recipes=("boxed",), tls_cert=getattr(files, cert), tls_key=getattr(files, key))
    with pytest.raises(InvalidParameterError, match=said):
        certificates_of(config)


@pytest.mark.asyncio
async def test_certificates_of_an_authority_that_is_none_are_refused(files: Files) -> None:
    config = ServerConfig(tls_cert=files.certificate, tls_key=files.key, tls_client_ca=files.tokens)
    with pytest.raises(InvalidParameterError, match="holds no certificates"):
        certificates_of(config)


@pytest.mark.asyncio
async def test_security_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    config = ServerConfig(recipes=("boxed",), auth_token_file=tmp_path / "nothing")
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        Serving(config)
