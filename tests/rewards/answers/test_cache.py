from __future__ import annotations

from rewards.answers.cache import VerdictCache
from rewards.answers.question import Question
from rewards.verdict import Status, Verdict

RIGHT = Verdict(status=Status.CORRECT)


def question(answer: str) -> Question:
    return Question(answer, ("g",))


def test_cache_forgets_what_was_used_least_recently() -> None:
    cache = VerdictCache(entries=2)
    cache.put(question("a"), RIGHT)
    cache.put(question("b"), RIGHT)
    assert cache.known([question("a")]) == {question("a"): RIGHT}
    cache.put(question("c"), RIGHT)
    assert not cache.known([question("b")])
    assert cache.known([question("a")]) == {question("a"): RIGHT}
    assert len(cache) == 2


def test_cache_gives_a_long_answer_the_place_of_many() -> None:
    cache = VerdictCache(characters=100)
    for n in range(10):
        cache.put(question(str(n)), RIGHT)
    cache.put(question("x" * 90), RIGHT)
    assert cache.known([question("x" * 90)]) == {question("x" * 90): RIGHT}
    assert len(cache) == 5
    cache.put(question("y" * 200), RIGHT)
    assert len(cache) == 0


def test_cache_put_again_takes_no_more_room() -> None:
    cache = VerdictCache(characters=10)
    for _ in range(100):
        cache.put(question("abcd"), RIGHT)
    assert len(cache) == 1
