"""Flags for the keys under which a line keeps the fields of a rollout."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., object]

__all__ = ["field_options"]

_FIELDS = {
    "completion": ("completion", "what the policy wrote"),
    "gold": ("ground_truth", "the gold answer, or a list of which any is right"),
    "prompt": ("prompt", "the prompt"),
    "id": ("id", "the name of the rollout"),
    "group_id": ("group_id", "the name shared by the rollouts of one prompt"),
    "completion_ids": ("completion_ids", "token ids"),
    "logprobs": ("logprobs", "log-probabilities of the sampled tokens"),
    "completion_mask": ("completion_mask", "which tokens the policy wrote"),
    "finish_reason": ("finish_reason", "'stop' or 'length'"),
    "think_prefilled": ("think_prefilled", "whether the template opened <think>"),
    "metadata": ("metadata", "strings by name"),
}
"""Each field of :class:`rewards.cli.rollout_lines.Fields` with its default key and what it holds."""


def field_options(*names: str) -> Callable[[Command], Command]:
    """A flag `--NAME-field KEY` for each of `names`, or for all fields; the command gets `fields`."""
    chosen = names or tuple(_FIELDS)

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def decorated(**flags: object) -> object:
            from rewards.cli.rollout_lines import Fields  # noqa: PLC0415  # numpy, which --help does not need

            keys = {name: str(flags.pop(f"{name}_field")) for name in chosen}
            return command(fields=Fields(**keys), **flags)

        for name in reversed(chosen):
            key, what = _FIELDS[name]
            flag = f"--{name.replace('_', '-')}-field"
            option = click.option(flag, metavar="KEY", default=key, show_default=True, help=f"Key of {what}.")
            decorated = option(decorated)
        return decorated

    return decorate
