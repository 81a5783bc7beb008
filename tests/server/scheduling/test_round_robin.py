"""Items of many callers, one of each in turn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.scheduling.round_robin import RoundRobin

ITEMS = st.lists(st.tuples(st.sampled_from("abc"), st.integers()))


def emptied(waiting: RoundRobin[int]) -> list[tuple[object, int]]:
    taken = []
    while waiting:
        caller, item = next(iter(waiting))
        assert waiting.take(caller) == item
        taken.append((caller, item))
    return taken


@given(ITEMS)
def test_round_robin_gives_each_callers_items_in_their_order(items: list[tuple[str, int]]) -> None:
    waiting: RoundRobin[int] = RoundRobin()
    for caller, item in items:
        waiting.add(caller, item)
    assert len(waiting) == len(items)
    taken = emptied(waiting)
    for caller in "abc":
        assert [item for who, item in taken if who == caller] == [
            item for who, item in items if who == caller
        ]


@given(ITEMS)
def test_round_robin_serves_nobody_twice_while_others_wait(items: list[tuple[str, int]]) -> None:
    waiting: RoundRobin[int] = RoundRobin()
    for caller, item in items:
        waiting.add(caller, item)
    taken = [caller for caller, _ in emptied(waiting)]
    for at, caller in enumerate(taken[:-1]):
        if taken[at + 1] == caller:
            assert set(taken[at:]) == {caller}


def test_drop_takes_out_one_item_and_says_whether_it_was_there() -> None:
    waiting: RoundRobin[int] = RoundRobin()
    for item in (1, 2, 1):
        waiting.add("a", item)
    assert waiting.drop("a", 1)
    assert not waiting.drop("a", 9)
    assert not waiting.drop("b", 1)
    assert [item for _, item in emptied(waiting)] == [2, 1]
    waiting.add("a", 5)
    assert waiting.drop("a", 5)
    assert not waiting
