"""The ms-swift adapter, loaded as ms-swift loads it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
