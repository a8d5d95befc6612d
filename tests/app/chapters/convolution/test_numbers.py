"""app.chapters.convolution.numbers: what a person types becomes numbers or one clear sentence."""

import time
from contextlib import suppress
from fractions import Fraction
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from app.chapters.convolution.numbers import (
    comma_note,
    draw_numbers,
    matrix_text,
    parse_matrices,
    parse_matrix,
    reads_back,
)
from core.explain import kernels
from tests.app.chapters.opened import open_chapter, texts


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2\n3 4", ((1, 2), (3, 4))),
        ("1,2;3,4", ((1, 2), (3, 4))),
        (" 1/4  -0.5 \n\n −2 1e1 ", ((0.25, -0.5), (-2, 10))),
        ("7", ((7,),)),
        ("1\t2,3\u30004", ((1, 2, 3, 4),)),
        ("1000 +5 .5 2. 1E2 -0", ((1000, 5, 0.5, 2, 100, 0),)),
        ("1e-999999999 1e-5 0e999999999", ((0, 1e-5, 0),)),
        ("-1/3 2/6 10000/1", ((-1 / 3, 1 / 3, 10_000),)),
        (f"0.{'3' * 300} 1/{'3' * 300}", ((1 / 3, float(Fraction(1, int("3" * 300)))),)),
        ("1\t2\n3\t4\n", ((1, 2), (3, 4))),
        ("1,5\t2\r\n-3,25\t,5", ((1.5, 2), (-3.25, 0.5))),
        ("1,5,2\t3", ((1, 5, 2, 3),)),
    ],
)
def test_numbers_are_read(text, rows):
    assert parse_matrix(text, what="kernel", largest=7) == rows


ROWS = ((1, 2), (3, 4))
LISTS = [
    "[[1,2],[3,4]]",
    "[[1, 2],\n [3, 4]]\n",
    "((1, 2), (3, 4))",
    "{{1, 2}, {3, 4}};",
    "[1, 2], [3, 4]",
    "[1, 2]\n[3, 4]",
    "[1 2; 3 4]",
    "[1 2\n3 4]",
    "A = [1, 2; 3, 4];",
    "[[1 2]\n [3 4]]",
    "[[1. 2.]\n [3. 4.]]",
    "array([[1., 2.],\n       [3., 4.]], dtype=float32)",
    "x = np.array([[1, 2], [3, 4]])",
    "tensor([[1., 2.],\n        [3., 4.]])",
    "tensor([[1, 2], [3, 4]], device='cuda:0', dtype=torch.float16, grad_fn=<MulBackward0>)",
    "Parameter containing:\ntensor([[1., 2.],\n        [3., 4.]], requires_grad=True)",
    "nn.Parameter(torch.tensor([[[[1, 2], [3, 4]]]]))",
    "[[np.float64(1.0), np.float64(2.0)], [np.int64(3), 4e0]]",
    "[[1, 2,], [3, 4,],]",
    "[[1\n  2]\n [3\n  4]]",
]


@pytest.mark.parametrize("text", LISTS)
def test_lists_of_programs_are_read(text):
    assert parse_matrix(text, what="kernel", largest=7) == ROWS
    assert parse_matrices(text, what="kernel", largest=7, count=3) == (ROWS,) * 3
    assert comma_note(text) == ""


def test_fractions_and_one_row_are_read_in_brackets():
    assert parse_matrix("[1/4, -0.5]", what="kernel", largest=7) == ((0.25, -0.5),)
    assert parse_matrix("[[[[7]]]]", what="kernel", largest=7) == ((7,),)


@pytest.mark.parametrize(
    "text",
    [
        "[[[1, 2]], [[3, 4]], [[5, 6]]]",
        "[[[1 2]]\n\n [[3 4]]\n\n [[5 6]]]",
        "{[1 2;], [3 4;], [5 6;]}",
    ],
)
def test_a_matrix_for_each_channel_is_read_in_brackets(text):
    found = parse_matrices(text, what="kernel", largest=7, count=3)
    assert found == (((1, 2),), ((3, 4),), ((5, 6),))
    with pytest.raises(ValueError, match=r"^The picture holds 3 matrices: type the rows of one\.$"):
        parse_matrix(text, what="picture", largest=7)


