from __future__ import annotations

import pickle

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from rewards import Context, LanguageMixing, Rollout
from rewards.errors import InvalidParameterError
from rewards.rollout import Batch


def share(text: str, target: str = "en", **options: str) -> float:
    return float(LanguageMixing(target=target, **options)([Rollout(completion=text)])[0])


CASES = {
    "empty": ("", "en", 1.0),
    "English": ("so we add them up", "en", 1.0),
    "Chinese": ("先算出数量", "en", 0.0),
    "each Chinese character is a word": ("add 两个 numbers", "en", 0.5),
    "the same for Chinese": ("add 两个 numbers", "zh", 0.5),
    "English and French look alike": ("alors nous avons", "en", 1.0),
    "Russian": ("итак they", "ru", 0.5),
    "Japanese takes kana and Han": ("数を足す", "ja", 1.0),
    "Chinese does not take kana": ("数を足す", "zh", 0.5),
    "Korean": ("그래서 답은", "ko", 1.0),
    "accents, composed or not, make no new word": ("re\u0301sume\u0301 é\u0301a 好", "fr", 2 / 3),
    "numbers and punctuation": ("12 + 3 = 15!", "en", 1.0),
    "single letters are symbols": ("设 x 和 \u03b1", "zh", 1.0),
    "mathematics": ("we get $你好$ so", "en", 1.0),
    "code": ("先 `print` 后", "zh", 1.0),
    "markup": ("先<b>后</b>", "zh", 1.0),
    "commands": (r"先 \frac 后", "zh", 1.0),
    "mathematical letters have no script": ("so \U0001d465\U0001d466 is", "zh", 0.0),
}


@pytest.mark.parametrize(("text", "target", "expected"), CASES.values(), ids=CASES)
def test_language_mixing_is_the_share_of_the_target(text: str, target: str, expected: float) -> None:
    assert share(text, target) == pytest.approx(expected)


def test_language_mixing_counts_the_reasoning_alone_unless_asked() -> None:
    text = "<think>so it is</think> 答案"
    assert share(text) == 1.0
    assert share(text, part="completion") == 3 / 5
    assert share("<think>答案</think> it is") == 0.0


_WORD = regex.compile(r"[\p{Han}&&\p{L}]|(?:(?=\p{L}|\p{M})\p{Latin}){2,}", regex.VERSION1)


@given(
    st.lists(st.sampled_from(["so", "we", "x", "两", "个数", " ", "1", ".", ", "]), max_size=60).map("".join)
)
def test_language_mixing_is_the_plain_definition(text: str) -> None:
    words = _WORD.findall(text)
    expected = sum(word.isascii() for word in words) / len(words) if words else 1.0
    evaluation = Context().evaluate(LanguageMixing(target="en"), Batch([Rollout(completion=text)]))
    assert list(evaluation.values) == [expected]
    assert list(evaluation.parts["words"]) == [len(words)]


def test_language_mixing_gives_spans_of_wrong_stretches() -> None:
    text = "<think>so 两个 $x$ 数 we add и так 1</think>"
    evaluation = Context().evaluate(LanguageMixing(target="en"), Batch([Rollout(completion=text)]))
    found = [(text[span.start : span.end], span.label) for span in evaluation.spans[0]]
    assert found == [("两个 $x$ 数", "Han"), ("и так", "Cyrillic")]


def test_language_mixing_bounds_its_spans() -> None:
    evaluation = Context().evaluate(LanguageMixing(target="en"), Batch([Rollout(completion="so 好 " * 1000)]))
    assert len(evaluation.spans[0]) == 32


@pytest.mark.parametrize(
    "wrong",
    [{"target": "english"}, {"by": "guess"}, {"part": "answer"}, {"languages": ("xx",)}, {"target": None}],
)
def test_language_mixing_refuses_parameters_outside_their_domain(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError, match="language_mixing"):
        LanguageMixing(**wrong)


def test_language_mixing_without_lingua_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(InvalidParameterError, match=r"pip install '\.\[language\]'"):
        LanguageMixing(target="en", by="lingua")


ENGLISH = "First we add the two numbers, and then we divide the sum by three."
FRENCH = "Puis nous divisons la somme par trois, et nous obtenons la moyenne."


class TestLingua:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("lingua", reason="needs the language extra")

    def test_language_mixing_tells_languages_of_one_script_apart(self) -> None:
        assert share(ENGLISH, by="lingua") == 1.0
        assert share(FRENCH, by="lingua") == 0.0
        assert share(FRENCH, target="fr", by="lingua") == 1.0
        assert 0.3 < share(f"{ENGLISH} {FRENCH}", by="lingua") < 0.7

    def test_language_mixing_still_counts_other_scripts(self) -> None:
        words = len(ENGLISH.split())
        assert share(f"{ENGLISH} 好", by="lingua") == pytest.approx(words / (words + 1))

    def test_language_mixing_does_not_count_what_is_too_short(self) -> None:
        assert share("Oui.", by="lingua") == 1.0
        assert share("Oui. 好", by="lingua") == 0.0

    def test_language_mixing_gives_the_wrong_sentence_as_a_span(self) -> None:
        text = f"{ENGLISH} {FRENCH}"
        evaluation = Context().evaluate(LanguageMixing(by="lingua"), Batch([Rollout(completion=text)]))
        ((span,),) = evaluation.spans
        assert text[span.start : span.end] == FRENCH.rstrip(".")
        assert span.label == "fr"

    def test_language_mixing_chooses_among_the_languages_given(self) -> None:
        assert share(FRENCH, by="lingua", languages=("de", "fr")) == 0.0
        assert share("", by="lingua") == 1.0
        assert share("สวัสดี", target="th", by="lingua") == 1.0

    def test_language_mixing_pickles_without_the_detector(self) -> None:
        reward = LanguageMixing(by="lingua")
        share(ENGLISH, by="lingua")
        assert pickle.loads(pickle.dumps(reward)) == reward  # noqa: S301  # our own
