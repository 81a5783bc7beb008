"""The group behind `touchstone`: finds subcommands, and turns every error raised on purpose into one line.

Any installed package can bring a subcommand by an entry point of the group `touchstone.commands`. A
command is imported when it is called and not before: the list in `touchstone --help` is made from the
first lines of the modules' docstrings, which are read without running the modules.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewards import __version__
from rewards.cli.exit_codes import BROKEN_OFF, INTERRUPTED, PIPE_CLOSED, USAGE
from rewards.cli.printable import printable
from rewards.errors import InvalidInputError, TouchstoneError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["main"]

COMMANDS = "touchstone.commands"


class EntryPointGroup(click.Group):
    """A click group whose subcommands are entry points."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return sorted({point.name for point in entry_points(group=COMMANDS)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for point in entry_points(group=COMMANDS, name=cmd_name):
            return _loaded(point)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        summaries = {point.name: _summary(point) for point in entry_points(group=COMMANDS)}
        if summaries:
            with formatter.section("Commands"):
                formatter.write_dl(sorted(summaries.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except InvalidInputError as error:
            raise _WrongInput(str(error)) from error
        except TouchstoneError as error:
            raise _BrokenOff(str(error)) from error
        except KeyboardInterrupt:
            click.echo("touchstone: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # Whoever read us has seen enough. What is still buffered has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(PIPE_CLOSED)
        except OSError as error:
            raise _BrokenOff(str(error)) from error


class _BrokenOff(click.ClickException):
    exit_code = BROKEN_OFF

    def show(self, file: object = None) -> None:  # noqa: ARG002  # click's signature
        click.echo(f"touchstone: {printable(self.message)}", err=True)


class _WrongInput(_BrokenOff):
    exit_code = USAGE


def _loaded(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except (ImportError, AttributeError) as error:
        message = f"the command {point.name!r} ({point.value}) cannot be loaded: {error}"
        raise _BrokenOff(message) from error
    if not isinstance(command, click.Command):
        message = f"the entry point {point.name!r} ({point.value}) is no click command"
        raise _BrokenOff(message)
    return command


def _summary(point: EntryPoint) -> str:
    """The first line of the docstring of the module that brings a command, read without running it."""
    try:
        spec = importlib.util.find_spec(point.module)
        if spec is None or spec.origin is None:
            return "(not installed)"
        docstring = ast.get_docstring(ast.parse(Path(spec.origin).read_bytes())) or ""
    except (ImportError, OSError, SyntaxError, ValueError):
        return "(cannot be read)"
    return docstring.partition("\n")[0].removesuffix(".")


@click.group(
    cls=EntryPointGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 all well; 1 some lines have no score; 2 wrong usage or input; 3 broken off.",
)
@click.version_option(__version__, prog_name="touchstone")
def main() -> None:
    """Judge rollouts against gold answers and score them by a recipe."""
