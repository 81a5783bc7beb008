"""One HTML page on a file of rollouts: figures, worst offenders, and each rollout marked up."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.printable import printable
from rewards.cli.row_options import row_options, rows_argument, tell_columns, without_score_and_gold
from rewards.cli.source import source_options, timeout_option

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from rewards.analysis.report.gather import RolloutScorer
    from rewards.analysis.report.page import PageFacts
    from rewards.analysis.rows import Row, RowSource
    from rewards.cli.progress import FileProgress
    from rewards.cli.row_options import RowFlags
    from rewards.cli.source import Source

__all__ = ["report"]


@click.command()
@rows_argument("rollouts")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    default="report.html",
    show_default=True,
    metavar="HTML",
    help="Where the page goes.",
)
@click.option("--recipe", metavar="NAME|PATH", help="What to score by; boxed where no score is carried.")
@click.option("--score", metavar="COLUMN", help="Take a score that the rollouts carry as the total.")
@click.option("--title", help="The title of the page; else the name of the file.")
@click.option("--language", default="en", show_default=True, metavar="CODE", help="The language asked for.")
@click.option(
    "--ngram",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many words make an n-gram that may repeat.",
)
@click.option(
    "--most-rows",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="Stop after so many rows, and say so.",
)
@click.option(
    "--most-characters",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="How much of a prompt or completion the page keeps.",
)
@timeout_option
@source_options()
@row_options()
def report(  # noqa: PLR0913  # flags
    *,
    rollouts: str,
    output: pathlib.Path,
    recipe: str | None,
    score: str | None,
    title: str | None,
    language: str,
    ngram: int,
    most_rows: int,
    most_characters: int,
    timeout: float | None,
    source: Source,
    rows: RowFlags,
) -> None:
    """Write one self-contained HTML page on ROLLOUTS, a file or a folder.

    It shows how components, totals and lengths are distributed, the pass rates of prompts and what decided
    verdicts, and has every rollout in a table with search and filters: its answer, repeated n-grams, words
    in other languages and stretches of low log-probability highlighted, and the reason of its verdict.
    """
    from rewards import __version__  # noqa: PLC0415  # none of these is needed by --help
    from rewards.analysis.outputs import opened_output  # noqa: PLC0415
    from rewards.analysis.report.gather import ReportData  # noqa: PLC0415
    from rewards.analysis.report.looks import CompletionChecks  # noqa: PLC0415
    from rewards.analysis.report.page import write_page  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415

    if score is not None and recipe is not None:
        message = "--score takes what the rollouts carry and --recipe scores them: choose one"
        raise click.UsageError(message)
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(rows.source(rollouts, {} if score is None else {"score": score}))
        given.require("completion")
        judging, named = stack.enter_context(_judging(given, source, recipe, score, timeout))
        facts = dataclasses.replace(
            named, title=title or _title(rollouts), version=__version__, language=language, ngram=ngram
        )
        checks = CompletionChecks(ngram=ngram, language=language)
        report_data = ReportData(given.columns, judging, checks, most_characters)
        tell_columns(given)
        progress = stack.enter_context(FileProgress(rollouts, given.size))
        out = _Counting(stack.enter_context(opened_output(output)))
        read = Reading(given, most_rows, progress)
        shown = write_page(out, report_data(read), facts, report_data.bad)
        for place, reason in report_data.bad:
            progress.report_row(place, reason)
    if read.stopped:
        click.echo(f"stopped after {most_rows} rows; --most-rows takes more", err=True)
    click.echo(f"{output}: {shown} rollouts, {out.bytes / 1e6:.1f} MB", err=True)
    if report_data.bad:
        sys.exit(SOME_WITHOUT_SCORE)


class _Counting:
    """A text stream encoded into bytes, which are counted."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes = 0

    def write(self, text: str) -> None:
        """Write it as UTF-8."""
        data = text.encode()
        self._stream.write(data)
        self.bytes += len(data)


class Reading:
    """The first rows of a source, with progress reported."""

    def __init__(self, source: RowSource, most: int, progress: FileProgress) -> None:
        self._source = source
        self._most = most
        self._progress = progress
        self.stopped = False
        """True if there were more rows."""

    def __iter__(self) -> Iterator[Row]:
        with contextlib.closing(self._source.rows()) as rows:
            for row in rows:
                if row.number > self._most:
                    self.stopped = True
                    return
                self._progress.advance(lines=1, size=row.size)
                yield row


@contextlib.contextmanager
def _judging(
    rows: RowSource, source: Source, recipe: str | None, score: str | None, timeout: float | None
) -> Iterator[tuple[RolloutScorer, PageFacts]]:
    """Open the judge of rollouts; gives it with the facts for the page."""
    from rewards.analysis.report.gather import ScoredByColumn, ScoredByRecipe  # noqa: PLC0415  # as above
    from rewards.analysis.report.page import PageFacts  # noqa: PLC0415
    from rewards.recipe.recipe import environment_digest  # noqa: PLC0415
    from rewards.scorer import LocalScorer  # noqa: PLC0415

    columns = rows.columns
    if recipe is None and (score is not None or rows.carries("score")):
        yield ScoredByColumn(columns), PageFacts(recipe=f"the score in {columns['score']}")
        return
    if recipe is None and columns.rewards and not rows.carries("ground_truth"):
        raise click.UsageError(without_score_and_gold(rows))
    if rows.sample.rows and not rows.carries("ground_truth"):
        click.echo(printable(columns.missing("ground_truth", rows.sample)), err=True)
    with source.scorer(recipe or "boxed", rows.texts.reasoning) as scorer:
        named = PageFacts(recipe=recipe or "boxed")
        if isinstance(scorer, LocalScorer):
            named = PageFacts(
                recipe=scorer.recipe.title,
                recipe_digest=scorer.recipe.digest,
                environment_digest=environment_digest(),
            )
        yield ScoredByRecipe(scorer, timeout), named


def _title(path: str) -> str:
    return "Rollouts from standard input" if path == "-" else pathlib.Path(path).name
