from __future__ import annotations

import asyncio

import pytest

from server.scheduling.budget import Budget

pytestmark = pytest.mark.asyncio

KILO = 1 << 10


async def test_budget_takes_until_nothing_is_left() -> None:
    budget = Budget(100 * KILO)
    assert budget.take("a", 60 * KILO)
    assert not budget.take("b", 50 * KILO)
    assert budget.take("b", 40 * KILO)
    assert budget.exhausted
    budget.give_back("a", 60 * KILO)
    assert not budget.exhausted
    assert budget.held == 40 * KILO


async def test_budget_lets_in_whoever_comes_alone() -> None:
    budget = Budget(10)
    assert budget.take("a", 1000)
    assert not budget.take("a", 1)
    assert not budget.take("b", 1)


async def test_budget_leaves_something_for_whoever_comes_new() -> None:
    budget = Budget(100 * KILO)
    held = dict.fromkeys("ab", 0)
    for _ in range(200):
        for caller in held:
            held[caller] += budget.take(caller, KILO)
    assert held["a"] == held["b"] > 40
    assert not budget.take("a", KILO)
    assert budget.take("new", KILO)
    assert not budget.exhausted


async def waiting(budget: Budget, caller: str, size: int, served: list[tuple[str, int]]) -> None:
    await budget.wait_for(caller, size)
    served.append((caller, size))


async def test_budget_serves_those_who_wait_in_turn() -> None:
    budget = Budget(10)
    assert budget.take("x", 10)
    served: list[tuple[str, int]] = []
    tasks = [asyncio.create_task(waiting(budget, "a", size, served)) for size in (5, 6, 7)]
    tasks.append(asyncio.create_task(waiting(budget, "b", 9, served)))
    await asyncio.sleep(0)
    assert budget.waiting == 4
    given = ("x", 10)
    for number in range(4):
        budget.give_back(*given)
        await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        assert len(served) == number + 1
        given = served[-1]
    assert served == [("a", 5), ("b", 9), ("a", 6), ("a", 7)]


async def test_budget_does_not_pass_over_a_large_one() -> None:
    budget = Budget(10)
    assert budget.take("x", 10)
    served: list[tuple[str, int]] = []
    large = asyncio.create_task(waiting(budget, "a", 8, served))
    await asyncio.sleep(0)
    small = asyncio.create_task(waiting(budget, "b", 1, served))
    await asyncio.sleep(0)
    budget.give_back("x", 5)
    await asyncio.sleep(0)
    assert not served
    assert not budget.take("c", 1)
    budget.give_back("x", 5)
    await asyncio.wait([large, small])
    assert served == [("a", 8), ("b", 1)]


async def test_budget_forgets_one_that_gives_up_waiting() -> None:
    budget = Budget(10)
    assert budget.take("x", 10)
    impatient = asyncio.create_task(budget.wait_for("a", 10))
    patient = asyncio.create_task(budget.wait_for("a", 4))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    budget.give_back("x", 10)
    await patient
    assert budget.held == 4


async def test_budget_gets_back_from_one_that_gives_up_at_its_turn() -> None:
    budget = Budget(10)
    assert budget.take("x", 10)
    turn = asyncio.create_task(budget.wait_for("a", 10))
    await asyncio.sleep(0)
    budget.give_back("x", 10)
    turn.cancel()
    await asyncio.wait([turn])
    assert budget.held == 0
