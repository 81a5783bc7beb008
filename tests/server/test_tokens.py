"""Tokens of a file: who is let in, and that a changed file counts at once."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from running import eventually, right
from scraping import value_at

from rewards import RemoteScorer
from rewards.errors import AuthenticationError, InvalidParameterError
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from server.tokens import refuse_without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import ServerProcess
    from tls_files import Files


def test_tokens_of_the_file_are_accepted_and_no_others(serve_here: Callable[..., str], files: Files) -> None:
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
def test_tokens_without_their_scheme_are_refused(
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
    for revoked in ("second", "first"):  # a process may still hold the first one, having read neither change
        assert eventually(lambda revoked=revoked: answers_of(server.address, revoked) == {"UNAUTHENTICATED"})
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
