"""The contract stays what the first release made it, by buf's rules and by old and new calling each other.

`golden/first_release.binpb` is that contract, compiled; it is written by

    buf build proto --exclude-source-info -o tests/golden/first_release.binpb

until the first release, and never again after it. What a later release may add, nobody knows: here it is a
field in every message.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from running import right

from rewards import LocalScorer, RemoteScorer, Rollout
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    Transform = Callable[[bytes, str], bytes]

ROOT = Path(__file__).resolve().parent.parent
FIRST_RELEASE = Path(__file__).parent / "golden" / "first_release.binpb"
SERVICE = "/rewards.v1.RewardService/"
METHODS = {
    "Score": ("ScoreRequest", "ScoreResponse"),
    "ScoreStream": ("ScoreStreamRequest", "ScoreStreamResponse"),
    "ListRecipes": ("ListRecipesRequest", "ListRecipesResponse"),
}
LATER = "of_a_later_release"
ROLLOUTS = [right(1, id="a"), Rollout(completion=r"\boxed{2}", ground_truth="1", id="b"), right(3, id="c")]


def buf() -> str:
    found = shutil.which("buf", path=str(Path(sys.executable).parent)) or shutil.which("buf")
    if found is None:
        pytest.skip("buf is not installed; the package buf-bin has it")
    return found


def breaking(proto: Path) -> subprocess.CompletedProcess[str]:
    command = [buf(), "breaking", proto, "--against", FIRST_RELEASE]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_contract_breaks_nothing_of_the_first_release() -> None:
    ran = breaking(ROOT / "proto")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("string recipe_digest = 3;", "string recipe_digest = 33;", id="number"),
        pytest.param("string recipe_digest = 3;", "uint64 recipe_digest = 3;", id="type"),
        pytest.param("string recipe_digest = 3;", "", id="gone"),
        pytest.param("rpc Score(ScoreRequest)", "rpc Judge(ScoreRequest)", id="method"),
        pytest.param("service RewardService {", "service JudgeService {", id="service"),
        pytest.param("stream ScoreStreamResponse", "ScoreStreamResponse", id="stream"),
        pytest.param("RECIPE_SCOPE_GROUP = 2", "RECIPE_SCOPE_GROUP = 3", id="enum"),
    ],
)
def test_a_break_is_noticed(old: str, new: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "proto", tmp_path / "proto")
    path = tmp_path / "proto" / "rewards" / "v1" / "reward_service.proto"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    assert breaking(tmp_path / "proto").returncode != 0


class Release:
    """The messages of one release, without its stubs."""

    def __init__(self, *, grown: bool) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        image = descriptor_pb2.FileDescriptorSet.FromString(FIRST_RELEASE.read_bytes())
        for file in image.file:
            for message in file.message_type if grown else ():
                grow(message)
            self._pool.AddSerializedFile(file.SerializeToString())

    def new(self, name: str, **fields: object) -> Any:  # noqa: ANN401  # its class is made just now
        found = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"rewards.v1.{name}"))
        return found(**fields)

    def read(self, name: str, raw: bytes) -> Any:  # noqa: ANN401  # see above
        message = self.new(name)
        message.ParseFromString(raw)
        return message


def grow(message: descriptor_pb2.DescriptorProto) -> None:
    """Give a message, and those in it, a field of a later release."""
    for inner in message.nested_type:
        if not inner.options.map_entry:
            grow(inner)
    message.field.add(
        name=LATER,
        number=1000,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
    )


def fill(message: Message) -> Message:
    """Say something in the later field of a message and of all in it."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for inner in value if hasattr(value, "__len__") and not hasattr(value, "ListFields") else [value]:
            fill(inner)
    setattr(message, LATER, "something new")
    return message


