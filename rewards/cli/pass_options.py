"""Flags for the pass criterion, and for the pass rates of prompts to keep."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from typing import TYPE_CHECKING

import click

from rewards.cli.row_options import without_score_and_gold
from rewards.cli.source import source_options, timeout_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewards.analysis.passes import PassCriterion
    from rewards.analysis.rows import RowSource
    from rewards.cli.source import Source

    Command = Callable[..., object]

__all__ = ["PassFlags", "band_options", "pass_options"]

_SHARE = click.FloatRange(0, 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PassFlags:
    """The source of the pass criterion: a score column or a recipe."""

    score: str | None
    recipe: str | None
    pass_above: float
    timeout: float | None
    source: Source

    def __post_init__(self) -> None:
        if self.score is not None and self.recipe is not None:
            message = "--score takes what the rollouts carry and --recipe judges them: choose one"
            raise click.UsageError(message)

    @property
    def mapping(self) -> dict[str, str]:
        """The column of the score, where one is named."""
        return {} if self.score is None else {"score": self.score}

    @contextlib.contextmanager
    def passes(self, rows: RowSource) -> Iterator[tuple[PassCriterion, str, dict[str, object]]]:
        """Open the pass criterion; gives it with its description for people and its settings."""
        from rewards.analysis.passes import ByScore, ByScorer  # noqa: PLC0415  # none of these is needed by --help
        from rewards.recipe.recipe import environment_digest  # noqa: PLC0415
        from rewards.scorer import LocalScorer  # noqa: PLC0415

        rows.require()
        columns = rows.columns
        if self.recipe is None and (self.score is not None or rows.carries("score")):
            criterion = f"{columns['score']} above {self.pass_above:g}"
            yield ByScore(columns, self.pass_above), criterion, {"passed_by": criterion}
            return
        if self.recipe is None and rows.sample.rows and not rows.carries("ground_truth"):
            raise click.UsageError(without_score_and_gold(rows))
        rows.require("completion")
        recipe = self.recipe or "boxed"
        with self.source.scorer(recipe, rows.texts.reasoning) as scorer:
            settings: dict[str, object] = {"passed_by": recipe, "above": self.pass_above}
            if isinstance(scorer, LocalScorer):
                recipe = scorer.recipe.title
                settings |= {"recipe": scorer.recipe.digest, "environment": environment_digest()}
            else:
                settings |= {"server": self.source.server}
            yield ByScorer(columns, scorer, self.pass_above, self.timeout), f"right by {recipe}", settings


def pass_options(command: Command) -> Command:
    """`--score`, `--recipe`, `--pass-above` and how to reach a server; the command gets `passing`."""

    @click.option("--score", metavar="COLUMN", help="Take a score that the rollouts carry.")
    @click.option(
        "--recipe", metavar="NAME|PATH", help="Judge by a recipe; by boxed where no score is carried."
    )
    @click.option(
        "--pass-above",
        type=float,
        default=0.5,
        show_default=True,
        help="The score, or the total of a recipe that judges no answers, that is not enough.",
    )
    @timeout_option
    @source_options()
    @functools.wraps(command)
    def decorated(**flags: object) -> object:
        mine = {field.name: flags.pop(field.name) for field in dataclasses.fields(PassFlags)}
        return command(passing=PassFlags(**mine), **flags)  # type: ignore[arg-type]  # click checked

    return decorated


def band_options(command: Command) -> Command:
    """`--low`, `--high`, `--min-rollouts` and `--confidence`; the command gets `band`."""

    @click.option(
        "--low", type=_SHARE, default=0.2, show_default=True, help="The least pass rate that is kept."
    )
    @click.option("--high", type=_SHARE, default=0.625, show_default=True, help="The greatest one.")
    @click.option(
        "--min-rollouts",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Judged ones; a prompt of fewer is not kept.",
    )
    @click.option("--confidence", type=float, default=0.95, show_default=True, help="Of Wilson's interval.")
    @functools.wraps(command)
    def decorated(
        *, low: float, high: float, min_rollouts: int, confidence: float, **flags: object
    ) -> object:
        from rewards.analysis.pass_rates import Band  # noqa: PLC0415  # numpy, which --help does not need

        band = Band(low=low, high=high, min_judged=min_rollouts, confidence=confidence)
        return command(band=band, **flags)

    return decorated
