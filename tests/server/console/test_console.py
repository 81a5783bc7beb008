from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import ssl
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from processes import descendants, naming
from running import eventually, hanging, right

from rewards import RemoteScorer
from rewards.errors import InvalidParameterError
from server.config import ServerConfig
from server.console.scorer_process import ScorerProcess
from server.console.serving import MOST_BYTES, serving_console
from server.telemetry.aggregator import MetricAggregator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

Start = "Callable[..., ServerProcess]"

CONSOLE = ("--recipe", "boxed", "--recipe", "r1-zero", "--console", "127.0.0.1:0")
TLS = ("tls_cert", "tls_key", "tls_client_ca")
NASTY = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u2028\ud83d\ude00\0"


class Console:
    """A console by its URL, as a client without a browser asks it."""

    def __init__(self, url: str, trusting: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self.token = parse_qs(parts.query).get("token", [""])[0]
        self._trusting = trusting

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """The status, the body, and the headers of an answer; `Host`, say, can be replaced by keyword."""
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self._trusting is None:
            connection = http.client.HTTPConnection(self.host, timeout=120)
        else:
            connection = http.client.HTTPSConnection(self.host, timeout=120, context=self._trusting)
        with contextlib.closing(connection):
            connection.request(method, path, body, given)
            response = connection.getresponse()
            return response.status, response.read(), dict(response.getheaders())

    def score(self, **asked: object) -> dict[str, object]:
        """What it says of a completion."""
        status, said, _ = self.ask("POST", "/score", json.dumps(asked).encode())
        return {"status": status, **json.loads(said)}

    def state(self) -> dict[str, object]:
        """What it tells of the server."""
        status, said, _ = self.ask("GET", "/state")
        assert status == 200
        return json.loads(said)  # type: ignore[no-any-return]


@pytest.mark.asyncio
async def test_a_revoked_token_stays_out(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\n", "utf-8")
    config = ServerConfig(console="127.0.0.1:0", auth_token_file=path)
    async with serving_console(config, MetricAggregator(1)) as url:

        def allowed(token: str) -> bool:
            console = Console(url)
            console.token = token
            return console.ask("GET", "/state")[0] == 200

        def holds() -> None:
            assert allowed("first")
            path.write_text("second\n", "utf-8")
            # Nobody asks meanwhile.
            assert eventually(lambda: path.stat().st_mtime + 2 < time.time())
            path.unlink()
            assert allowed("second")
            assert not allowed("first")
            path.write_text("", "utf-8")
            assert eventually(lambda: not allowed("second"))
            assert not allowed("first")

        await asyncio.to_thread(holds)


async def answered(*asked: object, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    """What a console without a server behind it answers."""
    async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
        return await asyncio.to_thread(Console(url).ask, *asked, **headers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        pytest.param(("GET", "/state"), {}, 200, id="token"),
        pytest.param(("GET", "/state"), {"Authorization": "Bearer wrong"}, 401, id="wrong-token"),
        pytest.param(("GET", "/state"), {"Authorization": ""}, 401, id="no-token"),
        pytest.param(("GET", "/state"), {"Authorization": "Bearer \xe9"}, 401, id="odd-token"),
        pytest.param(("POST", "/score", b"{}"), {"Authorization": "Bearer wrong"}, 401, id="score"),
        pytest.param(("GET", "/"), {"Authorization": ""}, 200, id="the-page-is-no-secret"),
    ],
)
@pytest.mark.asyncio
async def test_a_token_is_wanted(asked: tuple[object, ...], headers: dict[str, str], status: int) -> None:
    assert (await answered(*asked, **headers))[0] == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "localhost:80"}, 200, id="localhost"),
        pytest.param({"Host": "[::1]:80"}, 200, id="number"),
        pytest.param({"Host": "evil.example"}, 403, id="name-made-to-point-here"),
        pytest.param({"Host": "127.0.0.1.evil.example"}, 403, id="name-that-begins-like-a-number"),
        pytest.param({"Host": "localhost@evil.example"}, 403, id="user-at-name"),
        pytest.param({"Host": "[::1"}, 403, id="no-host"),
        pytest.param({"Host": ""}, 403, id="empty"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="other-origin"),
        pytest.param({"Origin": "null"}, 403, id="origin-of-a-sandbox"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, 403, id="other-port"),
        pytest.param({"Sec_Fetch_Site": "cross-site"}, 403, id="cross-site"),
        pytest.param({"Sec_Fetch_Site": "same-origin"}, 200, id="its-own-page"),
    ],
)
@pytest.mark.asyncio
async def test_other_sites_are_refused(headers: dict[str, str], status: int) -> None:
    assert (await answered("GET", "/state", **headers))[0] == status
    followed = "Sec_Fetch_Site" in headers  # a link to the page, which may stand on another site
    assert (await answered("GET", "/", **headers))[0] == (200 if followed else status)


