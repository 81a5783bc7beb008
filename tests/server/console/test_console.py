from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from consoles import CONSOLE, Console
from running import eventually, hanging, right

from rewards import RemoteScorer
from rewards.errors import InvalidParameterError
from server.config import ServerConfig

if TYPE_CHECKING:
    from pathlib import Path

Start = "Callable[..., ServerProcess]"

TLS = ("tls_cert", "tls_key", "tls_client_ca")


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
