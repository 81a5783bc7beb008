"""Score a file of rollouts by a recipe, here or through a server.

The file is read in chunks, and each chunk is one call to the scorer. Every line of the input is one
line of the output; a line that cannot be read keeps its place there, with the reason.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewards.cli.engine_options import engine_options, work_folder
from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.field_options import field_options
from rewards.cli.row_options import row_options, rows_argument, tell_columns
from rewards.cli.source import source_options, timeout_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rewards.cli.engine_options import EngineFlags
    from rewards.cli.row_options import RowFlags
    from rewards.cli.score_job import ScoreJob
    from rewards.cli.scored import Scored
    from rewards.cli.source import Source
    from rewards.scores import Scores

    Scoring = tuple[Iterator[tuple[Scores, list[Scored]]], int | None]

__all__ = ["score"]


@click.command()
@rows_argument("file")
@click.option("--recipe", default="r1-zero", show_default=True, metavar="NAME|PATH", help="What to score by.")
@click.option("-o", "--output", metavar="OUT", help="Write everything as JSON lines; - is standard output.")
@click.option("--table", is_flag=True, help="Show each rollout, not only the summary.")
@engine_options
@timeout_option
@source_options()
@row_options()
@field_options()
def score(  # noqa: PLR0913  # one for each kind of flag
    *,
    file: str,
    recipe: str,
    output: str | None,
    table: bool,
    timeout: float | None,
    engine: EngineFlags,
    source: Source,
    rows: RowFlags,
    fields: Mapping[str, str],
) -> None:
    """Score the rollouts in FILE (a file or a folder; - is JSON lines on standard input).

    A line is an object with a completion, a ground_truth (a text, or a list of texts of which any is
    right) and whatever else the rewards of the recipe need. A summary of every component is shown, on
    standard output unless the scores go there.
    """
    from rich.console import Console  # noqa: PLC0415  # none of these is needed by --help

    from rewards.analysis.outputs import is_stdout  # noqa: PLC0415
    from rewards.cli.json_lines import writing  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415
    from rewards.cli.score_job import ScoreJob  # noqa: PLC0415
    from rewards.cli.score_tables import RolloutTable, Summary  # noqa: PLC0415

    summary, rollouts = Summary(), RolloutTable()
    job = ScoreJob(file=file, recipe=recipe, timeout=timeout, source=source, rows=rows, fields=fields)
    scoring = _elsewhere(job, engine, output) if engine.is_ray else _here(job)
    with scoring as (found, size), writing(output) as write, FileProgress(file, size) as progress:
        for scores, lines in found:
            for line in lines:
                if line.error:
                    progress.report(line.line.number, line.error)
                write(_record(line))
            summary.add(scores, lines)
            if table:
                rollouts.add(scores, lines)
            progress.advance(lines=len(lines), size=sum(line.line.size for line in lines))
    stream_out = sys.stderr if is_stdout(output) else sys.stdout
    console = Console(file=stream_out, width=None if stream_out.isatty() else 160)
    if table:
        rollouts.show(console)
    summary.show(console)
    if not summary.complete:
        sys.exit(SOME_WITHOUT_SCORE)


@contextlib.contextmanager
def _here(job: ScoreJob) -> Iterator[Scoring]:
    """Score in this process, which reads the input once, standard input and pipes included."""
    from rewards.cli.rollout_lines import lines_of  # noqa: PLC0415  # see above
    from rewards.cli.rollout_rows import opened_rows  # noqa: PLC0415
    from rewards.cli.scored import score_lines  # noqa: PLC0415

    with (
        job.source.scorer(job.recipe, job.rows.texts.reasoning) as scorer,
        opened_rows(job.file, job.fields, job.rows) as rows,
    ):
        tell_columns(rows)
        yield score_lines(lines_of(rows), scorer, timeout=job.timeout), rows.size


@contextlib.contextmanager
def _elsewhere(job: ScoreJob, engine: EngineFlags, output: str | None) -> Iterator[Scoring]:
    """Score in the processes of an engine."""
    from rewards.cli.rollout_rows import opened_rows  # noqa: PLC0415  # see above
    from rewards.cli.scored import placed  # noqa: PLC0415

    if not (Path(job.file).is_file() or Path(job.file).is_dir()):
        message = "--engine ray reads its input more than once: name a file or a folder"
        raise click.UsageError(message)
    with contextlib.ExitStack() as stack:
        with opened_rows(job.file, job.fields, job.rows) as rows:
            tell_columns(rows)
            size = rows.size
        work = work_folder(engine.work, output, stack)
        results = stack.enter_context(engine.running(job, work))
        yield (placed(lines, scores) for lines, scores in results), size


def _record(scored: Scored) -> dict[str, object]:
    from rewards.cli.json_lines import number, verdict_record  # noqa: PLC0415  # see above

    line, scores, row = scored.line, scored.scores, scored.row
    record: dict[str, object] = {
        "line": line.number,
        "id": line.rollout.id or None if line.rollout is not None else None,
        "total": number(scored.total),
        "error": scored.error or None,
    }
    if scores is not None:
        for kind in ("components", "nodes", "parts"):
            record[kind] = {name: number(values[row]) for name, values in getattr(scores, kind).items()}
        record["verdict"] = None if scored.verdict is None else verdict_record(scored.verdict)
        record["spans"] = {
            name: [[span.start, span.end, span.label] for span in spans]
            for name, spans in scores.spans[row].items()
        }
        record["recipe"] = scores.recipe
        record["recipe_digest"] = scores.recipe_digest
        record["environment_digest"] = scores.environment_digest
    return record
