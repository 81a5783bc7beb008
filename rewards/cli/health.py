"""Ask a server whether it serves: for probes and scripts, exit code 0 if it does and 1 if not.

It asks the standard health service (`grpc.health.v1`), which needs no token, so that it does for any
gRPC server. Little is loaded: a probe runs every few seconds.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.source import tls_options
from rewards.wire.addresses import targets_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["health"]

NOT_SERVING = 1


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--service", metavar="NAME", help="Ask about this service, not about the server.")
@click.option("--recipe", metavar="NAME", help="Ask about one of its recipes.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the answer may take.",
)
@tls_options
@click.option("--tls-server-name", metavar="NAME", help="The name in its certificate, if not ADDRESS's.")
def health(  # noqa: PLR0913  # flags, by name
    *,
    address: str,
    service: str | None,
    recipe: str | None,
    timeout: float,
    tls: bool,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    tls_server_name: str | None,
) -> None:
    """Exit with 0 if the server at ADDRESS (HOST:PORT or unix:PATH) serves, with 1 if not."""
    import grpc  # noqa: PLC0415  # none of these is needed by --help
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415

    from rewards.client.causes import cause_of  # noqa: PLC0415
    from rewards.client.connections import Tls, open_channel  # noqa: PLC0415

    if recipe is not None:
        service = f"rewards.v1.RewardService/{recipe}"
    secure = Tls(root_certificates=tls_ca, certificate=tls_cert, key=tls_key, server_name=tls_server_name)
    targets = targets_of(address, "ADDRESS")
    encryption = secure if tls or secure != Tls() else None
    with open_channel(targets, encryption) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=service or ""), timeout=timeout
            )
        except grpc.RpcError as failure:
            why = failure.details() or ""
            if failure.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                why = cause_of(why, targets, secure=encryption is not None)
            click.echo(f"{failure.code().name}: {why}", err=True)
            sys.exit(NOT_SERVING)
    click.echo(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        sys.exit(NOT_SERVING)
