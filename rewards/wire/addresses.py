"""Several servers as one gRPC target."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError, ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["channel_target", "split_address"]


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port` or `[v6]:port`.

    Raises:
        InvalidParameterError: it is neither.

    >>> split_address("[::1]:50051")
    ('::1', 50051)
    """
    host, _, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    largest = 65535
    if not bare or (":" in bare and bare == host) or not port.isdecimal() or int(port) > largest:
        message = f"{address!r} is no address; write host:port, or [address]:port for IPv6"
        raise InvalidParameterError(message)
    return bare, int(port)


def channel_target(targets: Sequence[str]) -> str:
    """Return one gRPC target for all `targets`; a single one is left for gRPC to resolve.

    Raises:
        InvalidParameterError: several targets of which one is not `host:port`.
        ServerUnavailableError: several targets of which one has no address.

    >>> channel_target(["10.0.0.1:50051", "10.0.0.2:50051"])
    'ipv4:10.0.0.1:50051,10.0.0.2:50051'
    >>> channel_target(["dns:///rewards:50051"])
    'dns:///rewards:50051'
    """
    if len(targets) == 1:
        return targets[0]
    found = [(_resolved(host), port) for host, port in map(split_address, targets)]
    versions = {address.version for address, _ in found}
    if len(versions) > 1:
        message = f"targets {', '.join(targets)} mix IPv4 and IPv6; gRPC spreads calls over one kind"
        raise InvalidParameterError(message)
    if versions == {6}:
        return "ipv6:" + ",".join(f"[{address}]:{port}" for address, port in found)
    return "ipv4:" + ",".join(f"{address}:{port}" for address, port in found)


def _resolved(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        message = f"{host!r} cannot be resolved: {error}"
        raise ServerUnavailableError(message) from error
    # IPv4 first, as long as both are there: servers in one list must be of one kind.
    return min((ipaddress.ip_address(address[0]) for *_, address in found), key=lambda found: found.version)
