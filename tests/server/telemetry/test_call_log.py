"""One line of log for a call."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import grpc
import pytest
from running import right

from rewards import LocalScorer
from rewards.errors import UnknownRecipeError
from server.telemetry.call_log import CallLog

if TYPE_CHECKING:
    from rewards import Rollout

ROLLOUT: Rollout = right(4, id="an id")


def lines(caplog: pytest.LogCaptureFixture, *, text: bool, code: grpc.StatusCode) -> list[logging.LogRecord]:
    call = CallLog(text=text).call("Score", "ipv4:127.0.0.1", [("x-request-id", "step-1")])
    call.on_recipe("boxed@1")
    call.on_admitted(2, 300)
    call.on_admitted(1, 100)
    if call.reads_text:
        call.on_rollouts([ROLLOUT])
    call.on_scored(LocalScorer("boxed").score([ROLLOUT]), 0.5, last=True)
    call.on_end(code, None if code is grpc.StatusCode.OK else UnknownRecipeError("no recipe 'secret'"))
    return caplog.records


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (grpc.StatusCode.OK, logging.INFO),
        (grpc.StatusCode.CANCELLED, logging.INFO),
        (grpc.StatusCode.INVALID_ARGUMENT, logging.WARNING),
        (grpc.StatusCode.INTERNAL, logging.ERROR),
    ],
)
def test_call_log_adds_up_a_call_in_one_line_of_its_level(
    caplog: pytest.LogCaptureFixture, code: grpc.StatusCode, level: int
) -> None:
    caplog.set_level(logging.INFO, "touchstone.calls")
    (line,) = lines(caplog, text=False, code=code)
    fields = line.fields  # type: ignore[attr-defined]
    assert line.levelno == level
    assert (fields["request_id"], fields["recipe"], fields["rollouts"], fields["bytes"]) == (
        "step-1",
        "boxed@1",
        3,
        400,
    )
    assert fields["code"] == code.name
    assert fields.get("error") == (None if code is grpc.StatusCode.OK else "UnknownRecipeError")


@pytest.mark.parametrize("text", [False, True])
def test_call_log_tells_texts_only_where_it_is_asked_to(
    caplog: pytest.LogCaptureFixture, *, text: bool
) -> None:
    caplog.set_level(logging.DEBUG, "touchstone.calls")
    found = lines(caplog, text=text, code=grpc.StatusCode.INVALID_ARGUMENT)
    told = "".join(str(vars(line)) for line in found)
    for secret in (ROLLOUT.completion, "an id", "secret"):
        assert (repr(secret)[1:-1] in told) is text
