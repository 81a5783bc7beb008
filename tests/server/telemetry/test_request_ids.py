"""Ids of requests: those that a client sends, and those made for it."""

from __future__ import annotations

import re

import pytest

from server.telemetry.request_ids import request_id_of


@pytest.mark.parametrize("given", ["step-17", "a", "A1._:/+=@-", "x" * 128])
def test_request_id_that_is_well_formed_is_kept(given: str) -> None:
    assert request_id_of([("other", "x"), ("x-request-id", given)]) == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "-x", "a\nb", "é", b"bytes"])
def test_request_id_of_another_form_is_replaced(given: str | bytes) -> None:
    made = [request_id_of([("x-request-id", given)]) for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)
    assert made[0] != made[1]
