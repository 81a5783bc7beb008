"""The name in a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.console.certificate import name_in

if TYPE_CHECKING:
    from pathlib import Path

    from tls_files import Files

trustme = pytest.importorskip("trustme", reason="certificates for tests come from trustme")


@pytest.mark.parametrize("name", ["rewards.example", "127.0.0.1"])
def test_name_in_is_the_first_name_of_the_certificate(tmp_path: Path, name: str) -> None:
    made = trustme.CA().issue_cert(name, "other.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    made.private_key_pem.write_to_path(tmp_path / "key")
    assert name_in(tmp_path / "cert", tmp_path / "key") == name


def test_name_in_is_none_where_the_certificate_cannot_be_read(files: Files, tmp_path: Path) -> None:
    assert name_in(files.certificate, files.client_key) is None
    assert name_in(tmp_path / "nothing", files.key) is None
    assert name_in(files.tokens, files.key) is None
