"""Conversion between gRPC statuses and the error tree.

A status carries google.rpc details: ErrorInfo names the error (its class, in capitals), BadRequest
the field at fault, RetryInfo when to retry. The errors of single rollouts are data and travel with the
scores, see :mod:`rewards.wire.scores`.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, NamedTuple

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]

from rewards import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CODES", "AbortStatus", "Refusal", "refusal_of", "status_of"]

_DOMAIN = "touchstone"
_DETAILS = "grpc-status-details-bin"
_LONGEST_MESSAGE = 1000
"""Maximum bytes of a message on the wire: headers are small, and a message may quote what a client sent."""

_CODES: Mapping[type[errors.TouchstoneError], grpc.StatusCode] = {
    errors.AuthenticationError: grpc.StatusCode.UNAUTHENTICATED,
    errors.DeadlineExceededError: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.DigestMismatchError: grpc.StatusCode.FAILED_PRECONDITION,
    errors.InvalidInputError: grpc.StatusCode.INVALID_ARGUMENT,
    errors.ServerOverloadedError: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.ServerUnavailableError: grpc.StatusCode.UNAVAILABLE,
    errors.TouchstoneError: grpc.StatusCode.INTERNAL,
}
"""The code of an error is that of its nearest ancestor here."""

CODES: frozenset[grpc.StatusCode] = frozenset(_CODES.values())
"""Every code that :func:`status_of` gives."""


def _reason(kind: type[errors.TouchstoneError]) -> str:
    """Return the reason of an error class: `UNKNOWN_RECIPE` for UnknownRecipeError."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__.removesuffix("Error")).upper()


_KINDS: Mapping[str, type[errors.TouchstoneError]] = {
    _reason(kind): kind for name in errors.__all__ for kind in (getattr(errors, name),)
}


_WITHOUT_REASON: Mapping[grpc.StatusCode, type[errors.TouchstoneError]] = {
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceededError,
    grpc.StatusCode.PERMISSION_DENIED: errors.AuthenticationError,
    grpc.StatusCode.UNAUTHENTICATED: errors.AuthenticationError,
    grpc.StatusCode.UNIMPLEMENTED: errors.ProtocolError,
}
"""Errors for statuses that gRPC itself, or a proxy, has made."""

_CUT_OFF = re.compile("Stream removed|RST_STREAM")
"""Messages of gRPC for a call that ends without a status: behind a proxy, of a server that died meanwhile.
The code is then UNKNOWN or INTERNAL, as where a server fails by itself."""


class AbortStatus(NamedTuple):
    """The status of a failed call: the arguments of :meth:`grpc.aio.ServicerContext.abort`."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def status_of(
    error: errors.TouchstoneError, *, field: str = "", retry_after: float | None = None
) -> AbortStatus:
    """Return the status for `error`.

    Args:
        error: what went wrong.
        field: the path of the request's field at fault.
        retry_after: seconds after which the same call may succeed.
    """
    kind = type(error)
    code = next(_CODES[ancestor] for ancestor in kind.__mro__ if ancestor in _CODES)
    message = _short(str(error))
    known = next(ancestor for ancestor in kind.__mro__ if _reason(ancestor) in _KINDS)
    status = status_pb2.Status(code=code.value[0], message=message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=_reason(known), domain=_DOMAIN))
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    if retry_after is not None:
        info = error_details_pb2.RetryInfo()
        info.retry_delay.FromNanoseconds(round(retry_after * 1e9))
        status.details.add().Pack(info)
    return AbortStatus(code, message, ((_DETAILS, status.SerializeToString()),))


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """The error of a failed call, and whether it may be retried."""

    error: errors.TouchstoneError
    retry_after: float | None
    """Minimum seconds to wait before a retry; None where a retry cannot help."""


def refusal_of(failure: grpc.RpcError) -> Refusal:
    """Return the error that a failed call stands for, and whether it may be retried."""
    code, message = failure.code(), failure.details() or ""
    reason, retry_after = _read_details(failure)
    failed = code in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)
    cut_off = failed and not reason and _CUT_OFF.search(message) is not None
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED) or cut_off:
        return Refusal(errors.ServerUnavailableError(message or "the connection broke"), 0.0)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        if retry_after is not None:
            return Refusal(errors.ServerOverloadedError(message), retry_after)
        text = (
            f"{message}: a limit on the size of messages, so another try cannot help; send smaller rollouts"
        )
        return Refusal(errors.InvalidCallError(text), None)
    kind = _KINDS.get(reason) or _WITHOUT_REASON.get(code, errors.ScorerError)
    return Refusal(kind(message or code.name), None)


def _read_details(failure: grpc.RpcError) -> tuple[str, float | None]:
    """Return the reason and the retry delay that a status carries, where it carries them."""
    reason, retry_after = "", None
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for metadatum in failure.trailing_metadata() or ():
        if metadatum.key != _DETAILS:
            continue
        try:
            for detail in status_pb2.Status.FromString(metadatum.value).details:
                if detail.Unpack(info) and info.domain == _DOMAIN:
                    reason = info.reason
                elif detail.Unpack(retry):
                    retry_after = max(retry.retry_delay.ToNanoseconds() / 1e9, 0.0)
        except DecodeError:  # whatever stands between may put anything there; the code still holds
            continue
    return reason, retry_after


def _short(message: str) -> str:
    raw = message.encode()
    return message if len(raw) <= _LONGEST_MESSAGE else raw[:_LONGEST_MESSAGE].decode(errors="ignore") + " …"
