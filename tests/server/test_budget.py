from __future__ import annotations

import asyncio

import pytest

from server.budget import Budget

pytestmark = pytest.mark.asyncio


async def test_takes_until_nothing_is_left() -> None:
    budget = Budget(10)
    assert budget.take(6)
    assert not budget.take(5)
    assert budget.take(4)
    assert budget.exhausted
    budget.give_back(6)
    assert not budget.exhausted


async def test_whoever_comes_alone_is_let_in() -> None:
    budget = Budget(10)
    assert budget.take(1000)
    assert not budget.take(1)


async def test_the_first_to_wait_is_the_first_to_be_served() -> None:
    budget = Budget(10)
    assert budget.take(10)
    served: list[int] = []

    async def wait(size: int) -> None:
        await budget.wait_for(size)
        served.append(size)

    tasks = [asyncio.create_task(wait(size)) for size in (8, 1, 2)]
    await asyncio.sleep(0)
    assert budget.exhausted
    assert not budget.take(0)
    budget.give_back(5)
    await asyncio.sleep(0)
    assert served == []  # the small ones do not overtake the large one
    budget.give_back(5)
    await asyncio.wait(tasks[:2])
    assert served == [8, 1]
    budget.give_back(8)
    await tasks[2]


async def test_one_that_gives_up_waiting_leaves_its_place() -> None:
    budget = Budget(10)
    assert budget.take(10)
    impatient = asyncio.create_task(budget.wait_for(10))
    patient = asyncio.create_task(budget.wait_for(4))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    budget.give_back(10)
    await patient
    assert budget.take(6)


async def test_one_that_gives_up_at_its_turn_gives_back() -> None:
    budget = Budget(10)
    assert budget.take(10)
    waiting = asyncio.create_task(budget.wait_for(10))
    await asyncio.sleep(0)
    budget.give_back(10)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert budget.take(10)