WHOLE = "type one like 2, -0.5 or 1/9, or whole lists like [[1, 2], [3, 4]]."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "The kernel is empty"),
        ("[[], []]", "The kernel is empty"),
        ("[[1, 2], [3]]", "Row 2 of the kernel has 1 number and row 1 has 2"),
        ("[[1, x]]", "“x” in row 1 of the kernel is not a number: type one like 2, -0.5 or 1/9."),
        ("[[0, ..., 1]]", "“...” in row 1 of the kernel is not a number"),
        ("[[1, None], [3, 4]]", "“None” in row 1 of the kernel is not a number"),
        *(
            (text, f"“{first}” in row 1 of the kernel is not a number: {WHOLE}")
            for text, first in {
                "[[1, 2], [3, 4]": "[[1",
                "[[1, 2), (3, 4]]": "[[1",
                "[1 [2 3]]": "[1",
                "[[1] 2]": "[[1]",
                "[1, 2]]": "[1",
                "[1] 2": "[1]",
                "array([1, 2]).T": "array([1",
                "[2](http://x)": "[2](http://x)",
                "1 [2](http://x)": "[2](http://x)",
            }.items()
        ),
    ],
)
def test_one_sentence_says_what_is_wrong_with_lists(text, message):
    with pytest.raises(ValueError, match=r".") as caught:
        parse_matrix(text, what="kernel", largest=7)
    assert str(caught.value).startswith(message)
    assert comma_note(text) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The kernel is empty: type rows of numbers, for example 1 0 -1."),
        (" , \n", "The kernel is empty"),
        ("1 x", "“x” in row 1 of the kernel is not a number: type one like 2, -0.5 or 1/9."),
        ("1\n1/0", "“1/0” in row 2 of the kernel is not a number"),
        ("nan", "“nan” in row 1 of the kernel is not a number"),
        ("inf", "“inf” in row 1 of the kernel is not a number"),
        ("1e99", "“1e99” in row 1 of the kernel is too large: numbers up to 10000 fit."),
        ("1e999999999", "“1e999999999” in row 1 of the kernel is too large"),
        (f"1e{'9' * 300}", f"“1e{'9' * 24}…{'9' * 13}” in row 1 of the kernel is too large"),
        (f"{'9' * 350}/7", f"“{'9' * 26}…{'9' * 11}/7” in row 1 of the kernel is too large"),
        ("9" * 4_400, f"“{'9' * 26}…{'9' * 13}” in row 1 of the kernel has 4,400 characters"),
        ("1 " * 20_000, "The kernel has 40,000 characters: at most 20,000 are read."),
        ("1;" * 9_000, "The kernel is 9,000 × 1: at most 7 × 7 can be shown here."),
        ("0x10", "“0x10” in row 1 of the kernel is not a number"),
        ("1_0 2", "“1_0” in row 1 of the kernel is not a number"),
        ("1/1_0", "“1/1_0” in row 1 of the kernel is not a number"),
        ("1/-3", "“1/-3” in row 1 of the kernel is not a number"),
        ("1/1e9", "“1/1e9” in row 1 of the kernel is not a number"),
        ("1\x002", "“1\x002” in row 1 of the kernel is not a number"),
        ("١", "“١” in row 1 of the kernel is not a number: type one like 2, -0.5 or 1/9 in the"),
        ("１", "“１” in row 1 of the kernel is not a number: type one like 2, -0.5 or 1/9 in the"),
        (
            "1 2\n3",
            "Row 2 of the kernel has 1 number and row 1 has 2: give every row the same length.",
        ),
        ("1 2 3 4 5 6 7 8", "The kernel is 1 × 8: at most 7 × 7 can be shown here."),
    ],
)
def test_one_sentence_says_what_is_wrong(text, message):
    with pytest.raises(ValueError, match=r".") as caught:
        parse_matrix(text, what="kernel", largest=7)
    assert str(caught.value).startswith(message)


