"""Say which golds of a data set can be judged, which cannot and why, and which look wrong.

What cannot be judged trains nobody: every rollout of such a problem is without a score, or scores 0.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import shlex
import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.engine_options import engine_options, work_folder
from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.row_options import row_options, rows_argument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from rewards.analysis.audit import Tally
    from rewards.analysis.golds import Finding
    from rewards.analysis.rows import Row
    from rewards.cli.engine_options import EngineFlags
    from rewards.cli.row_options import RowFlags

__all__ = ["audit"]

_OUT = click.Path(path_type=pathlib.Path)


@click.command()
@rows_argument("gold_file")
@click.option(
    "-o", "--cleaned", type=_OUT, metavar="OUT", help="Where the rows go whose golds can be judged."
)
@click.option("--rejects", type=_OUT, metavar="OUT", help="Where the others go, each with why.")
@click.option("--reject-suspicious", is_flag=True, help="Reject suspicious golds too.")
@click.option(
    "--fail-above",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    metavar="SHARE",
    help="Exit with 1 if a larger share of the golds is rejected.",
)
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@row_options(completions=False)
def audit(
    *,
    gold_file: str,
    cleaned: Path | None,
    rejects: Path | None,
    reject_suspicious: bool,
    fail_above: float,
    as_json: bool,
    engine: EngineFlags,
    rows: RowFlags,
) -> None:
    """Examine the gold of every row of GOLD_FILE (a file or a folder; - is JSON lines on standard input).

    A row needs a ground_truth; its prompt is used where there is one. Golds that are judged by value,
    and those of a word or two, are kept; what is written has the format of GOLD_FILE.
    """
    from rewards.analysis.audit import (  # noqa: PLC0415  # none of these is needed by --help
        EXTRA_COLUMNS,
        Tally,
        extra_columns,
        shown_gold,
    )
    from rewards.analysis.engines.jobs import AuditJob  # noqa: PLC0415
    from rewards.analysis.outputs import is_stdout, refuse_same_output  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415
    from rewards.cli.row_outputs import written  # noqa: PLC0415
    from rewards.cli.share_tables import figures_console  # noqa: PLC0415

    tally = Tally()
    refuse_same_output(cleaned, rejects)
    with rows.source(gold_file) as source, contextlib.ExitStack() as stack:
        source.require("ground_truth")
        work = work_folder(engine.work, cleaned or rejects, stack)
        found = stack.enter_context(engine.running(AuditJob(source), work))
        keep = stack.enter_context(written(source, cleaned, {}))
        reject = stack.enter_context(written(source, rejects, EXTRA_COLUMNS))
        progress = stack.enter_context(FileProgress(gold_file, source.size))
        columns = source.columns
        for row, finding in _examined(found):
            progress.advance(lines=1, size=row.size)
            if row.values is None or finding is None:
                tally.bad_rows += 1
                progress.report_row(row.place, row.error)
                continue
            rejected = not finding.usable or (reject_suspicious and bool(finding.suspicions))
            tally.add(shown_gold(row.values, columns), finding, rejected=rejected)
            if rejected:
                reject.write({**row.values, **extra_columns(finding)})
            else:
                keep.write(row.values)
        renamed = columns.renamed()
    figures_to_stderr = is_stdout(cleaned) or is_stdout(rejects)
    if as_json:
        text = json.dumps(tally.as_json() | {"read_as": renamed}, ensure_ascii=False, indent=2)
        click.echo(text, err=figures_to_stderr)
    else:
        _show(tally, gold_file, renamed, figures_console(to_stderr=figures_to_stderr))
    if tally.bad_rows or tally.share(tally.rejected) > fail_above:
        sys.exit(SOME_WITHOUT_SCORE)


def _examined(
    chunks: Iterator[tuple[list[Row], list[Finding | None]]],
) -> Iterator[tuple[Row, Finding | None]]:
    for rows, findings in chunks:
        yield from zip(rows, findings, strict=True)


def _show(tally: Tally, name: str, renamed: dict[str, str], console: Console) -> None:
    from rewards.analysis.golds import Judged  # noqa: PLC0415  # see above
    from rewards.cli.printable import printable  # noqa: PLC0415
    from rewards.cli.share_tables import count, counted, percent, share_table  # noqa: PLC0415

    kinds = (
        ((kind.value, judged.value), number, "   ".join(tally.examples[kind, judged]))
        for (kind, judged), number in tally.kinds.most_common()
    )
    suspicions = (
        ((suspicion.value,), number, "   ".join(tally.examples[suspicion]))
        for suspicion, number in tally.suspicions.most_common()
    )
    console.print(
        share_table("What the golds are", ("kind", "judged", "golds", "first ones"), kinds, tally.golds)
    )
    for mark, number in tally.marks.most_common():
        worked = f"{counted(number, 'gold')} rejected as worked prose that holds {mark}"
        cuts = "what is in the last box" if mark.startswith("\\") else "what follows it"
        advice = f"--gold-after {shlex.quote(mark)} takes {cuts} for the gold"
        console.print(f"{worked}: {advice}", style="yellow", markup=False, soft_wrap=True)
    if tally.proposals:
        proposals = (
            ((reason,), number, "   ".join(tally.examples[reason]))
            for reason, number in tally.proposals.most_common()
        )
        title = "What is proposed for golds that cannot be judged (with --rejects, row by row)"
        console.print(share_table(title, ("taken", "golds", "first ones"), proposals, tally.golds))
    if tally.suspicions:
        console.print(
            share_table("What looks wrong", ("suspicion", "golds", "first ones"), suspicions, tally.golds)
        )
    summary = [f"{counted(tally.golds, 'gold')} in {printable(name)}"]
    summary += [f"{judged.value} {percent(tally.share(tally.judged(judged)))}" for judged in Judged]
    summary += [f"suspicious {percent(tally.share(tally.suspicious))}"]
    summary += [f"rejected {count(tally.rejected)} ({percent(tally.share(tally.rejected))})"]
    summary += [counted(tally.bad_rows, "bad row")] if tally.bad_rows else []
    summary += (
        [f"read as {', '.join(f'{field}={column}' for field, column in renamed.items())}"] if renamed else []
    )
    console.print("; ".join(summary), markup=False, soft_wrap=True)
