from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from running import hanging, right

from rewards import LocalScorer, Recipe, RemoteScorer, Rollout, Status, ThinkFormat
from rewards.errors import (
    AuthenticationError,
    DeadlineExceededError,
    DigestMismatchError,
    InvalidCallError,
    InvalidParameterError,
    MissingFieldError,
    ScorerError,
    ServerUnavailableError,
    UnknownRecipeError,
)
from rewards.recipe.file import dumps, shipped
from rewards.recipe.summary import RecipeSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from running import ServerProcess

    from rewards import Scores


def with_tokens(completion: str, **fields: object) -> Rollout:
    """A rollout with a token a byte, and log-probabilities that are many different numbers."""
    ids = np.frombuffer(completion.encode(), np.uint8)
    return Rollout(
        completion=completion,
        completion_ids=ids,
        logprobs=-np.exp(-ids.astype(np.float32) / 37),
        completion_mask=ids != ord("\n"),
        finish_reason="stop" if len(ids) % 3 else "length",
        prompt="What is it?",
        **fields,
    )


@pytest.fixture(scope="module")
def real(labelled: list[dict[str, str]]) -> list[Rollout]:
    """Real responses, a third of them with their last line in a box and their reasoning in tags."""
    made = []
    for number, row in enumerate(labelled):
        reasoning, _, last = row["response"].rpartition("\n")
        boxed = f"<think>{reasoning}</think> \\boxed{{{last.removeprefix('A: ')}}}"
        made.append(with_tokens(row["response"] if number % 3 else boxed, ground_truth=row["gold"]))
    return made


@pytest.mark.parametrize("recipe", shipped())
def test_remote_scorer_gives_the_bits_of_the_local_one(
    recipe: str, address: str, real: list[Rollout]
) -> None:
    with RemoteScorer(address, recipe) as remote:
        assert remote.score(real) == LocalScorer(recipe).score(real)


CURIOUS = [
    pytest.param([], id="empty-batch"),
    pytest.param([Rollout(completion="", ground_truth="1")], id="empty-completion"),
    pytest.param([Rollout(completion="\ud800 \\boxed{1}", ground_truth="1")], id="lone-surrogate"),
    pytest.param([Rollout(completion="x" * 10_000_000, ground_truth="1")], id="ten-megabytes"),
    pytest.param([right(1, id="a"), right(2, id=""), right(3, id="")], id="ids-and-none"),
    pytest.param([Rollout(completion=r"\boxed{3}", ground_truth=["1", "3"])], id="several-golds"),
    pytest.param([Rollout(completion=r"\boxed{3}", ground_truth="{")], id="unreadable-gold"),
]


@pytest.mark.parametrize("rollouts", CURIOUS)
def test_remote_scorer_gives_the_same_bits_for_curious_batches(rollouts: list[Rollout], address: str) -> None:
    with RemoteScorer(address, "r1-zero") as remote:
        assert remote.score(rollouts) == LocalScorer("r1-zero").score(rollouts)


def test_remote_scorer_keeps_rows_in_place_over_frames_and_connections(address: str) -> None:
    rollouts = [right(n) if n % 2 else Rollout(completion="no", ground_truth=str(n)) for n in range(3000)]
    with RemoteScorer([address, address], "boxed", connections=2) as remote:
        scores = remote.score(rollouts)
    assert scores == LocalScorer("boxed").score(rollouts)
    assert scores.totals.tolist() == [float(n % 2) for n in range(3000)]


@pytest.mark.parametrize("size", [3, 2000])
def test_remote_scorer_raises_the_same_error_for_a_missing_field(size: int, address: str) -> None:
    rollouts = [right(n) for n in range(size)]
    rollouts[size - 2] = Rollout(completion="x")
    rollouts[size - 1] = Rollout(completion="x", id="last")
    with pytest.raises(MissingFieldError) as here:
        LocalScorer("boxed").score(rollouts)
    with RemoteScorer(address, "boxed") as remote:
        with pytest.raises(MissingFieldError) as there:
            remote.score(rollouts)
        lenient = remote.score(rollouts, lenient=True)
    assert str(there.value) == str(here.value)
    assert (there.value.field, there.value.reward) == (here.value.field, here.value.reward)
    assert lenient == LocalScorer("boxed").score(rollouts, lenient=True)
    assert lenient.totals[:-2].all()


def test_remote_scorer_raises_the_same_error_for_duplicate_ids(address: str) -> None:
    rollouts = [right(1, id="a"), right(2, id="a")]
    with pytest.raises(InvalidCallError) as here:
        LocalScorer("boxed").score(rollouts)
    with RemoteScorer(address, "boxed") as remote, pytest.raises(InvalidCallError) as there:
        remote.score(rollouts)
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize("size", [1, 2000])
def test_remote_scorer_names_the_nearest_recipe(size: int, address: str) -> None:
    remote = RemoteScorer(address, "r1-zer")
    with remote, pytest.raises(UnknownRecipeError, match="did you mean 'r1-zero'"):
        remote.score([right(n) for n in range(size)])


