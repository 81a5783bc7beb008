"""Addresses of servers: checked when they are written, and joined to one gRPC target."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Final

from rewards.errors import InvalidParameterError, ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["channel_target", "is_local", "is_local_host", "split_address", "targets_of"]

_HOSTS: Final = {
    "dns": re.compile(r"(?://[^/]*/)?(?P<list>[^/,]+)"),
    "ipv4": re.compile(r"(?P<list>.+)"),
    "ipv6": re.compile(r"(?P<list>.+)"),
}
"""gRPC's schemes of hosts with ports, each with the place of these in the rest of the target."""

_PATHS: Final = ("unix", "unix-abstract", "vsock", "xds")
"""gRPC's further schemes, whose rest is for gRPC to read."""

_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?", re.ASCII)
_LOCAL_NAMES: Final = ("localhost", "ip6-localhost", "ip6-loopback")
_LARGEST_PORT: Final = 65535


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port` or `[v6]:port`.

    Raises:
        InvalidParameterError: it is neither.

    >>> split_address("[::1]:50051")
    ('::1', 50051)
    """
    host, _, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or (":" in bare and bare == host) or not _is_port(port):
        message = f"{address!r} is no address; write host:port, or [address]:port for IPv6"
        raise InvalidParameterError(message)
    return bare, int(port)


def targets_of(given: str | Sequence[str], name: str = "target") -> tuple[str, ...]:
    """Return the targets of a setting: one address, several in a list, or several in a text with commas.

    Args:
        given: `host:port`, `[v6]:port`, `unix:PATH` or another target that gRPC resolves.
        name: what messages call the setting.

    Raises:
        InvalidParameterError: no address, or one that can never work; the message says what to write.

    >>> targets_of("10.0.0.1:50051, 10.0.0.2:50051")
    ('10.0.0.1:50051', '10.0.0.2:50051')
    >>> targets_of("http://rewards:50051")
    Traceback (most recent call last):
    rewards.errors.InvalidParameterError: target: 'http://rewards:50051' is a URL; write rewards:50051
    """
    if isinstance(given, str):
        given = [given] if _scheme(given) in {*_HOSTS, *_PATHS} else given.split(",")
    targets = tuple(address.strip() for address in given)
    if not targets or not all(targets):
        message = f"{name}: an address is missing; write host:port, and several with a comma between them"
        raise InvalidParameterError(message)
    for target in targets:
        if wrong := _fault(target):
            message = f"{name}: {_without_password(target)!r} {wrong}"
            raise InvalidParameterError(message)
        if len(targets) > 1 and _scheme(target):
            message = f"{name}: {target!r} must stand alone; in a list write host:port for each server"
            raise InvalidParameterError(message)
    return targets


def is_local(target: str) -> bool:
    """True if a target is this machine by its spelling: a Unix socket, a loopback address, `localhost`.

    >>> is_local("127.0.0.1:50051"), is_local("dns:///localhost:50051"), is_local("rewards:50051")
    (True, True, False)
    """
    scheme = _scheme(target)
    if scheme in _PATHS:
        return scheme.startswith("unix")
    return all(is_local_host(split_address(address)[0]) for address in _addresses(target))


def is_local_host(host: str) -> bool:
    """True if a host is this machine by its spelling: a loopback address, `localhost`.

    >>> is_local_host("127.0.0.2"), is_local_host("::1"), is_local_host("10.0.0.1")
    (True, True, False)
    """
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return name in _LOCAL_NAMES or name.endswith(".localhost")
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_loopback or found.is_unspecified  # a client that calls 0.0.0.0 calls itself


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


def _scheme(target: str) -> str:
    """Return the scheme of a target in lower case; an empty text for a plain address."""
    scheme, colon, rest = target.strip().partition(":")
    if colon and (rest.startswith("//") or scheme.lower() in {*_HOSTS, *_PATHS}) and not _is_port(rest):
        return scheme.lower()
    return ""


def _addresses(target: str) -> list[str]:
    """Return each `host:port` of a target."""
    scheme = _scheme(target)
    if not scheme:
        return [target]
    found = _HOSTS[scheme].fullmatch(target.partition(":")[2])
    return found["list"].split(",") if found else []


def _fault(target: str) -> str:
    """Return the reason why a target can never be reached, and what to write; an empty text if it can."""
    scheme = _scheme(target)
    if scheme in _PATHS:
        return "" if target.partition(":")[2].strip("/") else f"names no path; write {scheme}:PATH"
    if scheme and scheme not in _HOSTS:
        host = target.partition("://")[2].partition("/")[0].rpartition("@")[2]
        secure = ", and turn TLS on" if scheme.endswith("s") else ""
        return f"is a URL; write {host if _is_address(host) else 'host:port'}{secure}"
    if not (addresses := _addresses(target)):
        return f"names no host; write {scheme}:///host:port"
    return next((_address_fault(address) for address in addresses if not _is_address(address)), "")


def _address_fault(address: str) -> str:
    """Return the reason why one `host:port` is none."""
    host, path = re.fullmatch(r"([^/]*)(/.*)?", address, re.DOTALL).groups()  # type: ignore[union-attr]
    if path and _is_address(host):
        return f"has a path; write {host}"
    if address.startswith("[") and _is_ip(address.strip("[]")):
        return f"has no port; write {address}:port"
    if address.count(":") > 1 and "[" not in address:
        return "has no brackets; write [address]:port"
    if _HOST.fullmatch(host := address.removesuffix(":")):
        return f"has no port; write {host}:port, such as {host}:50051"
    return "is no address; write host:port, or [address]:port for IPv6"


def _without_password(target: str) -> str:
    return re.sub(r"(?<=//).*@", "", target, flags=re.DOTALL)


def _is_address(address: str) -> bool:
    """True if this is `host:port` or `[v6]:port` of a server that can be called."""
    try:
        host, port = split_address(address)
    except InvalidParameterError:
        return False
    good = _is_ip(host) if address.startswith("[") else _HOST.fullmatch(host) is not None
    return good and port > 0


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len("65535") and int(text) <= _LARGEST_PORT


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
