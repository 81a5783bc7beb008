"""Likely causes of a connection that cannot be made, and the way out: TLS, and proxies of the environment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from rewards.wire.addresses import is_local

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["cause_of", "proxy_settings"]

_PROXY_VARIABLES: Final = ("grpc_proxy", "https_proxy", "http_proxy", "no_grpc_proxy", "no_proxy")
"""Environment variables that gRPC reads, in lower case alone."""

_CLOSED: Final = (
    r"(failed to connect|backends failing).*(Socket closed|[Rr]eset|[Bb]roken pipe|[Ee]ndpoint clos|EOF)"
)
"""Pattern of gRPC's messages where a server takes a connection and closes it before it is made."""

_PLAIN: Final = {
    _CLOSED: "the server closes connections in plain text: if it speaks TLS, turn TLS on",
}
"""Patterns of gRPC's messages on a connection without TLS, each with its likely cause and the way out."""

_SECURE: Final = {
    r"WRONG_VERSION_NUMBER|HTTP_REQUEST|BAD_PACKET|packet length": (
        "TLS failed since the server speaks plain text: turn TLS off, or give the server a certificate"
    ),
    r"certificate has expired": "TLS failed since the server's certificate has expired: renew it there",
    r"not yet valid": "TLS failed since the server's certificate is not valid yet: check the clocks",
    r"[Hh]ost ?name|not in peer certificate": (
        "TLS failed since the server's certificate is for another host name: call the server by a name that "
        "it holds, or give that name as the TLS server name"
    ),
    r"CERTIFICATE_VERIFY_FAILED|self.signed": (
        "TLS failed since no trusted root has signed the server's certificate: give the CA of its "
        "certificate as the TLS root certificates"
    ),
    r"ALERT|HANDSHAKE_FAILURE": (
        "TLS failed since the server refused the client's certificate, or its lack: give one that the "
        "server's client CA has signed, with its key"
    ),
    _CLOSED: "the server closes TLS connections: it may want a client certificate, or speak no TLS",
    r"[Hh]andshake|\bSSL|\bTLS": "TLS failed",
}
"""The same of a connection with TLS, the more specific patterns first."""


def cause_of(reason: str, targets: Sequence[str], *, secure: bool) -> str:
    """Return gRPC's reason for a failed connection with its likely cause and the way out.

    Args:
        reason: gRPC's message.
        targets: the servers' addresses.
        secure: whether the connection uses TLS.
    """
    table = _SECURE if secure else _PLAIN
    causes = [cause for pattern, cause in table.items() if re.search(pattern, reason, re.DOTALL)][:1]
    if proxies := {} if all(map(is_local, targets)) else proxy_settings(os.environ):
        named = ", ".join(f"{name}={value}" for name, value in proxies.items())
        causes.append(f"the environment sets {named}; to go past the proxy, add the host to no_proxy")
    return "; ".join([reason, *causes])


def proxy_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the proxy settings that gRPC reads, without user names and passwords; {} without any proxy.

    >>> proxy_settings({"http_proxy": "http://me:secret@proxy:3128", "no_proxy": "localhost"})
    {'http_proxy': 'http://proxy:3128', 'no_proxy': 'localhost'}
    """
    found = {name: environment[name] for name in _PROXY_VARIABLES if environment.get(name)}
    if all(name.startswith("no_") for name in found):
        return {}
    return {name: re.sub(r"^(\w+://)?.*@", r"\1", value, flags=re.DOTALL) for name, value in found.items()}
