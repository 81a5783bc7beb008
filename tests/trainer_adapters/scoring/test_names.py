"""Names of the values of recipes in one run."""

from __future__ import annotations

import pickle

from trainer_adapters.scoring.names import Names
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer


def names(recipe: str, trainer: str = "one", **options: object) -> Names:
    scorer = TrainerScorer(
        recipe,
        Trainer(name=trainer, missing_fields=frozenset(), workaround=""),
        options,  # type: ignore[arg-type]
    )
    return Names(scorer, scorer.logged)


def test_names_are_plain_for_one_recipe_and_for_the_same_one_again() -> None:
    first, again, elsewhere = names("r1-zero"), names("r1-zero"), names("r1-gated", trainer="another")
    assert [one.of("correctness") for one in (first, again, elsewhere)] == ["correctness"] * 3


def test_names_that_two_recipes_have_are_told_apart_for_both() -> None:
    first, second = names("r1-zero"), names("gsm8k-layered")
    for _ in range(2):
        assert first.of("correctness") == "r1-zero/correctness"
        assert second.of("correctness") == "gsm8k-layered/correctness"
        assert (first.of("format"), second.of("boxed")) == ("format", "boxed")
        first.settle()


def test_names_of_recipes_of_one_name_are_numbered() -> None:
    options = [{}, {"unjudged": 0.0}, {"unjudged": 1.0}]
    run = [names("r1-zero", **some) for some in options]
    run[1].settle()
    assert [one.of("format") for one in run] == ["r1-zero/format", "r1-zero-2/format", "r1-zero-3/format"]


def test_names_of_a_later_run_are_its_own() -> None:
    first = names("r1-zero")
    first.settle()
    second = names("gsm8k-layered")
    assert (first.of("correctness"), second.of("correctness")) == ("correctness", "correctness")


def test_names_are_kept_where_they_are_pickled() -> None:
    first, second = names("r1-zero"), names("gsm8k-layered")
    assert pickle.loads(pickle.dumps(first)).of("correctness") == "r1-zero/correctness"  # noqa: S301  # our own
    second.settle()
    assert pickle.loads(pickle.dumps(first)).of("correctness") == "r1-zero/correctness"  # noqa: S301