SLOW = {
    "never ends": "1e999999999",
    "never begins": "1e-999999999",
    "digits": "9" * 10_000_000,
    "entries": "1 " * 10_000,
    "rows": "1;" * 10_000,
    "empty rows": "\n" * 20_000,
    "all cells without end": "\n".join([" ".join(["1e999999999"] * 28)] * 28),
    "all cells long": "\n".join([" ".join([f"-1234.{'5' * 18}"] * 28)] * 28),
    "all cells ratios": "\n".join([" ".join(["1/3333333333333333333333"] * 28)] * 28),
    "long ratios": " ".join([f"{'3' * 199}/{'7' * 199}"] * 28),
    "underscores": "1_" * 9_999,
    "nearly a number": "1" * 399 + "x",
    "brackets": "[" * 20_000,
    "brackets that close": "[" * 10_000 + "]" * 10_000,
    "rows in brackets": "[[1]," + "[1]," * 4_990 + "]",
    "calls": "a(" * 10_000,
    "settings": "[1]" + ",a=b" * 4_990,
    "names": "a" * 19_998 + "=[",
    "spaces": "a" + " " * 19_998 + "(",
    "scalars": "np.float64(" * 1_800,
    "cells": "1,2\t" * 4_999,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_any_text_is_read_or_refused_at_once(text):
    """Within 10 ms, as measured; the bound here is for a machine that does other things, too."""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        for read in (
            partial(parse_matrix, what="picture", largest=28),
            partial(parse_matrices, what="kernel", largest=7, count=3),
        ):
            with suppress(ValueError):
                read(text)
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 0.5


@given(some.from_regex(r"[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})(e[+-]?\d\d?)?", fullmatch=True))
def test_a_decimal_number_is_the_nearest_float(text):
    exact = Fraction(text) if text.isascii() else None
    if exact is not None and abs(exact) <= 10_000:
        assert parse_matrix(text, what="kernel", largest=7) == ((float(exact),),)


@given(some.integers(-(10**30), 10**30), some.integers(10**26, 10**60))
def test_a_ratio_is_the_nearest_float(above, below):
    exact = float(Fraction(above, below))
    assert parse_matrix(f"{above}/{below}", what="kernel", largest=7) == ((exact,),)


@pytest.mark.parametrize("size", [(3, 3), (2, 5), (7, 7)])
@pytest.mark.parametrize("name", sorted({*kernels.NAMES} - {kernels.GABOR}))
def test_a_preset_is_written_so_that_it_is_read_back_to_the_last_bit(name, size):
    kernel = kernels.preset(name, size if name in kernels.SIZED else (3, 3))
    assert reads_back(matrix_text(kernel), kernel[None])


def test_fractions_are_written_as_fractions_and_the_rest_with_four_digits():
    assert matrix_text(kernels.preset(kernels.BOX)) == "\n".join(["1/9 1/9 1/9"] * 3)
    assert matrix_text(kernels.preset(kernels.GAUSS, (1, 5))) == "1/16 4/16 6/16 4/16 1/16"
    assert matrix_text(torch.tensor([[-1 / 3, 0, 1], [0.25, -12.5, 9000.75]])) == (
        "-4/12 0 12/12\n3/12 -150/12 108009/12"
    )
    assert matrix_text(torch.tensor([[0.25, -12.5, 9000.75, -0.0]])) == "0.25 -12.5 9000.75 0"
    wave = kernels.preset(kernels.GABOR, (3, 3), angle=30)
    assert not reads_back(matrix_text(wave), wave[None])
    assert torch.allclose(
        torch.tensor(parse_matrix(matrix_text(wave), what="kernel", largest=7)), wave, rtol=5e-4
    )


def test_drawn_numbers_repeat_with_their_seed():
    assert torch.equal(draw_numbers(3), draw_numbers(3))
    assert not torch.equal(draw_numbers(3), draw_numbers(4))


def test_one_block_stands_for_every_channel():
    assert parse_matrices("1 2", what="kernel", largest=7, count=3) == (((1, 2),),) * 3
    found = parse_matrices("1 2\n\n3 4\n \n5 6\n", what="kernel", largest=7, count=3)
    assert found == (((1, 2),), ((3, 4),), ((5, 6),))
    assert parse_matrices("1 2\n3 4", what="kernel", largest=7, count=1) == (((1, 2), (3, 4)),)


@pytest.mark.parametrize("text", ["1\n\n2", "9 0\n0 9\n\n1 0\n0 1\n \n1 0\n0 0"])
def test_blocks_for_channels_that_are_not_there_are_no_kernel_below_each_other(text):
    with pytest.raises(ValueError, match=r"^The kernel has [23] blocks of rows: type one, without"):
        parse_matrices(text, what="kernel", largest=7, count=1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The kernel is empty"),
        ("1\n\n2", "The kernel has 2 blocks of rows: type 1 or 3, one for each channel"),
        (
            "1\n\n2\n\n3 3",
            "Block 3 of the kernel is 1 × 2 and block 1 is 1 × 1: give every block the same size.",
        ),
        ("1\n\nx\n\n3", "“x” in row 1 of the kernel is not a number"),
    ],
)
def test_one_sentence_says_what_is_wrong_with_blocks(text, message):
    with pytest.raises(ValueError, match=r".") as caught:
        parse_matrices(text, what="kernel", largest=7, count=3)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("1,5 2,5", "A comma parts two numbers: “1,5” is read as 1 and 5."),
        ("1,5;-2,5", "A comma parts two numbers: “1,5” is read as 1 and 5."),
        ("1,5\t2", "A comma in the cell of a table is a decimal comma: “1,5” is read as 1.5."),
        ("1.234,5 2", "A comma parts two numbers: “1.234,5” is read as 1.234 and 5."),
        ("1,234.5 2", "A comma parts two numbers: “1,234.5” is read as 1 and 234.5."),
        ("1, 2\n-0.5,3", ""),
        ("1,2,3\n4,5,6", ""),
        ("0.5,3", ""),
        ("[[1,2],[3,4]]", ""),
        ("[[1,2],[3,4]", ""),
        ("1, 2; 3 ,4", ""),
        ("1 2", ""),
    ],
)
def test_how_a_comma_between_digits_is_read_is_told(text, pair):
    note = comma_note(text)
    assert pair in note
    assert bool(note) == bool(pair)
    app = open_chapter("convolution", image="Own numbers", numbers=text)
    assert ("A comma " in texts(app)) == bool(pair)


@pytest.mark.timeout(30)  # a search that reads a text twice needs hours
@pytest.mark.parametrize("unit", ["9", "9,", "x9", "-", "9 ", "1/"])
def test_any_text_is_read_once(unit: str) -> None:
    text = unit * 1_000_000
    for read in (comma_note, partial(parse_matrix, what="picture", largest=28)):
        with suppress(ValueError):
            read(text)
