from __future__ import annotations

import asyncio
import os
import queue
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from odd_rewards import Shortest
from running import hanging, right

from rewards import LocalScorer, Recipe, RemoteScorer, Rollout
from rewards.errors import InvalidCallError, MissingFieldError, UnknownRecipeError
from rewards.recipe.file import dumps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from running import ServerProcess


@pytest.fixture
def remote(address: str) -> Iterator[RemoteScorer]:
    with RemoteScorer(address, "boxed") as scorer:
        yield scorer


def test_stream_gives_every_rollout_once_with_its_own_scores(remote: RemoteScorer) -> None:
    rollouts = [
        right(n, id=str(n)) if n % 3 else Rollout(completion="", ground_truth="1") for n in range(2000)
    ]
    found = {id(scored.rollout): scored for scored in remote.stream(rollouts)}
    assert len(found) == 2000
    local = LocalScorer("boxed")
    for rollout in rollouts[:20]:
        assert found[id(rollout)].scores == local.score([rollout])
    assert [found[id(rollout)].total for rollout in rollouts] == [float(n % 3 > 0) for n in range(2000)]


def test_stream_gives_scores_while_the_source_still_works(remote: RemoteScorer) -> None:
    come_on: queue.SimpleQueue[Rollout | None] = queue.SimpleQueue()
    come_on.put(right(0))
    seen = 0
    for scored in remote.stream(iter(come_on.get, None)):
        assert scored.total == 1.0
        seen += 1
        come_on.put(right(seen) if seen < 5 else None)
    assert seen == 5


def test_stream_is_not_held_up_by_a_hanging_answer(remote: RemoteScorer) -> None:
    rollouts = [hanging(71, id="slow"), *[right(n) for n in range(10)]]
    order = [scored.rollout.id for scored in remote.stream(rollouts)]
    assert order[-1] == "slow"
    assert len(order) == 11


def test_stream_of_an_empty_source_ends_at_once(remote: RemoteScorer) -> None:
    assert list(remote.stream([])) == []


async def arriving(size: int) -> AsyncIterator[Rollout]:
    for number in range(size):
        await asyncio.sleep(0)
        yield right(number)


@pytest.mark.asyncio
async def test_stream_does_not_hold_up_an_event_loop(remote: RemoteScorer) -> None:
    totals = [scored.total async for scored in remote.stream(arriving(300))]
    assert totals == [1.0] * 300
    assert [scored.total async for scored in remote.stream([right(1), right(2)])] == [1.0, 1.0]


@pytest.mark.asyncio
async def test_stream_ends_its_call_when_an_asynchronous_loop_is_left(remote: RemoteScorer) -> None:
    async def endless() -> AsyncIterator[Rollout]:
        number = 0
        while True:
            number += 1
            yield right(number)
            await asyncio.sleep(0)

    stream = aiter(remote.stream(endless()))
    await anext(stream)
    await stream.aclose()
    assert [scored.total async for scored in remote.stream(arriving(3))] == [1.0] * 3


def test_stream_ends_its_call_when_a_loop_is_left(remote: RemoteScorer) -> None:
    stopped = threading.Event()

    def endless() -> Iterator[Rollout]:
        number = 0
        try:
            while True:
                number += 1
                yield right(number)
        finally:
            stopped.set()

    stream = iter(remote.stream(endless()))
    next(stream)
    stream.close()
    assert stopped.wait(60)


def test_stream_fails_with_its_source(remote: RemoteScorer) -> None:
    def broken() -> Iterator[Rollout]:
        yield right(1)
        raise KeyError(1)

    with pytest.raises(KeyError):
        list(remote.stream(broken()))


def test_stream_of_an_asynchronous_source_needs_an_asynchronous_loop(remote: RemoteScorer) -> None:
    with pytest.raises(TypeError, match="async for"):
        iter(remote.stream(arriving(1)))


def test_stream_raises_or_gives_what_cannot_be_scored(remote: RemoteScorer) -> None:
    rollouts = [right(1), Rollout(completion="no gold", id="bad")]
    with pytest.raises(MissingFieldError, match="'bad'"):
        list(remote.stream(rollouts))
    found = {scored.rollout.id: scored for scored in remote.stream(rollouts, lenient=True)}
    assert isinstance(found["bad"].scores.errors[0], MissingFieldError)
    assert found[""].total == 1.0


def test_stream_raises_what_no_other_try_can_mend(address: str) -> None:
    with RemoteScorer(address, "boxd") as unknown, pytest.raises(UnknownRecipeError):
        list(unknown.stream([right(1)]))


def test_stream_refuses_a_recipe_that_compares_groups(serve_here: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text(dumps(Recipe(name="groups", reward=Shortest(group_size=2))), "utf-8")
    with (
        RemoteScorer(serve_here(str(path)), "groups") as remote,
        pytest.raises(InvalidCallError, match="`score`"),
    ):
        remote.stream([right(1, group_id="a")])


def test_stream_loses_nothing_to_a_server_killed_in_the_middle(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server("--recipe", "boxed")
    seen: list[str] = []

    def generated() -> Iterator[Rollout]:
        for number in range(300):
            if number == 150:
                for child in server.children:
                    os.kill(child, signal.SIGKILL)
            yield right(number, id=str(number))

    with RemoteScorer(server.address, "boxed") as remote:
        for scored in remote.stream(generated()):
            assert scored.total == 1.0
            seen.append(scored.rollout.id)
    assert sorted(seen, key=int) == [str(number) for number in range(300)]
