"""A case of a report as grids: what is drawn is what was computed, and nothing hostile is drawn."""

from dataclasses import replace

import pytest
import torch

from app.chapters.yours.case_scene import CaseError, draw, wrong_cells
from core.checking.results import Case, nested
from core.conv import conv2d
from core.pool import max_pool2d
from tests.core.checking.reports import flipped, zeros

ALT = "a case"


def values(scene, title: str) -> torch.Tensor:
    (grid,) = (one for one in scene.grids if one.title.startswith(title))
    return grid.values.reshape(grid.rows, grid.columns)


def conv_case(**changed: object) -> Case:
    """Two images of three channels with two filters, one cell of which came wrong."""
    generator = torch.Generator().manual_seed(1)
    image = torch.randint(-9, 10, (2, 3, 5, 4), generator=generator).double()
    weight = torch.randint(-9, 10, (2, 3, 3, 3), generator=generator).double()
    bias = torch.tensor([3.0, -4.0], dtype=torch.float64)
    right = conv2d(image, weight, bias, 2, 1)
    came = right.clone()
    came[1, 1, 2, 0] += 1
    numbers = (image, weight, bias, right, came)
    case = Case(
        {"kernel_size": 3, "stride": 2, "padding": 1}, *(nested(one.tolist()) for one in numbers)
    )
    return replace(case, **changed)


def test_the_image_and_the_filter_of_the_cell_are_drawn():
    case = conv_case()
    drawn = draw(case, (1, 1, 2, 0), alt=ALT)
    expected, came = torch.tensor(case.expected), torch.tensor(case.got)
    assert (drawn.image, drawn.channel, drawn.wrong) == (1, 1, (4,))
    torch.testing.assert_close(values(drawn.scene, "Ours"), expected[1, 1])
    torch.testing.assert_close(values(drawn.scene, "Yours"), came[1, 1])
    sentence = drawn.scene.sentences[4]
    assert sentence.startswith("Row 3, column 1: ")
    assert sentence.endswith(f"Yours: {came[1, 1, 2, 0]:g}, wrong".replace("-", "−"))
    assert drawn.scene.sentences[0].endswith("right")


def test_a_max_pooling_is_drawn_with_its_window():
    case = zeros().case
    drawn = draw(case, (0, 0, 0), alt=ALT)
    expected = max_pool2d(torch.tensor(case.input), 2, padding=1)[0]
    torch.testing.assert_close(values(drawn.scene, "Ours"), expected)
    assert drawn.wrong == (0, 1, 2, 3)
    assert [grid.title for grid in drawn.scene.grids][1] == "Window"


def test_an_output_of_another_size_stands_beside_ours_without_marks():
    case = replace(flipped().case, got=((1.0, 2.0),))
    drawn = draw(case, None, alt=ALT)
    assert drawn.wrong == ()
    assert values(drawn.scene, "Yours").shape == (1, 2)
    assert "Yours" not in drawn.scene.sentences[0]


@pytest.mark.parametrize("got", [None, ((((1.0,),),),) * 1])
def test_an_output_that_did_not_come_is_said(got: object):
    drawn = draw(conv_case(got=got), (1, 1, 0, 0), alt=ALT)
    assert any("no such output came" in str(sign.text) for sign in drawn.scene.signs)
    assert drawn.scene.data(theme="light")


def test_what_is_no_number_is_wrong_and_can_be_drawn():
    case = flipped().case
    got = nested([[["nan", "inf", 5], [1, 2, "-inf"]]])
    drawn = draw(replace(case, got=got), None, alt=ALT)
    assert set(drawn.wrong) >= {0, 1, 5}
    assert drawn.scene.data(theme="dark")
    assert drawn.scene.sentences[0].endswith("Yours: nan, wrong")


def test_what_is_hatched_is_said():
    def said(case: Case) -> list[str]:
        texts = [str(sign.text) for sign in draw(case, None, alt=ALT).scene.signs]
        return [text for text in texts if "Hatched" in text]

    assert said(zeros().case) == ["Hatched: the padding and cells with −∞"]
    assert said(conv_case()) == ["Hatched: the padding"]
    assert said(flipped().case) == []
    got = nested([[["nan", "inf", 5], [1, 2, "-inf"]]])
    assert said(replace(flipped().case, got=got)) == ["Hatched: cells with nan, −∞, ∞"]


def test_a_case_of_another_part_is_two_grids():
    case = Case({}, 0.0, None, None, ((1.0, 2.0), (3.0, 4.0)), ((1.0, 2.0), (3.0, 5.0)))
    drawn = draw(case, (1, 1), alt=ALT)
    assert [grid.title for grid in drawn.scene.grids] == ["Ours 2 × 2", "Yours 2 × 2"]
    assert drawn.scene.sentences[3] == "Row 2, column 2: 4 expected. Yours: 5, wrong"
    assert drawn.scene.data(theme="light")


@pytest.mark.parametrize(
    ("changed", "cell"),
    [
        ({"settings": {"stride": 0}}, None),
        ({"settings": {"stride": -3}}, None),
        ({"settings": {"padding": 10**9}}, None),
        ({"settings": {"stride": 1, "padding": 1}}, None),
        ({"kernel": 1.0}, None),
        ({"kernel": nested([[[[1.0] * 60] * 60]])}, None),
        ({"kernel": None, "settings": {"kernel_size": 10**9}}, None),
        ({"kernel": None, "settings": {"kernel_size": -1}}, None),
        ({"bias": ((1.0, 2.0, 3.0), (1.0, 2.0, 3.0))}, None),
        ({"input": 5.0}, None),
        ({"expected": 5.0}, None),
        ({}, (9, 9, 9, 9)),
        ({}, (2, 0, 0, 0)),
    ],
)
def test_numbers_that_do_not_belong_together_are_one_sentence(changed: dict, cell: object):
    with pytest.raises(CaseError) as error:
        draw(conv_case(**changed), cell, alt=ALT)
    assert str(error.value)
    assert "\n" not in str(error.value)


def test_cells_that_float32_rounds_are_right():
    ours = torch.tensor([[1000.0, 0.0]])
    assert wrong_cells(ours, ours + 0.01) == ()
    assert wrong_cells(ours, ours + 1) == (0, 1)
