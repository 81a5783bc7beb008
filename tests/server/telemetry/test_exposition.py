"""Metrics as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scraping import page_of

from server.telemetry import definitions as of

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import ServerProcess


def test_exposed_names_are_those_of_the_definitions(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
    exposed = set(re.findall(r"^# TYPE (\w+) ", page_of(server.metrics), re.MULTILINE))
    assert exposed == of.METRICS.keys()
