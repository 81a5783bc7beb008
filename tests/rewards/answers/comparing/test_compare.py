"""Golden tables of the comparison: what meets a gold and what does not, by family."""

# ruff: noqa: RUF001 - signs that look alike are the point

from __future__ import annotations

import pytest

from rewards.answers.comparing.compare import check_gold, compare, trace
from rewards.answers.question import EXACT, Policy
from rewards.verdict import Method, Status

ACCEPTED = {
    "fractions and decimals": [
        (
            r"\frac{1}{2}",
            ["0.5", r"\dfrac{1}{2}", "1/2", r"\frac 1 2", r"\tfrac12", "½", "1⁄2", r"\frac{2}{4}", ".5"],
        ),
        (r"-\frac{1}{2}", [r"\frac{1}{-2}", r"\frac{-1}{2}", "-0.5", "−1/2", r"-(\frac12)"]),
        (r"2\frac{1}{2}", [r"\frac{5}{2}", "2.5", "2 1/2", "2½"]),
        (r"0.\overline{3}", [r"\frac{1}{3}", r"0.\dot{3}", r"0.\bar{3}"]),
        (
            "5",
            ["5.0", "5.", "5.00", "+5", r"{5}", "$5$", r"\left(5\right)", r"\mathbf{5}", r"\displaystyle 5"],
        ),
    ],
    "thousands": [
        ("1000000", ["1,000,000", r"1{,}000{,}000", r"1\,000\,000", "1 000 000", r"1,\!000,\!000"]),
        ("(1,000)", ["1000"]),
        ("1000.99", ["1,000.99", "1000,99"]),
    ],
    "scientific": [
        ("1500", ["1.5e3", r"1.5\cdot 10^3", r"1.5×10^3", r"1.5 \times 10^{3}"]),
        (r"6.02\times 10^{23}", ["6.02e23", "6.02 * 10^23", r"6.02\cdot10^{23}"]),
        (r"2.9 $10^{-23} \mathrm{~s}$", [r"2.9 \times 10^{-23}\text{ s}"]),
    ],
    "families in step": [
        (r"\frac{\pi}{4}+k\pi", [r"\frac{\pi}{4}+k\pi, k\in\mathbb{Z}", r"\frac{(4n+1)\pi}{4}"]),
        (
            r"[k\pi-\frac{\pi}{3}, k\pi], k\in\mathbb{Z}",
            [r"[n\pi+\frac{2\pi}{3}, n\pi+\pi], n\in\mathbb{Z}"],
        ),
        (r"x=k\pi", [r"x=n\pi, n\in\mathbb{Z}"]),
    ],
    "products with a number in brackets": [
        (r"P\cdot 1.05^t", ["P(1.05)^t"]),
        ("3x-3", ["(x-1)(3)"]),
        (r"k+k\sqrt2", [r"k(1+\sqrt2)"]),
    ],
    "per cent": [
        (r"50\%", ["0.5", "50 percent", "50", r"\frac12", r"50\text{ percent}", "50 pct"]),
        (r"\frac{1}{4}", [r"25\%"]),
        ("50", [r"50.0\%"]),
    ],
    "units": [
        (r"5\text{ cm}", ["5 cm", "5cm", r"5\text{ centimeters}", "0.05 m", "5", r"50\,\mathrm{mm}"]),
        (
            "12",
            [r"12\text{ apples}", r"12\text{ cm}^2", r"12\mbox{ inches}", "12 square units", r"\$12", "€12"],
        ),
        ("60", [r"60^{\circ}", "60°", r"60^\text{\circ}", "60 degrees"]),
        (r"60^\circ", ["60", r"\frac{\pi}{3}"]),
        (r"9.8\ \mathrm{m/s^2}", ["9.8 m/s^2", r"9.8\,\mathrm{m}\cdot\mathrm{s}^{-2}", r"9.8\text{ m/s}^2"]),
        ("36 km/h", ["10 m/s"]),
        ("2 h 30 min", ["2.5 hours", "150 minutes", r"2\text{ h }30\text{ min}"]),
        (r"\$1,234.50", ["1234.5", r"\$1{,}234.50", "1234.50 dollars", "1234.5 USD"]),
        ("0.75", [r"75\text{ cents}"]),
        ("3000000", [r"3\text{ million}"]),
    ],
    "bases": [
        ("1010_2", ["(1010)_2", r"1010_{2}"]),
        (r"204_{\text{five}}", ["204_5"]),
        (r"\mathrm{FF}_{16}", ["FF_{16}"]),
    ],
    "exact values": [
        (r"2^{100}", [r"4^{50}"]),
        ("20!", ["2432902008176640000"]),
        (r"\binom{100}{50}", [r"\frac{100!}{50!\,50!}"]),
        (r"\sqrt{3}", ["√3", r"\sqrt3", "根号3", "sqrt(3)", r"3^{1/2}"]),
    ],
    "intervals and inequalities": [
        ("[0,1]", [r"0\le x\le 1", "x ∈ [0,1]", r"\left[0,1\right]", r"\{x \mid 0 \le x \le 1\}"]),
        (r"(-\infty,5]", [r"x\le 5", "5>=x", r"-x \ge -5", "x≤5"]),
        (r"x<-1 \text{ or } x>3", [r"(-\infty,-1)\cup(3,\infty)", "x>3 or x<-1"]),
        (r"\mathbb{R}", [r"(-\infty,\infty)", r"\text{all real numbers}", r"x\in\mathbb{R}"]),
        (r"\mathbb{R}\setminus\{0\}", [r"(-\infty,0)\cup(0,+\infty)", r"x \ne 0"]),
        ("|x|<2", ["-2<x<2", "(-2,2)"]),
        (r"\{x \mid x > 0\}", [r"(0,\infty)", "x>0", r"\{t \mid t > 0\}"]),
        ("x < 1-b", ["1-b > x"]),
    ],
    "what is counted in Chinese": [("5", ["5个", "5人", r"5\text{只}", "5元"]), ("50000", ["5万"])],
    "residues": [(r"3 \pmod 7", ["3 (mod 7)", r"3 \text{ (mod } 7)", r"3\ (\bmod\ 7)"])],
    "damaged golds": [
        ("0. 98.", ["0.98"]),
        (r"[2-\sqrt{3}, 2+\sqrt{3}]}", [r"[2-\sqrt3,2+\sqrt3]"]),
    ],
    "labelled parts": [
        (
            r"\text{(a) }4,\ \text{(b) }9",
            ["(a) 4, (b) 9", "4, 9", "a) 4; b) 9", "(b) 9, (a) 4", "(a): 4; (b): 9", "(i) 4, (ii) 9"],
        ),
        (r"(1) 12; (2) x>3", ["12, x>3", r"\text{(1) }12,\ \text{(2) }x>3"]),
        (r"(1). $-\frac{1}{2} ; \quad$ (2). $\ln 2$.", [r"-\frac12, \ln 2"]),
    ],
    "lists, sets and tuples": [
        (r"\{1,2,3\}", [r"\{3,1,2\}", "1,2,3", "2, 3, and 1"]),
        ("1,2,3", ["3,2,1", r"\{1,2,3\}", "1;2;3", r"1\text{ and }2\text{ and }3", "1、2、3"]),
        (
            "(1,2)",
            [r"\left(1,2\right)", r"\langle 1,2\rangle", r"\begin{pmatrix}1\\2\end{pmatrix}", "x=1, y=2"],
        ),
        (r"\emptyset", [r"\{\}", r"\varnothing", r"\text{no solution}", "无解"]),
        (r"\pm 3", ["3,-3", r"-3\text{ and }3", r"\mp 3", "x=3, x=-3", "-3 或 3"]),
        (r"(\pm 1, 2)", ["(1,2),(-1,2)"]),
        ("1 和 3", ["(1,3)", "1和3", "1, 3"]),
        (r"x_1=10,\quad x_2=-2", ["-2, 10"]),
        ("p=5,q=2;p=7,q=2", ["(5,2),(7,2)"]),
    ],
    "equations and names": [
        ("x=5", ["5", "5=x", "x = 5.0", "x = 2+3 = 5"]),
        ("5", ["x=5", "x = 5"]),
        ("2x+4y=3", [r"y=-\frac12x+\frac34", "4x+8y=6", "3=2x+4y"]),
        ("f(x)=x^2", ["f(t)=t^2", "x^2", "y=x^2"]),
        ("|AB|=1", ["1"]),
        ("(x,y)=(3,2)", ["(3,2)", "x=3,y=2", "y=2, x=3"]),
        (r"\left\{\begin{array}{l}x=1\\y=2\end{array}\right.", ["x=1, y=2", "(1,2)"]),
        (r"x=k\pi, k\in\mathbb{Z}", [r"x = k\pi\ (k \in \mathbb{Z})", r"n\pi", r"x=-k\pi"]),
        (r"n\equiv 1 \pmod 6", [r"n \equiv 1 (\bmod 6)"]),
    ],
    "matrices": [
        (r"\begin{pmatrix}\frac12&0\\0&1\end{pmatrix}", [r"\begin{bmatrix}0.5 & 0\\ 0 & 1\\\end{bmatrix}"]),
        (r"2\mathbf{i}+3\mathbf{j}", [r"2\hat{i}+3\hat{j}"]),
    ],
    "choices": [
        ("A", ["(A)", r"\textbf{(A)}", r"\mathrm{A}", "A.", r"\text{Option A}", r"\text{A. }12", "A: 4x+3"]),
        ("ABD", ["A、B、D", "A, B, D", "ABD"]),
        (r"-\frac{1}{21}", ["A. -1/21"]),
        ("B: x+4y-5=0", ["B", "x+4y-5=0"]),
    ],
    "words": [
        (r"\text{Monday}", ["Monday", r"\textbf{Monday}", "monday."]),
        (r"\text{Yes}", [r"\text{yes}", "Yes."]),
        ("The second player wins.", ["second player wins", r"\text{The second player wins}"]),
        (r"\text{DNE}", [r"\text{does not exist}"]),
    ],
    "times, dates and ratios": [
        (r"3:00\text{ PM}", [r"3:00\text{ p.m.}", "15:00", "3 pm"]),
        (r"\text{March 5}", [r"\text{5 March}", "March 5th"]),
        ("2:3", [r"\frac23", "4:6", "2∶3"]),
    ],
    "layout and Unicode": [
        (r"\frac{\pi}{2}", ["pi/2", "π/2", r"\pi/2", r"\frac{π}{2}"]),
        ("5", ["5\u200b", "５", r"5 \, ", r"\color{red}{5}", r"\text{Answer: }5", r"\text{five}"]),
        ("x^2", ["x²", "x**2", "x^{2}"]),
        ("3x", ["3*x", r"3\cdot x", "3 x"]),
        (r"\frac{1}{2}", ["\x0crac{1}{2}", r"\\frac{1}{2}"]),
        (r"\boxed{4}", ["4"]),
    ],
}

