"""Rows of the data as they reach a recipe through every adapter: golds, columns, routes and prompts."""

from __future__ import annotations

import dataclasses
import json
import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conforming import (
    RIGHT,
    adapters,
    by_hand,
    check,
    every_adapter,
    recipe_for,
    values_of,
    wanted,
)
from trainer_calls import Call, Sample, Turn, samples_of, tokenize

from rewards.analysis import gold_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards import Rollout

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def row(text: str, gold: Any, answer: Any, **columns: Any) -> tuple[Sample, Rollout]:
    """A sample whose data hold `gold`, and the rollout that it is, whose gold is the text `answer`."""
    said = [Turn("assistant", text)]
    return Sample(said=said, gold=gold, columns=columns), by_hand(text, answer)


# Golds.


def arrow(value: Any, kind: str | None = None) -> Any:
    """A scalar of Arrow."""
    pa = pytest.importorskip("pyarrow")
    return pa.scalar(value, None if kind is None else pa.type_for_alias(kind))


def tensor(value: Any, kind: str) -> Any:
    torch = pytest.importorskip("torch")
    return torch.tensor(value, dtype=getattr(torch, kind))


def pandas(name: str) -> Any:
    return getattr(pytest.importorskip("pandas"), name)


NO_GOLD = "no gold"
ERROR = "an error"