@pytest.mark.parametrize(
    ("asked", "headers", "status"),
    [
        pytest.param(("GET", "/score"), {}, 405, id="method"),
        pytest.param(("OPTIONS", "/score"), {}, 405, id="may-another-site-ask"),
        pytest.param(("GET", "/../state"), {}, 404, id="path"),
        pytest.param(("POST", "/score", b"x=1"), {"Content_Type": "text/plain"}, 415, id="form"),
        pytest.param(("POST", "/score", b"x" * (MOST_BYTES + 1)), {}, 413, id="huge"),
        pytest.param(("POST", "/score", b""), {"Content_Length": "9" * 5000}, 413, id="huge-by-its-word"),
        pytest.param(("POST", "/score", b""), {"Content_Length": "-1"}, 411, id="negative"),
        pytest.param(("POST", "/score", b""), {"Transfer_Encoding": "chunked"}, 411, id="chunked"),
    ],
)
@pytest.mark.asyncio
async def test_what_is_no_question_is_refused(
    asked: tuple[object, ...], headers: dict[str, str], status: int
) -> None:
    found, _, told = await answered(*asked, **headers)
    assert found == status
    assert "Access-Control-Allow-Origin" not in told


@pytest.mark.asyncio
async def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    _, page, headers = await answered("GET", "/")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert b"http://" not in page.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in page
    assert b"innerHTML" not in page


@pytest.mark.asyncio
async def test_one_completion_at_a_time() -> None:
    async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
        console = Console(url)
        host, _, port = console.host.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"Host: {console.host}\r\nAuthorization: Bearer {console.token}\r\nContent-Type: application/json"
        )
        writer.write(f"POST /score HTTP/1.1\r\n{head}\r\nContent-Length: 2\r\n\r\n".encode())
        await writer.drain()
        # Whichever came first has its place, and the other one is told so.
        other, _, _ = await asyncio.to_thread(console.ask, "POST", "/score", b"{}")
        writer.write(b"{}")
        first = int((await reader.read()).split()[1])
        writer.close()
        await writer.wait_closed()
        assert sorted([first, other]) == [400, 429]
        assert (await asyncio.to_thread(console.ask, "POST", "/score", b"{}"))[0] == 400


@contextlib.asynccontextmanager
async def scoring(**settings: float) -> AsyncIterator[ScorerProcess]:
    """The process that scores, of a server that is not there."""
    process = ScorerProcess({"target": "127.0.0.1:1", "certificate": "", "server_name": None}, **settings)
    try:
        yield process
    finally:
        await process.close()


@pytest.mark.asyncio
async def test_what_is_no_completion_is_told() -> None:
    told = {
        b"": "no JSON",
        b"\xff": "no JSON",
        b"[" * 200_000: "recursion",
        b"[]": "no JSON object",
        b'{"recipe": "boxed", "completion": 1}': "completion is of type int",
        b'{"recipe": "boxed", "completion": "", "prompt": "x"}': "completion is empty",
        b'{"recipe": "boxed", "completion": "x", "path": "/etc/passwd"}': "'path' is no field",
        b'{"recipe": "boxed", "completion": "x", "logprobs": ["a"]}': "logprobs cannot be read",
        b'{"recipe": "boxed", "completion": "x", "logprobs": [NaN]}': "never NaN",
        b'{"recipe": "boxed", "completion": "x", "ground_truth": [true]}': "ground_truth is of type bool",
    }
    async with scoring() as process:
        for body, why in told.items():
            status, said = await process.ask(body, None)
            assert status == 400
            assert why in json.loads(said)["error"]


