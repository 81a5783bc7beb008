"""Calls of the service as its stubs make them, and how one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from rewards import Rollout
from rewards.v1 import reward_service_pb2 as pb
from rewards.v1 import rollout_pb2
from rewards.wire.rollouts import rollout_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

OPTIONS = pb.ScoreOptions(recipe="boxed")


def request(*rollouts: Rollout | rollout_pb2.Rollout, options: pb.ScoreOptions = OPTIONS) -> pb.ScoreRequest:
    messages = [rollout_to_wire(one) if isinstance(one, Rollout) else one for one in rollouts]
    return pb.ScoreRequest(options=options, rollouts=messages)


def frame(number: int, *rollouts: Rollout) -> pb.ScoreStreamRequest:
    return pb.ScoreStreamRequest(
        frame=pb.Frame(number=number, rollouts=[rollout_to_wire(one) for one in rollouts])
    )


START = pb.ScoreStreamRequest(options=OPTIONS)


def details(failure: grpc.RpcError, kind: type[Message]) -> list[Message]:
    found = []
    for key, value in failure.trailing_metadata():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                one = kind()
                if detail.Unpack(one):
                    found.append(one)
    return found


def refused(call: Callable[[], object], code: grpc.StatusCode, *, field: str | None = None) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert caught.value.code() is code
    if field is not None:
        (bad,) = details(caught.value, error_details_pb2.BadRequest)
        assert [violation.field for violation in bad.field_violations] == [field]
    return caught.value