def test_remote_scorer_takes_a_recipe_by_its_version(address: str) -> None:
    with RemoteScorer(address, "boxed@1") as remote:
        assert remote.score([right(1)]).recipe == "boxed@1"
    with RemoteScorer(address, "boxed@99") as remote, pytest.raises(UnknownRecipeError):
        remote.score([right(1)])


@pytest.mark.parametrize("what", ["recipe_digest", "environment_digest"])
@pytest.mark.parametrize("size", [1, 2000])
def test_remote_scorer_holds_digests_to_their_pins(what: str, size: int, address: str) -> None:
    rollouts = [right(n) for n in range(size)]
    digest = getattr(LocalScorer("boxed").score([]), what)
    with RemoteScorer(address, "boxed", **{what: digest}) as remote:
        assert remote.score(rollouts).totals.all()
    remote = RemoteScorer(address, "boxed", **{what: "0" * 64})
    with remote, pytest.raises(DigestMismatchError) as caught:
        remote.score(rollouts)
    assert digest in str(caught.value)
    assert "0" * 64 in str(caught.value)


def test_remote_scorer_refuses_servers_that_disagree(serve_here: Callable[..., str], tmp_path: Path) -> None:
    addresses = []
    for weight in (1.0, 2.0):
        path = tmp_path / f"{weight}.yaml"
        path.write_text(dumps(Recipe(name="mine", reward=weight * ThinkFormat())))
        addresses.append(serve_here(str(path)))
    rollouts = [right(n) for n in range(3000)]

    def score_until_both_are_connected(remote: RemoteScorer) -> None:
        for _ in range(50):
            remote.score(rollouts)

    with RemoteScorer(addresses, "mine") as remote, pytest.raises(DigestMismatchError, match="do not agree"):
        score_until_both_are_connected(remote)


def test_remote_scorer_lists_recipes(address: str) -> None:
    with RemoteScorer(address, "boxed") as remote:
        listed = remote.recipes()
    assert [summary.name for summary in listed] == sorted(shipped())
    boxed = next(summary for summary in listed if summary.name == "boxed")
    assert boxed.digest == LocalScorer("boxed").recipe.digest
    assert boxed.required_fields == ("ground_truth",)
    assert boxed.scope == "row"


ANSWER_BEGINS = b"\x88\x0f\x10\x10application/grpc"  # HPACK: status 200 and the content type


DATA, HEADERS, RESET, SETTINGS, PING = 0, 1, 3, 4, 6


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Of HTTP/2."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def reset(stream: int, code: int) -> bytes:
    """With code 0: all has been answered, and the rest of the request is not wanted (RFC 9113, 8.1)."""
    return frame(RESET, 0, stream, code.to_bytes(4, "big"))


@contextlib.contextmanager
def cutting_off(ending: Callable[[int], bytes]) -> Iterator[tuple[str, list[int]]]:
    """The address of what looks like a proxy whose server dies during each call, and the calls it took."""
    calls: list[int] = []

    def talk(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as read:
            read.read(24)  # the preface
            connection.sendall(frame(SETTINGS, 0, 0))
            while len(head := read.read(9)) == 9:
                kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
                payload = read.read(int.from_bytes(head[:3], "big"))
                if kind == SETTINGS and not flags:
                    connection.sendall(frame(SETTINGS, 1, 0))
                if kind == PING and not flags:
                    connection.sendall(frame(PING, 1, 0, payload))
                if kind == HEADERS:
                    calls.append(stream)
                    connection.sendall(frame(HEADERS, 4, stream, ANSWER_BEGINS) + ending(stream))

    def serve() -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", calls
        listener.shutdown(socket.SHUT_RDWR)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param(lambda stream: frame(DATA, 1, stream) + reset(stream, 0), id="ended-without-a-status"),
        pytest.param(lambda stream: reset(stream, 2), id="reset"),
    ],
)
@pytest.mark.parametrize("size", [3, 3000])
def test_remote_scorer_makes_a_call_again_that_a_proxy_cuts_off(
    ending: Callable[[int], bytes], size: int, address: str
) -> None:
    rollouts = [right(n) for n in range(size)]
    with cutting_off(ending) as (proxy, calls):
        with RemoteScorer([proxy, address], "boxed") as remote:
            for _ in range(20):
                assert remote.score(rollouts).totals.tolist() == [1.0] * size
                if calls:
                    break
        assert calls
        with (
            RemoteScorer(proxy, "boxed", patience=0.5) as remote,
            pytest.raises(ServerUnavailableError, match=r"RST_STREAM|Stream removed"),
        ):
            remote.score(rollouts)