@pytest.mark.asyncio
async def test_a_completion_that_takes_too_long_is_ended() -> None:
    async with scoring(seconds=0.01) as process:
        for _ in range(2):
            assert (await process.ask(b"{}", None))[0] == 504


@pytest.mark.timeout(300)  # several processes start, whatever else the machine does
def test_a_completion_is_scored_as_by_any_client(start_server: Start) -> None:
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


@pytest.mark.timeout(300)  # several processes start, whatever else the machine does
def test_a_hanging_answer_holds_up_neither_the_console_nor_the_server(start_server: Start) -> None:
    server = start_server(*CONSOLE, "--log-text")
    console = Console(server.console)
    asked = hanging(73)
    found: list[dict[str, object]] = []
    body = {"recipe": "boxed", "completion": asked.completion, "ground_truth": list(asked.golds)}
    assert eventually(lambda: bool(console.state()["recipes"]))  # told within a second of the start
    waiting = threading.Thread(target=lambda: found.append(console.score(**body)))
    waiting.start()
    with RemoteScorer(server.address, "boxed") as remote:
        while waiting.is_alive():
            assert remote.score([right(1)]).totals[0] == 1.0
            assert console.state()["recipes"]
            waiting.join(0.1)
    assert found[0]["verdict"]["status"] == "TIMEOUT"
    assert found[0]["total"] == 0.0
    # The operator asked for texts, and gets the beginnings of answers.
    assert eventually(lambda: any(each["answers"] == ["1"] for each in console.state()["recent"]))


@pytest.mark.timeout(300)  # several processes start, whatever else the machine does
def test_a_guarded_server_has_a_guarded_console(start_server: Start, tmp_path: Path) -> None:
    trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")
    with pytest.raises(InvalidParameterError, match="--insecure-public"):
        ServerConfig(console="0.0.0.0:0")
    with pytest.raises(InvalidParameterError, match="the console"):
        ServerConfig(console="127.0.0.1:0", **dict.fromkeys(TLS, tmp_path / "file"))  # type: ignore[arg-type]
    authority = trustme.CA()
    certificate = authority.issue_cert("rewards.example", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    certificate.private_key_pem.write_to_path(tmp_path / "key")
    (tmp_path / "tokens").write_text("first\nknown\n")
    names = {"--tls-cert": "cert", "--tls-key": "key", "--auth-token-file": "tokens"}
    flags = [part for flag, name in names.items() for part in (flag, str(tmp_path / name))]
    server = start_server("--recipe", "boxed", *flags, "--address", "0.0.0.0:0", "--console", "0.0.0.0:0")
    assert server.console.startswith("https://")
    assert "token" not in server.console
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    console = Console(f"https://127.0.0.1:{urlsplit(server.console).port}/", trusting)
    assert console.ask("GET", "/state")[0] == 401
    console.token = "known"  # noqa: S105  # of this test
    assert console.state()["tiles"]
    found = console.score(recipe="boxed", completion=r"\boxed{1}", ground_truth=["1"])
    assert found["total"] == 1.0, found


def test_an_address_that_is_taken_is_told() -> None:
    async def serve() -> None:
        async with serving_console(ServerConfig(console="127.0.0.1:0"), MetricAggregator(1)) as url:
            again = ServerConfig(console=urlsplit(url).netloc)
            async with serving_console(again, MetricAggregator(1)):
                pass

    with pytest.raises(InvalidParameterError, match="cannot serve the console on 127"):
        asyncio.run(serve())