GOLDS: dict[str, dict[str, tuple[Callable[[], Any], Any]]] = {
    "text": {
        "LaTeX": (lambda: r"\frac{3}{2}", "1.5"),
        "a number": (lambda: " 1.5\n", "3/2"),
        "blank": (lambda: "  \t", NO_GOLD),
        **{text: (lambda text=text: text, NO_GOLD) for text in ("nan", "None", "NULL", "<NA>", "")},
        "of numpy": (lambda: np.str_("1.5"), "1.5"),
        "of Arrow": (lambda: arrow("1.5"), "1.5"),
    },
    "None, NaN, pandas' `NA` and `NaT`": {
        "None": (lambda: None, NO_GOLD),
        "NaN": (lambda: float("nan"), NO_GOLD),
        "NaN of numpy": (lambda: np.float32("nan"), NO_GOLD),
        "NaN as a decimal": (lambda: Decimal("NaN"), NO_GOLD),
        "NA": (lambda: pandas("NA"), NO_GOLD),
        "NaT": (lambda: pandas("NaT"), NO_GOLD),
        "null of Arrow": (lambda: arrow(None, "string"), NO_GOLD),
        "NaN of torch": (lambda: tensor(math.nan, "float32"), NO_GOLD),
    },
    'text that is a JSON list of texts: `["34"]`': {
        "one": (lambda: '["34"]', "34"),
        "two": (lambda: '["2", "1.5"]', "3/2"),
        "with a gap": (lambda: '[null, "1.5"]', "1.5"),
        "with numbers": (lambda: '["2", 1.5]', "1.5"),
    },
    "a whole number, a fraction": {
        "whole": (lambda: 7, "7"),
        "large": (lambda: 10**40, str(10**40)),
        "fraction": (lambda: Fraction(3, 2), "1.5"),
        "of numpy": (lambda: np.int64(-7), "-7"),
        "unsigned": (lambda: np.uint8(7), "7"),
        "of torch": (lambda: tensor(7, "int64"), "7"),
        "of Arrow": (lambda: arrow(7, "int32"), "7"),
    },
    "a float of 64 bits": {
        "half": (lambda: 1.5, "3/2"),
        "whole": (lambda: 145.0, "145"),
        "tenth": (lambda: 0.1, "0.1"),
        "of numpy": (lambda: np.float64(0.1), "0.1"),
        "of Arrow": (lambda: arrow(0.1, "double"), "0.1"),
        "of torch": (lambda: tensor(0.1, "float64"), "0.1"),
    },
    "a float of 32 or 16 bits, of numpy, torch or Arrow": {
        "numpy": (lambda: np.float32(0.1), "0.1"),
        "numpy, 16": (lambda: np.float16(0.1), "0.1"),
        "torch": (lambda: tensor(0.1, "float32"), "0.1"),
        "torch, 16": (lambda: tensor(0.1, "float16"), "0.1"),
        "Arrow": (lambda: arrow(0.1, "float"), "0.1"),
        "widened": (lambda: float(np.float32(0.1)), "0.1"),
    },
    "a `Decimal`": {
        "zeros": (lambda: Decimal("0.10"), "1/10"),
        "exponent": (lambda: Decimal("1E+3"), "1000"),
        "of Arrow": (lambda: arrow(Decimal("2.50")), "5/2"),
    },
    "a truth value": {
        "true": (lambda: True, r"\text{True}"),
        "of numpy": (lambda: np.bool_(0), r"\text{False}"),
        "of Arrow": (lambda: arrow(value=True), r"\text{True}"),
    },
    "bytes, of Arrow too": {
        "bytes": (lambda: b"3/2", "1.5"),
        "array": (lambda: bytearray(b"3/2"), "1.5"),
        "of Arrow": (lambda: arrow(b"3/2"), "1.5"),
        "blank": (lambda: b" ", NO_GOLD),
        "not UTF-8": (lambda: b"\xff4", ERROR),
    },
    "a list, a tuple, an array": {
        "list": (lambda: ["2", 1.5], "3/2"),
        "tuple": (lambda: (1.5, "2"), "2"),
        "array": (lambda: np.array([0.25, 2.0]), "2"),
        "array of 32 bits": (lambda: np.array([0.1, 2.5], dtype=np.float32), "0.1"),
        "array of texts": (lambda: np.array(["2", r"\frac12"], dtype=object), "0.5"),
        "tensor": (lambda: tensor([0.1, 2.0], "float32"), "0.1"),
        "of Arrow": (lambda: arrow(["2", "1.5"]), "1.5"),
        "with a gap": (lambda: [None, "1.5"], "1.5"),
        "with NaN": (lambda: [float("nan"), "1.5"], "1.5"),
        "of nothing": (list, NO_GOLD),
        "of gaps": (lambda: [None, float("nan"), ""], NO_GOLD),
        "array of nothing": (lambda: np.array([]), NO_GOLD),
        "of a mapping": (lambda: [{"value": "4"}], ERROR),
    },
    "anything else: a mapping, or the JSON of one": {
        "mapping": (lambda: {"value": "4"}, ERROR),
        "JSON": (lambda: '{"value": "4"}', ERROR),
        "object": (lambda: object(), ERROR),  # noqa: PLW0108  # a new one
        "set": (lambda: {"4"}, ERROR),
    },
}
"""For each row of the table in `gold_text`: golds, each with an answer that is right by it."""


def test_every_row_of_the_table_of_golds_has_cases() -> None:
    lines = (gold_text.__doc__ or "").splitlines()
    table = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
    assert table[2:] == list(GOLDS)


def travels(gold: Any) -> bool:
    """Whether a gold is the same once it went through JSON."""
    try:
        return bool(json.loads(json.dumps(gold)) == gold) or gold != gold  # noqa: PLR0124  # NaN, which json writes
    except (TypeError, ValueError):
        return False


