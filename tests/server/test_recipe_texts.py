from __future__ import annotations

import contextlib
import itertools
import signal
import threading
from typing import TYPE_CHECKING

import grpc
import pytest
from running import eventually, hanging, right

from rewards import Recipe, RemoteScorer
from rewards.errors import DigestMismatchError
from rewards.recipe.file import loads
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from running import ServerProcess

    Start = Callable[..., ServerProcess]

OPTIONS = pb.ScoreOptions(recipe="mine")


def recipe(weight: float) -> str:
    return f"""
name: mine
version: 1
reward: {{boxed_correctness: {{}}, weight: {weight}}}
"""


def digest(weight: float) -> str:
    return loads(recipe(weight)).digest


@contextlib.contextmanager
def opened(address: str) -> Iterator[RewardServiceStub]:
    """The service over a connection of its own, which the kernel hands to any of its processes."""
    with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield RewardServiceStub(channel)


def digests_at(address: str, connections: int = 12) -> set[str]:
    found = set()
    for _ in range(connections):
        with opened(address) as stub:
            found.add(stub.Score(pb.ScoreRequest(options=OPTIONS)).header.recipe_digest)
    return found


def test_reload_serves_new_recipes_and_ends_calls_on_the_old(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe(1.0), "utf-8")
    server = start_server("--recipe", str(path), "--processes", "2")
    going_on = threading.Event()

    def requests() -> Iterator[pb.ScoreStreamRequest]:
        yield pb.ScoreStreamRequest(options=OPTIONS)
        going_on.wait()
        yield pb.ScoreStreamRequest(frame=pb.Frame(rollouts=[rollout_to_wire(right(1))]))

    with opened(server.address) as stub:
        stream = stub.ScoreStream(requests())
        assert next(stream).header.recipe_digest == digest(1.0)
        batch = stub.Score.future(
            pb.ScoreRequest(
                options=OPTIONS, rollouts=[rollout_to_wire(hanging(61)), rollout_to_wire(right(2))]
            )
        )
        path.write_text(recipe(3.0), "utf-8")
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: digests_at(server.address) == {digest(3.0)})
        going_on.set()
        assert next(stream).scores.block.totals == [1.0]
        answered = batch.result(60)
        assert (
            answered.blocks[0].totals[0]
            == {digest(1.0): 1.0, digest(3.0): 3.0}[answered.header.recipe_digest]
        )
    with (
        RemoteScorer(server.address, "mine", recipe_digest=digest(1.0)) as pinned,
        pytest.raises(DigestMismatchError),
    ):
        pinned.score([right(1)])
    with RemoteScorer(server.address, "mine", recipe_digest=digest(3.0)) as pinned:
        assert pinned.score([right(1)]).totals.tolist() == [3.0]


def test_reload_reaches_a_process_that_is_started_again(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe(1.0), "utf-8")
    server = start_server("--recipe", str(path), "--processes", "2")
    path.write_text(recipe(3.0), "utf-8")
    server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: digests_at(server.address) == {digest(3.0)})
    path.unlink()
    first = server.children
    server.kill_child(first[0])
    assert eventually(lambda: len(server.children) == 2 and first[0] not in server.children)
    with RemoteScorer(server.address, "mine", connections=6) as remote:
        assert remote.score([right(n) for n in range(2000)]).totals.tolist() == [3.0] * 2000
    assert digests_at(server.address) == {digest(3.0)}
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("name: mine\nreward: {boxed_corectness: {}}", "boxed_correctness", id="misspelt"),
        pytest.param("name: [", "line 1", id="no-yaml"),
        pytest.param(None, "no recipe file", id="gone"),
    ],
)
def test_reload_of_a_broken_file_changes_nothing_and_is_told(
    text: str | None, said: str, start_server: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe(1.0), "utf-8")
    server = start_server("--recipe", str(path))
    path.unlink() if text is None else path.write_text(text, "utf-8")
    server.process.send_signal(signal.SIGHUP)
    told: list[str] = []

    def complained() -> bool:
        told.append(capfd.readouterr().err)
        return "the recipes stay as they were" in "".join(told)

    assert eventually(complained)
    assert said in "".join(told)
    assert digests_at(server.address, 3) == {digest(1.0)}
    path.write_text(recipe(2.0), "utf-8")
    server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: digests_at(server.address, 3) == {digest(2.0)})
    assert server.stop() == 0


def test_reload_under_load_leaves_every_call_one_recipe(start_server: Start, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(recipe(1.0), "utf-8")
    server = start_server("--recipe", str(path), "--processes", "2")
    weights = {digest(weight): weight for weight in (1.0, 2.0, 3.0)}
    rollouts = [rollout_to_wire(right(number)) for number in range(20)]
    seen: list[str] = []
    failures: list[object] = []
    stop = threading.Event()

    def batch(stub: RewardServiceStub) -> tuple[str, list[float]]:
        response = stub.Score(pb.ScoreRequest(options=OPTIONS, rollouts=rollouts))
        return response.header.recipe_digest, [*response.blocks[0].totals]

    def stream(stub: RewardServiceStub) -> tuple[str, list[float]]:
        frames = [pb.Frame(number=number, rollouts=rollouts[number::4]) for number in range(4)]
        first = pb.ScoreStreamRequest(options=OPTIONS)
        responses = list(
            stub.ScoreStream(iter([first, *(pb.ScoreStreamRequest(frame=frame) for frame in frames)]))
        )
        totals = [total for response in responses[1:] for total in response.scores.block.totals]
        return responses[0].header.recipe_digest, totals

    def load(calls: Iterator[Callable[[RewardServiceStub], tuple[str, list[float]]]]) -> None:
        while not stop.is_set():
            try:
                with opened(server.address) as stub:
                    for call in itertools.islice(calls, 5):
                        found, totals = call(stub)
                        assert totals == [weights[found]] * len(rollouts)
                        seen.append(found)
            except BaseException as failure:  # noqa: BLE001  # whatever it is, it is the finding
                failures.append(failure)
                return

    threads = [threading.Thread(target=load, args=(itertools.cycle([batch, stream]),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for weight in (1.0, 2.0, 3.0):
            path.write_text(recipe(weight), "utf-8")
            server.process.send_signal(signal.SIGHUP)
            wanted = {digest(weight)}
            assert eventually(lambda: digests_at(server.address) == wanted or bool(failures))  # noqa: B023
            before = len(seen)
            assert eventually(lambda: len(seen) > before + 20 or bool(failures))  # noqa: B023
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert not failures
    assert set(seen) == set(weights)
    assert Recipe.load(path).digest == digest(3.0)
    assert server.stop() == 0
