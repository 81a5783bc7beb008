"""The forms of fields in messages."""

from __future__ import annotations

import pytest

from rewards.rollout import FIELDS
from rewards.v1 import rollout_pb2
from rewards.wire.field_forms import DESCRIPTORS, FORMS, function


@pytest.mark.parametrize("name", FIELDS)
def test_forms_are_about_the_field_of_the_number_in_the_table(name: str) -> None:
    assert DESCRIPTORS[name].number == FIELDS[name].number
    form, field = FORMS[name], DESCRIPTORS[name].name
    assert f"message.{field}" in form.write
    assert f"message.{field}" in form.read
    assert "FIELD" not in form.write + form.read + form.size


def test_function_runs_its_lines_with_the_names_it_is_given() -> None:
    write = function("message, value", [FORMS["completion"].write, "return limit"], limit=7)
    message = rollout_pb2.Rollout()
    assert write(message, "four") == 7
    assert message.completion == "four"
