from __future__ import annotations

import pytest

from rewards.errors import InvalidParameterError, ServerUnavailableError
from rewards.wire.addresses import channel_target, is_local, is_local_host, split_address, targets_of


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


@pytest.mark.parametrize(
    ("given", "targets"),
    [
        pytest.param("rewards:50051", ("rewards:50051",), id="one"),
        pytest.param("a:1,b:2", ("a:1", "b:2"), id="commas"),
        pytest.param(" a:1 , b_2.example.:2\n", ("a:1", "b_2.example.:2"), id="spaces"),
        pytest.param(["a:1", "[::1]:2"], ("a:1", "[::1]:2"), id="a-list"),
        pytest.param("[fe80::1%eth0]:1", ("[fe80::1%eth0]:1",), id="a-zone"),
        pytest.param("dns:///rewards:50051", ("dns:///rewards:50051",), id="dns"),
        pytest.param("dns:rewards:50051", ("dns:rewards:50051",), id="dns-without-slashes"),
        pytest.param("dns://8.8.8.8/rewards:50051", ("dns://8.8.8.8/rewards:50051",), id="dns-by-a-server"),
        pytest.param("ipv4:10.0.0.1:1,10.0.0.2:2", ("ipv4:10.0.0.1:1,10.0.0.2:2",), id="ipv4"),
        pytest.param("ipv6:[::1]:1,[::2]:2", ("ipv6:[::1]:1,[::2]:2",), id="ipv6"),
        pytest.param("unix:/run/a,b.sock", ("unix:/run/a,b.sock",), id="unix"),
        pytest.param("unix:relative", ("unix:relative",), id="unix-relative"),
        pytest.param("unix:///run/s", ("unix:///run/s",), id="unix-url"),
        pytest.param("unix-abstract:s", ("unix-abstract:s",), id="unix-abstract"),
        pytest.param("xds:///rewards", ("xds:///rewards",), id="xds"),
    ],
)
def test_targets_of_every_form(given: str | list[str], targets: tuple[str, ...]) -> None:
    assert targets_of(given) == targets


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("http://127.0.0.1:50051", "is a URL; write 127.0.0.1:50051$"),
        ("https://rewards.example:443/", "is a URL; write rewards.example:443, and turn TLS on$"),
        ("HTTP://[::1]:50051/v1", r"is a URL; write \[::1\]:50051$"),
        ("grpc://rewards:50051", "is a URL; write rewards:50051$"),
        ("grpcs://me:secret@rewards:50051", "is a URL; write rewards:50051, and turn TLS on$"),
        ("http://rewards", "is a URL; write host:port$"),
        ("rewards", "has no port; write rewards:port, such as rewards:50051$"),
        ("rewards:", "has no port; write rewards:port, such as rewards:50051$"),
        ("10.0.0.1", "has no port; write 10.0.0.1:port, such as 10.0.0.1:50051$"),
        ("[::1]", r"has no port; write \[::1\]:port$"),
        ("::1", r"has no brackets; write \[address\]:port$"),
        ("::1:50051", r"has no brackets; write \[address\]:port$"),
        ("rewards:50051/", "has a path; write rewards:50051$"),
        ("rewards:50051/v1", "has a path; write rewards:50051$"),
        ("rewards:0", "write host:port"),
        ("rewards:70000", "write host:port"),
        ("rewards:grpc", "write host:port"),
        ("re wards:1", "write host:port"),
        ("me@rewards:1", "write host:port"),
        ("[rewards]:1", "write host:port"),
        (":50051", "write host:port"),
        ("dns:///rewards", "has no port; write rewards:port"),
        ("dns://rewards:50051", "names no host; write dns:///host:port$"),
        ("dns:///a:1,b:2", "names no host; write dns:///host:port$"),
        ("ipv4:10.0.0.1", "has no port"),
        ("unix:", "names no path; write unix:PATH$"),
        ("", "an address is missing"),
        ("a:1,", "an address is missing"),
        ([], "an address is missing"),
        (["a:1", "http://b:2"], "'http://b:2' is a URL; write b:2$"),
        ("a:1,b", "'b' has no port"),
        (["a:1", "dns:///b:2"], "'dns:///b:2' must stand alone"),
        (["a:1", "unix:/run/s"], "'unix:/run/s' must stand alone"),
    ],
)
def test_targets_of_a_wrong_address_says_the_right_one(given: str | list[str], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message) as caught:
        targets_of(given, "server")
    assert str(caught.value).startswith("server: ")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "local"),
    [
        ("127.0.0.1:1", True),
        ("127.8.9.10:1", True),
        ("[::1]:1", True),
        ("[::ffff:127.0.0.1]:1", True),
        ("0.0.0.0:1", True),
        ("localhost:1", True),
        ("LocalHost.:1", True),
        ("a.localhost:1", True),
        ("dns:///localhost:1", True),
        ("dns://8.8.8.8/127.0.0.1:1", True),
        ("ipv4:127.0.0.1:1,127.0.0.1:2", True),
        ("unix:/run/s", True),
        ("unix-abstract:s", True),
        ("10.0.0.1:1", False),
        ("localhost.example:1", False),
        ("dns:///rewards:1", False),
        ("ipv4:127.0.0.1:1,10.0.0.1:2", False),
        ("[fe80::1]:1", False),
        ("xds:///localhost", False),
    ],
)
def test_is_local_for_this_machine_alone(target: str, local: bool) -> None:  # noqa: FBT001  # a parameter
    assert targets_of(target) == (target,)
    assert is_local(target) is local


def test_is_local_host_knows_addresses_and_names() -> None:
    assert all(map(is_local_host, ["127.0.0.1", "::1", "localhost", "LOCALHOST"]))
    assert not any(map(is_local_host, ["", "10.0.0.1", "rewards", "notlocalhost"]))
