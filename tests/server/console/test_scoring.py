"""A completion scored for the console, as any client has it scored."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from consoles import CONSOLE, Console
from processes import descendants, naming
from running import eventually, right

from rewards import RemoteScorer
from server.console.scoring import REQUEST_FIELDS

PAGE = Path(__file__).resolve().parents[3] / "server" / "console" / "assets" / "console.js"
Start = "Callable[..., ServerProcess]"

NASTY = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u2028\ud83d\ude00\0"


@pytest.mark.timeout(300)  # several processes start, whatever else the machine does
def test_console_scoring_is_that_of_any_client(start_server: Start) -> None:
    server = start_server(*CONSOLE)
    console = Console(server.console)
    completion = rf"<think>{NASTY}</think> \boxed{{\frac{{1}}{{2}}}}"
    found = console.score(recipe="r1-zero", completion=completion, ground_truth=["7", "0.5"], prompt=NASTY)
    with RemoteScorer(server.address, "r1-zero") as remote:
        scores = remote.score([right(1, prompt=NASTY)])
    assert found["status"] == 200
    assert found["total"] == scores.totals[0] == 1.5
    assert found["components"] == {"correctness": 1.0, "format": 1.0}
    assert found["recipe_digest"] == scores.recipe_digest
    assert found["environment_digest"] == scores.environment_digest
    assert found["verdict"]["status"] == "CORRECT"
    assert found["texts"]["completion"] == completion.encode("utf-16", "surrogatepass").decode("utf-16")
    start, end, kind, _ = found["texts"]["stretches"][0]
    assert kind == "answer"
    units = found["texts"]["completion"].encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") == r"\frac{1}{2}"
    assert [lines[-1].partition(" ")[0] for lines in found["trace"]] == ["INCORRECT", "CORRECT"]
    assert "'nope'" in console.score(recipe="nope", completion="x")["error"]
    assert "ground_truth" in console.score(recipe="boxed", completion="x")["texts"]["error"]
    tokens = console.score(
        recipe="boxed",
        completion="ab" * 8,
        ground_truth=["1"],
        logprobs=[-0.1, -9.0] * 8,
        tokens=["a", "b"] * 8,
    )
    assert [kind for _, _, kind, _ in tokens["texts"]["stretches"]] == ["logprob"]

    # Of those, other users of the page learn how many there were, and what became of them.
    assert eventually(lambda: console.state()["tiles"]["rollouts"] == 4)
    state = console.state()
    assert state["recipes"] == ["boxed@1", "r1-zero@1"]
    assert len(state["recent"]) == 4
    assert {"rollouts", "recipe", "seconds", "verdicts", "at", "invalid"} >= state["recent"][0].keys()
    assert not any(text in json.dumps(state) for text in ("frac", "img", "think"))

    # A process that dies takes nothing with it.
    scorer = [pid for pid in descendants(server.process.pid) if pid in naming("server.console.scoring")]
    for pid in scorer:
        os.kill(pid, signal.SIGKILL)
    assert scorer
    assert eventually(lambda: console.score(recipe="boxed", completion="x")["status"] == 200)
    assert server.stop() == 0
    with pytest.raises(ConnectionError):
        console.state()
    assert eventually(lambda: not set(scorer) & set(naming("server.console.scoring")))


def test_request_fields_are_those_that_the_form_sends() -> None:
    form = PAGE.read_text("utf-8").partition("function rollout()")[2].partition("return asked;\n}")[0]
    asked = form.partition("const asked = {")[2].partition("};")[0]
    sent = {*re.findall(r"(\w+): (?:at|golds|Number)|(ground_truth):", asked)}
    names = {name for pair in sent for name in pair if name} | set(re.findall(r"asked\.(\w+) =", form))
    assert {"recipe", "completion", "ground_truth", "logprobs"} <= names <= REQUEST_FIELDS.keys()