@every_adapter
@pytest.mark.parametrize("kind", GOLDS)
def test_a_gold_of_any_type_is_what_the_table_says(adapter: Call, kind: str) -> None:
    recipe = recipe_for(adapter)
    made = adapter.make(recipe, unjudged=-0.25)
    golds = {name: (make(), answer) for name, (make, answer) in GOLDS[kind].items()}
    golds = {name: one for name, one in golds.items() if passes(adapter, one[0])}
    rows = []
    for name, (gold, answer) in golds.items():
        if answer == ERROR:
            with pytest.raises(Exception, match="gold"):
                values_of(adapter, made, samples_of([RIGHT, RIGHT], [gold, "4"]))
        elif answer == NO_GOLD:
            rows.append((name, row(r"\boxed{nan}", gold, None)))
        else:
            right, wrong = (rf"<think>a</think> \boxed{{{text}}}" for text in (answer, "99"))
            rows += [(f"right {name}", row(right, gold, answer)), (name, row(wrong, gold, answer))]
    if not rows:
        return
    values, _ = values_of(adapter, made, [one for _, (one, _) in rows])
    found = dict(zip((name for name, _ in rows), values, strict=True))
    judged = {name: rollout for name, (_, rollout) in rows if rollout.golds}
    totals = dict.fromkeys(found, -0.25)
    totals |= dict(zip(judged, wanted(adapter, recipe, list(judged.values())) if judged else (), strict=True))
    assert found == totals
    for name, (_, answer) in golds.items():
        assert answer in (ERROR, NO_GOLD) or found[f"right {name}"] > found[name]


def passes(adapter: Call, gold: Any) -> bool:
    """Whether a trainer can pass a gold to its rewards."""
    if "types" in adapter.lacks:
        return travels(gold)
    return adapter.name != "areal" or type(gold) is not object  # pickled


@every_adapter
@pytest.mark.parametrize("missing", [None, float("nan"), "nan", [], [None]], ids=repr)
def test_a_row_without_a_gold_is_not_judged(adapter: Call, missing: Any) -> None:
    recipe = recipe_for(adapter)
    samples = samples_of([r"\boxed{nan}", RIGHT], [missing, "1.5"])
    if "none" not in adapter.lacks:
        values, _ = values_of(adapter, adapter.make(recipe), samples)
        assert values == [None, *wanted(adapter, recipe, [by_hand(RIGHT, "1.5")])]
    else:
        with pytest.raises(Exception, match=r"1 of [12] rollouts were not judged.*it has no gold"):
            values_of(adapter, adapter.make(recipe), samples)


@every_adapter
def test_a_gold_can_be_cut_out_of_worked_prose(adapter: Call) -> None:
    prose = ["Half of 3 is <<3/2=1.5>>1.5.\n#### 1.5", "We take 1.\n#### 2"]
    rows = [row(RIGHT, prose[0], "1.5"), row(RIGHT, prose[1], "2")]
    check(adapter, recipe_for(adapter), rows, gold_after="####")


# Columns.


def plain_objects(values: list[Any]) -> Any:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def of_datasets(values: list[Any]) -> Any:
    datasets = pytest.importorskip("datasets")
    return datasets.Dataset.from_dict({"column": values})["column"]


def of_pandas(values: list[Any]) -> Any:
    return pytest.importorskip("pandas").Series(values, index=[value + 7 for value in range(len(values))])


def of_arrow(values: list[Any]) -> Any:
    return pytest.importorskip("pyarrow").array(values)


