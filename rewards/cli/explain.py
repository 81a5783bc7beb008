"""Trace one judgement: what was read, which step decided, and why."""

from __future__ import annotations

import click

__all__ = ["explain"]


@click.command()
@click.option("--answer", required=True, metavar="TEXT", help="A bare answer, as it stands in a box.")
@click.option(
    "--gold", "golds", required=True, multiple=True, metavar="TEXT", help="The gold; may be given again."
)
@click.option("--trace", "full", is_flag=True, help="Show the rewrites, tokens and tree of both, too.")
def explain(answer: str, golds: tuple[str, ...], *, full: bool) -> None:
    """Trace how an answer is judged against each gold; it is right if it equals any of them."""
    from rewards.answers.judge import explain as trace  # noqa: PLC0415  # not needed by --help
    from rewards.cli.printable import printable  # noqa: PLC0415

    for gold in golds:
        if len(golds) > 1:
            click.echo(f"gold {printable(gold)}")
        for line in trace(answer, gold, full=full):
            click.echo(printable(line))
