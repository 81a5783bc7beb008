"""The connection pool of a remote scorer: opened on first use, and anew after a pickle or a fork."""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from itertools import count
from pathlib import Path  # noqa: TC003  # fields are checked by their hints, which need it

import grpc

from rewards.parameters import check_fields
from rewards.v1.reward_service_pb2_grpc import RewardServiceStub
from rewards.wire.addresses import channel_target, split_address

__all__ = ["Connections", "Tls"]

_LARGEST_ANSWER = 256 << 20
"""Maximum size in bytes of one message from the server; a frame's scores are far smaller."""


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
        """Return the service on the next connection in turn."""
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
        options: list[tuple[str, str | int]] = [
            ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
            ("grpc.use_local_subchannel_pool", 1),  # or all channels to one target share a connection
            ("grpc.max_send_message_length", -1),  # how much it takes is for the server to say
            ("grpc.max_receive_message_length", _LARGEST_ANSWER),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 1_000),
            ("grpc.max_reconnect_backoff_ms", 2_000),  # a server is back within seconds of a restart
        ]
        target = channel_target(self.targets)
        if self.tls is None:
            return grpc.insecure_channel(target, options)
        name = self.tls.server_name
        if name is None and len(self.targets) > 1:
            name = split_address(self.targets[0])[0]  # the list itself is no name that a certificate holds
        if name is not None:
            options.append(("grpc.ssl_target_name_override", name))
        return grpc.secure_channel(target, self.tls.credentials(), options)


_INHERITED: list[object] = []
"""Channels of a parent process, kept so that nothing ever closes them here."""


def _unpickled(targets: tuple[str, ...], each: int, tls: Tls | None) -> Connections:
    return Connections(targets, each=each, tls=tls)