def of_chunks(values: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    return pa.chunked_array([values[:1], values[1:]])


def of_torch(values: list[Any]) -> Any:
    return pytest.importorskip("torch").tensor(values)


COLUMNS: dict[str, tuple[Callable[[list[Any]], Any], Any]] = {
    "tuple": (tuple, ["1.5", "2"]),
    "numpy": (np.array, ["1.5", "2"]),
    "numpy of 32 bits": (lambda values: np.array(values, dtype=np.float32), [0.1, 2.5]),
    "numpy of objects": (plain_objects, ["1.5", ["2", "3"]]),
    "pandas": (of_pandas, ["1.5", "2"]),
    "Arrow": (of_arrow, ["1.5", None]),
    "Arrow of lists": (of_arrow, [["1.5", "2"], []]),
    "chunks of Arrow": (of_chunks, [1.5, 2.5]),
    "datasets": (of_datasets, ["1.5", "2"]),
    "datasets of lists": (of_datasets, [["1.5"], ["2", "3"]]),
    "torch": (of_torch, [0.1, 2.5]),
}
"""Types of columns, each with golds."""


@adapters("columns")
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_may_be_of_any_type(adapter: Call, kind: str) -> None:
    column, golds = COLUMNS[kind]
    texts = [r"<think>a</think>\boxed{1.5}", r"<think>a</think>\boxed{2.5}"]
    rows = [row(text, gold, gold_text.gold_of(gold)) for text, gold in zip(texts, golds, strict=True)]
    chosen = [(one, dataclasses.replace(rollout)) for one, rollout in rows if rollout.golds]
    values, _ = values_of(
        adapter, adapter.make(recipe_for(adapter), unjudged=-0.25), [one for one, _ in rows], column=column
    )
    judged = [value for value, (_, rollout) in zip(values, rows, strict=True) if rollout.golds]
    assert judged == wanted(adapter, recipe_for(adapter), [rollout for _, rollout in chosen])
    assert values.count(-0.25) == len(rows) - len(chosen)


NESTED: dict[str, Callable[[str], Any]] = {
    "an object": lambda gold: {"ground_truth": gold, "style": "rule"},
    "the JSON of one": lambda gold: json.dumps({"ground_truth": gold}),
    "a JSON list within": lambda gold: json.dumps({"ground_truth": [gold, "77"]}),
    "an array within": lambda gold: {"ground_truth": np.array([gold], dtype=object)},
    "a struct of Arrow": lambda gold: arrow({"ground_truth": gold}),
    "bytes within": lambda gold: {"ground_truth": gold.encode()},
}
"""Forms of the column `reward_model`, as verl's data have it."""

DOTTED = "reward_model.ground_truth"


@every_adapter
@pytest.mark.parametrize("form", NESTED)
def test_a_dotted_name_reaches_the_gold(adapter: Call, form: str) -> None:
    cells = [NESTED[form](gold) for gold in ("1.5", "2")]
    if "types" in adapter.lacks and not travels(cells[0]):
        pytest.skip("it does not travel as JSON")
    rows = [row(RIGHT, "99", gold, reward_model=one) for gold, one in zip(("1.5", "2"), cells, strict=True)]
    values = check(adapter, recipe_for(adapter), rows, gold=DOTTED)
    assert values[0] > values[1]


@every_adapter
def test_a_column_of_another_name_is_the_gold_where_it_is_named(adapter: Call) -> None:
    rows = [row(RIGHT, "99", "1.5", key="1.5"), row(RIGHT, "1.5", "2", key=2)]
    values = check(adapter, recipe_for(adapter), rows, gold="key")
    assert values[0] > values[1]


@every_adapter
@pytest.mark.parametrize("named", ["kye", "reward_model.ground_turth", "key.ground_truth"])
def test_a_gold_that_is_named_and_not_there_is_no_silent_zero(adapter: Call, named: str) -> None:
    rows = [row(RIGHT, "1.5", "1.5", key="1.5", reward_model={"ground_truth": "1.5"})]
    samples = [one for one, _ in rows]
    made = adapter.make(recipe_for(adapter), gold=named)
    try:
        values, _ = values_of(adapter, made, samples)
    except Exception as error:  # noqa: BLE001  # of the trainer, where it wraps ours
        assert "no gold" in str(error) or named in str(error), error  # noqa: PT017
    else:
        assert values == [None]
        assert "none" not in adapter.lacks


# Routes.

ROUTED = """
name: routed
version: 1
reward:
  sum:
    - switch:
        key: KEY
        cases:
          math: {boxed_correctness: {}, name: correctness}
          chat: {when: {reward: {switch: {key: KEY, cases: {chat: -1.0}}}, condition: 1.0}}
        default: 0.5
    - {has_box: {}, name: box, weight: 0.25}
"""
"""A switch in a sum, and one without a default inside a case of it."""

COMPLETIONS = [RIGHT, r"\boxed{1.5}", r"\boxed{2}", "no box", "", "<think>a</think>b \\boxed{3/2}"]
KINDS = ["math", "math", "chat", None, "poem", "math"]
BY_KIND = [1.25, 1.25, -0.75, 0.5, 0.5, 1.25]
"""Of COMPLETIONS: by the gold, as a chat, and by the default; a quarter more for a box."""

ROUTES: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "a column": ("kind", lambda kind: {"kind": kind}),
    "an object": ("meta.kind", lambda kind: {"meta": {"kind": kind}}),
    "the JSON of one": ("meta.kind", lambda kind: {"meta": json.dumps({"kind": kind})}),
    "bytes": ("kind", lambda kind: {"kind": kind and kind.encode()}),
    "text of numpy": ("kind", lambda kind: {"kind": kind and np.str_(kind)}),
    "verl's": ("data_source", lambda kind: {"data_source": kind}),
}


