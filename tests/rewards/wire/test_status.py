"""Errors as statuses of gRPC, and back."""

from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from rewards import errors
from rewards.errors import (
    InvalidCallError,
    ProtocolError,
    ServerOverloadedError,
    ServerUnavailableError,
    TouchstoneError,
    UnknownRecipeError,
)
from rewards.wire.status import CODES, AbortStatus, refusal_of, status_of

KINDS = [
    kind
    for name in errors.__all__
    if not issubclass(kind := getattr(errors, name), (ServerOverloadedError, ServerUnavailableError))
]


class Failure(grpc.RpcError):
    """A call that failed with a status."""

    def __init__(self, status: AbortStatus) -> None:
        super().__init__(status.details)
        self._status = status

    def code(self) -> grpc.StatusCode:
        return self._status.code

    def details(self) -> str:
        return self._status.details

    def trailing_metadata(self) -> tuple[object, ...]:
        pairs = self._status.trailing_metadata
        return tuple(type("Metadatum", (), {"key": key, "value": value})() for key, value in pairs)


@pytest.mark.parametrize("kind", KINDS)
def test_refusal_of_an_error_is_that_error_and_final(kind: type[TouchstoneError]) -> None:
    status = status_of(kind("what went wrong"))
    assert status.code in CODES
    refusal = refusal_of(Failure(status))
    assert (type(refusal.error), str(refusal.error)) == (kind, "what went wrong")
    assert refusal.retry_after is None


def test_refusal_of_an_overload_says_when_to_come_back() -> None:
    refusal = refusal_of(Failure(status_of(ServerOverloadedError("full"), retry_after=1.5)))
    assert isinstance(refusal.error, ServerOverloadedError)
    assert refusal.retry_after == 1.5


def test_status_of_names_the_field_at_fault() -> None:
    status = status_of(UnknownRecipeError("no such recipe"), field="options.recipe")
    ((_, raw),) = status.trailing_metadata
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status_pb2.Status.FromString(raw).details)
    assert [violation.field for violation in bad.field_violations] == ["options.recipe"]


def test_status_of_an_error_of_a_users_own_is_that_of_its_nearest_ancestor() -> None:
    class OwnError(UnknownRecipeError):
        pass

    assert type(refusal_of(Failure(status_of(OwnError("mine")))).error) is UnknownRecipeError


def test_status_of_a_long_message_is_cut_to_what_headers_hold() -> None:
    assert len(status_of(InvalidCallError("é" * 10_000)).details.encode()) < 1100


@pytest.mark.parametrize(
    ("code", "details", "kind", "again"),
    [
        (grpc.StatusCode.UNAVAILABLE, "", ServerUnavailableError, True),
        (grpc.StatusCode.CANCELLED, "", ServerUnavailableError, True),
        (grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2", ServerUnavailableError, True),
        (grpc.StatusCode.UNKNOWN, "Stream removed", ServerUnavailableError, True),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "too large", InvalidCallError, False),
        (grpc.StatusCode.UNIMPLEMENTED, "", ProtocolError, False),
        (grpc.StatusCode.INTERNAL, "", errors.ScorerError, False),
        (grpc.StatusCode.PERMISSION_DENIED, "", errors.AuthenticationError, False),
    ],
)
def test_refusal_of_a_status_that_others_made(
    code: grpc.StatusCode, details: str, kind: type[TouchstoneError], *, again: bool
) -> None:
    refusal = refusal_of(Failure(AbortStatus(code, details, (("grpc-status-details-bin", b"\xff"),))))
    assert type(refusal.error) is kind
    assert (refusal.retry_after is not None) is again
