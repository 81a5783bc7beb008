"""The connection pool of a remote scorer: opened on first use, and anew after a pickle or a fork."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import threading
import time
from itertools import count
from pathlib import Path  # noqa: TC003  # fields are checked by their hints, which need it
from typing import TYPE_CHECKING

import grpc

from rewards.errors import InvalidCallError
from rewards.parameters import check_fields
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.addresses import channel_target, is_local, split_address

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Connections", "Tls", "in_flight", "open_channel"]

_LARGEST_ANSWER = 256 << 20
"""Maximum size in bytes of one message from the server; a frame's scores are far smaller."""

_KEEPALIVE_MS, _KEEPALIVE_TIMEOUT_MS = 10_000, 6_000
"""Silence after which a connection is pinged, and how long it may take to answer. A server of ours takes a
ping every 5 seconds."""

_PINGS_WITHOUT_DATA = 2
"""Number of pings in a row that every gRPC server takes by default, without any call between."""

_IDLE_MS = 30_000
"""Time without a call after which a connection is closed; the next call opens another one. A balancer or a
firewall forgets a connection after a minute or more, and mostly says nothing."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tls:
    """TLS: verification of the server, and the client's own certificate; all files are PEM."""

    root_certificates: Path | None = None
    """Root certificates that verify the server's; by default those that gRPC trusts."""

    certificate: Path | None = None
    """The client's own certificate chain, where the server asks for one."""

    key: Path | None = None
    """The key of that certificate."""

    server_name: str | None = None
    """The name in the server's certificate, where it is not the host of the target."""

    def __post_init__(self) -> None:
        check_fields(self, "Tls")

    def credentials(self) -> grpc.ChannelCredentials:
        """Return the channel credentials for gRPC."""

        def content(path: Path | None) -> bytes | None:
            return None if path is None else path.read_bytes()

        return grpc.ssl_channel_credentials(
            content(self.root_certificates), content(self.key), content(self.certificate)
        )


class Connections:
    """A connection pool: `each` connections to every one of `targets`, used in turn.

    A connection that breaks is opened again by gRPC.
    """

    def __init__(self, targets: tuple[str, ...], *, each: int = 1, tls: Tls | None = None) -> None:
        self.targets = targets
        self.each = each
        self.tls = tls
        self._lock = threading.Lock()
        self._turn = count()
        self._channels: tuple[grpc.Channel, ...] = ()
        self._pid = os.getpid()

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (self.targets, self.each, self.tls)

    def __len__(self) -> int:
        return self.each * len(self.targets)

    def stub(self) -> RewardServiceStub:
        """Return the service on the next connection in turn.

        Raises:
            InvalidCallError: this process was forked while a call of its parent was in flight.
        """
        _refuse_forked_in_call()
        if self._pid != os.getpid():
            # A fork: the parent's channels do not work here, and its lock may never be released.
            _INHERITED.append(self._channels)
            self.__init__(self.targets, each=self.each, tls=self.tls)  # type: ignore[misc]
        with self._lock:
            if not self._channels:
                self._channels = tuple(self._open() for _ in range(self.each))
            return RewardServiceStub(self._channels[next(self._turn) % self.each])

    def close(self) -> None:
        """Close all of them; the next call opens new ones."""
        if self._pid != os.getpid():
            return
        with self._lock:
            channels, self._channels = self._channels, ()
        for channel in channels:
            channel.close()

    def _open(self) -> grpc.Channel:
        return open_channel(self.targets, self.tls)


def open_channel(targets: tuple[str, ...], tls: Tls | None) -> grpc.Channel:
    """Return a new channel to `targets`, which connects with its first call.

    Raises:
        InvalidParameterError: several targets of different kinds.
        ServerUnavailableError: several targets of which one has no address.
    """
    options: list[tuple[str, str | int]] = [
        ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
        ("grpc.use_local_subchannel_pool", 1),  # or all channels to one target share a connection
        ("grpc.max_send_message_length", -1),  # how much it takes is for the server to say
        ("grpc.max_receive_message_length", _LARGEST_ANSWER),
        # A connection that something between has forgotten is noticed within some 16 seconds.
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.http2.ping_timeout_ms", _KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", _PINGS_WITHOUT_DATA),
        ("grpc.client_idle_timeout_ms", _IDLE_MS),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),  # a server is back within seconds of a restart
    ]
    if all(map(is_local, targets)):
        options.append(("grpc.enable_http_proxy", 0))
    target = channel_target(targets)
    if tls is None:
        return grpc.insecure_channel(target, options)
    name = tls.server_name
    if name is None and len(targets) > 1:
        name = split_address(targets[0])[0]  # the list itself is no name that a certificate holds
    if name is not None:
        options.append(("grpc.ssl_target_name_override", name))
    return grpc.secure_channel(target, tls.credentials(), options)


_INHERITED: list[object] = []
"""Channels of a parent process, kept so that nothing ever closes them here."""

_IN_FLIGHT: dict[object, tuple[int, bool]] = {}
"""A mark of each call in flight in this process: its thread, and whether it lasts. Adding and taking away is
atomic: a lock could be held at a fork."""

_FORKING: set[int] = set()
"""The threads that are about to fork."""

_forked_in_call = False
"""True in a process that was forked while a call was in flight, and in those forked from it."""

_FORK_WAIT = 10.0
"""Maximum seconds that a fork waits for calls in flight, and a call for forks."""

_LOOK = 0.002
"""Seconds between two looks at what a fork or a call waits for."""


@contextlib.contextmanager
def in_flight(*, lasting: bool = False) -> Iterator[None]:
    """Count a call as in flight within the block: forks and calls wait for each other.

    gRPC's own threads do not live on in a forked process, and the locks that they held stay locked: a call
    there may work, hang or crash. So a fork waits until the calls of other threads have ended, at most ten
    seconds, and calls that begin meanwhile wait for it. A process that was forked while a call was in flight
    nevertheless refuses calls.

    Args:
        lasting: True for a call that no fork waits for, since it may last as long as a run.
    """
    mark = object()
    end = time.monotonic() + _FORK_WAIT
    thread = threading.get_ident()
    while True:
        _IN_FLIGHT[mark] = (thread, lasting)
        if not _FORKING or thread in _FORKING or time.monotonic() > end:
            break
        del _IN_FLIGHT[mark]
        time.sleep(_LOOK)
    try:
        yield
    finally:
        _IN_FLIGHT.pop(mark, None)  # in a forked process there is none


def _before_fork() -> None:
    thread = threading.get_ident()
    _FORKING.add(thread)
    end = time.monotonic() + _FORK_WAIT
    while calls := list(_IN_FLIGHT.values()):
        hopeless = any(lasting or caller == thread for caller, lasting in calls)
        if hopeless or time.monotonic() > end:
            return
        time.sleep(_LOOK)


def _after_fork_in_parent() -> None:
    _FORKING.discard(threading.get_ident())


def _after_fork_in_child() -> None:
    global _forked_in_call  # noqa: PLW0603  # it is about the process
    _forked_in_call = _forked_in_call or bool(_IN_FLIGHT)
    _IN_FLIGHT.clear()
    _FORKING.clear()


# Registered after gRPC's own, and so called before them.
os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)


def _refuse_forked_in_call() -> None:
    if _forked_in_call:
        message = (
            "this process was forked while a call to a verification server was in flight, and gRPC may hang "
            "or crash here; start such processes by spawn or forkserver, or fork while no call is in flight"
        )
        raise InvalidCallError(message)


def _unpickled(targets: tuple[str, ...], each: int, tls: Tls | None) -> Connections:
    return Connections(targets, each=each, tls=tls)
