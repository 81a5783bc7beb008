"""The findings of a stress in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Touchstone


def test_sentences_name_a_trap_and_what_pays_for_it(touchstone: Touchstone) -> None:
    result = touchstone("stress", "gsm8k-layered")
    assert result.exit_code == 1
    assert (
        "Reward trap: a policy that never solves anything earns 0.1, 10.0 % of the best reward"
        in result.output
    )
    assert "Paid by: boxed." in result.output


def test_sentences_say_what_format_alone_earns(touchstone: Touchstone) -> None:
    output = touchstone("stress", "r1-zero").output
    assert "Format alone earns 0.5 (33.3 % of the best) with tags" in output
