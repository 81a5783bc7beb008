from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.text.masking import mask

# What is masked, written with ~ in its place.
CASES = {
    "nothing": ("plain text", "plain text"),
    "empty": ("", ""),
    "inline mathematics": ("if $x = y$ then", "if ~~~~~~~ then"),
    "display mathematics": ("so $$x$$ holds", "so ~~~~~ holds"),
    "display over lines": ("$$\nx\n\ny\n$$.", "~~~~~~~~~~."),
    "parentheses": (r"so \(x\) holds", "so ~~~~~ holds"),
    "brackets": ("so \\[x\n= y\\].", "so ~~~~~~~~~."),
    "an environment": (r"\begin{align}x\end{align} so", "~" * 25 + " so"),
    "the innermost environment": (r"\begin{a}b \begin{c}d\end{c}", "~~~~~~{a}b " + "~" * 17),
    "a command": (r"\alpha is \boxed{four}", "~~~~~~ is ~~~~~~{four}"),
    "prices": ("from $5 to $6 and", "from $5 to $6 and"),
    "an escaped dollar": (r"\$5 and $x$", r"~~5 and ~~~"),
    "an escaped dollar inside": (r"$a \$ b$ c", "~~~~~~~~ c"),
    "no mathematics across paragraphs": ("a $b\n\nc$ d", "a $b\n\nc$ d"),
    "mathematics across a line": ("a $b\nc$ d", "a ~~~~~ d"),
    "code": ("call `f(x)` now", "call ~~~~~~ now"),
    "a fence": ("```py\nx = `1`\n``` so", "~~~~~~~~~~~~~~~~~ so"),
    "a tag": ("<b>bold</b><br/>", "~~~bold~~~~~~~~~"),
    "a tag with attributes": ('<a href="x y">z</a>', "~~~~~~~~~~~~~~z~~~~"),
    "no tags": ("a <b and c> d, 1 < 2 > 0", "a <b and c> d, 1 < 2 > 0"),
    "a special token": ("end<|im_end|>", "end~~~~~~~~~~"),
    "a URL": ("see https://example.org/a?b=c ok", "see ~~~~~~~~~~~~~~~~~~~~~~~~~ ok"),
    "a URL and Chinese": ("见www.example.org。", "见~~~~~~~~~~~~~~~。"),
    "an open dollar": ("so $x is", "so $x is"),
    "an open bracket": (r"so \[x is", r"so \[x is"),
    "an open fence": ("so ```x is", "so ```x is"),
    "an open bracket before a closed one": (r"\[a \[b\]", r"\[a ~~~~~"),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_mask_covers_code_formulas_and_markup(text: str, expected: str) -> None:
    assert (
        "".join("~" if masked else letter for letter, masked in zip(text, mask(text), strict=True))
        == expected
    )


@given(st.text() | st.text(alphabet=r"$\()[]`<>|{}a /!" + "\n"))
def test_mask_is_as_long_as_its_text(text: str) -> None:
    assert mask(text).shape == (len(text),)
