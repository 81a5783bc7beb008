"""YAML without its traps."""

from __future__ import annotations

import pytest

from rewards.errors import RecipeError
from rewards.recipe.file import loads

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


BOMBS = {
    "a billion laughs": (LAUGHS, "anchors and aliases"),
    "deep lists": ("reward: " + "[" * 400_000, "nested deeper than 100 levels"),
    "deep closed lists": ("reward: " + "[" * 5_000 + "]" * 5_000, "nested deeper than 100 levels"),
    "deep mappings": ("reward: " + "{a: " * 100_000, "nested deeper than 100 levels"),
    "deep rewards": (
        "name: x\nreward: " + "{sum: [" * 2_000 + "1" + "]}" * 2_000,
        "nested deeper than 100 levels",
    ),
    "many values": ("reward: [" + "1, " * 300_000 + "1]", "more than 20000 keys and values"),
    "many keys": ("".join(f"k{at}: 1\n" for at in range(60_000)), "more than 20000 keys and values"),
    "a long text": ("name: " + "x" * 2_000_000, "longer than 1000000 bytes"),
    "a long text of wide characters": ("name: " + "é" * 600_000, "longer than 1000000 bytes"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_read_refuses_bombs_of_yaml(case: str) -> None:
    written, told = BOMBS[case]
    with pytest.raises(RecipeError, match=told):
        loads(written)
