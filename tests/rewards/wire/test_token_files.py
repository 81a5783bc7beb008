"""Files of tokens, as a client reads them: one token, or the server's own file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running import right

from rewards import RemoteScorer
from rewards.errors import InvalidParameterError
from rewards.wire.token_files import client_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "token"),
    [
        pytest.param(b"secret", "secret", id="no-line-end"),
        pytest.param(b"secret\r\n", "secret", id="windows"),
        pytest.param(b"\xef\xbb\xbfsecret\n", "secret", id="byte-order-mark"),
        pytest.param(b"# of the trainers\n\n  secret  \n", "secret", id="comment-and-blank-line"),
        pytest.param(b"open sesame\n", "open sesame", id="a-space-within"),
        pytest.param(b"one\n# old\ntwo\n", "one", id="several"),
    ],
)
def test_client_token_is_the_first_of_a_file_that_the_server_takes(
    content: bytes, token: str, tmp_path: Path, serve_here: Callable[..., str]
) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(content)
    assert client_token(path) == token
    address = serve_here("boxed", auth_token_file=path)
    with RemoteScorer(address, "boxed", token=client_token(path)) as remote:
        assert remote.score([right(1)]).totals.tolist() == [1.0]


def test_client_token_of_several_says_which_and_not_what(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "tokens"
    path.write_text("# comment\nfirst-secret\nsecond-secret\n", "utf-8")
    client_token(path)
    assert caplog.messages == [f"{path} holds 2 tokens; the first is sent, of line 2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "holds no token", id="empty"),
        pytest.param(b"# none\n\n", "holds no token", id="comments-alone"),
        pytest.param("#\ngeh\u00e9im\n".encode(), "line 2: .*printable ASCII", id="not-ascii"),
        pytest.param(b"a\x00b", "line 1: .*printable ASCII", id="a-control-character"),
        pytest.param(b"\xff\xfeabc", "line 1: .*printable ASCII", id="no-utf-8"),
    ],
)
def test_client_token_refuses_a_file_without_a_token_to_send(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(content)
    with pytest.raises(InvalidParameterError, match=message) as caught:
        client_token(path)
    assert "abc" not in str(caught.value)


def test_client_token_of_no_file_names_the_file(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(InvalidParameterError, match=f"{path} cannot be read"):
            client_token(path)


@pytest.mark.parametrize("token", ["two\nlines", " space-before", "ta\tb", "s\u00e9same"])
def test_a_token_that_no_header_holds_is_refused_when_it_is_written(token: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"token: .*printable ASCII") as caught:
        RemoteScorer("127.0.0.1:1", "boxed", token=token)
    assert token not in str(caught.value)
