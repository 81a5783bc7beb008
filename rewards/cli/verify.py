"""Judge a file of completions, or of bare answers, against their golds: right, wrong, and why.

One line in, one line out, in the same order. What a verdict is worth is a recipe's business, and
:mod:`rewards.cli.score` is for that.
"""

from __future__ import annotations

import collections
import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.field_options import field_options
from rewards.cli.row_options import row_options, rows_argument, tell_columns
from rewards.cli.source import source_options, timeout_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewards.cli.row_options import RowFlags
    from rewards.cli.scored import Scored
    from rewards.cli.source import Source
    from rewards.recipe.recipe import Recipe

__all__ = ["verify"]


@click.command()
@rows_argument("file")
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    metavar="OUT",
    help="Where the verdicts go, as JSON lines.",
)
@click.option(
    "--introduction",
    "introductions",
    multiple=True,
    metavar="WORDS",
    help="Words that introduce an answer without a box ('A:'); may be given again.",
)
@click.option(
    "--stated",
    is_flag=True,
    help="Where there is no box, take the last statement: '#### 4', 'the answer is 4', a bold last line.",
)
@click.option(
    "--answer-field", metavar="KEY", default="answer", show_default=True, help="Key of a bare answer."
)
@timeout_option
@source_options()
@row_options()
@field_options("completion", "ground_truth", "id")
def verify(  # noqa: PLR0913  # one argument for each flag
    *,
    file: str,
    output: str,
    introductions: tuple[str, ...],
    stated: bool,
    answer_field: str,
    timeout: float | None,
    source: Source,
    rows: RowFlags,
    fields: Mapping[str, str],
) -> None:
    """Judge each line of FILE (a file or a folder; - is JSON lines on standard input).

    A line is an object with a ground_truth and either a completion, whose answer is in a box, or a
    bare answer. For each line there is one of status, correct, extracted, method and seconds; a line
    that cannot be read has the status null and an error.
    """
    from rewards.cli.json_lines import writing  # noqa: PLC0415  # none of these is needed by --help
    from rewards.cli.progress import FileProgress  # noqa: PLC0415
    from rewards.cli.rollout_lines import lines_of  # noqa: PLC0415
    from rewards.cli.rollout_rows import opened_rows  # noqa: PLC0415
    from rewards.cli.scored import score_lines  # noqa: PLC0415

    if (introductions or stated) and source.server is not None:
        message = (
            "a server extracts by its recipe: serve one with such an extraction, and use touchstone score"
        )
        raise click.UsageError(message)
    counts: collections.Counter[str] = collections.Counter()
    unjudged = 0
    with (
        source.scorer(_recipe(introductions, stated=stated), rows.texts.reasoning) as scorer,
        opened_rows(
            file,
            fields,
            rows,
            bare_answer=answer_field,
            needed=("ground_truth", "completion"),
        ) as found,
        writing(output) as write,
        FileProgress(file, found.size) as progress,
    ):
        tell_columns(found)
        for _, scored in score_lines(lines_of(found), scorer, timeout=timeout):
            for line in scored:
                if line.error:
                    progress.report(line.line.number, line.error)
                record = _record(line)
                counts[str(record["status"] or "bad line")] += 1
                unjudged += record["correct"] is None
                write(record)
            progress.advance(lines=len(scored), size=sum(line.line.size for line in scored))
    click.echo(
        ", ".join(f"{status} {count}" for status, count in counts.most_common()) or "no lines", err=True
    )
    if unjudged:
        sys.exit(SOME_WITHOUT_SCORE)


def _recipe(introductions: tuple[str, ...], *, stated: bool) -> str | Recipe:
    if not introductions and not stated:
        return "boxed"
    from rewards.recipe.recipe import Recipe  # noqa: PLC0415
    from rewards.rules.boxed_correctness import BoxedCorrectness  # noqa: PLC0415  # see above

    extraction = "boxed_or_stated" if stated else "boxed"
    reward = BoxedCorrectness(introductions=introductions, extraction=extraction)
    return Recipe(name="boxed-or-introduced", reward=reward)


def _record(scored: Scored) -> dict[str, object]:
    from rewards.cli.json_lines import verdict_record  # noqa: PLC0415  # see above

    verdict = scored.verdict
    if verdict is None:
        return {"status": None, "correct": None, "error": scored.error}
    return {name: value for name, value in verdict_record(verdict).items() if name != "reason"}
