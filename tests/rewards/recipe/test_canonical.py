"""The canonical form of a reward, of which the digest is made."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from typing import TYPE_CHECKING

import pytest

import rewards
from rewards import (
    Evaluation,
    HasBox,
    Recipe,
    Reward,
)
from rewards.errors import RecipeError
from rewards.recipe.canonical import canonical

if TYPE_CHECKING:
    from rewards import Batch, Context


@dataclasses.dataclass(frozen=True, kw_only=True)
class Odd(Reward):
    what: object = None

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([0.0] * len(batch))


def test_the_canonical_form_spells_everything_out() -> None:
    recipe = Recipe.of(0.5 * HasBox().named("box") + 1)
    form = (
        '{"kind":"sum","parameters":{"terms":['
        '{"kind":"scale","parameters":{"reward":{"kind":"named","parameters":{"name":"box","reward":'
        '{"kind":"has_box","parameters":{"inside_think":false}}}},"weight":0.5}},'
        '{"kind":"constant","parameters":{"value":1}}]}}'
    )
    assert recipe.canonical == form
    assert recipe.digest == hashlib.sha256(form.encode()).hexdigest()


@pytest.mark.parametrize(
    ("what", "form"),
    [
        (math.nan, '{"float":"nan"}'),
        (-math.inf, '{"float":"-inf"}'),
        (-0.0, "0"),
        (1e300, str(int(1e300))),
        (0.1, "0.1"),
        (True, "true"),
        ("é\n", r'"\u00e9\n"'),
        (frozenset({"b", "a"}), '["a","b"]'),
        (((1, 2.5), ()), "[[1,2.5],[]]"),
        (rewards.Status.TIMEOUT, '"TIMEOUT"'),
    ],
)
def test_canonical_form_is_there_for_parameters_of_every_plain_type(what: object, form: str) -> None:
    assert json.loads(canonical(Odd(what=what)))["parameters"]["what"] == json.loads(form)
    assert f'"what":{form}' in canonical(Odd(what=what))


@pytest.mark.parametrize("what", [print, object(), b"bytes", 1j, int])
def test_canonical_form_is_refused_to_a_parameter_without_one(what: object) -> None:
    with pytest.raises(RecipeError, match=r"Odd\.what is of type .* no canonical form"):
        _ = Recipe.of(1.0 + Odd(what=what)).digest
