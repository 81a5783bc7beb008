"""Serve recipes over gRPC.

When it serves, one line of JSON goes to standard output: `{"address": "127.0.0.1:50051", ...}`.
SIGTERM and Ctrl-C drain: what was accepted is answered, and then the server ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import click

from server.config import ServerConfig
from server.supervisor import supervise

__all__ = ["serve"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--recipe",
    "recipes",
    metavar="NAME|PATH",
    multiple=True,
    help="A recipe to serve; may be given several times. [default: all that ship]",
)
@click.option(
    "--address", metavar="HOST:PORT", default="127.0.0.1:50051", show_default=True, help="Port 0: a free one."
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many processes share the port.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    help="Workers for answers that need symbols, of all processes together. [default: one a core]",
)
@click.option(
    "--max-message-bytes",
    type=click.IntRange(1),
    default=64 << 20,
    show_default=True,
    help="The largest message that is read.",
)
@click.option(
    "--max-pending-bytes",
    type=click.IntRange(1),
    default=256 << 20,
    show_default=True,
    help="How much may be in work at once, per process.",
)
@click.option(
    "--grace-seconds",
    type=click.FloatRange(0),
    default=30.0,
    show_default=True,
    help="How long calls may take to end after SIGTERM.",
)
@click.option("--tls-cert", "tls_certificate", type=_FILE, help="The server's certificate chain, PEM.")
@click.option("--tls-key", type=_FILE, help="The key of that certificate, PEM.")
@click.option("--tls-client-ca", type=_FILE, help="Ask clients for a certificate signed by these, PEM.")
@click.option("--auth-token-file", "token_file", type=_FILE, help="Ask clients for one of these, one a line.")
@click.option("--insecure-public", is_flag=True, help="Serve a public address to anyone, in plain text.")
def serve(recipes: tuple[str, ...], **settings: object) -> None:
    """Serve recipes over gRPC until SIGTERM or Ctrl-C; then answer what was accepted, and end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = ServerConfig(recipes=recipes, **settings)  # type: ignore[arg-type]  # click has checked them

    def announce(address: str, titles: list[str]) -> None:
        click.echo(json.dumps({"address": address, "processes": config.processes, "recipes": titles}))
        click.echo(f"serving {', '.join(titles)} on {address}; Ctrl-C stops", err=True)

    asyncio.run(supervise(config, announce))