REFUSED = {
    "hedging": [
        (
            "5",
            [
                "5, 6",
                "5 or 6",
                r"\text{either }5\text{ or }6",
                r"5\text{ (or maybe }6)",
                "5 6",
                "5|6",
                r"5\pm 1",
            ],
        )
    ],
    "lists and supersets": [
        ("5", [r"\{0,1,2,3,4,5\}", "(5,5)", "1,2,5", "5,5"]),
        (r"\{1,2\}", [r"\{1,2,3\}", "1", "(2,1)", r"\{1\}"]),
        ("[-1,1]", ["-1,1"]),
        (r"5\frac{1}{3}", [r"5\cdot\frac13"]),
        ("3.14", ["3, 14"]),
        ("(1,2)", ["(2,1)", "(1,2,3)", "[1,2]", r"\{1,2\}"]),
        ("(1,2),(3,4)", ["(1,4),(3,2)", "1,2,3,4"]),
        ("1,2,3", ["123", "1,2"]),
    ],
    "what changes a number in Chinese": [("5", ["6个", "5万", "5折", "5百", "5多", "5打", "5对"])],
    "residues": [(r"3 \pmod 7", ["3", "10", r"4 \pmod 7", r"3 \pmod 8"]), ("7", ["7 (mod 10)"])],
    "damaged golds": [("0. 98.", ["98", "0"]), ("36}", ["45", "3"])],
    "labelled parts": [
        (
            r"\text{(a) }4,\ \text{(b) }9",
            ["4", "(a) 4", "9, 4", "(a) 9, (b) 4", "(a) 4, (a) 9", "(a) 4, (c) 9"],
        ),
        ("4", ["(a) 4, (b) 4", "(a) 4"]),
        (r"\neg p", ["p", r"\neg q", r"\neg \neg p"]),
    ],
    "relations true of themselves": [
        ("x=5", ["x=x", "5=5", "x=x=5"]),
        ("x+y=5", ["0=0", "x+y=x+y"]),
        ("5", ["4=5", "5=6=5", "1=2=3=5", "x=x"]),
        ("0=1", ["3=3"]),
    ],
    "relations that are no value": [
        ("5", [r"\neq 5", r"\ge 5", r"6\mid 5", "x<5", r"5\to 6", r"5\approx 6", "=5"])
    ],
    "words dropped": [
        (
            "5",
            [
                "5 is wrong",
                r"\text{not }5",
                r"\text{about }5",
                "at least 5",
                "5 dozen",
                "5 dogs and 6 cats",
                "5?",
            ],
        ),
        (r"\text{yes}", [r"\text{yes and no}", r"\text{not yes}"]),
        (r"\text{Alice}", [r"\text{Alice and Bob}"]),
        ("3", [r"3\text{ million}", r"3\text{ thousand}"]),
        ("listen", ["silent"]),
        (r"\text{tab}", [r"\text{bat}"]),
    ],
    "notation dropped": [
        ("1010_2", ["1010_3", "1011_2", "1010"]),
        ("f'(x)", ["f(x)"]),
        (r"\angle ABC", [r"\angle ACB"]),
        ("x_1", ["x_2", "x"]),
        (r"\vec{a}", [r"\vec{b}", "a"]),
        (r"x^2+C", ["x^2"]),
        (r"k\pi, k\in\mathbb{Z}", [r"\pi", r"2k\pi", r"k\pi, k\in\mathbb{N}"]),
        (r"n\equiv 1 \pmod 6", [r"n\equiv 1 \pmod 5"]),
    ],
    "functions that fall apart into letters": [
        (r"\operatorname{Re}(zw)", [r"\operatorname{Re}(z)w"]),
        (r"\Re(z^2)", [r"\operatorname{Re}(z)^2"]),
        (r"f\circ g", [r"g\circ f"]),
        (r"(f\circ g)(x)", [r"(g\circ f)(x)", r"x(f\circ g)"]),
        ("E[X^2]", ["E[X]^2"]),
        (r"\max(x^2+1)", ["x^2+1"]),
    ],
    "functions of a number taken for products": [
        (r"I(0)e^{-\frac{t}{RC}}", ["0", "I(0)", r"I(0)e^{-2t/RC}"]),
        ("SU(2)", ["2SU"]),
        ("y(0)=1", ["y(0)=2"]),
    ],
    "formulas taken for families": [
        (r"\pi(l+2)", [r"\pi(l-2)"]),
        (r"S_n = (n-2)\pi", [r"S_n = n\pi", r"S_n = n\pi, n\in\mathbb{Z}"]),
        (r"k\pi", [r"(k+1)\pi", r"(k+1)\pi, k\in\mathbb{Z}"]),
        (r"\frac{\pi}{2}+\pi l", [r"\frac{3\pi}{2}+\pi l"]),
    ],
    "one integer for all parts of a structure": [
        (r"[k\pi-\frac{\pi}{3}, k\pi]", [r"[k\pi-\frac{\pi}{3}, k\pi+\pi]"]),
        (r"[k\pi-1, k\pi], k\in\mathbb{Z}", [r"[k\pi-1, k\pi+\pi], k\in\mathbb{Z}"]),
        (r"(\frac{\pi}{4}+k\pi, k)", [r"(\frac{5\pi}{4}+k\pi, k)"]),
        (r"A=\frac{\pi}{4}+k\pi, B=k", [r"A=\frac{5\pi}{4}+k\pi, B=k"]),
    ],
    "mixed numbers of 0": [
        (r"0\frac{1}{16}", ["0", r"0\frac{1}{18}"]),
        ("0", [r"0\frac{1}{16}", r"0\frac32"]),
    ],
    "units": [
        (r"5\text{ cm}", [r"5\text{ m}", "5 kg", "6 cm"]),
        (r"25^\circ\text{C}", [r"25^\circ\text{F}"]),
        (r"\$5", [r"5\text{ cents}", "€5"]),
        (r"2\text{ h }30\text{ min}", [r"2\text{ h }45\text{ min}"]),
        ("3:00 PM", ["3:00 AM"]),
        (r"28\%", ["2800", "0.0028", r"29\%"]),
        ("0.28", ["28"]),
        ("5", ["5x", "5m", "500"]),
    ],
    "rounding": [
        (r"\pi", ["3.14", "3.14159265", r"\frac{22}{7}"]),
        (r"\frac13", ["0.3", "0.3333333"]),
        ("3.14", ["3.141"]),
        ("3\\times 10^{-8}", ["0.00000004", "0.0", "0"]),
        ("2024", ["2024.1", "2025"]),
        ("2^{64}", ["18446744073709551615", "2^{64}-1"]),
    ],
    "intervals": [
        ("[0,1]", ["(0,1)", "[0,1)", "0"]),
        ("x<2", ["x>2", r"x\le 2", "2"]),
        ("(1,5)", ["3"]),
        (r"[2,\infty)", [r"[2,\infty]"]),
        (r"\{x \mid x > 0\}", ["0", r"\{x \mid x < 0\}"]),
    ],
    "left to be worked out": [
        ("55", [r"\sum_{k=1}^{10}k"]),
        ("391", [r"17\cdot 23", "400-9"]),
        ("120", ["5!", r"2\cdot 60"]),
        ("2", [r"\sqrt{4}", r"\gcd(4,6)", r"\lim_{x\to 2} x"]),
        ("1", [r"\sin^2 x+\cos^2 x"]),
        (r"\frac{\pi^2}{6}", [r"\sum_{n=1}^{\infty}\frac{1}{n^2}"]),
    ],
    "equations": [
        ("x=2", ["x^2=4", "y=2", "x=3 or x=2"]),
        ("x^2+y^2=25", ["(x^2+y^2-25)(x-y)=0", "x^2+y^2=5"]),
        ("7 = 11a+c", ["11a+c"]),
        ("a=1,b=2", ["a=2,b=1", "2,1"]),
    ],
    "choices": [
        ("A", ["B", "A or B", "ABCDE", "A,B,C,D", "a^2"]),
        ("ABD", ["AB", "A"]),
        ("B", [r"\text{(B) or (D)}"]),
        ("B: 5", ["B: 6", "C"]),
    ],
    "not understood": [
        (
            "5",
            [
                "(5",
                "5-",
                "5+",
                "----5",
                r"5^{?}",
                r"\ ",
                "{}",
                r"\frac{5}",
                "NaN",
                "5 5",
                "5 or",
                "5 where",
                r"5\not",
                r"5\text{",
            ],
        )
    ],
}


