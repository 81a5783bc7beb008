"""Open ends of intervals as they are written in French: `]0, 1[` for `(0, 1)`."""

from __future__ import annotations

from rewards.answers.reading.tokens import Token

__all__ = ["turned"]

_ENDS_INTERVAL = frozenset({"eof", "sep", "close", "op", "rel", "stop", "text", "word", "endgroup"})


def turned(tokens: list[Token]) -> list[Token]:
    """The tokens with round brackets for square ones that look outwards; a copy.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> turned(tokenize("]0, 1]")) == tokenize("(0, 1]"), turned(tokenize("[0, 1[")) == tokenize("[0, 1)")
    (True, True)
    """
    found = list(tokens)
    if not any(token.value == "[" for token in tokens):
        return found
    opened: list[tuple[str, bool]] = []  # each open bracket, and whether a separator has stood in it
    for place, token in enumerate(tokens):
        bracket, interval = opened[-1] if opened else ("", False)
        if token[:2] == ("close", "[") and bracket != "[" and not interval:
            found[place] = Token("open", "(", token.gap)
            opened.append(("[", False))
        elif token[:2] == ("open", "[") and bracket == "[" and interval and _ends(tokens[place + 1]):
            found[place] = Token("close", "(", token.gap)
            opened.pop()
        elif token.kind == "open":
            opened.append((token.value, False))
        elif token.kind == "close" and opened:
            opened.pop()
        elif token.kind == "sep" and opened:
            opened[-1] = bracket, True
    return found


def _ends(following: Token) -> bool:
    """Return True if nothing that a bracket could hold comes next."""
    return following.kind in _ENDS_INTERVAL
