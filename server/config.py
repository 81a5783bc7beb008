"""What a server is told when it starts; checked before anything is opened."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import math
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError
from rewards.wire.addresses import split_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

__all__ = ["LOG_FORMATS", "LOG_LEVELS", "ServerConfig", "is_loopback", "resolved"]

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
_CHOICES = {"log_level": LOG_LEVELS, "log_format": LOG_FORMATS}

_LONGEST_CONNECTION = 1_000_000
"""Seconds; gRPC counts milliseconds in 31 bits."""

_LONGEST_SOCKET_PATH = 107
"""Bytes; Linux has no room for more."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """All settings of a server: each a flag of `touchstone serve` and a key of its config file.

    Raises:
        InvalidParameterError: a setting outside its domain, or a public address that anyone could use.
    """

    recipes: tuple[str, ...] = ()
    """Names of shipped recipes, or paths of recipe files; none means all that ship."""

    address: str = "127.0.0.1:50051"
    """`host:port`, where port 0 takes a free one; or `unix:PATH`, a socket for this user alone."""

    processes: int = 1
    """How many processes share the port, and the workers for answers that need symbols."""

    workers: int | None = None
    """Workers for answers that need symbols, of all processes together; None for one a core, at most 8."""

    max_message_bytes: int = 64 << 20
    """The largest message that is read; a larger one fails with RESOURCE_EXHAUSTED."""

    max_pending_bytes: int = 256 << 20
    """How much may be in work at once, per process. Beyond it unary calls and new streams are
    refused with a hint when to come back, and open streams are not read from."""

    grace_seconds: float = 30.0
    """How long calls may take to end after SIGTERM."""

    connection_seconds: float = 300.0
    """How old a connection gets before its client is asked for a new one, so that clients look again who
    serves and new servers get their share; calls and streams that are under way end on the old one."""

    tls_cert: Path | None = None
    """PEM file of the server's certificate chain; None for plain text."""

    tls_key: Path | None = None
    """PEM file of that certificate's key."""

    tls_client_ca: Path | None = None
    """PEM file of who signs client certificates; clients then need one."""

    auth_token_file: Path | None = None
    """Bearer tokens, one a line; clients then need one of them."""

    inline_recipes: bool = False
    """Whether callers may send recipes of their own, of rewards that ship; see :mod:`server.inline`."""

    insecure_public: bool = False
    """Serve an address that is not loopback without TLS and a way to tell who calls."""

    metrics_address: str | None = None
    """`host:port` of the page that Prometheus reads; None for no metrics. One that others can reach is
    held to the same rules as `address`, and guarded by the same certificate and tokens."""

    console: str | None = None
    """`host:port` of a page that scores what is pasted into it and shows recent verdicts; None for no such
    page. It always wants a token: one of `auth_token_file`, or else one that is made and told at the start.
    An address that others can reach is held to the same rules as `address`."""

    log_level: str = "info"
    """The least important kind of line that is logged: `debug`, `info`, `warning` or `error`."""

    log_format: str = "text"
    """`text`, or `json` for one object a line."""

    log_text: bool = False
    """Log what users and policies wrote, too: rollouts at the level `debug`, messages of errors in full; and
    show answers among the console's recent verdicts."""

    otlp_endpoint: str | None = None
    """Where traces are sent by OTLP over gRPC, `http://host:4317`; None for no traces."""

    def __post_init__(self) -> None:
        for name in ("processes", "max_message_bytes", "max_pending_bytes"):
            value = getattr(self, name)
            _require(value >= 1, f"{name} is {value}; it must be at least 1")
        _require(
            self.workers is None or self.workers >= 1, f"workers is {self.workers}; it must be at least 1"
        )
        _require(
            self.max_pending_bytes >= self.max_message_bytes,
            f"max_pending_bytes is {self.max_pending_bytes}; it must hold a message of max_message_bytes, "
            f"{self.max_message_bytes}",
        )
        _require(
            0 <= self.grace_seconds < math.inf,
            f"grace_seconds is {self.grace_seconds}; it must be at least 0, and finite",
        )
        _require(
            0 < self.connection_seconds <= _LONGEST_CONNECTION,
            f"connection_seconds is {self.connection_seconds}; it must be above 0, and at most "
            f"{_LONGEST_CONNECTION}",
        )
        _require(
            (self.tls_cert is None) == (self.tls_key is None),
            "a TLS certificate and its key go together: give both or neither",
        )
        _require(
            self.tls_client_ca is None or self.tls_cert is not None,
            "client certificates need TLS: give a certificate and a key for the server, too",
        )
        _require(
            self.console is None or self.tls_client_ca is None,
            "the console calls the server, and has no client certificate to show; do without one of the two",
        )
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            _require(value in choices, f"{name} is {value!r}; it must be one of {', '.join(choices)}")
        _require(
            self.socket_path is None or self.processes == 1,
            f"processes is {self.processes}; a unix socket is one process's, so use host:port for more",
        )
        known = self.tls_cert is not None and (self.auth_token_file or self.tls_client_ca) is not None
        public = [] if self.local else [self.address]
        beside = filter(None, (self.metrics_address, self.console))
        public += [address for address in beside if not is_loopback(address)]
        for address in public:
            _require(
                known or self.insecure_public,
                f"{address} can be reached from other machines, and nothing keeps others from using it; "
                "give a TLS certificate and either tokens or a client CA, or insist with --insecure-public",
            )

    @functools.cached_property
    def socket_path(self) -> Path | None:
        """The socket in the file system to listen on; None for an address in a network."""
        kind, _, path = self.address.partition(":")
        if kind != "unix":
            return None
        found = Path(path).absolute()
        _require(
            bool(path.strip("/")) and len(os.fsencode(found)) <= _LONGEST_SOCKET_PATH,
            f"{self.address!r} is no address; write unix:PATH with a path of at most "
            f"{_LONGEST_SOCKET_PATH} bytes",
        )
        return found

    @functools.cached_property
    def host_and_port(self) -> tuple[str, int]:
        """The numeric address, and the port, to listen on; looked up once, so that no name can change."""
        return resolved(self.address)

    @property
    def listens_on(self) -> str:
        """The address as gRPC takes it."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        host, port = self.host_and_port
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the address."""
        return self.socket_path is not None or ipaddress.ip_address(self.host_and_port[0]).is_loopback

    def to_plain(self) -> dict[str, object]:
        """The settings as JSON knows them."""
        plain = dataclasses.asdict(self)
        return {name: str(value) if isinstance(value, Path) else value for name, value in plain.items()}

    @classmethod
    def from_plain(cls, plain: dict[str, object]) -> Self:
        """The settings that :meth:`to_plain` wrote.

        >>> config = ServerConfig(recipes=("r1-zero",))
        >>> ServerConfig.from_plain(config.to_plain()) == config
        True
        """
        settings = {
            field.name: _READERS.get(str(field.type), _as_it_is)(plain[field.name])
            for field in dataclasses.fields(cls)
        }
        return cls(**settings)


def resolved(address: str) -> tuple[str, int]:
    """The numeric host, and the port, of `host:port`.

    Raises:
        InvalidParameterError: the host is not known.
    """
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        message = f"address is {address!r}, and {host!r} cannot be resolved: {error}"
        raise InvalidParameterError(message) from error
    return str(found[0][4][0]), port


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach `host:port`."""
    return ipaddress.ip_address(resolved(address)[0]).is_loopback


def _as_it_is(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "Path | None": lambda value: None if value is None else Path(value),
    "tuple[str, ...]": tuple,
}
"""How settings that JSON does not know are made of what it does, by their annotation."""


def _require(condition: bool, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    # Not the one in rewards.reward: a supervisor starts sooner without numpy.
    if not condition:
        raise InvalidParameterError(message)
