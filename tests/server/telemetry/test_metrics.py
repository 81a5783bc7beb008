from __future__ import annotations

import contextlib
import socket
import ssl
import urllib.error
import urllib.request
from functools import partial
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually, hanging, right
from scraping import page_of, samples_at, value_at

from rewards import LocalScorer, RemoteScorer, Rollout
from rewards.errors import InvalidParameterError, UnknownRecipeError
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from server.config import ServerConfig
from server.telemetry import definitions as of
from server.telemetry.page import serving_metrics
from server.telemetry.registry import MetricRegistry, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

Start = "Callable[..., ServerProcess]"

METRICS = ("--metrics-address", "127.0.0.1:0")


def test_the_page_tells_what_all_processes_did(start_server: Start) -> None:
    server = start_server("--recipe", "gsm8k-three-part", "--processes", "2", "--workers", "2", *METRICS)
    value = partial(value_at, server.metrics)
    rollouts = [
        *[right(n) for n in range(600)],
        *[Rollout(completion=rf"<think>x</think> \boxed{{{n}\%}}", ground_truth="-1") for n in range(300)],
        Rollout(completion="no gold"),
    ]
    with RemoteScorer(server.address, "gsm8k-three-part", connections=6) as remote:
        scores = remote.score(rollouts, lenient=True)
        remote.recipes()
    with RemoteScorer(server.address, "gsm8k", patience=5) as remote, pytest.raises(UnknownRecipeError):
        remote.score(rollouts[:1])
    assert scores == LocalScorer("gsm8k-three-part").score(rollouts, lenient=True)
    recipe = "gsm8k-three-part@1"
    assert eventually(lambda: value("touchstone_calls_total", code="INVALID_ARGUMENT") == 1)
    assert eventually(lambda: value("touchstone_rollouts_total", recipe=recipe) == len(rollouts))
    assert value("touchstone_rollouts_total", outcome="invalid") == 1
    assert value("touchstone_calls_total", method="ListRecipes", code="OK") == 1
    for status in ("CORRECT", "INCORRECT"):
        expected = sum(one is not None and one.status == status for one in scores.verdicts)
        assert value("touchstone_verdicts_total", status=status) == expected > 0
    for name, values in {of.TOTAL: scores.totals, **scores.components}.items():
        labels = {"recipe": recipe, "component": name}
        found = values[values == values]  # noqa: PLR0124  # no NaN is
        assert value("touchstone_component_values_total", **labels) == len(found)
        assert value("touchstone_component_nans_total", **labels) == len(values) - len(found) - 1
        gain, loss = (
            value("touchstone_component_gain_total", **labels),
            value("touchstone_component_loss_total", **labels),
        )
        assert gain - loss == pytest.approx(found.sum())
        assert gain == pytest.approx(found[found > 0].sum())
    assert value("touchstone_answers_total") == 300  # the others are plain at sight
    assert value("touchstone_judging_seconds_count", method="number") > 0
    assert value("touchstone_pending_bytes") == value("touchstone_pending_rollouts") == 0
    assert value("touchstone_frame_seconds_count") == value("touchstone_frame_seconds_bucket", le="+Inf") > 0
    assert value("touchstone_recipe_info") == 1
    assert value("touchstone_process_resident_memory_bytes", process="1") > 1 << 20

    assert value("touchstone_workers", lane="quick") >= 1

    # A worker is killed when nobody waits for its task any more.
    endless = [hanging(700 + n) for n in range(20)]  # more than can be ended in the time
    with RemoteScorer(server.address, "gsm8k-three-part", timeout=2) as remote:
        verdicts = remote.score(endless).verdicts
    late = sum(verdict is not None and verdict.status == "NOT_JUDGED" for verdict in verdicts)
    assert late > 0
    rollouts += endless
    assert eventually(lambda: value("touchstone_rollouts_total", outcome="not_judged") == late)
    assert eventually(lambda: value("touchstone_worker_kills_total", reason="cancelled") >= 1)

    # Of a process that dies, what it counted stays and its gauges go.
    before = value("touchstone_process_start_time_seconds", process="0")
    first = server.children
    for pid in first:
        server.kill_child(pid)
    assert eventually(lambda: value("touchstone_process_restarts_total") == 2)
    assert eventually(lambda: value("touchstone_processes") == 2)
    assert value("touchstone_rollouts_total", recipe=recipe) == len(rollouts)
    assert value("touchstone_process_start_time_seconds", process="0") > before
    with RemoteScorer(server.address, "gsm8k-three-part") as remote:
        remote.score(rollouts[:10])
    assert eventually(lambda: value("touchstone_rollouts_total") == len(rollouts) + 10)
    assert server.stop() == 0


