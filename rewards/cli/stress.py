"""Cheat a recipe on purpose: what each way of cheating earns, and whether a policy can get stuck in it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.row_options import row_options, tell_columns
from rewards.cli.source import source_options
from rewards.text.reasoning import ANY

if TYPE_CHECKING:
    from rich.console import Console

    from rewards.analysis.stress.findings import Earning, Punishment, Stress
    from rewards.cli.row_options import RowFlags
    from rewards.cli.source import Source
    from rewards.cli.stress_sentences import Punished
    from rewards.scorer import Scorer

__all__ = ["stress"]

_WIDE = 130
_BAR = 10


@click.command()
@click.argument("recipe", metavar="NAME|PATH")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.05,
    show_default=True,
    metavar="SHARE",
    help="Of the best reward: what a cheat must earn to be reported, and a trap to fail.",
)
@click.option(
    "--honest",
    type=click.Path(exists=True, allow_dash=True),
    metavar="ROLLOUTS",
    help="Honest rollouts of your own; say which components punish them.",
)
@click.option(
    "--metadata",
    multiple=True,
    metavar="KEY=VALUE",
    help="What rollouts carry, where a recipe switches by it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@source_options()
@row_options()
def stress(
    *,
    recipe: str,
    threshold: float,
    honest: str | None,
    metadata: tuple[str, ...],
    as_json: bool,
    source: Source,
    rows: RowFlags,
) -> None:
    """Try families of cheats against a recipe, and fail if one is a trap.

    A trap: a policy that never solves anything earns at least a share of the best reward with zero
    variance in its groups. A cheat that is judged right, one that escapes judgement, and one that gains by
    a stop token, by an answer in unfinished reasoning or by a tool's text, fail too.
    """
    from rewards.analysis.stress.findings import stress as stressed  # noqa: PLC0415  # not needed by --help
    from rewards.cli.share_tables import stdout_console  # noqa: PLC0415

    pairs = [pair.partition("=") for pair in metadata]
    if wrong := [key for key, equals, _ in pairs if not equals]:
        message = f"--metadata {wrong[0]} has no value; write KEY=VALUE"
        raise click.UsageError(message)
    texts = rows.texts
    with source.scorer(recipe, texts.reasoning) as scorer:
        found = stressed(
            scorer,
            threshold=threshold,
            metadata={key: value for key, _, value in pairs},
            reasoning=None if texts.reasoning == ANY else texts.reasoning,
            prefilled=texts.think_prefilled is True,
        )
        punished = None if honest is None else _punished(honest, rows, scorer)
    if as_json:
        click.echo(json.dumps(_as_json(found, punished), ensure_ascii=False, indent=2))
    else:
        console = stdout_console()
        _show_earnings(found, console)
        _show_findings(found, punished, console)
    if not found.holds:
        sys.exit(SOME_WITHOUT_SCORE)


def _punished(path: str, rows: RowFlags, scorer: Scorer) -> Punished:
    """Return the number of honest rollouts, and the components that punish them."""
    from rewards.analysis.passes import chunked  # noqa: PLC0415  # see above
    from rewards.analysis.stress.findings import PunishmentTally, complete  # noqa: PLC0415
    from rewards.cli.progress import FileProgress  # noqa: PLC0415
    from rewards.errors import InvalidRolloutError  # noqa: PLC0415

    tally = PunishmentTally()
    with rows.source(path) as source, FileProgress(path, source.size) as progress:
        source.require("completion")
        tell_columns(source)
        for chunk in chunked(source.rows(), 512):
            rollouts = []
            for row in chunk:
                try:
                    if row.values is not None:
                        rollouts.append(complete(source.rollout(row)))
                        continue
                    error = row.error
                except InvalidRolloutError as fault:
                    error = str(fault)
                progress.report_row(row.place, error)
            tally.add(scorer.score(rollouts))
            progress.advance(lines=len(chunk), size=sum(row.size for row in chunk))
    return tally.rollouts, tally.found()


def _show_earnings(found: Stress, console: Console) -> None:
    from rich.box import SIMPLE  # noqa: PLC0415  # see above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from rewards.cli.printable import printable  # noqa: PLC0415
    from rewards.cli.share_tables import bar, percent  # noqa: PLC0415
    from rewards.cli.stress_sentences import shown  # noqa: PLC0415

    wide = console.width >= _WIDE
    table = Table(box=SIMPLE, pad_edge=False, expand=True)
    for heading in ("", "cheat"):
        table.add_column(heading, no_wrap=True)
    for heading in ("earns", "of best"):
        table.add_column(heading, justify="right", no_wrap=True)
    if wide:
        table.add_column("", no_wrap=True, style="red", min_width=_BAR)
    table.add_column("flat groups", justify="right", no_wrap=True)
    table.add_column("paid by", ratio=2, overflow="fold")
    if wide:
        table.add_column("what it is", ratio=3, style="dim", overflow="fold")
    marks = _marks(found)
    for one in found.earnings:
        name = one.title if one.family.name in marks else one.family.name
        mark, style = marks.get(one.family.name, ("", ""))
        pays = one.share >= found.threshold
        paid = (
            ", ".join(f"{component} {shown(value)}" for component, value in one.paid_by.items())
            if pays
            else ""
        )
        earns = shown(one.mean) if one.gain is None else f"{'+' * (one.gain >= 0)}{shown(one.gain)}"
        share = one.share if one.gain is None else max(one.gain, 0.0) / abs(found.best or 1.0)
        cells = [Text(mark, style), Text(name, style), Text(earns), Text(percent(share))]
        cells += [Text(bar(share, _BAR))] if wide else []
        cells += [Text(percent(one.flat_groups) if one.flat_groups else ""), Text(printable(paid))]
        table.add_row(*cells, *([Text(one.family.what)] if wide else []))
    title = f"{printable(found.recipe)}: the best reward is {shown(found.best)}"
    console.print(title, style="bold", markup=False)
    console.print(table)


def _marks(found: Stress) -> dict[str, tuple[str, str]]:
    """Return the mark before each family, with its colour."""
    kinds: tuple[tuple[tuple[Earning, ...], str, str], ...] = (
        (found.climbs, "climbs", "yellow"),
        (found.paying, "pays", "yellow"),
        (found.equal, "equal", "yellow"),
        (found.traps, "TRAP", "bold red"),
        (found.gaining, "GAINS", "bold red"),
        (found.escaping, "ESCAPES", "bold red"),
        (found.accepted, "ACCEPTED", "bold red"),
    )
    return {one.family.name: (mark, style) for group, mark, style in kinds for one in group}


def _show_findings(found: Stress, punished: Punished | None, console: Console) -> None:
    from rewards.cli.stress_sentences import sentences  # noqa: PLC0415  # see above

    for style, line in sentences(found, punished):
        console.print(line, style=style, markup=False, soft_wrap=True)


def _as_json(found: Stress, punished: Punished | None) -> dict[str, object]:
    from rewards.cli.json_lines import number  # noqa: PLC0415  # see above
    from rewards.cli.stress_sentences import sentences  # noqa: PLC0415

    marks = _marks(found)
    document: dict[str, object] = {
        "recipe": found.recipe,
        "recipe_digest": found.recipe_digest,
        "holds": found.holds,
        "threshold": found.threshold,
        "best": number(found.best),
        "cheats": [
            {
                "name": one.family.name,
                "variant": one.family.variant or None,
                "what": one.family.what,
                "knows_gold": one.family.knows_gold,
                "earns": number(one.mean),
                "gains": None if one.gain is None else number(one.gain),
                "greatest": number(one.greatest),
                "share_of_best": one.share,
                "flat_groups": one.flat_groups,
                "judged_right": len(one.accepted),
                "unjudged": one.unjudged,
                "paid_by": dict(one.paid_by),
                "finding": marks.get(one.family.name, ("",))[0].lower() or None,
            }
            for one in found.earnings
        ],
        "punished_short": [_punishment_json(one) for one in found.punished_short],
        "punished_long": [_punishment_json(one) for one in found.punished_long],
        "told": [line for _, line in sentences(found, punished)],
    }
    if punished is not None:
        document["honest"] = {
            "rollouts": punished[0],
            "punished": [_punishment_json(one) for one in punished[1]],
        }
    return document


def _punishment_json(one: Punishment) -> dict[str, object]:
    return {"component": one.component, "share": one.share, "mean": one.mean}
