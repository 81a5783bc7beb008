"""`touchstone explain` says why an answer is right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Touchstone


def test_explain_ends_with_the_verdict(touchstone: Touchstone) -> None:
    ran = touchstone("explain", "--answer", r"\frac{3}{2}", "--gold", "1.5")
    assert ran.exit_code == 0
    assert "CORRECT by number" in ran.stdout.splitlines()[-1]


def test_explain_takes_each_gold_by_itself(touchstone: Touchstone) -> None:
    ran = touchstone("explain", "--answer", "-2", "--gold", "2", "--gold", "-2")
    assert ran.stdout.index("gold 2") < ran.stdout.index("INCORRECT") < ran.stdout.index("gold -2")
    assert " CORRECT " in ran.stdout.splitlines()[-1]


def test_explain_keeps_control_characters_off_the_terminal(touchstone: Touchstone) -> None:
    ran = touchstone("explain", "--answer", "\x1b[2J", "--gold", "\u202e2")
    assert not {"\x1b", "\u202e"} & set(ran.stdout)


def test_explain_shows_how_both_sides_were_read(touchstone: Touchstone) -> None:
    ran = touchstone("explain", "--answer", r"**5 + \foo**", "--gold", "= 2x", "--trace")
    assert ran.exit_code == 0
    lines = ran.stdout.splitlines()
    assert "gold:   rewrite  leading equals sign: 2x" in lines
    assert "gold:   tree     Product" in lines
    assert any(line.startswith("answer: refused  at character 7 ") for line in lines)
    assert lines[-1].startswith("verdict: INCORRECT")


def test_explain_asks_for_an_answer(touchstone: Touchstone) -> None:
    assert touchstone("explain", "--gold", "2").exit_code == 2