class Client:
    """Calls as a client of a release does, field by field."""

    def __init__(self, release: Release, channel: grpc.Channel, dress: Callable[[Message], Message]) -> None:
        self._release = release
        self._channel = channel
        self._dress = dress

    def call(self, method: str, *requests: Message) -> list[Any]:
        answer = METHODS[method][1]
        kind = self._channel.stream_stream if method == "ScoreStream" else self._channel.unary_unary
        ask = kind(
            SERVICE + method,
            lambda message: self._dress(message).SerializeToString(),
            lambda raw: self._release.read(answer, raw),
        )
        return list(ask(iter(requests))) if method == "ScoreStream" else [ask(*requests)]

    def totals(self) -> list[float]:
        """What a batch and a stream, which agree, say of ROLLOUTS."""
        new = self._release.new
        rollouts = [
            self._release.read("Rollout", rollout_to_wire(one).SerializeToString()) for one in ROLLOUTS
        ]
        options = new("ScoreOptions", recipe="boxed")
        (batch,) = self.call("Score", new("ScoreRequest", options=options, rollouts=rollouts))
        _, *answers = self.call(
            "ScoreStream",
            new("ScoreStreamRequest", options=options),
            new("ScoreStreamRequest", frame=new("Frame", number=1, rollouts=rollouts)),
        )
        found = [total for block in batch.blocks for total in block.totals]
        assert [total for answer in answers for total in answer.scores.block.totals] == found
        return found

    def recipes(self) -> list[str]:
        (listed,) = self.call("ListRecipes", self._release.new("ListRecipesRequest"))
        return [recipe.name for recipe in listed.recipes]


@pytest.mark.parametrize("release", ["first", "later"])
def test_clients_of_other_releases_are_served(release: str, serve_here: Callable[..., str]) -> None:
    later = release == "later"
    with grpc.insecure_channel(serve_here("boxed")) as channel:
        client = Client(Release(grown=later), channel, fill if later else lambda message: message)
        assert client.totals() == [1.0, 0.0, 1.0]
        assert client.recipes() == ["boxed"]


@contextlib.contextmanager
def between(address: str, ask: Transform, answer: Transform) -> Iterator[str]:
    """A server that hands all calls on, with requests and responses made over."""
    with grpc.insecure_channel(address) as channel:

        def handler(method: str) -> grpc.RpcMethodHandler[bytes, bytes]:
            request, response = METHODS[method]
            if method != "ScoreStream":
                call = channel.unary_unary(SERVICE + method)
                return grpc.unary_unary_rpc_method_handler(
                    lambda raw, _: answer(call(ask(raw, request)), response)
                )
            stream = channel.stream_stream(SERVICE + method)
            return grpc.stream_stream_rpc_method_handler(
                lambda requests, _: (
                    answer(raw, response) for raw in stream(ask(raw, request) for raw in requests)
                )
            )

        with ThreadPoolExecutor(8) as pool:
            server = grpc.server(pool)
            handlers = {method: handler(method) for method in METHODS}
            server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler("rewards.v1.RewardService", handlers),)
            )
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            yield f"127.0.0.1:{port}"
            server.stop(None).wait()


def as_the_first_release_does(raw: bytes, name: str) -> bytes:
    message = FIRST.read(name, raw)
    message.DiscardUnknownFields()
    written: bytes = message.SerializeToString()
    return written


def as_a_later_release_does(raw: bytes, name: str) -> bytes:
    return fill(LATER_RELEASE.read(name, raw)).SerializeToString()


def as_it_is(raw: bytes, _: str) -> bytes:
    return raw


FIRST = Release(grown=False)
LATER_RELEASE = Release(grown=True)


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        pytest.param(as_the_first_release_does, as_the_first_release_does, id="first"),
        pytest.param(as_it_is, as_a_later_release_does, id="later"),
    ],
)
def test_servers_of_other_releases_are_understood(
    ask: Transform, answer: Transform, serve_here: Callable[..., str]
) -> None:
    many = [right(number) for number in range(2000)]
    with (
        between(serve_here("boxed"), ask, answer) as address,
        RemoteScorer(address, "boxed") as remote,
    ):
        assert remote.score(ROLLOUTS) == LocalScorer("boxed").score(ROLLOUTS)
        assert remote.score(many) == LocalScorer("boxed").score(many)
        assert [recipe.name for recipe in remote.recipes()] == ["boxed"]
