from __future__ import annotations

import dataclasses
import itertools
import socket
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
        pytest.param({"address": "127.1:0"}, id="loopback-shortened"),
        pytest.param({"address": "unix:/run/touchstone/rewards.sock"}, id="unix"),
        pytest.param({"address": "unix:rewards.sock", "auth_token_file": Path("t")}, id="unix-with-tokens"),
        pytest.param({"address": "0.0.0.0:0", "insecure_public": True}, id="insisting"),
        pytest.param(
            {"address": "0.0.0.0:0", **CERTIFICATE, "auth_token_file": Path("t")}, id="tls-and-tokens"
        ),
        pytest.param({"address": "0.0.0.0:0", **CERTIFICATE, "tls_client_ca": Path("ca")}, id="mutual-tls"),
    ],
)
def test_config_takes_addresses_that_may_be_served(settings: dict[str, object]) -> None:
    config = ServerConfig(**settings)
    assert ServerConfig.from_plain(config.to_plain()) == config


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        pytest.param({"address": "0.0.0.0:0"}, "--insecure-public", id="public"),
        pytest.param({"address": "[::]:0"}, "--insecure-public", id="public-v6"),
        pytest.param({"address": "0:0"}, "--insecure-public", id="public-shortened"),
        pytest.param({"address": "[::ffff:0.0.0.0]:0"}, "--insecure-public", id="public-mapped"),
        pytest.param({"address": "[fe80::1]:0"}, "--insecure-public", id="link-local"),
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
        pytest.param({"address": "unix:"}, "unix:PATH", id="unix-without-path"),
        pytest.param({"address": f"unix:/{'x' * 107}"}, "at most 107 bytes", id="unix-too-long"),
        pytest.param({"address": "unix:/a", "processes": 2}, "one process's", id="unix-of-two"),
        pytest.param({"address": "unix-abstract:a"}, "host:port", id="unix-abstract"),
        pytest.param({"processes": 0}, "processes", id="no-process"),
        pytest.param({"workers": 0}, "workers", id="no-worker"),
        pytest.param({"max_message_bytes": 2**30}, "max_pending_bytes", id="message-beyond-all"),
        pytest.param({"grace_seconds": -1.0}, "grace_seconds", id="negative-grace"),
        pytest.param({"grace_seconds": float("nan")}, "grace_seconds", id="no-number-for-grace"),
        pytest.param({"grace_seconds": float("inf")}, "grace_seconds", id="endless-grace"),
        pytest.param({"connection_seconds": 0.0}, "connection_seconds", id="no-connection"),
        pytest.param({"connection_seconds": 1e9}, "connection_seconds", id="connection-for-ever"),
        pytest.param({"tls_key": Path("key.pem")}, "go together", id="key-alone"),
        pytest.param({"tls_client_ca": Path("ca.pem")}, "need TLS", id="client-ca-alone"),
    ],
)
def test_config_refuses_open_servers_and_odd_settings(settings: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidParameterError, match=text):
        ServerConfig(**settings)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """From now on every name means these addresses, one after the other."""
    answers = itertools.chain(addresses, itertools.repeat(addresses[-1]))

    def look_up(host: str, port: int, **_: object) -> list[object]:
        address = host if host[0].isdigit() else next(answers)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_config_takes_a_name_for_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "192.0.2.1")
    with pytest.raises(InvalidParameterError, match="--insecure-public"):
        ServerConfig(address="rewards:0")
    resolving(monkeypatch, "127.0.0.5")
    assert ServerConfig(address="rewards:0").listens_on == "127.0.0.5:0"


def test_config_looks_a_name_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.5", "192.0.2.1")
    config = ServerConfig(address="rewards:0")
    assert config.listens_on == "127.0.0.5:0"
    assert config.local
    with pytest.raises(InvalidParameterError, match="--insecure-public"):
        dataclasses.replace(config, processes=2)
