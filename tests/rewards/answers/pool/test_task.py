"""One question for a worker."""

from __future__ import annotations

from pools import Asker, area

from rewards.verdict import Method, Status


def test_task_is_decided_or_not_read(asker: Asker) -> None:
    asker.ask(*area(1))
    asker.ask(area(2)[0], area(1)[1])
    asker.ask("x+3", "{{")
    asker.ask("{{", "x+3")
    right, wrong, unreadable_gold, unreadable = asker.wait(area(1)[0], area(2)[0], "x+3", "{{")
    assert (right.status, right.method) == (Status.CORRECT, Method.SYMBOLIC)
    assert right.seconds > 0
    assert wrong.status == Status.INCORRECT
    assert unreadable_gold.status == Status.UNPARSEABLE_GOLD
    assert unreadable.status == Status.INCORRECT
