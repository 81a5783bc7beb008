from __future__ import annotations

import asyncio
import json
import logging
import re

import pytest

from server.telemetry.logs import LogFormatter

SECRET = "what a policy wrote"  # noqa: S105  # no password


def record(message: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error is not None else None
    made = logging.LogRecord("touchstone", logging.ERROR, __file__, 1, message, args, info)  # type: ignore[arg-type]
    made.fields = {"request_id": "r1"}
    return made


def raised() -> BaseException:
    try:
        try:
            raise KeyError(SECRET)  # noqa: TRY301
        except KeyError as cause:
            message = f"after {SECRET}"
            raise ExceptionGroup(message, [ValueError(SECRET)]) from cause
    except ExceptionGroup as error:
        return error


@pytest.mark.parametrize("as_json", [True, False])
def test_log_formatter_tells_exceptions_without_their_text(as_json: bool) -> None:  # noqa: FBT001
    error = raised()
    written = record(f"failed: {error!r}, that is %s", error, error=error)
    line = LogFormatter(as_json=as_json).format(written)
    assert SECRET not in line
    assert re.search(r"ExceptionGroup.*test_logs\.py", line, re.DOTALL)
    assert all(kind in line for kind in ("ValueError", "KeyError"))
    assert SECRET in LogFormatter(as_json=as_json, text=True).format(written)


def test_log_formatter_writes_one_object_on_a_line() -> None:
    line = LogFormatter(as_json=True).format(record("two\nlines"))
    assert "\n" not in line
    found = json.loads(line)
    assert (found["message"], found["level"], found["request_id"]) == ("two\nlines", "error", "r1")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found["time"])


def test_log_formatter_tells_a_forgotten_task_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    async def run() -> None:
        task = asyncio.create_task(fail())
        await asyncio.wait({task})
        context = {"message": "never retrieved", "exception": task.exception(), "task": task}
        asyncio.get_running_loop().call_exception_handler(context)

    asyncio.run(run())
    (written,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert SECRET in written.getMessage()
    line = LogFormatter(as_json=True).format(written)
    assert SECRET not in line
    assert "never retrieved" in line
