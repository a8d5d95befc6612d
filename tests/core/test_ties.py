"""core.ties: which class is named does not depend on how many pictures are asked at once."""

import pytest
import torch

from core.models import DigitNet
from core.ties import is_right, is_tied


@pytest.mark.parametrize(
    ("logits", "tied"),
    [
        ([1.0, 2.0, 2.0], True),
        ([1.0, 2.0, 2.0000002], True),
        ([2.0, 2.0, 3.0], False),
        ([1.0, 2.0, 2.0001], False),
        ([0.0, 0.0, 0.0], True),
        ([-2.0, -2.0000002, -3.0], True),
        ([torch.inf, torch.inf, 0.0], True),
        ([3.0], False),
    ],
)
def test_a_tie_is_found(logits: list[float], tied: bool) -> None:
    found = is_tied(torch.tensor([logits]))
    assert found.tolist() == [tied]
    assert is_tied(torch.tensor([logits]).double()).dtype == torch.bool


def test_half_precision_tells_apart_what_it_holds() -> None:
    assert is_tied(torch.tensor([[8.0, 8.0], [8.0, 8.25]]).bfloat16()).tolist() == [True, False]


def test_right_is_the_label_ahead_of_all_others() -> None:
    logits = torch.tensor([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    assert is_right(logits, torch.tensor([1, 0, 1])).tolist() == [True, False, False]
    assert is_right(logits, 0).tolist() == [False, False, True]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.01, 1e6])
def test_of_equal_weights_no_batch_size_finds_a_picture_right(
    value: float, dtype: torch.dtype
) -> None:
    model = DigitNet()
    model.load_state_dict(
        {key: torch.full_like(one, value) for key, one in model.state_dict().items()}
    )
    images = torch.randint(0, 256, (20, 1, 28, 28), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for count in (1, 2, 3, 20):
            logits = model.to(dtype)(images[:count].to(dtype))
            assert bool(is_tied(logits).all())


def test_what_is_no_logits_is_refused(unchecked_shapes: None) -> None:
    with pytest.raises(ValueError, match=r"Expected logits \(N, classes\), got the shape \(3,\)"):
        is_tied(torch.zeros(3))
    with pytest.raises(ValueError, match="Expected labels from 0 to 1, got 2"):
        is_right(torch.zeros(1, 2), 2)
