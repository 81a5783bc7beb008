"""Parameters of another type than they have: refused when the thing is made, with what to write instead."""

from __future__ import annotations

import collections
import dataclasses
import enum
import inspect
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from shipped_rewards import needed_by

import rewards
from rewards import (
    BoxedCorrectness,
    Constant,
    Evaluation,
    Extraction,
    HasBox,
    LocalScorer,
    Policy,
    Recipe,
    RemoteScorer,
    Reward,
    Rollout,
    Sum,
    Switch,
    Tls,
    When,
)
from rewards.errors import InvalidParameterError
from rewards.parameters import hints_of
from rewards.recipe.kinds import BUILTIN_KINDS, class_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rewards import Batch, Context

BOX = HasBox()

NEEDED: dict[str, dict[str, Any]] = {
    "LocalScorer": {"recipe": BOX},
    "Recipe": {"name": "box", "reward": BOX},
    "RemoteScorer": {"target": "127.0.0.1:1", "recipe": "boxed"},
}
"""What a thing that is no reward cannot be made without."""

MADE = [*map(class_of, BUILTIN_KINDS), Extraction, LocalScorer, Policy, Recipe, RemoteScorer, Tls]


def parameters() -> list[Any]:
    return [
        pytest.param(made, name, id=f"{made.__name__}-{name}")
        for made in MADE
        for name in inspect.signature(made).parameters
    ]


def wrong_for(made: type[Any], name: str) -> list[object]:
    """What no parameter takes, and a text and a number where the hint has none."""
    hint = str(inspect.signature(made).parameters[name].annotation)
    outside = hint.partition("[")[0] if hint.startswith("tuple[") else hint
    wrong: list[object] = [object(), {"of": 1}, {1}, b"bytes", [object()], {"of": 1}.items(), int, print]
    if "str" not in outside:
        wrong.append("some text")
    if "int" not in outside and "float" not in outside:
        wrong.append(3)
    if "bool" not in outside:
        wrong.append(True)
    return wrong


@pytest.mark.parametrize(("made", "name"), parameters())
def test_every_parameter_refuses_what_is_not_of_its_type(made: type[Any], name: str) -> None:
    needed = needed_by(made) if issubclass(made, Reward) else NEEDED.get(made.__name__, {})
    assert made(**needed)
    for wrong in wrong_for(made, name):
        with pytest.raises(InvalidParameterError, match=name):
            made(**{**needed, name: wrong})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: BoxedCorrectness(policy={"tolerance": 0.1}),
            "policy is a dict; write Policy(tolerance=0.1)",
        ),
        (lambda: BoxedCorrectness(policy={"percent": 1}), "write Policy(rounded_gold=..., tolerance=..., "),
        (lambda: BoxedCorrectness(policy="strict"), "policy is 'strict'; write Policy(rounded_gold=..., "),
        (lambda: BoxedCorrectness(introductions="####"), "introductions is '####'; write ('####',)"),
        (lambda: BoxedCorrectness(introductions=["A:", 5]), "introductions[1] is 5; it must be text"),
        (
            lambda: BoxedCorrectness(values={"CORRECT": 2}),
            "values is a dict; write its pairs, tuple(that.items())",
        ),
        (lambda: BoxedCorrectness(values=[("CORRECT", "2")]), "values[0][1] is '2'; it must be a number"),
        (lambda: Tls(root_certificates="ca.pem"), "root_certificates is 'ca.pem'; write Path('ca.pem')"),
        (lambda: Tls(key="-----BEGIN KEY-----\nabc"), "key is text; it must be a Path or None"),
        (lambda: Tls(certificate=b"-----BEGIN"), "certificate is bytes; it must be a Path or None"),
        (
            lambda: RemoteScorer("h:1", "boxed", tls={"server_name": "rewards"}),
            "tls is a dict; write Tls(server_name='rewards')",
        ),
        (lambda: RemoteScorer(["h:1", 5], "boxed"), "target[1] is 5; it must be text"),
        (lambda: RemoteScorer("h:1", BOX), "recipe is of type HasBox; it must be text or a Recipe"),
        (lambda: LocalScorer(5), "it must be a Recipe or a Reward or text or a Path"),
        (lambda: BOX.when("r1-zero"), "when: condition is 'r1-zero'; it must be a Reward"),
        (lambda: Switch(key="task", cases={"math": BOX}), "cases is a dict; write its pairs"),
    ],
)
def test_parameters_of_a_wrong_type_are_told_with_what_to_write(
    make: Callable[[], object], said: str
) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        make()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_parameters_that_are_secret_are_in_no_message() -> None:
    for token in (b"secret", ["secret"], {"secret": 1}):
        with pytest.raises(InvalidParameterError, match="token is") as raised:
            RemoteScorer("h:1", "boxed", token=token)  # type: ignore[arg-type]
        assert "secret" not in str(raised.value)


def test_check_fields_takes_lists_for_tuples_at_every_depth() -> None:
    listed = Switch(key="task", cases=[["math", Sum(terms=[BOX, Constant(value=1)])]])  # type: ignore[arg-type, list-item]
    assert listed == Switch(key="task", cases=(("math", Sum(terms=(BOX, Constant(value=1.0)))),))
    assert hash(listed)
    assert Recipe.of(listed).digest


def test_check_fields_takes_a_policy_and_tls_of_the_right_types() -> None:
    assert BoxedCorrectness(policy=Policy(tolerance=1)).policy == Policy(tolerance=1.0)
    assert Tls(root_certificates=Path("ca.pem"), server_name="rewards").key is None


# Rewards of one's own.


class Mode(enum.Enum):
    LOUD = "loud"
    QUIET = "quiet"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Own(Reward):
    limit: int = 3
    mode: Mode = Mode.LOUD
    weights: tuple[tuple[str, float], ...] = ()
    inner: Reward | None = None
    table: NDArray[Any] | None = None  # a name that only type checkers see
    counts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", tuple(sorted(self.weights)))  # and no call of super()

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([float(self.limit)] * len(batch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Heir(Own):
    factor: float = 1.0


@pytest.mark.parametrize("made", [Own, Heir])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("limit", "400"),
        ("limit", 1.5),
        ("mode", "silent"),
        ("weights", {"a": 1.0}),
        ("weights", [("a", "b")]),
        ("inner", "has_box"),
        ("counts", {}),
    ],
)
def test_own_rewards_are_checked_by_their_hints(made: type[Any], name: str, wrong: object) -> None:
    with pytest.raises(InvalidParameterError, match=rf"^{made.kind}: {name}\W"):
        made(**{name: wrong})


def test_check_fields_takes_what_is_right_or_of_unknown_type() -> None:
    own = Heir(limit=2, mode="quiet", weights=[["b", 2], ["a", 1]], inner=BOX, table="anything", factor=2)  # type: ignore[arg-type, list-item]
    assert own.mode is Mode.QUIET
    assert own.weights == (("a", 1), ("b", 2))
    assert When(reward=own, condition=Constant(value=1.0))([Rollout(completion="")]).tolist() == [2.0]


def test_hints_that_name_what_is_only_imported_for_type_checkers_are_found() -> None:
    assert hints_of(rewards.CosineLength)["correctness"] is Reward
    with pytest.raises(NameError):
        hints_of(Own)
    assert typing.get_type_hints(Policy) == hints_of(Policy)