@every_adapter
@pytest.mark.parametrize("form", ROUTES)
def test_a_recipe_that_routes_gets_what_it_routes_by(
    adapter: Call, form: str, write: Callable[[str], str]
) -> None:
    key, columns = ROUTES[form]
    if "types" in adapter.lacks and not travels(columns("math")):
        pytest.skip("it does not travel as JSON")
    recipe = write(ROUTED.replace("KEY", key))
    rows = [row(text, "1.5", "1.5", **columns(kind)) for text, kind in zip(COMPLETIONS, KINDS, strict=True)]
    metadata = [{} if kind is None else {key: kind} for kind in KINDS]
    told = [
        (one, dataclasses.replace(rollout, metadata=some))
        for (one, rollout), some in zip(rows, metadata, strict=True)
    ]
    assert check(adapter, recipe, told) == BY_KIND


@every_adapter
def test_a_recipe_that_only_the_server_has_routes_too(
    adapter: Call, write: Callable[[str], str], serve_here: Callable[..., str]
) -> None:
    made = adapter.make("routed", server=serve_here(write(ROUTED.replace("KEY", "kind"))))
    rows = [row(text, "1.5", "1.5", kind=kind) for text, kind in zip(COMPLETIONS, KINDS, strict=True)]
    values, _ = values_of(adapter, made, [one for one, _ in rows])
    assert values == BY_KIND


# Prompts.

ASKED = "{name: asked, version: 1, reward: {'odd_rewards:PromptSum': {}}}"

PROMPTS = ["q", "Was ist 2 + 2?\nAntworte kurz.", "二加二", "", "{'role': 'user'}"]


@every_adapter
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_prompt_is_text(adapter: Call, prompt: str, write: Callable[[str], str]) -> None:
    sample = Sample(said=[Turn("assistant", RIGHT)], gold="1.5", prompt=prompt)
    text = "" if "prompt" in adapter.lacks else sample.templated if adapter.templated else prompt
    check(adapter, write(ASKED), [(sample, by_hand(RIGHT, "1.5", prompt=text))])


@every_adapter
def test_token_ids_are_those_that_were_sampled(adapter: Call, write: Callable[[str], str]) -> None:
    """Of the completion alone, whatever the prompt's length and the pads around it."""
    if "tokens" in adapter.lacks:
        pytest.skip("it passes none")
    recipe = write("{name: w, version: 1, reward: {soft_overlong: {max_length: 40, cache: 40}}}")
    rows = []
    for length in (1, 7, 20, 39):
        sample = Sample(said=[Turn("assistant", "x" * length)], gold="1", prompt="p" * (50 - length))
        rows.append((sample, by_hand("x" * length, "1")))
    values = check(adapter, recipe, rows)
    assert values == pytest.approx([-length / 40 for length in (1, 7, 20, 39)])


def test_tokens_are_code_points() -> None:
    assert tokenize("aé") == [97, 233]
