"""Flags for the engine, this process or Ray, and for the work folder."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pathlib
import tempfile
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rewards.analysis.engines.jobs import ItemT, Job, ResultT

    Command = Callable[..., object]

__all__ = ["EngineFlags", "engine_options", "work_folder"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class EngineFlags:
    """The engine that runs a job, with its settings."""

    engine: str
    ray_address: str | None
    work: Path | None

    def __post_init__(self) -> None:
        if self.ray_address is not None and self.engine != "ray":
            message = "--ray-address says where Ray is, but the engine is not --engine ray"
            raise click.UsageError(message)

    @property
    def is_ray(self) -> bool:
        """True if the job runs in other processes, which read the input themselves."""
        return self.engine == "ray"

    @contextlib.contextmanager
    def running(
        self, job: Job[ItemT, ResultT], folder: Path
    ) -> Iterator[Iterator[tuple[list[ItemT], ResultT]]]:
        """Iterate over the chunks of a job with their results, in order.

        With Ray, what is finished is in `folder` until the block ends without an exception.
        """
        if not self.is_ray:
            from rewards.analysis.engines.jobs import run_here  # noqa: PLC0415  # not needed by --help

            yield run_here(job)
            return
        from rewards.analysis.engines.blocks import Blocks  # noqa: PLC0415
        from rewards.analysis.engines.ray_data import RayEngine  # noqa: PLC0415

        blocks = Blocks(folder, job.settings)
        if blocks.done:
            click.echo(f"going on with {len(blocks.done)} blocks that a run before finished", err=True)
        with contextlib.closing(RayEngine(self.ray_address).run(job.portable(), blocks)) as results:
            yield results
        blocks.remove()


def work_folder(work: Path | None, output: Path | str | None, stack: contextlib.ExitStack) -> Path:
    """Return the folder of interim results: the one given, one beside a file output, or a temporary one."""
    from rewards.analysis.outputs import is_replaceable  # noqa: PLC0415  # not needed by --help

    if work is not None:
        return work
    if output is not None and is_replaceable(output) and (path := pathlib.Path(output)).name:
        return path.with_name(f"{path.name}.work")
    return pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="touchstone-"))) / "work"


def engine_options(command: Command) -> Command:
    """`--engine`, `--ray-address` and `--work`; the command gets `engine`."""

    @click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Who does the work: this process, or Ray Data on all cores.",
    )
    @click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="The Ray cluster to use; else one is started on this machine.",
    )
    @click.option(
        "--work",
        type=click.Path(path_type=pathlib.Path),
        metavar="DIR",
        help="Where results are kept meanwhile; else OUT.work.",
    )
    @functools.wraps(command)
    def decorated(**flags: object) -> object:
        mine = {field.name: flags.pop(field.name) for field in dataclasses.fields(EngineFlags)}
        return command(engine=EngineFlags(**mine), **flags)  # type: ignore[arg-type]  # click checked

    return decorated