def test_labels_come_from_known_sets_whatever_a_client_sends(start_server: Start, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("known\n")
    server = start_server("--recipe", "boxed", "--auth-token-file", str(tokens), *METRICS)
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary("/rewards.v1.RewardService/Score")
        for method in (call, channel.unary_unary("/made.up/Thing")):
            with pytest.raises(grpc.RpcError) as caught:
                method(b"", metadata=[("x-request-id", "mine")])
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert ("x-request-id", "mine") in caught.value.trailing_metadata()
        options = pb.ScoreOptions(recipe="made-up")
        with pytest.raises(grpc.RpcError, match="made-up"):
            RewardServiceStub(channel).Score(
                pb.ScoreRequest(options=options), metadata=[("authorization", "Bearer known")]
            )
    refused = partial(value_at, server.metrics, "touchstone_refused_calls_total", reason="authentication")
    assert eventually(lambda: refused() == 2)
    assert value_at(server.metrics, "touchstone_calls_total", method="(other)") == 1
    assert eventually(
        lambda: value_at(server.metrics, "touchstone_calls_total", code="INVALID_ARGUMENT") == 1
    )
    page = page_of(server.metrics)
    assert "made" not in page
    known = {name + end: one for name, one in of.METRICS.items() for end in ("", "_bucket", "_count", "_sum")}
    for sample in samples_at(server.metrics):
        assert set(sample.labels) - {"le"} == set(known[sample.name].labels)
    for metric in of.METRICS.values():
        assert f"# TYPE {metric.name} {metric.kind}" in page


def test_adding_snapshots() -> None:
    registry = MetricRegistry()
    registry.add(of.CALLS, 2, "Score", "OK")
    registry.put(of.PENDING_BYTES, 5)
    registry.put(of.WORKERS, 3, "quick")
    registry.observe(of.CALL_SECONDS, [0.001, 0.002, 1000.0], "Score")
    one = registry.snapshot()
    assert Snapshot.from_json(one.to_json()) == one
    two = one + Snapshot.from_json(one.to_json())
    assert (two.value(of.CALLS), two.value(of.PENDING_BYTES), two.value(of.WORKERS)) == (4, 10, 3)
    assert two.value(of.CALL_SECONDS, method="Score") == 6
    ((_, counts),) = two.of(of.CALL_SECONDS)
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (2, 2, 2, pytest.approx(2000.006))
    assert not set(one.counted().series) & {of.PENDING_BYTES.name, of.WORKERS.name}
    assert two.by(of.CALLS, "code") == {"OK": 4}
    registry.add(of.CALLS, 1, "Score", "OK")
    assert one.value(of.CALLS) == 2


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        pytest.param("GET /metrics HTTP/1.1", "200", id="page"),
        pytest.param("HEAD /metrics HTTP/1.1", "200", id="head"),
        pytest.param("GET /other HTTP/1.1", "404", id="other"),
        pytest.param("POST /metrics HTTP/1.1", "405", id="post"),
        pytest.param("\0\xff", "404", id="nonsense"),
    ],
)
@pytest.mark.asyncio
async def test_what_the_page_answers(request_line: str, status: str) -> None:
    import asyncio  # noqa: PLC0415

    async with serving_metrics(ServerConfig(metrics_address="127.0.0.1:0"), Snapshot) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request_line.encode("latin-1") + b"\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1].decode() == status
    assert (b"touchstone_calls" in body) == (request_line == "GET /metrics HTTP/1.1")


@pytest.mark.asyncio
async def test_an_endless_request_is_dropped() -> None:
    import asyncio  # noqa: PLC0415

    async with serving_metrics(ServerConfig(metrics_address="127.0.0.1:0"), Snapshot) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        with contextlib.suppress(ConnectionError):
            writer.write(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 100_000)
            await writer.drain()
            assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_a_public_page_is_held_to_the_rules_of_the_server(start_server: Start, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")
    with pytest.raises(InvalidParameterError, match="--insecure-public"):
        ServerConfig(metrics_address="0.0.0.0:0")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    certificate.private_key_pem.write_to_path(tmp_path / "key")
    (tmp_path / "tokens").write_text("known\n")
    names = {"--tls-cert": "cert", "--tls-key": "key", "--auth-token-file": "tokens"}
    flags = [part for flag, name in names.items() for part in (flag, str(tmp_path / name))]
    server = start_server("--recipe", "boxed", *flags, "--metrics-address", "0.0.0.0:0")
    url = f"https://127.0.0.1:{server.metrics.rpartition(':')[2]}/metrics"
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    asked = urllib.request.Request(url, headers={"Authorization": "Bearer known"})
    with urllib.request.urlopen(asked, timeout=30, context=trusting) as response:  # noqa: S310
        assert b"touchstone_processes 1.0" in response.read()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url, timeout=30, context=trusting)
    with socket.create_connection(("127.0.0.1", int(server.metrics.rpartition(":")[2]))) as plain:
        plain.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert b"touchstone" not in plain.recv(1 << 16)
