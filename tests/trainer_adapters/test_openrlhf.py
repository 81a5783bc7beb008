"""The OpenRLHF adapter: loaded as OpenRLHF loads it, called as a function, and asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rewards.errors import InvalidCallError
from trainer_adapters.openrlhf import reward_function, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers"

RIGHT = r"<think>2 + 2</think> \boxed{4}"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def test_openrlhf_loads_the_example() -> None:
    reason = "OpenRLHF is not installed"
    agent = pytest.importorskip("openrlhf.utils.agent", reason=reason, exc_type=ImportError)
    executor = agent.SingleTurnAgentExecutor(str(EXAMPLES / "openrlhf" / "reward.py"))
    prompt = "<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\n"
    found = asyncio.run(
        executor._fetch_rewards_via_func([f"{prompt}{RIGHT}<|im_end|>"], [prompt], ["4"])  # noqa: SLF001
    )
    assert found[0]["rewards"] == 1.5
    assert found[0]["extra_logs"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0}


def test_reward_function_finds_the_border_whatever_the_response_says() -> None:
    function = reward_function("boxed", response_start="assistant:")
    query = r"user: q assistant: \boxed{5} assistant: \boxed{4}"
    assert function([query], ["user: q assistant:"], ["4"])["rewards"] == 0.0  # it hedges
    hidden = r"user: q assistant: \boxed{5}</s>assistant:"
    assert function([hidden], ["user: q assistant:"], ["5"])["rewards"] == 1.0


def test_reward_function_says_that_a_prompt_is_not_there() -> None:
    with pytest.raises(InvalidCallError, match="response_start"):
        reward_function("boxed")(["something else"], ["prompt"], ["4"])


@pytest.fixture
def url() -> Iterator[str]:
    server = serve(reward_function("boxed"), port=0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/score"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 413),
        (b"no json", 400),
        (b"{}", 400),
        (b"[]", 400),
        (b'{"query": ["p a"], "prompts": ["p"], "labels": []}', 400),
        (rb'{"query": ["p \\boxed{1}"], "prompts": ["p"], "labels": ["\\frac{"]}', 502),
    ],
    ids=["empty", "no json", "no fields", "a list", "fewer labels", "a broken gold"],
)
def test_serve_refuses_a_bad_request(url: str, body: bytes, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(urllib.request.Request(url, body), timeout=60)  # noqa: S310  # our own
    with raised.value as error:
        assert error.code == status


def test_serve_gives_a_batch_back_as_lists(url: str) -> None:
    body = {"query": [r"p \boxed{1}", r"p \boxed{2}"], "prompts": ["p", "p"], "labels": ["1", "1"]}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode()), timeout=60) as answer:  # noqa: S310
        assert json.load(answer)["rewards"] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"query": ["p a"]}, "InvalidCallError: the request lacks prompts, labels; OpenRLHF sends query"),
        ({"query": ["p a"], "prompts": ["p"]}, "the request lacks labels;"),
        ({}, "the request lacks query, prompts, labels;"),
        ([{"query": "p a"}], "the request is a list;"),
        ("p a", "the request is a str;"),
    ],
)
def test_serve_names_the_fields_that_a_request_lacks(url: str, body: object, said: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode()), timeout=60)  # noqa: S310
    with raised.value as error:
        assert said in json.load(error)["error"]


def test_serve_tells_that_it_is_alive(url: str) -> None:
    with urllib.request.urlopen(url.replace("/score", "/health"), timeout=60) as answer:  # noqa: S310  # our own
        assert json.load(answer) == {"status": "ok", "recipe": "boxed@1"}
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/nothing", timeout=60)  # noqa: S310


def test_reward_function_reads_a_named_gold_of_a_label_that_is_a_row_alone() -> None:
    function = reward_function("boxed", gold="answer")
    for label in ({"answer": "4"}, '{"answer": "4"}'):
        assert function([r"p \boxed{4}"], ["p"], [label])["rewards"] == 1.0
    with pytest.raises(InvalidCallError, match=r"reads the gold in 'answer' of a row.*label_key"):
        function([r"p \boxed{4}"], ["p"], ["4"])
