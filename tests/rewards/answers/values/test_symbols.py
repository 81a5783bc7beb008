"""The symbolic tier on answers as they are written: identities, near misses, edges of definition, sizes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import flint
import pytest
from expressions import expression

from rewards.answers.tree.syntax import Expr, Number, Sum
from rewards.answers.values.symbols import ValueTooBig, equal_expressions, proportional


def verdicts(first: str, second: str) -> set[bool | None]:
    """The verdict in both orders: one of them only, when the comparison is symmetric."""
    left, right = expression(first), expression(second)
    return {equal_expressions(left, right), equal_expressions(right, left)}


EQUAL = {
    "expanded": (r"(x+1)^2", r"x^2+2x+1"),
    "factored": (r"a^3+b^3", r"(a+b)(a^2-ab+b^2)"),
    "cancelled": (r"\frac{x^3-1}{x-1}", r"x^2+x+1"),
    "common denominator": (r"\frac1x+\frac1y", r"\frac{x+y}{xy}"),
    "negative power": (r"x^{-2}", r"\frac{1}{x^2}"),
    "far too large to expand": (r"(x+1)^{3000}", r"(1+x)^{3000}"),
    "gaussian quotient": (r"\frac{3+4i}{1+2i}", r"\frac{11-2i}{5}"),
    "nested radical": (r"\sqrt{6+2\sqrt5}", r"1+\sqrt5"),
    "rationalised": (r"\frac{3}{2+\sqrt3}", r"6-3\sqrt3"),
    "cube roots": (r"\sqrt[3]{2+\sqrt5}+\sqrt[3]{2-\sqrt5}", "1"),
    "odd root of a negative": (r"\sqrt[3]{-8}", "-2"),
    "root of a negative": (r"\sqrt{-4}", "2i"),
    "root as a power": (r"x^{2/3}", r"\sqrt[3]{x^2}"),
    "square root of a square": (r"\sqrt{x^2}", "|x|"),
    "square root of a trinomial": (r"\sqrt{x^2-6x+9}", "|x-3|"),
    "square of an absolute value": ("|x-1|^2", "(x-1)^2"),
    "absolute value of what is positive": ("|x^2+1|", "x^2+1"),
    "logarithm of a square": (r"\ln x^2", r"2\ln|x|"),
    "floor by an alternating sign": (r"\lfloor n/2\rfloor", r"\frac{2n-1+(-1)^n}{4}"),
    "roots multiply": (r"\sqrt{x}\sqrt{y}", r"\sqrt{xy}"),
    "difference the other way": ("|x-3|", "|3-x|"),
    "maximum": (r"\max(a,b)", r"\frac{a+b+|a-b|}{2}"),
    "floor moved by one": (r"\lfloor x\rfloor", r"\lfloor x+1\rfloor-1"),
    "double angle": (r"\sin 2x", r"2\sin x\cos x"),
    "pythagoras": (r"\tan^2 y+1", r"\sec^2 y"),
    "half angle": (r"\sin^2\frac x2", r"\frac{1-\cos x}{2}"),
    "degrees": (r"\tan 15^\circ", r"2-\sqrt3"),
    "a sine in radicals": (r"\sin\frac{\pi}{12}", r"\frac{\sqrt6-\sqrt2}{4}"),
    "heptagon": (r"\cos\frac{2\pi}{7}+\cos\frac{4\pi}{7}+\cos\frac{6\pi}{7}", r"-\frac12"),
    "machin": (r"4\arctan\frac15-\arctan\frac1{239}", r"\frac{\pi}{4}"),
    "complementary arcs": (r"\arcsin x", r"\frac{\pi}{2}-\arccos x"),
    "hyperbolic": (r"\cosh x", r"\frac{e^x+e^{-x}}{2}"),
    "euler": (r"e^{i\theta}", r"\cos\theta+i\sin\theta"),
    "root of unity": (r"e^{2\pi i/5}", r"\frac{\sqrt5-1}{4}+i\frac{\sqrt{10+2\sqrt5}}{4}"),
    "sum of logarithms": (r"\ln 2+\ln 3", r"\ln 6"),
    "change of base": (r"\log_a b", r"\frac{\ln b}{\ln a}"),
    "logarithm of a square, where both are defined": (r"\ln x^2", r"2\ln x"),
    "bare logarithm, natural": (r"\log 2", r"\ln 2"),
    "bare logarithm, decimal": (r"\log 100", "2"),
    "exponents add": (r"2^{n+1}", r"2\cdot 2^n"),
    "alternating": (r"(-1)^{n+1}", r"-(-1)^n"),
    "cosine of whole turns": (r"\cos n\pi", r"(-1)^n"),
    "binomial": (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
    "pascal": (r"\binom{n}{k}+\binom{n}{k+1}", r"\binom{n+1}{k+1}"),
    "binomial in factorials": (r"\binom{n}{k}", r"\frac{n!}{k!(n-k)!}"),
    "factorials cancel": (r"\frac{(n+1)!}{n!}", "n+1"),
    "large factorials cancel": (r"\frac{2025!}{2024!}", "2025"),
    "sum written out": (r"\sum_{k=1}^{10}k", "55"),
    "sum over i": (r"\sum_{i=0}^{2}\binom{n}{i}", r"1+n+\frac{n(n-1)}{2}"),
    "sum with a symbolic end": (r"\sum_{k=1}^{n}k", r"\frac{n(n+1)}{2}"),
    "product with a symbolic end": (r"\prod_{k=1}^{n}k", "n!"),
    "determinant": (r"\begin{vmatrix}a&b\\c&d\end{vmatrix}", "ad-bc"),
    "multiple of a vector": (r"2\begin{pmatrix}x\\1\end{pmatrix}", r"\begin{pmatrix}2x\\2\end{pmatrix}"),
    "argument of an unknown function": ("f(x+1)", "f(1+x)"),
    "index": ("a_{n-1}", "a_{-1+n}"),
    "coprime neighbours": (r"\gcd(n,n+1)", "1"),
    "denominator that a known prime divides": (
        rf"\frac{{1}}{{{2**61 - 31}}}+\sqrt2",
        rf"\sqrt2+\frac{{2}}{{{2**62 - 62}}}",
    ),
    "remainder of a tower": (r"2^{10^{12}} \bmod 7", "2"),
}


@pytest.mark.parametrize(("first", "second"), EQUAL.values(), ids=EQUAL.keys())
def test_equal_expressions_are_shown_equal(first: str, second: str) -> None:
    assert verdicts(first, second) == {True}


DIFFERENT = {
    "one coefficient": (r"x^2+2x+1", r"x^2+2x-1"),
    "square of a sum": (r"(a+b)^2", r"a^2+b^2"),
    "one in three thousand": (r"(1+x)^{3000}+1", r"(x+1)^{3000}"),
    "root of a sum": (r"\sqrt{a+b}", r"\sqrt a+\sqrt b"),
    "distance": (r"\sqrt{x^2+y^2}", "x+y"),
    "sign lost in a root": (r"\sqrt{x^2}", "x"),
    "sign lost in a factor": (r"\sqrt{x^2y}", r"x\sqrt y"),
    "branch beyond the usual points": ("|x-2024|", "2024-x"),
    "branch between two numbers": ("|x-3|+|x-7|", "|2x-10|"),
    "maximum below its bound": (r"\max(x,10)", "10"),
    "odd power of an absolute value": ("|x|^3", "x^3"),
    "maximum far out": ("x", r"\max(x,-10^{30})"),
    "floor of what is small for long": ("|x|", r"|x|+\lfloor |x|/10^{12}\rfloor"),
    "floor of a counter": ("n", r"n+\lfloor n/10^9\rfloor"),
    "a bump that no point meets": ("x^2", r"x^2+\max(0,1-|x-12345.678|)"),
    "root of a square far out": ("x", r"\sqrt{(x+10^6)^2}-10^6"),
    "modulus of a complex number": ("|z|^2", "z^2"),
    "inverse of a sine": (r"\arcsin(\sin x)", "x"),
    "double angle": (r"\sin 2x", r"2\sin x"),
    "base and exponent": ("2^n", "n^2"),
    "alternating against its even values": ("(-1)^n+1", "2"),
    "powers of i": ("i^{2n}", "1"),
    "exponent's sign": ("e^x", "e^{-x}"),
    "neighbouring factorials": ("n!", "(n-1)!"),
    "double factorial": ("n!!", "n!"),
    "not a pascal rule": (r"\binom{n}{k}+\binom{n}{k+1}", r"\binom{n+1}{k}"),
    "index": ("a_n", "a_{n-1}"),
    "function of something else": ("f(x)", "f(x+1)"),
    "primed function": ("f'(x)", "f(x)"),
    "two values and one": (r"1\pm\sqrt2", r"1+\sqrt2"),
    "pi and its convergent": (r"\frac{355}{113}", r"\pi"),
    "almost an integer": (r"e^{\pi\sqrt{163}}", "262537412640768744"),
    "the four hundredth digit": (r"\pi+10^{-400}", r"\pi"),
    "the thousandth digit of a sine": (r"\sin 1+10^{-1000}", r"\sin 1"),
    "a tiny sine": (r"\sin(10^{-8})", "0"),
    "a tiny exponential, doubled": (r"e^{-1000}", r"2e^{-1000}"),
    "last bit": ("2^{64}", "2^{64}-1"),
    "one more than a factorial": ("2024!+1", "2024!"),
    "one more than a tower": ("9^{9^9}+1", "9^{9^9}"),
    "power that Fermat reduces to one": (f"2^{{{2**61 - 32}}}", "1"),
    "vanishing modulo known primes": (rf"\sin 1+{(2**61 - 31) * (2**61 - 259)}", r"\sin 1"),
    "conjugates": (r"2e^{i\pi/3}", r"1-i\sqrt3"),
    "fifth roots": (r"\sqrt[5]{33}", "2.01234661"),
    "infinities": (r"\infty", r"-\infty"),
    "infinite less infinite": (r"\infty-\infty", "0"),
    "dots": (r"1+\ldots+n", "n"),
    "product without a value": (r"0\cdot\frac10", "0"),
}


@pytest.mark.parametrize(("first", "second"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_equal_expressions_is_false_of_different_ones(first: str, second: str) -> None:
    assert verdicts(first, second) == {False}


@pytest.mark.parametrize(
    "text",
    [
        r"\frac00",
        r"\frac10",
        "0^0",
        r"\frac{1}{(\sqrt2)^2-2}",
        r"\tan 90^\circ",
        r"\ln 0",
        "(-1)!",
        r"\frac{1}{x-x}",
    ],
)
def test_equal_expressions_without_a_value_are_copies(text: str) -> None:
    for other in ("0", "1", "x", r"\infty", rf"2\cdot({text})"):
        assert verdicts(text, other) == {False}
    assert verdicts(text, text) == {True}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"\int_0^1 x^2 dx", r"\frac13"),
        (r"\lim_{x\to 0}\frac{\sin x}{x}", "1"),
        (r"\sum_{n=1}^{\infty}\frac{1}{n^2}", r"\frac{\pi^2}{6}"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}^2", r"\begin{pmatrix}7&10\\15&22\end{pmatrix}"),
    ],
)
def test_equal_expressions_leaves_to_computer_algebra_what_only_it_can_open(first: str, second: str) -> None:
    assert verdicts(first, second) == {None}


def test_equal_expressions_of_an_integral_with_another_variable() -> None:
    assert verdicts(r"\int_0^1 e^{-x^2} dx", r"\int_0^1 e^{-t^2} dt") == {True}


@pytest.mark.parametrize(
    "text",
    [
        "((20!)!)!",
        "2^{2^{2^{2^{2^{2}}}}}",
        "10^{10^{10^{10}}}",
        r"\sin(10^{10^{10}})",
        r"x^{9^{9^9}}",
        r"\begin{pmatrix}1&1\\1&0\end{pmatrix}^{10^9}",
    ],
)
def test_equal_expressions_says_what_is_out_of_bounds(text: str) -> None:
    with pytest.raises(ValueTooBig):
        equal_expressions(expression(text), expression(r"\frac12"))


@pytest.mark.parametrize(
    "text", ["9^{9^9}", "10^{10^{10}}", r"\binom{10^9}{5\cdot 10^8}", "(10^9)!", r"\Gamma(10^9)"]
)
def test_equal_expressions_decides_what_is_large_but_plainly_different(text: str) -> None:
    assert verdicts(text, "5") == {False}


def test_equal_expressions_refuses_large_constants_that_it_cannot_tell_apart() -> None:
    with pytest.raises(ValueTooBig):
        equal_expressions(expression("(10^9)!+1"), expression("(10^9)!"))


PROPORTIONAL = {
    "scaled": ("2x+4y-3", r"\frac12 x+y-\frac34", 1),
    "opposite": ("34x+45y-20z+100", "-34x-45y+20z-100", -1),
    "by a root": (r"\sqrt2 x-2", r"x-\sqrt2", 1),
    "by minus pi": (r"\pi x", "-x", -1),
    "by i": ("ix", "x", 0),
    "another coefficient": ("3x-y+13", "3x+4y+14", None),
    "by an unknown": ("x(x-1)", "x-1", None),
    "with a component more": ("(x^2+y^2-25)(x-y)", "x^2+y^2-25", None),
    "vacuous": ("x-x", "2x-2x", None),
    "vacuous by an identity": (r"\sin^2 x+\cos^2 x-1", r"\sin^2 x+\cos^2 x-1", None),
    "vacuous on one side": ("x-x", "x", None),
    "trigonometric": (r"2\sin x\cos x", r"-3\sin 2x", -1),
    "trigonometric, not": (r"\sin x", r"\sin 2x", None),
    "by a power": (r"2^{n+1}", "2^n", 1),
}


@pytest.mark.parametrize(("first", "second", "sign"), PROPORTIONAL.values(), ids=PROPORTIONAL.keys())
def test_proportional_expressions_have_the_sign_of_their_factor(
    first: str, second: str, sign: int | None
) -> None:
    assert proportional(expression(first), expression(second)) == sign
    assert proportional(expression(second), expression(first)) == sign


def test_equal_expressions_in_threads_do_not_disturb_each_other() -> None:
    """FLINT has one working precision for the whole process."""
    pairs = [
        (expression(first), expression(second)) for first, second in [*EQUAL.values(), *DIFFERENT.values()]
    ]
    expected = [equal_expressions(first, second) for first, second in pairs]
    with ThreadPoolExecutor(4) as pool:
        rounds = [
            pool.submit(lambda: [equal_expressions(first, second) for first, second in pairs])
            for _ in range(4)
        ]
        assert all(future.result() == expected for future in rounds)
    assert flint.ctx.prec == 53


def test_equal_expressions_comes_back_from_deep_and_wide_trees() -> None:
    deep: Expr = Number(1)
    for _ in range(5_000):
        deep = Sum((deep, Number(1)))
    with pytest.raises(ValueTooBig):
        equal_expressions(deep, Number(2))
    wide = Sum(tuple(Number(k) for k in range(1_900)))
    assert equal_expressions(wide, Number(sum(range(1_900)))) is True