@pytest.mark.parametrize(
    ("code", "error"), [(11, InvalidCallError), (12, AuthenticationError)], ids=["too-much", "not-safe"]
)
def test_remote_scorer_does_not_repeat_a_call_that_is_cut_off_for_a_reason(
    code: int, error: type[ScorerError]
) -> None:
    with cutting_off(lambda stream: reset(stream, code)) as (proxy, calls):
        with RemoteScorer(proxy, "boxed") as remote, pytest.raises(error):
            remote.score([right(1)])
        assert len(calls) == 1


def test_remote_scorer_deadline_leaves_the_rest_judged(address: str) -> None:
    rollouts = [right(n) for n in range(100)]
    rollouts[20:40] = [hanging(700 + n) for n in range(20)]  # more than can be ended in the time
    with RemoteScorer(address, "boxed") as remote:
        remote.score([right(1)])  # it is connected
        scores = remote.score(rollouts, timeout=3)
    late = [verdict.status for verdict in scores.verdicts[20:40]]
    assert set(late) <= {Status.NOT_JUDGED, Status.TIMEOUT}
    assert Status.NOT_JUDGED in late
    assert sum(verdict.status is Status.CORRECT for verdict in scores.verdicts) == 80
    assert np.isnan(scores.totals[20:40]).tolist() == [status is Status.NOT_JUDGED for status in late]


def test_remote_scorer_raises_at_the_deadline_where_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"127.0.0.1:{silent.getsockname()[1]}"
        with RemoteScorer(target, "boxed", timeout=0.3) as remote, pytest.raises(DeadlineExceededError):
            remote.score([right(1)])


def test_remote_scorer_loses_nothing_to_a_server_killed_in_mid_call(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server("--recipe", "boxed")
    rollouts = [right(n) for n in range(4000)]
    # Holds the call open while the process is killed.
    rollouts[::1000] = [hanging(100 + n) for n in range(4)]
    found: list[Scores] = []
    with RemoteScorer(server.address, "boxed") as remote:
        remote.score([right(1)])
        thread = threading.Thread(target=lambda: found.append(remote.score(rollouts)))
        thread.start()
        time.sleep(0.5)
        assert not found
        for child in server.children:
            os.kill(child, signal.SIGKILL)
        thread.join(90)
    (scores,) = found
    assert sum(verdict.status is Status.CORRECT for verdict in scores.verdicts) == 3996
    assert {scores.verdicts[row].status for row in range(0, 4000, 1000)} == {Status.TIMEOUT}


def test_remote_scorer_scores_after_pickling(address: str) -> None:
    with RemoteScorer(address, "boxed", timeout=30, token="secret") as remote:  # noqa: S106
        remote.score([right(1)])
        with pickle.loads(pickle.dumps(remote)) as again:  # noqa: S301
            assert again.score([right(1)]) == remote.score([right(1)])
    assert "secret" not in repr(remote)


def test_remote_scorer_is_shared_by_threads(address: str) -> None:
    batches = [[right(10 * n + k) for k in range(50)] for n in range(8)]
    found: dict[int, Scores] = {}
    with RemoteScorer(address, "boxed", connections=2) as remote:

        def score(number: int) -> None:
            found[number] = remote.score(batches[number])

        threads = [threading.Thread(target=score, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    local = LocalScorer("boxed")
    assert all(found[number] == local.score(batches[number]) for number in range(8))


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"target": ""}, id="no-target"),
        pytest.param({"target": []}, id="no-targets"),
        pytest.param({"timeout": 0}, id="no-time"),
        pytest.param({"connections": 0}, id="no-connection"),
        pytest.param({"patience": -1}, id="negative-patience"),
        pytest.param({"recipe": None}, id="no-recipe"),
    ],
)
def test_remote_scorer_refuses_settings_outside_their_domain(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError):
        RemoteScorer(**{"target": "127.0.0.1:1", "recipe": "boxed", **settings})


ROUTED = """
name: routed
reward: {switch: {key: task, cases: {math: {boxed_correctness: {}}}, default: 0.5}}
"""


def test_remote_scorer_asks_no_more_of_a_row_than_the_local_one(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "routed.yaml"
    path.write_text(ROUTED, "utf-8")
    rollouts = [
        Rollout(completion=r"\boxed{4}", ground_truth="4", metadata={"task": "math"}),
        Rollout(completion=r"\boxed{4}", ground_truth="4", metadata={"task": "poem"}),
        Rollout(completion=r"\boxed{4}"),
    ]
    with RemoteScorer(serve_here(str(path)), "routed") as remote:
        (summary,) = remote.recipes()
        assert summary.optional_fields == ("metadata.task",)
        assert summary == RecipeSummary.of(Recipe.load(path))
        for scorer in (remote, LocalScorer(path)):
            assert scorer.score(rollouts).totals.tolist() == [1.0, 0.5, 0.5]
