"""Jobs by Ray Data: one task reads the file and cuts it, actors on all cores do the work, order is kept.

Only this machine is used unless a cluster is named. Ray listens on all its addresses and runs code for
whoever connects, so that what is started here asks for a token that nobody else knows. The reader and this
process both read the file: results travel, rows do not come back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import logging
import os
import pickle
import secrets
from typing import TYPE_CHECKING, Any, Final

from rewards.analysis.engines.jobs import numbered
from rewards.errors import EngineError, TouchstoneError
from rewards.messages import install_command

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from rewards.analysis.engines.blocks import Blocks
    from rewards.analysis.engines.jobs import ItemT, Job, ResultT

__all__ = ["RayEngine"]

_STORE_BYTES: Final = 512 * 2**20
_FIRST: Final = "first"
_DATA: Final = "data"


@dataclasses.dataclass(frozen=True)
class RayEngine:
    """Runs jobs on Ray, with finished blocks kept on disk.

    Args:
        address: of a Ray cluster (`auto`, `HOST:PORT`, `ray://...`), whose nodes must reach the file under
            the same path; by default one is started here and ends with the run.
    """

    address: str | None = None

    def run(self, job: Job[ItemT, ResultT], blocks: Blocks) -> Generator[tuple[list[ItemT], ResultT]]:
        """Iterate over the chunks of `job` with their results; those in `blocks` are not computed again.

        Raises:
            EngineError: Ray is not installed, or cannot be started or reached.
            TouchstoneError: as the job itself raises it.
        """
        with contextlib.ExitStack() as stack:
            stream: Iterator[tuple[int, bytes]] | None = None
            for first, chunk in numbered(job):
                if first in blocks.done:
                    yield chunk, pickle.loads(blocks.load(first))  # noqa: S301  # a folder of our own
                    continue
                if stream is None:
                    stream = stack.enter_context(_streaming(job, blocks.done, self.address))
                number, data = next(stream, (-1, b""))
                if number != first:
                    message = (
                        f"Ray gave block {number} where {first} was due: has the file changed meanwhile?"
                    )
                    raise EngineError(message)
                result = pickle.loads(data)  # noqa: S301  # from a worker of our own
                if isinstance(result, TouchstoneError):
                    raise result
                blocks.save(first, data)
                yield chunk, result


@contextlib.contextmanager
def _streaming(
    job: Job[Any, Any], done: frozenset[int], address: str | None
) -> Iterator[Iterator[tuple[int, bytes]]]:
    """Iterate over the pickled results of unfinished chunks, in order."""
    with _connected(address) as ray:
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        with _context():
            results = ray.data.read_datasource(
                _reader(job, done),
                override_num_blocks=1,
                num_cpus=0,  # it waits for the others most of the time
            ).map_batches(
                _worker(job),
                batch_size=1,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(size=cores),
                num_cpus=1,
            )
        with contextlib.closing(_rows(results)) as rows:
            yield rows


def _rows(results: Any) -> Generator[tuple[int, bytes]]:  # noqa: ANN401  # Ray's Dataset
    # What is fetched ahead is held back, and lost by a kill.
    for batch in results.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        columns = batch.to_pydict()
        yield from zip(columns[_FIRST], columns[_DATA], strict=True)


def _context() -> contextlib.AbstractContextManager[Any]:
    """Settings of the data sets made meanwhile: order is kept, a block is a chunk, progress is not shown."""
    context = _ray_module("ray.data").DataContext
    settings = context.get_current().copy()
    settings.execution_options.preserve_order = True
    settings.target_max_block_size = 1  # bytes, which any row has more of: chunks are cut already
    settings.target_min_block_size = 1
    settings.enable_progress_bars = False
    return context.current(settings)  # type: ignore[no-any-return]  # Ray has no types here


def _reader(job: Job[Any, Any], done: frozenset[int]) -> Any:  # noqa: ANN401  # Ray's Datasource
    """A source of Ray Data: one task that gives one row for each chunk that is not done."""
    datasource = _ray_module("ray.data.datasource")
    metadata = _ray_module("ray.data.block").BlockMetadata(
        num_rows=None, size_bytes=None, input_files=None, exec_stats=None
    )

    def read() -> Iterator[Any]:
        # A file that is damaged in the middle says so to the process that started us, which reads it too.
        with contextlib.suppress(TouchstoneError, OSError):
            for first, chunk in numbered(job):
                if first not in done:
                    yield _table(first, pickle.dumps(chunk))

    class Chunks(datasource.Datasource):  # type: ignore[misc,name-defined]  # it may not be installed
        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, parallelism: int, **_: object) -> list[Any]:  # noqa: ARG002  # Ray's signature
            return [datasource.ReadTask(read, metadata)]

    return Chunks()


def _worker(job: Job[Any, Any]) -> type:
    """A class of actors, each of which opens the job once."""

    class Worker:
        def __init__(self) -> None:
            self._stack = contextlib.ExitStack()
            self._work: Any = None

        def __call__(self, batch: Any) -> Any:  # noqa: ANN401  # tables of pyarrow
            (first,), (data,) = batch[_FIRST].to_pylist(), batch[_DATA].to_pylist()
            result: object
            try:
                if self._work is None:
                    self._work = self._stack.enter_context(job.worker())
                result = self._work(pickle.loads(data))  # noqa: S301  # from the reader, which is our own
            except TouchstoneError as error:  # Ray would wrap it, and try again
                result = error
            return _table(first, pickle.dumps(result))

    return Worker


def _table(first: int, data: bytes) -> Any:  # noqa: ANN401  # pyarrow's Table
    arrow = importlib.import_module("pyarrow")
    kinds = arrow.schema({_FIRST: arrow.int64(), _DATA: arrow.large_binary()})
    return arrow.table({_FIRST: [first], _DATA: [data]}, schema=kinds)


@contextlib.contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Ray, initialised; what was started here ends here."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # on a machine that is busy
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it calls errors what Ray Data does by itself
    if address is None:  # all of these are read when Ray is imported
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    ray = _ray_module("ray")
    _ray_module("ray.data")
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    here = {
        "num_cpus": len(os.sched_getaffinity(0)),
        "object_store_memory": _STORE_BYTES,
        "include_dashboard": False,
    }
    try:
        if address is None:
            ray.init(address="local", **quiet, **here)
        else:
            ray.init(address=address, **quiet)
    except Exception as error:  # some of what it raises is of no class of its own
        message = f"Ray cannot be {'started' if address is None else f'reached at {address}'}: {error}"
        raise EngineError(message) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _ray_module(name: str) -> Any:  # noqa: ANN401  # it may not be installed
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f"--engine ray needs Ray Data: {install_command('ray')} ({error})"
        raise EngineError(message) from error
