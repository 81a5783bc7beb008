"""A real server with everything on that can tell of a call; whatever a client sends must not be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from collecting import collecting
from odd_rewards import Careless, Failing
from running import eventually
from scraping import page_of, value_at

from rewards import Recipe, RemoteScorer, Rollout
from rewards.errors import RewardError
from rewards.recipe.file import dumps
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from running import ServerProcess

pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc", reason="traces need the extra `otel`")

MARKERS = {
    name: f"zq{name}zq"
    for name in ("prompt", "completion", "answer", "gold", "key", "value", "id", "group", "recipe", "request")
}


def marked(number: int) -> Rollout:
    at = MARKERS
    return Rollout(
        id=f"{at['id']}{number}",
        prompt=at["prompt"],
        completion=rf"<think>{at['completion']}</think> \boxed{{{at['answer']} + {number}}}",
        ground_truth=at["gold"],
        metadata={at["key"]: at["value"]},
        group_id=at["group"],
    )


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(grpc.RpcError):
        call()


def provoke(address: str) -> None:
    """Make every kind of call go well and go wrong, with markers wherever a client can put them."""
    rollouts = [marked(n) for n in range(3)]
    with RemoteScorer(address, "boxed") as remote:
        remote.score([*rollouts, Rollout(completion=MARKERS["completion"])], lenient=True)
        remote.score([marked(n) for n in range(600)])
    with RemoteScorer(address, "failing") as remote, pytest.raises(RewardError):
        remote.score(rollouts)
    with RemoteScorer(address, "careless") as remote:
        remote.score(rollouts[:1])
    wire = [rollout_to_wire(one) for one in rollouts]
    with grpc.insecure_channel(address) as channel:
        stub = RewardServiceStub(channel)
        boxed = pb.ScoreOptions(recipe="boxed")
        twice = pb.ScoreRequest(options=boxed, rollouts=[*wire, wire[0]])
        refused(lambda: stub.Score(twice))
        refused(lambda: stub.Score(pb.ScoreRequest(options=pb.ScoreOptions(recipe=MARKERS["recipe"]))))
        pinned = pb.ScoreOptions(recipe="boxed", recipe_digest=MARKERS["recipe"])
        refused(lambda: stub.Score(pb.ScoreRequest(options=pinned, rollouts=wire)))
        stub.Score(
            pb.ScoreRequest(options=boxed, rollouts=wire),
            metadata=[("x-request-id", MARKERS["request"] + " !"), ("x-other", MARKERS["request"])],
        )
        bytes_call = channel.unary_unary("/rewards.v1.RewardService/Score")
        refused(lambda: bytes_call(b"\x12\xff" + MARKERS["completion"].encode()))

        def twice_streamed() -> Iterator[pb.ScoreStreamRequest]:
            yield pb.ScoreStreamRequest(options=boxed)
            yield pb.ScoreStreamRequest(frame=pb.Frame(rollouts=[*wire, wire[0]]))

        refused(lambda: list(stub.ScoreStream(twice_streamed())))


def told(start_server: Callable[..., ServerProcess], folder: Path, *flags: str) -> dict[str, str]:
    """What a server tells of :func:`provoke`, by where."""
    log = folder / "log"
    paths = {name: folder / f"{name}.yaml" for name in ("failing", "careless")}
    paths["failing"].write_text(dumps(Recipe(name="failing", reward=Failing())))
    paths["careless"].write_text(dumps(Recipe(name="careless", reward=Careless())))
    with collecting() as (collector, url):
        server = start_server(
            *("--recipe", "boxed", *(part for path in paths.values() for part in ("--recipe", str(path)))),
            *("--log-level", "debug", "--log-format", "json"),
            *("--metrics-address", "127.0.0.1:0", "--otlp-endpoint", url),
            *flags,
            log=log,
        )
        provoke(server.address)
        assert eventually(lambda: value_at(server.metrics, "touchstone_calls_total") >= 10)
        page = page_of(server.metrics)
        assert server.stop() == 0
        assert any(span.name == "rewards.v1.RewardService/Score" for span in collector.spans)
        spans = "".join(map(str, collector.requests))
    return {"metrics": page, "spans": spans, "log": log.read_text("utf-8")}


def test_nothing_tells_what_was_sent(start_server: Callable[..., ServerProcess], tmp_path: Path) -> None:
    found = told(start_server, tmp_path)
    for where, text in found.items():
        for name, marker in MARKERS.items():
            assert marker not in text, f"the {name} is in the {where}"
    lines = [json.loads(line) for line in found["log"].splitlines() if line.startswith("{")]
    # The calls were logged, and so was where rewards failed.
    careless = [line for line in lines if "_fail" in line.get("exception", "")]
    assert {line["logger"] for line in careless} == {"careless", "server.telemetry.logs"}
    assert any(line["message"].startswith("UserWarning at ") for line in lines)
    codes = {line["code"] for line in lines if line["message"] == "call"}
    assert codes == {"OK", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "INTERNAL"}
    assert "odd_rewards.py" in found["log"]
    assert {"InvalidCallError", "RewardError", "UnknownRecipeError"} <= {line.get("error") for line in lines}


def test_the_log_tells_it_if_it_is_asked_to(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    found = told(start_server, tmp_path, "--log-text")
    for name in ("prompt", "completion", "answer", "gold", "key", "value", "id", "group", "recipe"):
        assert MARKERS[name] in found["log"], f"the {name} is not in the log"
    careless = [line for line in found["log"].splitlines() if "careless" in line]
    assert sum(MARKERS["completion"] in line for line in careless) >= 3
    for where in ("metrics", "spans"):
        assert not [marker for marker in MARKERS.values() if marker in found[where]]
