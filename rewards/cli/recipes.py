"""List the recipes that ship, or that a server holds; show one; print digests to pin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.source import source_options

if TYPE_CHECKING:
    from rewards.cli.source import Source

__all__ = ["recipes"]


@click.group(invoke_without_command=True)
@click.pass_context
def recipes(context: click.Context) -> None:
    """List, show and pin recipes; without a subcommand, list those that ship."""
    if context.invoked_subcommand is None:
        context.invoke(list_recipes)


@recipes.command("list")
@source_options(pins=False)
def list_recipes(*, source: Source) -> None:
    """The recipes that ship, or those of a server: name, digest, what they need, what they are for."""
    from rich.console import Console  # noqa: PLC0415  # not needed by --help
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from rewards.cli.printable import printable  # noqa: PLC0415

    table = Table("recipe", "digest", "needs", "what for", show_lines=True)
    for summary in source.recipes():
        optional = [f"{field} where there is one" for field in summary.optional_fields]
        needs = ", ".join([*summary.required_fields, *optional])
        needs += "; whole groups" if summary.scope == "group" else ""
        cells = (summary.title, summary.digest[:12], needs, " ".join(summary.description.split()))
        table.add_row(*(Text(printable(cell)) for cell in cells))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


@recipes.command()
@click.argument("recipe", metavar="NAME|PATH")
def show(recipe: str) -> None:
    """The text of a recipe file, with its digest."""
    from rewards.recipe.file import text  # noqa: PLC0415
    from rewards.recipe.recipe import Recipe  # noqa: PLC0415

    digest = Recipe.load(recipe).digest
    click.echo(text(recipe).rstrip("\n"))
    click.echo(f"# recipe digest: {digest}")


@recipes.command()
@click.argument("names", nargs=-1, metavar="[NAME|PATH]...")
def digests(names: tuple[str, ...]) -> None:
    """The digests to pin: of each recipe (all that ship, if none is named), and of the environment."""
    from rewards.recipe.file import shipped  # noqa: PLC0415
    from rewards.recipe.recipe import Recipe, environment_digest  # noqa: PLC0415

    for name in names or shipped():
        recipe = Recipe.load(name)
        click.echo(f"{recipe.digest}  {recipe.title}")
    click.echo(f"{environment_digest()}  (environment)")
