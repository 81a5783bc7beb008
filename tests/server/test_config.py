from __future__ import annotations

from pathlib import Path

import pytest

from rewards.errors import InvalidParameterError
from server.config import ServerConfig

CERTIFICATE = {"tls_cert": Path("cert.pem"), "tls_key": Path("key.pem")}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="default"),
        pytest.param({"address": "127.0.0.9:0"}, id="loopback-v4"),
        pytest.param({"address": "[::1]:0"}, id="loopback-v6"),
        pytest.param({"address": "localhost:0"}, id="loopback-name"),
        pytest.param({"address": "0.0.0.0:0", "insecure_public": True}, id="insisting"),
        pytest.param(
            {"address": "0.0.0.0:0", **CERTIFICATE, "auth_token_file": Path("t")}, id="tls-and-tokens"
        ),
        pytest.param({"address": "0.0.0.0:0", **CERTIFICATE, "tls_client_ca": Path("ca")}, id="mutual-tls"),
    ],
)
def test_addresses_that_may_be_served(settings: dict[str, object]) -> None:
    config = ServerConfig(**settings)
    assert ServerConfig.from_plain(config.to_plain()) == config


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        pytest.param({"address": "0.0.0.0:0"}, "--insecure-public", id="public"),
        pytest.param({"address": "[::]:0"}, "--insecure-public", id="public-v6"),
        pytest.param({"address": "192.0.2.1:0", **CERTIFICATE}, "--insecure-public", id="tls-for-anyone"),
        pytest.param(
            {"address": "192.0.2.1:0", "auth_token_file": Path("t")},
            "--insecure-public",
            id="tokens-in-the-open",
        ),
        pytest.param({"address": "127.0.0.1"}, "host:port", id="no-port"),
        pytest.param({"address": "127.0.0.1:99999"}, "host:port", id="port-too-high"),
        pytest.param({"address": "::1:0"}, "host:port", id="v6-without-brackets"),
        pytest.param({"address": "no-such-host.invalid:1"}, "cannot be resolved", id="no-such-host"),
        pytest.param({"processes": 0}, "processes", id="no-process"),
        pytest.param({"workers": 0}, "workers", id="no-worker"),
        pytest.param({"max_message_bytes": 2**30}, "max_pending_bytes", id="message-beyond-all"),
        pytest.param({"grace_seconds": -1.0}, "grace_seconds", id="negative-grace"),
        pytest.param({"tls_key": Path("key.pem")}, "go together", id="key-alone"),
        pytest.param({"tls_client_ca": Path("ca.pem")}, "need TLS", id="client-ca-alone"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidParameterError, match=text):
        ServerConfig(**settings)
