"""Cells of rows, and the values inside of them."""

from __future__ import annotations

import numpy as np
import pytest

from rewards.analysis.cells import as_object, at, json_list, json_objects

arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed; `make test` installs it")

INNER = {"ground_truth": "4", "deep": {"er": 5}}

OBJECTS: dict[str, object] = {
    "a mapping": INNER,
    "JSON": '{"ground_truth": "4", "deep": {"er": 5}}',
    "a struct of Arrow": arrow.scalar(INNER),
    "an array of numpy": np.array(INNER, dtype=object),
    "JSON inside of a mapping": {"ground_truth": "4", "deep": '{"er": 5}'},
}


@pytest.mark.parametrize("cell", OBJECTS.values(), ids=OBJECTS)
def test_at_reaches_into_a_cell_of_any_form(cell: object) -> None:
    row = {"reward_model": cell}
    assert at(row, "reward_model.ground_truth") == "4"
    assert at(row, "reward_model.deep.er") == 5
    assert at(row, "reward_model.none") is None


def test_at_prefers_a_column_whose_own_name_has_a_dot() -> None:
    assert at({"a.b": 1, "a": {"b": 2}}, "a.b") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}}",
        "{1, 2}",
        '{"a"',
        '{"a": ' * 100_000 + "1" + "}" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        None,
        5,
    ],
    ids=lambda text: repr(text)[:12],
)
def test_as_object_of_anything_else_is_none(text: object) -> None:
    assert as_object(text) is None


@pytest.mark.parametrize("text", ["[]", "[1, 2]", "[0, 1)", '["a", ', '"a"', "[[1], [2]]"])
def test_json_list_leaves_mathematics_alone(text: str) -> None:
    assert json_list(text) is None
    assert json_objects(text) is None
