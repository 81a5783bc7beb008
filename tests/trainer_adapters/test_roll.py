"""The ROLL adapter's settings, which come from its environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rewards.errors import InvalidCallError, InvalidParameterError
from trainer_adapters.roll import BatchRewards, settings_from
from trainer_adapters.scoring.scorer import Options

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def test_settings_of_roll_are_environment_variables() -> None:
    environment = {"TOUCHSTONE_RECIPE": "dapo", "TOUCHSTONE_THINK_PREFILLED": "true", "PATH": "/"}
    assert settings_from(environment) == {"recipe": "dapo", "think_prefilled": True}


def test_roll_takes_the_window_and_the_marker_from_its_environment() -> None:
    environ = {"TOUCHSTONE_RECIPE": "light-r1", "TOUCHSTONE_WINDOW": "4096", "TOUCHSTONE_GOLD_AFTER": "####"}
    assert settings_from(environ) == {"recipe": "light-r1", "window": 4096, "gold_after": "####"}


WITHOUT_A_VARIABLE = {"tls", "source", "tokenize", "decode", "tokenizer"}
"""Settings that are no text, or that ROLL has no use for; its page names them."""


def test_every_other_setting_has_a_variable_that_the_page_does_not_deny() -> None:
    values = {"patience": "1", "timeout": "1", "unjudged": "1", "window": "1", "think_prefilled": "1"}
    names = Options.__annotations__.keys() - WITHOUT_A_VARIABLE
    environ = {f"TOUCHSTONE_{name.upper()}": values.get(name, "x") for name in names}
    assert settings_from({**environ, "TOUCHSTONE_RECIPE": "dapo"}).keys() == {*names, "recipe"}
    page = (Path(__file__).resolve().parents[2] / "docs" / "trainers" / "roll.md").read_text("utf-8")
    denied = page[: page.index("have no variable")].rpartition(". ")[2]
    assert {*re.findall(r"`(\w+)`", denied)} == WITHOUT_A_VARIABLE


def test_the_golds_of_a_file_are_checked_by_the_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"ground_truth": "4"}\n{"ground_truth": "\\\\frac{"}\n', "utf-8")
    environ = {"TOUCHSTONE_RECIPE": "boxed", "TOUCHSTONE_CHECK_GOLDS": str(data)}
    caplog.set_level("WARNING", "touchstone")
    BatchRewards(settings_from(environ), tokenizer=None)
    assert "row 1" in caplog.text
    with pytest.raises(InvalidCallError, match="row 1"):
        BatchRewards(settings_from({**environ, "TOUCHSTONE_BAD_GOLDS": "stop"}), tokenizer=None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("True", "true", "TRUE", "1", "yes", "on")),
        *((text, False) for text in ("False", "0", "no", " off ")),
    ],
)
def test_roll_takes_truth_in_any_spelling(text: str, value: bool) -> None:  # noqa: FBT001  # a parameter
    environ = {"TOUCHSTONE_RECIPE": "dapo", "TOUCHSTONE_THINK_PREFILLED": text}
    assert settings_from(environ)["think_prefilled"] is value


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("THINK_PREFILLED", "maybe", "write true or false"),
        ("THINK_PREFILLED", "None", "write true or false"),
        ("WINDOW", "4k", "write a whole number"),
        ("WINDOW", "4096.0", "write a whole number"),
        ("PATIENCE", "10m", "write a number"),
        ("TIMEOUT", "none", "write a number"),
        ("UNJUDGED", "zero", "write a number"),
    ],
)
def test_roll_names_a_variable_of_the_wrong_form(name: str, text: str, form: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        settings_from({"TOUCHSTONE_RECIPE": "dapo", f"TOUCHSTONE_{name}": text})
    assert str(caught.value) == f"TOUCHSTONE_{name} is {text!r}; {form}, or leave it out"


def test_roll_takes_several_servers_patience_and_nothing_for_left_out() -> None:
    environ = {
        "TOUCHSTONE_RECIPE": "dapo",
        "TOUCHSTONE_SERVER": "a:1,b:2",
        "TOUCHSTONE_PATIENCE": "600",
        "TOUCHSTONE_WINDOW": "",
    }
    assert settings_from(environ) == {"recipe": "dapo", "server": "a:1,b:2", "patience": 600.0}


def test_roll_refuses_a_misspelt_variable_and_a_missing_recipe() -> None:
    for name, meant in (
        ("PATIANCE", "patience"),
        ("SERVERS", "server"),
        ("THINK_PREFILL", "think_prefilled"),
    ):
        with pytest.raises(InvalidParameterError, match=f"TOUCHSTONE_{name}: .*did you mean '{meant}'"):
            settings_from({"TOUCHSTONE_RECIPE": "dapo", f"TOUCHSTONE_{name}": "1"})
    assert settings_from({"TOUCHSTONE_RECIPE": "dapo", "TOUCHSTONE_DATA": "/data"}) == {"recipe": "dapo"}
    for environ in ({}, {"TOUCHSTONE_RECIPE": " "}):
        with pytest.raises(InvalidParameterError, match="TOUCHSTONE_RECIPE is not set"):
            settings_from(environ)


@pytest.mark.parametrize("name", ["TLS", "TOKENIZE", "TOKENIZER", "DECODE", "SOURCE"])
def test_roll_refuses_a_variable_of_a_setting_that_it_cannot_have(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"TOUCHSTONE_{name}: no variable sets .*there are TOU"):
        settings_from({"TOUCHSTONE_RECIPE": "dapo", f"TOUCHSTONE_{name}": "1"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("TIMEOUT", "0", "timeout is 0.0; it must be above 0 and finite"),
        ("TIMEOUT", "-1", "timeout is -1.0"),
        ("TIMEOUT", "nan", "timeout is nan"),
        ("TIMEOUT", "inf", "timeout is inf"),
        ("PATIENCE", "nan", "patience is nan; it must be at least 0"),
        ("PATIENCE", "-1", "patience is -1.0"),
        ("UNJUDGED", "inf", "unjudged is inf"),
        ("WINDOW", "-5", "window is -5"),
        ("ON_FAILURE", "warn", "on_failure is 'warn'; it must be 'raise' or 'mark'"),
        ("BAD_GOLDS", "drop", "bad_golds is 'drop'; it must be 'warn' or 'stop'"),
        ("REASONING", "thonk", "reasoning is 'thonk'"),
    ],
)
def test_roll_refuses_a_value_out_of_its_domain_at_set_up(name: str, text: str, said: str) -> None:
    recipe = "light-r1" if name == "WINDOW" else "dapo"
    settings = settings_from({"TOUCHSTONE_RECIPE": recipe, f"TOUCHSTONE_{name}": text})
    with pytest.raises(InvalidParameterError, match=said):
        BatchRewards(settings, tokenizer=None)


def test_roll_checks_the_golds_of_a_file_that_its_environment_names(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "q", "ground_truth": "4"}\n{"prompt": "q", "ground_truth": null}\n', "utf-8")
    environ = {"TOUCHSTONE_RECIPE": "boxed", "TOUCHSTONE_CHECK_GOLDS": str(rows)}
    BatchRewards(settings_from(environ), tokenizer=None)
    with pytest.raises(InvalidCallError, match=r"check_golds: 1 of 2 rows have no gold .* row 1"):
        BatchRewards(settings_from({**environ, "TOUCHSTONE_BAD_GOLDS": "stop"}), tokenizer=None)


def test_several_servers_of_roll_score(address: str) -> None:
    environ = {"TOUCHSTONE_RECIPE": "boxed", "TOUCHSTONE_SERVER": f"{address}, {address}"}
    scorer = BatchRewards(settings_from(environ), tokenizer=None).scorer
    assert scorer.scores([scorer.rollout(r"\boxed{4}", gold="4")]).totals.tolist() == [1.0]
    environ["TOUCHSTONE_SERVER"] = f"http://{address}"
    with pytest.raises(InvalidParameterError, match=f"server: .*is a URL; write {address}"):
        BatchRewards(settings_from(environ), tokenizer=None)
