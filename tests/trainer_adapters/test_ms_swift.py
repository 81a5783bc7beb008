"""The ms-swift adapter, loaded as ms-swift loads it."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest
from trainer_calls.call import has

from rewards import BoxedCorrectness, HasBox
from trainer_adapters.ms_swift import register

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers"

RIGHT = r"<think>2 + 2</think> \boxed{4}"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def test_ms_swift_loads_the_example() -> None:
    rewards = pytest.importorskip("swift.rewards", reason="ms-swift is not installed", exc_type=ImportError)
    from swift.utils.utils import import_external_file

    import_external_file(str(EXAMPLES / "ms_swift" / "plugin.py"))
    functions = [rewards.orms[name](args=None) for name in ("correctness", "format")]
    assert [type(one).__name__ for one in functions] == ["correctness", "format"]
    assert [one([RIGHT], solution=["4"]) for one in functions] == [[1.0], [1.0]]


@pytest.fixture
def orms(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """ms-swift's registry; where it is not installed, one as far as ours needs it."""
    if has("swift.rewards"):
        from swift import rewards

        monkeypatch.setattr(rewards, "orms", {})
        return rewards.orms
    module: Any = types.ModuleType("swift.rewards")
    module.orms = {}
    module.ORM = type("ORM", (), {"__init__": lambda *_, **__: None})
    monkeypatch.setitem(sys.modules, "swift", types.ModuleType("swift"))
    monkeypatch.setitem(sys.modules, "swift.rewards", module)
    return module.orms


def test_register_gives_two_recipes_names_of_their_own(orms: dict[str, Any]) -> None:
    first, second = HasBox() + BoxedCorrectness(), 0.25 * HasBox() + BoxedCorrectness()
    assert register("r1-zero") == {"correctness": 1.0, "format": 0.5}
    assert register("r1-zero", gold="key") == {"r1-zero/correctness": 1.0, "r1-zero/format": 0.5}
    assert register("r1-zero", gold="other") == {"r1-zero-2/correctness": 1.0, "r1-zero-2/format": 0.5}
    assert register(first) == {"has_box": 1.0, "boxed_correctness": 1.0}
    assert register(second) == {"custom/has_box": 0.25, "custom/boxed_correctness": 1.0}
    for again in (first, second):
        register(again)
    assert len(orms) == 10
    made = {name: orm(args=None) for name, orm in orms.items()}
    assert [type(one).__name__ for one in made.values()] == list(orms)
    assert made["correctness"]([RIGHT], solution=["4"]) == [1.0]
    assert made["r1-zero/correctness"]([RIGHT], solution=["4"], key=["5"]) == [0.0]
