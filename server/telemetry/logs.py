"""Logging to standard error, as text or JSON lines.

Text of users and policies stays out of the log by construction: an exception is logged only by its type and
traceback, wherever it comes from, since its message may quote a completion, and a warning only by its
category and location. `--log-text` logs full messages.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import TextIO

    from server.config import ServerConfig

__all__ = ["LogFormatter", "log_warnings_and_crashes", "start_logging"]

_log = logging.getLogger(__name__)
_encode = json.JSONEncoder(default=str).encode


def start_logging(config: ServerConfig) -> None:
    """Configure logging to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter(as_json=config.log_format == "json", text=config.log_text))
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler], force=True)


def log_warnings_and_crashes(config: ServerConfig) -> None:
    """Route warnings and uncaught exceptions to the log, where Python would print them in full."""

    def warned(  # as Python calls it
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del file, line
        said = f": {message}" if config.log_text else ""
        _log.warning("%s at %s:%d%s", category.__name__, filename, lineno, said)

    warnings.showwarning = warned
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
    threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        _log.critical("nobody caught an exception", exc_info=(kind, error, trace))


class LogFormatter(logging.Formatter):
    """Format a record as one line of JSON, or as human-readable text.

    Args:
        as_json: True for JSON.
        text: True to include the messages of exceptions.
    """

    def __init__(self, *, as_json: bool, text: bool = False) -> None:
        super().__init__()
        self._as_json = as_json
        self._text = text

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        error = record.exc_info[1] if record.exc_info else None
        message = self._message(record, error)
        fields: dict[str, object] = getattr(record, "fields", {})
        trace = self._trace(error) if error is not None else ""
        if self._as_json:
            line: dict[str, object] = {
                "time": when,
                "level": record.levelname.lower(),
                "logger": record.name,
                "process": record.process,
                "message": message,
                **fields,
            }
            return _encode({**line, "exception": trace} if trace else line)
        extra = "".join(f" {name}={value}" for name, value in fields.items())
        return f"{when} {record.levelname} {record.name}: {message}{extra}" + (f"\n{trace}" if trace else "")

    def _message(self, record: logging.LogRecord, error: BaseException | None) -> str:
        if self._text:
            return record.getMessage()
        if isinstance(record.args, tuple):
            args = [type(one).__name__ if isinstance(one, BaseException) else one for one in record.args]
            message = str(record.msg) % tuple(args) if args else str(record.msg)
        else:
            message = record.getMessage()
        # asyncio, for one, writes the task that failed, and with it what its exception says.
        for one in _all_of(error):
            for said in filter(None, (repr(one), str(one))):
                message = message.replace(said, type(one).__name__)
        return message

    def _trace(self, error: BaseException) -> str:
        if self._text:
            return "".join(traceback.format_exception(error)).rstrip()
        traces = [
            f"{type(one).__name__}\n{''.join(traceback.format_tb(one.__traceback__))}".rstrip()
            for one in _all_of(error)
        ]
        return "\nafter ".join(traces)


def _all_of(error: BaseException | None) -> Iterator[BaseException]:
    """Iterate over an exception, its causes and contexts, and the members of exception groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
