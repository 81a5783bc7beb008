from __future__ import annotations

import pytest

from rewards.errors import InvalidParameterError, ServerUnavailableError
from rewards.wire.addresses import channel_target, split_address


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param(["rewards:50051"], "rewards:50051", id="one"),
        pytest.param(["dns:///rewards:50051"], "dns:///rewards:50051", id="grpc-resolves"),
        pytest.param(["10.0.0.1:1", "10.0.0.2:2"], "ipv4:10.0.0.1:1,10.0.0.2:2", id="v4"),
        pytest.param(["[::1]:1", "[fe80::2]:2"], "ipv6:[::1]:1,[fe80::2]:2", id="v6"),
    ],
)
def test_channel_target_joins_several(targets: list[str], expected: str) -> None:
    assert channel_target(targets) == expected


def test_channel_target_resolves_names_in_a_list() -> None:
    assert channel_target(["127.0.0.1:1", "localhost:2"]) == "ipv4:127.0.0.1:1,127.0.0.1:2"


def test_channel_target_refuses_a_name_of_nobody() -> None:
    with pytest.raises(ServerUnavailableError, match=r"no-such-host\.invalid"):
        channel_target(["127.0.0.1:1", "no-such-host.invalid:2"])


@pytest.mark.parametrize(
    "targets",
    [
        pytest.param(["127.0.0.1:1", "[::1]:1"], id="two-kinds"),
        pytest.param(["127.0.0.1:1", "127.0.0.1"], id="no-port"),
        pytest.param(["127.0.0.1:1", "dns:///rewards:1"], id="a-scheme-among-addresses"),
    ],
)
def test_channel_target_refuses_mixed_and_broken_lists(targets: list[str]) -> None:
    with pytest.raises(InvalidParameterError):
        channel_target(targets)


@pytest.mark.parametrize(
    "address", ["", ":", ":1", "host", "host:", "host:x", "host:65536", "::1:80", "[]:1", "host:-1"]
)
def test_split_address_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(InvalidParameterError, match="host:port"):
        split_address(address)
