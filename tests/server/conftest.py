"""Stubs of the service, and the files of a guarded server."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import grpc
import pytest
from tls_files import Files

from rewards.v1.reward_service_pb2_grpc import RewardServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def channel(address: str) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(address) as opened:
        yield opened


@pytest.fixture
def stub(channel: grpc.Channel) -> RewardServiceStub:
    return RewardServiceStub(channel)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    server, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("trainer")
    made = Files(*(folder / field.name for field in dataclasses.fields(Files)))
    authority.cert_pem.write_to_path(made.authority)
    server.cert_chain_pems[0].write_to_path(made.certificate)
    server.private_key_pem.write_to_path(made.key)
    client.cert_chain_pems[0].write_to_path(made.client)
    client.private_key_pem.write_to_path(made.client_key)
    made.tokens.write_text("# of the trainers\nfirst-token\n\n  second-token  \n")
    return made
