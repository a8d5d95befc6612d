"""core.explain.questions.next_cell: the right number among those of known mistakes."""

import pytest
import torch

from core.explain.convolution import explain_convolution
from core.explain.pooling import explain_pooling
from core.explain.questions.next_cell import of_convolution, of_pooling

PICTURE = torch.tensor([[1.0, 0, 2, 1], [0, 1, 3, 2], [2, 4, 5, 0], [1, 2, 1, 3]])
WEIGHT = torch.tensor([[2.0, 0], [0, -1]])


def convolution(**settings):
    """The layer that the lecture begins with."""
    return explain_convolution(PICTURE[None], WEIGHT[None, None], **settings)


def test_one_cell_by_hand():
    found = of_convolution(convolution(), 0)[4]  # row 2, column 2: 2·1 − 1·5
    by_value = dict(zip(found.values, found.reasons))
    assert found.values[found.right] == -3
    assert by_value == {
        -3: "",
        9: "flipped the kernel",  # 2·5 − 1·1
        -4: "moved the window too little",
        7: "left out the minus signs",
    }


def test_where_the_layer_flips_the_mistake_is_not_to():
    found = of_convolution(convolution(flipped=True), 0)[4]  # −1·1 + 2·5
    by_value = dict(zip(found.values, found.reasons))
    assert found.values[found.right] == 9
    assert by_value[-3] == "did not flip the kernel"


@pytest.mark.parametrize(
    ("settings", "reason", "value"),
    [
        ({"bias": torch.tensor([2.0])}, "forgot the bias", -3),
        ({"relu": True}, "forgot the ReLU", -3),
    ],
)
def test_what_the_layer_has_besides_is_forgotten_first(settings, reason, value):
    found = of_convolution(convolution(**settings), 0)[4]
    assert found.values[found.reasons.index(reason)] == value


@pytest.mark.parametrize(
    "settings", [{}, {"stride": 2}, {"padding": 1}, {"padding": 1, "relu": True}, {"dilation": 2}]
)
@pytest.mark.parametrize("filters", [1, 3])
def test_the_right_one_is_what_the_layer_gives_and_all_four_differ(settings, filters):
    generator = torch.Generator().manual_seed(0)
    picture = torch.randint(0, 9, (3, 6, 6), generator=generator).float()
    weight = torch.randint(-3, 4, (filters, 3, 3, 3), generator=generator).float()
    layer = explain_convolution(picture, weight, **settings)
    for index in range(filters):
        output = layer.output[index].flatten().tolist()
        found = of_convolution(layer, index)
        assert len(found) == len(output)
        asked = [(answers, value) for answers, value in zip(found, output) if answers]
        assert len(asked) >= len(output) / 2
        for answers, value in asked:
            assert answers.values[answers.right] == value
            assert len({round(one, 2) for one in answers.values}) == 4
            assert [bool(reason) for reason in answers.reasons].count(False) == 1
            assert not answers.reasons[answers.right]


def test_the_right_one_is_not_always_at_the_same_place():
    generator = torch.Generator().manual_seed(0)
    layer = explain_convolution(
        torch.rand(1, 9, 9, generator=generator), torch.randn(1, 1, 3, 3, generator=generator)
    )
    places = [answers.right for answers in of_convolution(layer, 0)]
    assert all(places.count(place) >= len(places) / 6 for place in range(4))


def test_a_window_of_nothing_asks_nothing():
    layer = explain_convolution(torch.zeros(1, 4, 4), WEIGHT[None, None])
    assert of_convolution(layer, 0) == [None] * 9
    assert of_pooling(explain_pooling(torch.zeros(4, 4), kernel_size=2, stride=2)) == [None] * 4


def test_a_pooling_by_hand():
    found = of_pooling(explain_pooling(PICTURE, kernel_size=2, stride=2))[2]  # 2 4 / 1 2
    by_value = dict(zip(found.values, found.reasons))
    assert found.values[found.right] == 4
    assert by_value == {
        4: "",
        2.25: "took the mean",
        3: "moved the window too little",
        5: "moved the window too far",
    }


def test_padding_never_wins_and_never_is_infinite():
    layer = explain_pooling(PICTURE, kernel_size=2, stride=2, padding=1)
    values = [value for answers in of_pooling(layer) if answers for value in answers.values]
    assert all(abs(value) < 100 for value in values)


def test_no_such_filter():
    with pytest.raises(ValueError, match="filter"):
        of_convolution(convolution(), 1)
