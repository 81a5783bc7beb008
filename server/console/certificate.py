"""The name that stands in the server's own certificate, by which the console can know the server."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["name_in"]


def name_in(certificate: Path, key: Path) -> str | None:
    """The first name or address that a certificate is for; None where it has none, or cannot be read.

    Python decodes only certificates that a peer has shown, so one is shown, in memory.
    """
    here, there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    there.check_hostname = False
    there.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it vouches for itself
    with contextlib.suppress(OSError, ValueError):
        here.load_cert_chain(certificate, key)
        there.load_verify_locations(certificate)
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = here.wrap_bio(up, down, server_side=True)
        client = there.wrap_bio(down, up)
        for side in (client, server, client):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        shown: Mapping[str, Any] = client.getpeercert() or {}
        for _, name in shown.get("subjectAltName", ()):
            return str(name)
    return None
