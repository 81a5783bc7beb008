"""Show where two recipes, or two versions of one, disagree: figures, and the rollouts that differ most."""

from __future__ import annotations

import json
import sys
import tempfile
from typing import TYPE_CHECKING

import click

from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.row_options import row_options, rows_argument, tell_columns
from rewards.cli.source import source_options

if TYPE_CHECKING:
    from rewards.cli.row_options import RowFlags
    from rewards.cli.source import Source

__all__ = ["compare"]


@click.command()
@click.argument("recipes", nargs=2, metavar="RECIPE_A RECIPE_B")
@rows_argument("rollouts")
@click.option(
    "-n", "--top", type=click.IntRange(0, 10_000), default=10, show_default=True, help="How many to show."
)
@click.option(
    "--rank",
    type=click.Choice(["difference", "fit"]),
    default="difference",
    show_default=True,
    help="By the plain difference, or by what is left of it when the scale of B is fitted to that of A.",
)
@click.option(
    "--guess-tokens", is_flag=True, help="Cut text into tokens by rule of thumb where there are none."
)
@click.option(
    "--fail-above",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    metavar="SHARE",
    help="Exit with 1 if the rewards of a larger share of the rollouts differ.",
)
@click.option("--json", "as_json", is_flag=True, help="Print figures and rollouts as JSON.")
@source_options(pins=False)
@row_options()
def compare(  # noqa: PLR0913  # one argument a flag
    *,
    recipes: tuple[str, str],
    rollouts: str,
    top: int,
    rank: str,
    guess_tokens: bool,
    fail_above: float,
    as_json: bool,
    source: Source,
    rows: RowFlags,
) -> None:
    """Score ROLLOUTS by RECIPE_A and by RECIPE_B, and rank where they disagree.

    A rollout that only one of them can judge comes first. Shown are both rewards, the components and the
    verdicts that differ, and the end of the completion.
    """
    from rewards.analysis.comparing import Comparison  # noqa: PLC0415  # none of these is needed by --help
    from rewards.analysis.comparison import Rank, most_different  # noqa: PLC0415
    from rewards.cli.comparison_tables import document, show  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415

    with (
        source.scorer(recipes[0], rows.texts.reasoning) as first,
        source.scorer(recipes[1], rows.texts.reasoning) as second,
        rows.source(rollouts) as file,
        tempfile.TemporaryFile(prefix="touchstone-") as stream,
    ):
        file.require("completion")
        tell_columns(file)
        comparison = Comparison(file, first, second, guess_tokens=guess_tokens)
        with FileProgress(rollouts, file.size) as progress:
            pairs, components = comparison.run(
                stream,
                report=progress.report_row,
                advance=lambda lines, size: progress.advance(lines=lines, size=size),
            )
        most = list(comparison.again(most_different(pairs, top, Rank(rank))))
    if as_json:
        found = document(comparison, pairs, components, most)
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(comparison, pairs, components, most)
    if comparison.bad_rows or pairs.unlike > fail_above * pairs.rollouts:
        sys.exit(SOME_WITHOUT_SCORE)
