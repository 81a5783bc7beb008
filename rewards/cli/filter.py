"""Keep the prompts that a policy solves sometimes: pass rates, a histogram, and the rows worth training on.

Memory does not grow with the file, and a run that was killed goes on where it was when started again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import resource
import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.engine_options import engine_options, work_folder
from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.pass_options import band_options, pass_options
from rewards.cli.row_options import row_options, rows_argument, tell_columns

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from rewards.analysis.pass_rates import Band, RateTally
    from rewards.cli.engine_options import EngineFlags
    from rewards.cli.pass_options import PassFlags
    from rewards.cli.row_options import RowFlags

__all__ = ["filter_"]

_OUT = click.Path(path_type=pathlib.Path)


@click.command("filter")
@rows_argument("rollouts")
@click.option(
    "-o", "--kept", type=_OUT, metavar="OUT", help="Where the prompts go that are kept, with figures."
)
@click.option("--rejects", type=_OUT, metavar="OUT", help="Where the other prompts go, with figures.")
@click.option(
    "--group-by", metavar="COLUMN", help="What tells prompts apart; else the group_id or the prompt."
)
@band_options
@pass_options
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@row_options()
def filter_(
    *,
    rollouts: str,
    kept: Path | None,
    group_by: str | None,
    band: Band,
    passing: PassFlags,
    engine: EngineFlags,
    as_json: bool,
    rows: RowFlags,
    **places: Path | None,
) -> None:
    """Count how often each prompt of ROLLOUTS is solved, and keep those solved sometimes.

    ROLLOUTS is a file or a folder; rollouts of one prompt may stand anywhere in it. A prompt is written
    as its first rollout is, without what belongs to that rollout alone, and with its figures.
    """
    from rewards.analysis.outputs import is_stdout, refuse_same_output  # noqa: PLC0415  # not needed by --help
    from rewards.analysis.pass_rates import (  # noqa: PLC0415
        EXTRA_COLUMNS,
        ROLLOUT_FIELDS,
        PromptOutcome,
        RateTally,
        gather,
        prompts,
        rate_columns,
    )
    from rewards.analysis.spill import Spill  # noqa: PLC0415
    from rewards.cli.pass_job import PassJob  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415
    from rewards.cli.row_outputs import written  # noqa: PLC0415
    from rewards.cli.share_tables import figures_console  # noqa: PLC0415

    tally = RateTally()
    rejects = places["rejects"]
    refuse_same_output(kept, rejects)
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(rows.source(rollouts, passing.mapping))
        if group_by is not None:
            source.sample.check(group_by, "--group-by")
        work = work_folder(engine.work, kept, stack)
        job = PassJob(source, passing, group_by)
        tell_columns(source)
        spill = stack.enter_context(Spill(work, job.settings))
        progress = stack.enter_context(FileProgress(rollouts, source.size))
        if spill.rows:
            click.echo(f"going on from row {spill.rows}, where a run before was broken off", err=True)
        gather(
            stack.enter_context(engine.running(dataclasses.replace(job, done=spill.rows), work / "blocks")),
            spill,
            report=progress.report_row,
            advance=lambda lines, size: progress.advance(lines=lines, size=size),
        )
        without = {column for field in ROLLOUT_FIELDS for column in source.columns.of(field)}
        with (
            written(source, kept, EXTRA_COLUMNS, without) as keep,
            written(source, rejects, EXTRA_COLUMNS, without) as reject,
        ):
            for group, row in prompts(source, spill):
                fate = band.fate(group)
                tally.add(group, fate)
                values = {name: value for name, value in (row.values or {}).items() if name not in without}
                (keep if fate is PromptOutcome.KEPT else reject).write(
                    {**values, **rate_columns(group, band)}
                )
        bad_rows, criterion = spill.bad_rows, job.criterion
        spill.remove()
    figures_to_stderr = is_stdout(kept) or is_stdout(rejects)
    if as_json:
        figures = tally.as_json() | {"bad_rows": bad_rows, "passed_by": criterion}
        click.echo(json.dumps(figures, indent=2), err=figures_to_stderr)
    else:
        _show(tally, band, criterion, bad_rows, figures_console(to_stderr=figures_to_stderr))
    if bad_rows:
        sys.exit(SOME_WITHOUT_SCORE)


def _show(tally: RateTally, band: Band, criterion: str, bad_rows: int, console: Console) -> None:
    from rewards.analysis.pass_rates import BINS, PromptOutcome  # noqa: PLC0415  # see above
    from rewards.cli.printable import printable  # noqa: PLC0415
    from rewards.cli.share_tables import count, counted, percent, share_table  # noqa: PLC0415

    bins = (((name,), number, "") for name, number in zip(BINS, tally.bins, strict=True))
    fates = (((fate.value,), tally.fates[fate], "") for fate in PromptOutcome if tally.fates[fate])
    console.print(share_table("Pass rates", ("rate", "prompts", ""), bins, sum(tally.bins)))
    console.print(
        share_table(
            f"What becomes of them (kept: {band.low:g} to {band.high:g})",
            ("fate", "prompts", ""),
            fates,
            tally.prompts,
        )
    )
    with_rate = sum(tally.bins) or 1
    line = [
        f"{counted(tally.prompts, 'prompt')}, {counted(tally.rollouts, 'rollout')}",
        f"{count(tally.judged)} judged",
        f"passed ({printable(criterion)}) {percent(tally.passed / (tally.judged or 1))}",
        f"mean rate of a prompt {tally.mean_rate:.3f}",
        f"all right {percent(tally.all_right / with_rate)}, all wrong {percent(tally.all_wrong / with_rate)}",
        counted(bad_rows, "bad row"),
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB",
    ]
    console.print("; ".join(line), markup=False, soft_wrap=True)
