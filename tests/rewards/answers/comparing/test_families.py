"""Families of solutions over all integers."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "every integer": [(r"x\in\mathbb{Z}", [r"x=k, k\in\mathbb{Z}", r"x=1-n, n\in\mathbb{Z}"])],
    "families in step": [
        (r"\frac{\pi}{4}+k\pi", [r"\frac{\pi}{4}+k\pi, k\in\mathbb{Z}", r"\frac{(4n+1)\pi}{4}"]),
        (
            r"[k\pi-\frac{\pi}{3}, k\pi], k\in\mathbb{Z}",
            [r"[n\pi+\frac{2\pi}{3}, n\pi+\pi], n\in\mathbb{Z}"],
        ),
        (r"x=k\pi", [r"x=n\pi, n\in\mathbb{Z}"]),
    ],
    "one family in several classes": [
        (r"\frac{\pi}{4}+k\pi", [r"\frac{\pi}{4}+2k\pi, \frac{5\pi}{4}+2k\pi"]),
        (
            r"x=(-1)^k\frac{\pi}{6}+k\pi, k\in\mathbb{Z}",
            [r"x=\frac{\pi}{6}+2n\pi \text{ or } x=\frac{5\pi}{6}+2n\pi, n\in\mathbb{Z}"],
        ),
        (r"n \equiv 1 \pmod 2", [r"n \equiv 1, 3 \pmod 4", r"n=2k-7, k\in\mathbb{Z}"]),
    ],
    "sets, names on one value only, constants": [
        (
            r"x=\frac{\pi}{6}+2k\pi \text{ or } x=\frac{5\pi}{6}+2k\pi, k\in\mathbb{Z}",
            [r"x=\frac{\pi}{6}+2n\pi, \frac{5\pi}{6}+2n\pi, n\in\mathbb{Z}"],
        ),
        (
            r"\{x \mid x=k\pi, k\in\mathbb{Z}\} \cup \{x \mid x=\frac{\pi}{4}+k\pi, k\in\mathbb{Z}\}",
            [r"x_1=n\pi, x_2=\frac{\pi}{4}+n\pi, n\in\mathbb{Z}"],
        ),
        (
            r"x\in\{k\pi \mid k\in\mathbb{Z}\}",
            [r"x=n\pi, n\in\mathbb{Z}", r"\{y \mid y=n\pi, n\in\mathbb{Z}\}"],
        ),
        (
            r"x=\arctan 2+k\pi, k\in\mathbb{Z}",
            [r"x=\frac{\pi}{2}-\arctan\frac12-n\pi, n\in\mathbb{Z}"],
        ),
        (r"x=2k\pi \text{ or } x=\pi+2n\pi; k, n\in\mathbb{Z}", [r"x=k\pi, k\in\mathbb{Z}"]),
    ],
    "intervals, points and exceptions": [
        (
            r"[k\pi-\frac{\pi}{3}, k\pi+\frac{\pi}{6}], k\in\mathbb{Z}",
            [
                r"k\pi-\frac{\pi}{3} \le x \le k\pi+\frac{\pi}{6}, k\in\mathbb{Z}",
                r"[k\pi-\frac{\pi}{3}, k\pi+\frac{\pi}{6}]",
                r"\bigcup_{n\in\mathbb{Z}}[n\pi+\frac{2\pi}{3}, n\pi+\frac{7\pi}{6}]",
            ],
        ),
        (
            r"(\frac{k\pi}{2}+\frac{\pi}{8}, 0), k\in\mathbb{Z}",
            [r"(\frac{k\pi}{2}+\frac{\pi}{8}, 0)", r"(\frac{n\pi}{2}-\frac{3\pi}{8}, 0), n\in\mathbb{Z}"],
        ),
        (r"x \ne \frac{\pi}{4}+k\pi, k\in\mathbb{Z}", [r"\{x | x \ne n\pi-\frac{3\pi}{4}, n\in\mathbb{Z}\}"]),
        (r"x=7t-12, y=5t-9 \text{ where $t$ is any integer}", [r"(x,y)=(7k+2, 5k+1), k\in\mathbb{Z}"]),
    ],
}

DIFFERENT: Table = {
    "every integer": [(r"x\in\mathbb{Z}", [r"x=2k, k\in\mathbb{Z}", r"x=k, k\in\mathbb{N}"])],
    "formulas taken for families": [
        (r"\pi(l+2)", [r"\pi(l-2)"]),
        (r"S_n = (n-2)\pi", [r"S_n = n\pi", r"S_n = n\pi, n\in\mathbb{Z}"]),
        (r"k\pi", [r"(k+1)\pi", r"(k+1)\pi, k\in\mathbb{Z}"]),
        (r"\frac{\pi}{2}+\pi l", [r"\frac{3\pi}{2}+\pi l"]),
    ],
    "sets, names on one value only, constants": [
        (r"x\in\{k\pi \mid k\in\mathbb{Z}\}", [r"y=n\pi, n\in\mathbb{Z}"]),
        (r"x=\arctan 2+k\pi, k\in\mathbb{Z}", [r"x=\arctan 3-n\pi, n\in\mathbb{Z}"]),
        (r"x=k\pi, y=\frac{\pi}{4}+k\pi, k\in\mathbb{Z}", [r"x=n\pi, x=\frac{\pi}{4}+n\pi, n\in\mathbb{Z}"]),
        (r"\mathbb{Z}", ["n", "k"]),
    ],
    "other classes": [
        (r"x=k\pi, k\in\mathbb{Z}", [r"x=2k\pi, k\in\mathbb{Z}", r"x=k\pi, k\in\mathbb{N}", r"x=\pi"]),
        (r"\frac{\pi}{4}+k\pi", [r"\frac{\pi}{4}+2k\pi, \frac{3\pi}{4}+2k\pi", r"\frac{\pi}{4}-k\pi"]),
        (
            r"x=(-1)^{k+1}\frac{\pi}{6}+k\pi, k\in\mathbb{Z}",
            [r"x=(-1)^k\frac{\pi}{6}+k\pi, k\in\mathbb{Z}"],
        ),
        (r"x=2k+1, k\in\mathbb{N}", [r"x=2k-1, k\in\mathbb{N}", r"x=2k+1, k\in\mathbb{Z}"]),
    ],
    "intervals, points and exceptions": [
        (
            r"(2k\pi, 2k\pi+\pi), k\in\mathbb{Z}",
            [r"[2k\pi, 2k\pi+\pi], k\in\mathbb{Z}", r"2k\pi<x\le2k\pi+\pi, k\in\mathbb{Z}", r"(0, \pi)"],
        ),
        (r"x \ne k\pi, k\in\mathbb{Z}", [r"x = k\pi, k\in\mathbb{Z}", r"x \ne 2k\pi, k\in\mathbb{Z}"]),
        (r"x=7t-12, y=5t-9, t\in\mathbb{Z}", [r"(x,y)=(7k+2, 5k+2), k\in\mathbb{Z}"]),
    ],
    "one integer for all parts of a structure": [
        (r"[k\pi-\frac{\pi}{3}, k\pi]", [r"[k\pi-\frac{\pi}{3}, k\pi+\pi]"]),
        (r"[k\pi-1, k\pi], k\in\mathbb{Z}", [r"[k\pi-1, k\pi+\pi], k\in\mathbb{Z}"]),
        (r"(\frac{\pi}{4}+k\pi, k)", [r"(\frac{5\pi}{4}+k\pi, k)"]),
        (r"A=\frac{\pi}{4}+k\pi, B=k", [r"A=\frac{5\pi}{4}+k\pi, B=k"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_families_of_the_same_members_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_families_of_other_members_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
