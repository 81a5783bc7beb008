from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from rewards.errors import InvalidParameterError
from server.cli import serve
from server.config import ServerConfig
from server.config_file import dumps, settings_in

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "server.yaml"
    path.write_text(text, "utf-8")
    return path


def printed(*arguments: str) -> str:
    ran = CliRunner().invoke(serve, [*arguments, "--print-config"], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.output


def test_every_setting_is_a_flag_and_every_flag_a_setting() -> None:
    flags = {option.name for option in serve.params if isinstance(option, click.Option)}
    fields = {field.name for field in dataclasses.fields(ServerConfig)}
    assert flags - {"config_file", "print_config"} == fields


def test_config_file_gives_what_it_names_and_flags_come_before_it(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.touch()
    path = written(
        tmp_path,
        f"""
        recipes: [r1-zero, ./mine.yaml]
        address: "[::1]:0"
        processes: 3
        grace_seconds: 5
        tls_cert: {certificate}
        tls_key: {certificate}
        """,
    )
    found = ServerConfig(**settings_in(path))
    assert found == ServerConfig(
        recipes=("r1-zero", "./mine.yaml"),
        address="[::1]:0",
        processes=3,
        grace_seconds=5.0,
        tls_cert=certificate,
        tls_key=certificate,
    )
    # A flag that says what is the default anyway still comes before the file.
    changed = printed("--config", str(path), "--processes", "1", "--recipe", "boxed")
    assert settings_in(written(tmp_path, changed)) == {
        **dataclasses.asdict(found),
        "processes": 1,
        "recipes": ("boxed",),
    }


def test_dumps_writes_settings_that_read_back(tmp_path: Path) -> None:
    text = printed("--workers", "4", "--insecure-public", "--address", "0.0.0.0:1")
    assert printed("--config", str(written(tmp_path, text))) == text
    config = ServerConfig(**settings_in(tmp_path / "server.yaml"))
    assert (config.workers, config.insecure_public, config.tls_cert) == (4, True, None)
    assert dumps(config) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("proceses: 2", "proceses: no setting of a server .did you mean 'processes'", id="typo"),
        pytest.param("{proceses: 2, address: 1}", "did you mean 'processes'", id="typo-before-all-else"),
        pytest.param("processes: two", "processes: should be a valid integer, not 'two'", id="text"),
        pytest.param("processes: 1.5", "processes", id="fraction"),
        pytest.param("processes: true", "processes", id="boolean-for-number"),
        pytest.param("insecure_public: 'yes'", "insecure_public", id="text-for-boolean"),
        pytest.param("recipes: r1-zero", "recipes", id="text-for-list"),
        pytest.param("recipes: [r1-zero, 7]", "recipes.1", id="number-in-list"),
        pytest.param("address: null", "address", id="null"),
        pytest.param("tls_key: 3", "tls_key", id="number-for-path"),
        pytest.param("[processes]", "mapping of settings", id="list"),
        pytest.param("", "mapping of settings", id="empty"),
        pytest.param("{a: 1", "line 1", id="no-yaml"),
        pytest.param("processes: 1\nprocesses: 2", "stands here twice", id="twice"),
        pytest.param("address: !!python/name:os.system", "tag", id="tag"),
        pytest.param("a: &a [*a]", "anchors", id="alias"),
    ],
)
def test_settings_in_a_wrong_file_say_where_and_what(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match=said) as caught:
        settings_in(written(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path))


def test_settings_in_a_file_that_is_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "server.yaml"
    path.write_bytes(b"\xff\xfe")
    for unreadable in (path, tmp_path, tmp_path / "nothing"):
        with pytest.raises(InvalidParameterError, match=str(unreadable)):
            settings_in(unreadable)


def test_settings_in_a_file_are_held_to_the_same_rules(tmp_path: Path) -> None:
    path = written(tmp_path, "address: 0.0.0.0:0")
    ran = CliRunner().invoke(serve, ["--config", str(path)])
    assert isinstance(ran.exception, InvalidParameterError)
    assert "--insecure-public" in str(ran.exception)
