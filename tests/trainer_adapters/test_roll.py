"""The ROLL adapter's settings, which come from its environment."""

from __future__ import annotations

import pytest

from trainer_adapters.roll import settings_from

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def test_settings_of_roll_are_environment_variables() -> None:
    environment = {"TOUCHSTONE_RECIPE": "dapo", "TOUCHSTONE_THINK_PREFILLED": "true", "PATH": "/"}
    assert settings_from(environment) == {"recipe": "dapo", "think_prefilled": True}


def test_roll_takes_the_window_and_the_marker_from_its_environment() -> None:
    environ = {"TOUCHSTONE_RECIPE": "light-r1", "TOUCHSTONE_WINDOW": "4096", "TOUCHSTONE_GOLD_AFTER": "####"}
    assert settings_from(environ) == {"recipe": "light-r1", "window": 4096, "gold_after": "####"}
