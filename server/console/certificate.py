"""Subject name in the server's own certificate, by which the console verifies the server."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["name_in"]


def name_in(certificate: Path, key: Path) -> str | None:
    """Return the first subject alternative name of a certificate; None if it has none or cannot be read.

    Python decodes only the certificate of a peer, so this runs a TLS handshake in memory.
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
