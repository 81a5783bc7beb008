"""Flags for the keys under which a line keeps the fields of a rollout."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from rewards.rollout import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., object]

__all__ = ["field_options"]


def field_options(*names: str) -> Callable[[Command], Command]:
    """A flag `--NAME-field KEY` for each of the fields in `names`, or for all of them.

    The command gets `fields`, the key of each field that has another one than its name.
    """
    chosen = {name: FIELDS[name].flag or name for name in names or FIELDS}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def decorated(**flags: object) -> object:
            keys = {name: str(flags.pop(f"{flag}_field")) for name, flag in chosen.items()}
            return command(fields={name: key for name, key in keys.items() if key != name}, **flags)

        for name, flag in reversed(chosen.items()):
            option = click.option(
                f"--{flag.replace('_', '-')}-field",
                metavar="KEY",
                default=name,
                show_default=True,
                help=f"Key of {FIELDS[name].meaning}.",
            )
            decorated = option(decorated)
        return decorated

    return decorate
