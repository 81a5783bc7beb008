from __future__ import annotations

import dataclasses
import stat
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from running import eventually, right
from scraping import value_at

from rewards import RemoteScorer
from rewards.client.remote import Tls
from rewards.errors import AuthenticationError, InvalidParameterError, ServerUnavailableError
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from server.config import ServerConfig
from server.security import certificates_of
from server.serving import Serving
from server.tokens import refuse_without_tokens
from server.watched import ReloadingFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import ServerProcess

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")

SERVING = health_pb2.HealthCheckResponse.SERVING


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
    made.tokens.write_text("# of the trainers\nfirst-token\n\n  second-token  \n")
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
    for token in (None, "", "first-toke", "first-token2", "# of the trainers", "first-token second-token"):
        with RemoteScorer(address, "boxed", token=token) as remote:
            for size in (1, 2000):
                with pytest.raises(AuthenticationError):
                    remote.score([right(n) for n in range(size)])
            with pytest.raises(AuthenticationError):
                remote.recipes()
    with grpc.insecure_channel(address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_alone_is_open_where_tokens_are_asked_for(
    serve_here: Callable[..., str], files: Files
) -> None:
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


@pytest.mark.parametrize(
    "header",
    [
        pytest.param((("authorization", "first-token"),), id="without-its-scheme"),
        pytest.param((("authorization", "Basic first-token"),), id="another-scheme"),
        pytest.param((("authorization-bin", b"Bearer first-token"),), id="another-header"),
        pytest.param((("authorization", "Bearer "),), id="nothing"),
        pytest.param(tuple(("authorization", f"Bearer {n}") for n in range(50)), id="many"),
    ],
)
def test_what_is_no_bearer_token(
    header: tuple[tuple[str, str | bytes], ...], serve_here: Callable[..., str], files: Files
) -> None:
    address = serve_here("boxed", auth_token_file=files.tokens)
    with grpc.insecure_channel(address) as channel:
        stub = RewardServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.ListRecipes(pb.ListRecipesRequest(), metadata=header)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def may_call(address: str, token: str) -> bool:
    with RemoteScorer(address, "boxed", token=token) as remote:
        try:
            return remote.score([right(1)]).totals.tolist() == [1.0]
        except AuthenticationError:
            return False


def test_tokens_that_change_are_read_again(
    serve_here: Callable[..., str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "tokens"
    path.write_text("one", "utf-8")
    address = serve_here("boxed", auth_token_file=path)
    assert may_call(address, "one")
    path.write_text("two", "utf-8")
    assert eventually(lambda: may_call(address, "two"))
    assert not may_call(address, "one")
    replacement = tmp_path / "replacement"
    replacement.write_text("six", "utf-8")
    replacement.rename(path)
    assert eventually(lambda: may_call(address, "six"))
    assert not may_call(address, "two")
    # Broken: what was there before holds on, and the log says why, once.
    path.unlink()
    assert eventually(lambda: may_call(address, "six") and "cannot be read" in caplog.text)
    assert "six" not in caplog.text
    path.write_text("ten", "utf-8")
    assert eventually(lambda: may_call(address, "ten"))
    assert not may_call(address, "six")
    # Emptied: nobody gets in.
    path.write_text("# none\n", "utf-8")
    assert eventually(lambda: not may_call(address, "ten"))


def answers_of(address: str, token: str, calls: int = 12) -> set[str]:
    """The codes of calls over connections of their own, so that every process gets some."""
    codes = set()
    for _ in range(calls):
        with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            try:
                RewardServiceStub(channel).ListRecipes(
                    pb.ListRecipesRequest(), metadata=[("authorization", f"Bearer {token}")], timeout=30
                )
                codes.add("OK")
            except grpc.RpcError as error:
                codes.add(error.code().name)
    return codes


@pytest.mark.parametrize("end", ["missing", "unreadable", "a-folder"])
def test_a_revoked_token_stays_out_of_every_process(
    end: str, start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\n", "utf-8")
    server = start_server(
        *("--recipe", "boxed", "--processes", "2", "--workers", "1", "--auth-token-file", str(path)),
        *("--metrics-address", "127.0.0.1:0"),
    )
    assert answers_of(server.address, "first") == {"OK"}
    assert answers_of(server.address, "second") == {"UNAUTHENTICATED"}
    path.write_text("second\n", "utf-8")
    # Nobody asks the processes for anything meanwhile: each finds out by itself.
    assert eventually(lambda: path.stat().st_mtime + 2 < time.time())
    if end == "missing":
        path.unlink()
    elif end == "unreadable":
        path.rename(tmp_path / "hidden")
        path.symlink_to(path)  # even root cannot read a link to itself
    else:
        path.unlink()
        path.mkdir()
    stale = partial(value_at, server.metrics, "touchstone_stale_files", file="tokens")
    assert eventually(lambda: stale() == 1)
    assert answers_of(server.address, "first") == {"UNAUTHENTICATED"}
    assert answers_of(server.address, "second") == {"OK"}
    if end == "a-folder":
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    path.write_text("third\n", "utf-8")
    assert eventually(lambda: answers_of(server.address, "third") == {"OK"} and stale() == 0)
    assert answers_of(server.address, "second") == {"UNAUTHENTICATED"}


def test_an_emptied_file_revokes_every_token(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\n", "utf-8")
    server = start_server(
        *("--recipe", "boxed", "--processes", "2", "--workers", "1", "--auth-token-file", str(path)),
    )
    path.write_text("second\n", "utf-8")
    assert eventually(lambda: "OK" in answers_of(server.address, "second", 1))
    path.write_text("", "utf-8")
    assert eventually(lambda: answers_of(server.address, "second") == {"UNAUTHENTICATED"})
    assert answers_of(server.address, "first") == {"UNAUTHENTICATED"}
    # A process that starts meanwhile lets nobody in either, and serves.
    before = server.children
    for pid in before:
        server.kill_child(pid)
    assert eventually(lambda: len(server.children) == 2 and not set(server.children) & set(before))
    assert eventually(lambda: answers_of(server.address, "second") == {"UNAUTHENTICATED"})
    path.write_text("third\n", "utf-8")
    assert eventually(lambda: answers_of(server.address, "third") == {"OK"})


def test_a_server_does_not_start_with_an_empty_file_of_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("# none\n", "utf-8")
    with pytest.raises(InvalidParameterError, match="holds no token"):
        refuse_without_tokens(path)
    ended = subprocess.run(
        [sys.executable, "-c", "from server.cli import serve; serve()", "--auth-token-file", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert "holds no token; write one a line" in ended.stderr


def test_a_file_that_is_being_written_is_not_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\nsecond\n", "utf-8")
    reads = iter(["", "first\n", "first\nthird\n", "first\nthird\n"])

    def read() -> str:
        found = path.read_text("utf-8")
        if (more := next(reads, None)) is not None:
            path.write_text(more, "utf-8")  # somebody goes on writing as soon as it was read
        return found

    files = ReloadingFiles([path], read)
    held = set()
    assert eventually(lambda: held.add(files.current) or files.current == "first\nthird\n")
    assert held == {"first\nsecond\n", "first\nthird\n"}


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


def test_a_unix_socket_is_for_one_user(serve_here: Callable[..., str], tmp_path: Path) -> None:
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
async def test_a_pair_that_is_none(cert: str, key: str, said: str, files: Files) -> None:
    config = ServerConfig(recipes=("boxed",), tls_cert=getattr(files, cert), tls_key=getattr(files, key))
    with pytest.raises(InvalidParameterError, match=said):
        certificates_of(config)


@pytest.mark.asyncio
async def test_an_authority_that_is_none(files: Files) -> None:
    config = ServerConfig(tls_cert=files.certificate, tls_key=files.key, tls_client_ca=files.tokens)
    with pytest.raises(InvalidParameterError, match="holds no certificates"):
        certificates_of(config)


@pytest.mark.asyncio
async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    config = ServerConfig(recipes=("boxed",), auth_token_file=tmp_path / "nothing")
    with pytest.raises(InvalidParameterError, match="cannot be read"):
        Serving(config)
