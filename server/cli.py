"""Serve recipes over gRPC.

When it serves, one line of JSON goes to standard output: `{"address": "127.0.0.1:50051", ...}`.
SIGTERM and Ctrl-C drain: what was accepted is answered, and then the server ends.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from server.config import LOG_FORMATS, LOG_LEVELS, ServerConfig
from server.supervisor import supervise
from server.telemetry.logs import start_logging

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["serve"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(ServerConfig)}


def _setting(
    name: str,
    text: str,
    **more: Any,  # noqa: ANN401  # click's
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option for a field of :class:`ServerConfig`, which also checks its domain."""
    default = _DEFAULTS[name]
    shown = default is not None and not more.get("is_flag")
    return click.option(
        f"--{name.replace('_', '-')}", name, default=default, show_default=shown, help=text, **more
    )


@click.command()
@click.option(
    "--config",
    "config_file",
    type=_FILE,
    metavar="YAML",
    help="A file of these settings, each a key without the dashes; flags come before it.",
)
@click.option("--print-config", is_flag=True, help="Print all settings as such a file, and end.")
@click.option(
    "--recipe",
    "recipes",
    metavar="NAME|PATH",
    multiple=True,
    help="A recipe to serve; may be given several times. [default: all that ship]",
)
@_setting("address", "Port 0: a free one; or unix:PATH.", metavar="HOST:PORT")
@_setting("processes", "How many processes share the port.")
@_setting(
    "workers",
    "Workers for answers that need symbols, of all processes together. [default: one a core]",
    type=int,
)
@_setting("max_message_bytes", "The largest message that is read.")
@_setting("max_pending_bytes", "How much may be in work at once, per process.")
@_setting("grace_seconds", "How long calls may take to end after SIGTERM.")
@_setting("connection_seconds", "How old a connection gets before its client makes a new one.")
@_setting("tls_cert", "The server's certificate chain, PEM.", type=_FILE)
@_setting("tls_key", "The key of that certificate, PEM.", type=_FILE)
@_setting("tls_client_ca", "Ask clients for a certificate signed by these, PEM.", type=_FILE)
@_setting("auth_token_file", "Ask clients for one of these tokens, one a line.", type=_FILE)
@_setting("inline_recipes", "Let callers send recipes of their own, of rewards that ship.", is_flag=True)
@_setting("insecure_public", "Serve a public address to anyone, in plain text.", is_flag=True)
@_setting("metrics_address", "Serve metrics to Prometheus here. [default: none]", metavar="HOST:PORT")
@_setting("console", "Serve a page to try the recipes on here. [default: none]", metavar="HOST:PORT")
@_setting("log_level", "The least important lines that are logged.", type=click.Choice(LOG_LEVELS))
@_setting("log_format", "What a line of the log is.", type=click.Choice(LOG_FORMATS))
@_setting("log_text", "Log what users and policies wrote, too.", is_flag=True)
@_setting("otlp_endpoint", "Send traces there by OTLP. [default: none]", metavar="URL")
@click.pass_context
def serve(
    context: click.Context,
    /,
    config_file: Path | None,
    print_config: bool,  # noqa: FBT001  # by name, from click
    **flags: Any,  # noqa: ANN401  # click has checked them
) -> None:
    """Serve recipes over gRPC until SIGTERM or Ctrl-C; then answer what was accepted, and end."""
    given = {
        name: value
        for name, value in flags.items()
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    if config_file is not None:
        from server.config_file import settings_in  # noqa: PLC0415  # pydantic, which flags alone do not need

        given = {**settings_in(config_file), **given}
    config = ServerConfig(**given)
    if print_config:
        from server.config_file import dumps  # noqa: PLC0415  # see above

        click.echo(dumps(config), nl=False)
        return
    start_logging(config)

    def announce(address: str, titles: list[str], metrics: str, console: str) -> None:
        said = {"address": address, "processes": config.processes, "recipes": titles}
        beside = {"metrics": metrics, "console": console}
        click.echo(json.dumps(said | {name: where for name, where in beside.items() if where}))
        click.echo(f"serving {', '.join(titles)} on {address}; Ctrl-C stops", err=True)

    asyncio.run(supervise(config, announce))
