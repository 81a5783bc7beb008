"""Recipes that come with calls: only where switched on, only what ships, and never anybody's code."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from odd_rewards import Shortest
from running import right

import rewards
from rewards import HasBox, LocalScorer, Recipe, RemoteScorer, Rollout, SoftOverlong, ThinkFormat
from rewards.errors import DigestMismatchError, RecipeError
from rewards.recipe.file import loads
from rewards.recipe.kinds import BUILTIN_KINDS
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINE = Recipe(name="mine", version=7, reward=2.0 * ThinkFormat() + HasBox())


@pytest.fixture(scope="module")
def open_minded(serve_here: Callable[..., str]) -> str:
    """A server that takes recipes from callers."""
    return serve_here("boxed", inline_recipes=True)


def refused(address: str, **options: str) -> tuple[grpc.StatusCode, str, list[str]]:
    """Code, message and fields of the refusal, which is the same for a batch and for a stream."""
    found = []
    with grpc.insecure_channel(address) as channel:
        stub = RewardServiceStub(channel)
        asked = pb.ScoreOptions(**options)
        for call in (
            lambda: stub.Score(pb.ScoreRequest(options=asked)),
            lambda: list(stub.ScoreStream(iter([pb.ScoreStreamRequest(options=asked)]))),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call()
            fields = []
            for key, value in caught.value.trailing_metadata():
                if key == "grpc-status-details-bin":
                    for detail in status_pb2.Status.FromString(value).details:
                        bad = error_details_pb2.BadRequest()
                        if detail.Unpack(bad):
                            fields += [violation.field for violation in bad.field_violations]
            found.append((caught.value.code(), caught.value.details(), fields))
    assert found[0] == found[1]
    return found[0]


def test_inline_recipe_scores_as_it_does_here(open_minded: str) -> None:
    rollouts = [right(1), Rollout(completion=r"\boxed{2}"), Rollout(completion="nothing")]
    with RemoteScorer(open_minded, MINE) as remote:
        for _ in range(2):
            scores = remote.score(rollouts)
            assert scores == LocalScorer(MINE).score(rollouts)
        assert scores.totals.tolist() == [3.0, 1.0, 0.0]
        assert scores.recipe_digest == MINE.digest
        assert [summary.name for summary in remote.recipes()] == ["boxed"]
    with RemoteScorer(open_minded, MINE, recipe_digest=MINE.digest) as remote:
        assert remote.score([right(1) for _ in range(3000)]).totals.tolist() == [3.0] * 3000
    other = dataclasses.replace(MINE, reward=HasBox())
    with (
        RemoteScorer(open_minded, other, recipe_digest=MINE.digest) as remote,
        pytest.raises(DigestMismatchError),
    ):
        remote.score([right(1)])


def test_inline_recipes_are_refused_unless_told(address: str) -> None:
    with RemoteScorer(address, MINE) as remote, pytest.raises(RecipeError, match="--inline-recipes"):
        remote.score([right(1)])


BUILT_IN = "{name: x, reward: {has_box: {}}}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("reward: {has_box: {}}", "missing", id="no-name"),
        pytest.param("{name: x, reward: {has_bax: {}}}", "'has_box'", id="misspelt"),
        pytest.param("{name: x, reward: {'spy_of_a_test:Spy': {}}}", "no kind of reward", id="dotted-path"),
        pytest.param("{name: x, reward: {'os:system': {}}}", "no kind of reward", id="standard-library"),
        pytest.param(
            "{name: x, reward: {sum: [{when: {reward: 1.0, condition: {'spy_of_a_test:Spy': {}}}}]}}",
            "no kind of reward",
            id="dotted-path-inside",
        ),
        pytest.param("!!python/object/apply:os.system ['true']", "the tag", id="yaml-tag"),
        pytest.param("&a [*a, *a]", "anchors", id="yaml-bomb"),
        pytest.param("[" * 5000, "nested deeper", id="deep"),
        pytest.param(f"{{name: x, reward: {{sum: [{'1,' * 9000}1]}}}}", "bytes", id="long"),
        pytest.param(
            "{name: x, reward: {sum: [" + ",".join(f"{n}.5" for n in range(101)) + "]}}",
            "at most 100",
            id="many-rewards",
        ),
        pytest.param("r1-zero", "not 'r1-zero'", id="a-name"),
        pytest.param("\x00", "", id="control-character"),
    ],
)
def test_inline_recipe_that_is_none_of_ours_is_refused(
    text: str, said: str, open_minded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spy_of_a_test.py").write_text("raise SystemExit('somebody ran me')", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    code, message, fields = refused(open_minded, inline_recipe=text)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert said in message
    assert fields == ["options.inline_recipe"]
    assert "spy_of_a_test" not in sys.modules
    with RemoteScorer(open_minded, "boxed") as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]


def test_inline_plugin_is_refused(open_minded: str) -> None:
    inline = Recipe(name="plugged", reward=Shortest(group_size=2))
    with RemoteScorer(open_minded, inline) as remote, pytest.raises(RecipeError, match="no kind of reward"):
        remote.score([right(1)])


def test_inline_recipe_beside_a_named_one_is_refused(open_minded: str) -> None:
    code, message, _ = refused(open_minded, inline_recipe=BUILT_IN, recipe="boxed")
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "do one of the two" in message


def test_inline_kinds_take_no_path_and_no_module() -> None:
    """A parameter that names a file or code would let a caller reach both."""
    for name in BUILTIN_KINDS.values():
        for field in dataclasses.fields(getattr(rewards, name)):
            assert not {"Path", "Callable", "ModuleType", "type"} & set(
                str(field.type).replace("[", " ").replace("|", " ").split()
            ), (name, field.name)


def test_inline_recipes_may_be_more_than_are_kept_ready(open_minded: str) -> None:
    for window in (*range(1000, 1070), 1000):
        recipe = Recipe(name="short", reward=SoftOverlong(max_length=window, cache=10))
        rollouts = [Rollout(completion="", completion_ids=[1] * size) for size in (window, window - 10)]
        with RemoteScorer(open_minded, recipe) as remote:
            assert remote.score(rollouts).totals.tolist() == [-1.0, 0.0]


HUGE = "- constant: 1.0\n      weight: 1.7e+308\n    "


@pytest.mark.parametrize(
    "reward",
    [
        pytest.param("sum:\n    " + HUGE + HUGE, id="sum"),
        pytest.param("sum:\n    - has_box: {}\n      weight: 1.7e+308\n    " + HUGE, id="of-a-component"),
        pytest.param("product:\n    " + 2 * "- constant: 1.0e+200\n    ", id="product"),
    ],
)
def test_inline_recipe_that_overflows_is_the_fault_of_the_caller(reward: str, open_minded: str) -> None:
    text = f"name: huge\nversion: 1\nreward:\n  {reward}"
    with grpc.insecure_channel(open_minded) as channel:
        stub = RewardServiceStub(channel)
        options = pb.ScoreOptions(inline_recipe=text)
        frame = pb.Frame(rollouts=[rollout_to_wire(right(1))])
        for call in (
            lambda: stub.Score(pb.ScoreRequest(options=options, rollouts=frame.rollouts)),
            lambda: list(
                stub.ScoreStream(
                    iter([pb.ScoreStreamRequest(options=options), pb.ScoreStreamRequest(frame=frame)])
                )
            ),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call()
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT, caught.value.details()
            assert "overflows" in caught.value.details()
    with (
        RemoteScorer(open_minded, loads(text, source="here")) as remote,
        pytest.raises(RecipeError, match="overflows"),
    ):
        remote.score([right(1)])
