"""Server configuration, validated before any socket or file is opened."""

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
"""Maximum connection age in seconds; gRPC stores milliseconds in 31 bits."""

_LONGEST_SOCKET_PATH = 107
"""Maximum path length of a Unix socket on Linux, in bytes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Server settings; each is a flag of `touchstone serve` and a key of its config file.

    Raises:
        InvalidParameterError: a setting is outside its domain, or a public address has no authentication.
    """

    recipes: tuple[str, ...] = ()
    """Names of built-in recipes, or paths of recipe files; empty for all built-in recipes."""

    address: str = "127.0.0.1:50051"
    """`host:port`, with port 0 for any free port; or `unix:PATH`, a socket only for the current user."""

    processes: int = 1
    """Number of server processes, which share the port and the pool of symbolic workers."""

    workers: int | None = None
    """Size of the pool of symbolic workers, shared by all processes; None for one per core, at most 8."""

    max_message_bytes: int = 64 << 20
    """Maximum size of a request message; a larger one fails with RESOURCE_EXHAUSTED."""

    max_pending_bytes: int = 256 << 20
    """Maximum bytes in flight per process. Beyond it, unary calls and new streams are refused with a retry
    hint, and open streams are held back by flow control."""

    grace_seconds: float = 30.0
    """Seconds that calls get to finish after SIGTERM (graceful shutdown)."""

    connection_seconds: float = 300.0
    """Maximum connection age in seconds. Clients then reconnect, so that they resolve the address again and
    new servers get their share of the load; calls in progress finish on the old connection."""

    tls_cert: Path | None = None
    """PEM file of the server's certificate chain; None for plaintext."""

    tls_key: Path | None = None
    """PEM file of the private key of `tls_cert`."""

    tls_client_ca: Path | None = None
    """PEM file of the CA for client certificates; if set, clients must present one (mutual TLS)."""

    auth_token_file: Path | None = None
    """File of bearer tokens, one per line; if set, clients must send one of them."""

    inline_recipes: bool = False
    """Accept inline recipes, made of built-in rewards; see :mod:`server.inline`."""

    insecure_public: bool = False
    """Allow a non-loopback address without TLS and authentication."""

    metrics_address: str | None = None
    """`host:port` of the Prometheus metrics page; None for no metrics. A non-loopback address follows the
    same rules as `address` and uses the same certificate and tokens."""

    console: str | None = None
    """`host:port` of the console, a web page that scores pasted completions and shows recent verdicts; None
    for no console. It always requires a token: one of `auth_token_file`, or one generated and printed at
    startup. A non-loopback address follows the same rules as `address`."""

    log_level: str = "info"
    """Minimum log level: `debug`, `info`, `warning` or `error`."""

    log_format: str = "text"
    """Log format: `text`, or `json` for one object per line."""

    log_text: bool = False
    """Log text of users and policies: rollouts at the level `debug`, and full error messages; also show
    answers among the console's recent verdicts."""

    otlp_endpoint: str | None = None
    """OTLP/gRPC endpoint for traces, such as `http://host:4317`; None for no traces."""

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
        """Path of the Unix socket to listen on; None for a network address."""
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
        """Numeric host and port to listen on; resolved once, so that a DNS change has no effect."""
        return resolved(self.address)

    @property
    def listens_on(self) -> str:
        """Listen address in gRPC syntax."""
        if self.socket_path is not None:
            return f"unix:{self.socket_path}"
        host, port = self.host_and_port
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def local(self) -> bool:
        """True if the address is a Unix socket or loopback."""
        return self.socket_path is not None or ipaddress.ip_address(self.host_and_port[0]).is_loopback

    def to_plain(self) -> dict[str, object]:
        """Return the settings as JSON types."""
        plain = dataclasses.asdict(self)
        return {name: str(value) if isinstance(value, Path) else value for name, value in plain.items()}

    @classmethod
    def from_plain(cls, plain: dict[str, object]) -> Self:
        """Return the settings that :meth:`to_plain` wrote.

        >>> config = ServerConfig(recipes=("r1-zero",))
        >>> ServerConfig.from_plain(config.to_plain()) == config
        True
        """
        settings = {
            field.name: _READERS.get(str(field.type), _unchanged)(plain[field.name])
            for field in dataclasses.fields(cls)
        }
        return cls(**settings)


def resolved(address: str) -> tuple[str, int]:
    """Return the numeric host and the port of `host:port`.

    Raises:
        InvalidParameterError: the host cannot be resolved.
    """
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        message = f"address is {address!r}, and {host!r} cannot be resolved: {error}"
        raise InvalidParameterError(message) from error
    return str(found[0][4][0]), port


def is_loopback(address: str) -> bool:
    """True if the host of `host:port` is a loopback address."""
    return ipaddress.ip_address(resolved(address)[0]).is_loopback


def _unchanged(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "Path | None": lambda value: None if value is None else Path(value),
    "tuple[str, ...]": tuple,
}
"""Converters from JSON types, by field annotation, for settings that JSON cannot represent."""


def _require(condition: bool, message: str) -> None:  # noqa: FBT001  # reads as a sentence
    # Not the one in rewards.reward: a supervisor starts sooner without numpy.
    if not condition:
        raise InvalidParameterError(message)
