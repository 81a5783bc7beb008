"""Rollouts of any content, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from rewards import Rollout

text = st.text(st.characters(exclude_categories=()), max_size=30)  # lone surrogates, too


logprob = st.floats(max_value=0.0, width=32, allow_nan=False)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    length = draw(st.integers(0, 6))

    def tokens(elements: st.SearchStrategy[object]) -> object:
        return draw(st.none() | st.lists(elements, min_size=length, max_size=length))

    completion = draw(text)
    most = len(Rollout(completion=completion).completion)  # a pair of surrogates becomes one character
    bounds = sorted(draw(st.lists(st.integers(0, most), max_size=6)))
    turns = [*zip(bounds[::2], bounds[1::2], strict=False)]
    return Rollout(
        completion=completion,
        id=draw(text),
        prompt=draw(text),
        ground_truth=draw(st.none() | text | st.lists(text, min_size=2, max_size=3)),
        completion_ids=tokens(st.integers(-(2**31), 2**31 - 1)),
        logprobs=tokens(logprob),
        completion_mask=tokens(st.booleans()),
        finish_reason=draw(st.sampled_from(["stop", "length", None])),
        think_prefilled=draw(st.booleans()),
        group_id=draw(st.none() | text),
        turns=draw(st.none() | st.just(turns)),
        metadata=draw(st.dictionaries(text, text, max_size=2)),
    )
