"""app.chapters.convolution.numbers: what a person types becomes numbers or one clear sentence."""

import pytest

from app.chapters.convolution.numbers import draw_numbers, matrix_text, parse_matrices, parse_matrix
from core.explain import kernels


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2\n3 4", ((1, 2), (3, 4))),
        ("1,2;3,4", ((1, 2), (3, 4))),
        (" 1/4  -0.5 \n\n −2 1e1 ", ((0.25, -0.5), (-2, 10))),
        ("7", ((7,),)),
    ],
)
def test_numbers_are_read(text, rows):
    assert parse_matrix(text, what="kernel", largest=7) == rows


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


def test_what_is_written_is_read_back():
    for name in kernels.NAMES:
        values = tuple(map(tuple, kernels.preset(name).tolist()))
        again = parse_matrix(matrix_text(values), what="kernel", largest=7)
        assert again == tuple(tuple(float(f"{value:.4g}") for value in row) for row in values)


def test_drawn_numbers_repeat_with_their_seed():
    assert draw_numbers(3) == draw_numbers(3)
    assert draw_numbers(3) != draw_numbers(4)


def test_one_block_stands_for_every_channel():
    assert parse_matrices("1 2", what="kernel", largest=7, count=3) == (((1, 2),),) * 3
    found = parse_matrices("1 2\n\n3 4\n \n5 6\n", what="kernel", largest=7, count=3)
    assert found == (((1, 2),), ((3, 4),), ((5, 6),))
    assert parse_matrices("1\n\n2", what="kernel", largest=7, count=1) == (((1,), (2,)),)


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
