"""Flags for the format and the columns of a file of rows, and the source that they make."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rewards.cli.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from rewards.analysis.file_formats import Format
    from rewards.analysis.rows import RowSource, RowStream
    from rewards.analysis.text_settings import TextSettings

    Command = Callable[..., object]

__all__ = ["RowFlags", "row_options", "rows_argument", "tell_columns", "without_score_and_gold"]

_FORMATS = ("jsonl", "parquet", "datasets", "trl", "verl", "openrlhf")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowFlags:
    """Format and column mapping of a file of rows."""

    format: str | None
    mapping: tuple[str, ...]
    gold_after: str | None = None
    reasoning: str | None = None
    think_prefilled: bool | None = None

    @property
    def texts(self) -> TextSettings:
        """The settings by which golds and completions are read.

        Raises:
            InvalidParameterError: see :class:`rewards.analysis.text_settings.TextSettings`.
        """
        from rewards.analysis.text_settings import TextSettings  # noqa: PLC0415  # not needed by --help
        from rewards.text.reasoning import ANY, setting_of  # noqa: PLC0415

        opener, comma, closer = (self.reasoning or ANY).partition(",")
        return TextSettings(
            gold_after=self.gold_after,
            reasoning=setting_of({"open": opener, "close": closer} if comma else opener),
            think_prefilled=self.think_prefilled,
        )

    @contextlib.contextmanager
    def source(
        self, path: str, mapping: Mapping[str, str] | None = None, *, bare_answer: str | None = None
    ) -> Iterator[RowSource]:
        """Open the rows at `path`, with a mapping in addition to that of the flags.

        Standard input (`-`) and pipes are kept on disk meanwhile, so that they can be read twice.

        Raises:
            RowFileError: nothing there that can be read.
            InvalidParameterError: a mapping of no field, or of two fields to one column.
        """
        from rewards.analysis.rows import RowSource  # noqa: PLC0415  # not needed by --help

        found = self._mapping(mapping)
        if path != "-" and (Path(path).is_file() or Path(path).is_dir()):
            yield RowSource(Path(path), self._format, found, bare_answer, self.texts)
            return
        with (
            contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as stream,
            tempfile.TemporaryDirectory(prefix="touchstone-") as folder,
        ):
            copy = Path(folder, "stdin" if path == "-" else Path(path).name)  # messages name it
            with copy.open("wb") as kept:
                shutil.copyfileobj(stream, kept)
            yield RowSource(copy, self._format, found, bare_answer, self.texts)

    def stream(
        self, stream: BinaryIO, name: str, mapping: Mapping[str, str], *, bare_answer: str | None = None
    ) -> RowStream:
        """The JSON lines of a stream that is read once; arguments and errors as of :meth:`source`."""
        from rewards.analysis.file_formats import Container  # noqa: PLC0415  # not needed by --help
        from rewards.analysis.rows import RowStream  # noqa: PLC0415

        if self._format is not None and self._format.container is not Container.JSONL:
            message = f"--format {self.format} cannot be read from a stream: name a file or a folder"
            raise click.UsageError(message)
        named = "stdin" if name == "-" else name
        return RowStream(stream, named, self._format, self._mapping(mapping), bare_answer, self.texts)

    @property
    def _format(self) -> Format | None:
        from rewards.analysis.file_formats import Format  # noqa: PLC0415  # not needed by --help

        return None if self.format is None else Format(self.format)

    def _mapping(self, mapping: Mapping[str, str] | None) -> dict[str, str]:
        from rewards.analysis.columns import parse_mapping  # noqa: PLC0415  # not needed by --help

        return parse_mapping(self.mapping) | dict(mapping or {})


def tell_columns(rows: RowSource | RowStream) -> None:
    """Report on standard error what was found out about a file without being said.

    That is the fields that are read from columns of other names, worked solutions for golds, and whether its
    prompts open the reasoning.
    """
    from rewards.analysis.gold_text import GOLD_MARKS  # noqa: PLC0415  # not needed by --help
    from rewards.text.reasoning import Opening  # noqa: PLC0415

    found = rows.columns.renamed()
    renamed = [f"{field}={column}" for field, column in found.items() if rows.mapping.get(field) != column]
    if renamed and rows.sample.rows:
        click.echo(printable(f"read as {', '.join(renamed)}"), err=True)
    gold = rows.columns.value(rows.sample.first, "ground_truth")
    if rows.texts.gold_after is None and isinstance(gold, str) and GOLD_MARKS[0] in gold:
        click.echo(
            f"the gold of the first row holds {GOLD_MARKS[0]}, as worked solutions of GSM8K do; "
            f"--gold-after '{GOLD_MARKS[0]}' takes what follows it for the gold",
            err=True,
        )
    mask = rows.columns.value(rows.sample.first, "completion_mask")
    if isinstance(mask, list) and not all(mask) and not rows.carries("turns"):
        click.echo(
            "completion_mask leaves tokens of the first row out; which text is theirs is told by messages, "
            "markers in the text or a column of turns alone",
            err=True,
        )
    if rows.texts.think_prefilled is None and rows.columns.opening(rows.sample.first) != Opening():
        click.echo(
            "the prompt of the first row opens the reasoning, and its completion is read as going on from "
            "there, as is each such row's; --no-think-prefilled says otherwise",
            err=True,
        )


def without_score_and_gold(rows: RowSource) -> str:
    """Return the message for rows that carry neither a score nor a gold, and need one."""
    if rewards := rows.columns.rewards:
        return f"there are several rewards here and no gold: choose one by --score, of {', '.join(rewards)}"
    gold = rows.columns.missing("ground_truth", rows.sample)
    return f"there is neither a score nor a gold here: name a column by --score, or a gold; {gold}"


def rows_argument(name: str) -> Callable[[Command], Command]:
    """A file or folder of rows as an argument."""
    return click.argument(name, type=click.Path(exists=True, allow_dash=True))


_ROWS = (
    click.option(
        "--format",
        "row_format",
        type=click.Choice(_FORMATS),
        help="What wrote the file; seen from its name, its content and its columns where it is not said.",
    ),
    click.option(
        "--map",
        "row_mapping",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Which column holds a field, as in completion=output,ground_truth=gts; may be given again.",
    ),
    click.option(
        "--gold-after",
        metavar="MARK",
        help="What precedes the gold in a worked solution: '####' for GSM8K, '\\boxed' for the last box.",
    ),
)

_COMPLETIONS = (
    click.option(
        "--reasoning",
        metavar="FORMAT",
        help="Format of the reasoning, for recipes that leave it open; own tags as OPEN,CLOSE.",
    ),
    click.option(
        "--think-prefilled/--no-think-prefilled",
        default=None,
        help="Whether the template opened the reasoning; seen from each prompt where it is not said.",
    ),
)


def row_options(*, completions: bool = True) -> Callable[[Command], Command]:
    """Flags for a file of rows, and for the reasoning in completions where they are read.

    The command gets `rows`.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def decorated(row_format: str | None, row_mapping: tuple[str, ...], **flags: object) -> object:
            mine = {name: flags.pop(name) for name in _TEXTS if name in flags}
            rows = RowFlags(format=row_format, mapping=row_mapping, **mine)  # type: ignore[arg-type]  # click checked
            return command(rows=rows, **flags)

        for option in reversed(_ROWS + (_COMPLETIONS if completions else ())):
            decorated = option(decorated)
        return decorated

    return decorate


_TEXTS = ("gold_after", "reasoning", "think_prefilled")