def _pairs(table: dict[str, list[tuple[str, list[str]]]]) -> list[object]:
    return [
        pytest.param(gold, answer, id=f"{family}: {gold} / {answer}"[:80])
        for family, rows in table.items()
        for gold, answers in rows
        for answer in answers
    ]


@pytest.mark.parametrize(("gold", "answer"), _pairs(ACCEPTED))
def test_accepted(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), _pairs(REFUSED))
def test_refused(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is Status.INCORRECT, decision.reason


@pytest.mark.parametrize(
    ("answer", "gold", "method"),
    [
        ("Monday", r"\text{Monday}", Method.STRING),
        ("1,000", "1000.0", Method.NUMBER),
        ("(2,1)", "(1,2)", Method.STRUCTURE),
        ("(x+1)^2", "x^2+2x+1", Method.SYMBOLIC),
    ],
)
def test_the_cheapest_tier_decides(answer: str, gold: str, method: Method) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.method is method


@pytest.mark.parametrize(
    ("answer", "gold", "policy"),
    [
        ("3.14159", "3.14", Policy(rounded_gold=True)),
        (r"\pi", "3.14", Policy(rounded_gold=True)),
        ("2024.1", "2024", Policy(tolerance=1e-3)),
        (r"17\cdot 23", "391", Policy(unevaluated=True)),
    ],
)
def test_a_policy_allows(answer: str, gold: str, policy: Policy) -> None:
    strict, lenient = compare(answer, gold), compare(answer, gold, policy)
    assert strict is not None
    assert lenient is not None
    assert (strict.status, lenient.status) == (Status.INCORRECT, Status.CORRECT)


@pytest.mark.parametrize(
    ("answer", "gold", "policy"),
    [
        ("50", r"50\%", Policy(optional_percent=False)),
        ("5", "5 cm", Policy(optional_units=False)),
        ("5", "x=5", Policy(optional_names=False)),
        ("2,1", "1,2", Policy(ordered_lists=True)),
        ("3.15", "3.14", Policy(rounded_gold=True)),
    ],
)
def test_a_policy_forbids(answer: str, gold: str, policy: Policy) -> None:
    decision = compare(answer, gold, policy)
    assert decision is not None
    assert decision.status is Status.INCORRECT


@pytest.mark.parametrize("gold", ["150^", r"\frac{1}{", "(0, 2-\\sqrt{2}])", "", "   ", r"\quad"])
def test_a_broken_gold_says_so(gold: str) -> None:
    assert check_gold(gold)
    decision = compare("5", gold)
    assert decision is not None
    assert decision.status is Status.UNPARSEABLE_GOLD


@pytest.mark.parametrize(
    "gold", ["5", r"1+\sqrt3 i", "4.5e33", "$\\frac12$", "Sergey teaches history in Kaluga", "x^2+C"]
)
def test_a_readable_gold_is_never_a_number_inside_it(gold: str) -> None:
    assert check_gold(gold) is None
    assert compare("1", gold).status is Status.INCORRECT  # type: ignore[union-attr]


def test_integrals_are_left_to_the_workers() -> None:
    assert compare(r"\frac{\sqrt{\pi}}{2}", r"\int_0^{\infty} e^{-x^2} dx") is None


def test_the_trace_tells_what_was_read_and_decided() -> None:
    lines = trace("5 is wrong", "5")
    assert "not understood" in lines[1]
    assert "INCORRECT" in lines[-1]


def test_the_exact_policy_leaves_nothing_optional() -> None:
    for answer, gold in [("5", "x=5"), ("5", "5 cm"), ("50", r"50\%")]:
        decision = compare(answer, gold, EXACT)
        assert decision is not None
        assert decision.status is Status.INCORRECT
