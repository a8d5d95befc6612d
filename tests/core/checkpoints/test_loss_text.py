"""A measured loss is short to read, however large or small it is."""

import math

import pytest

from core.checkpoints.cards import loss_text


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (0.0, "0.0000"),
        (0.08123, "0.0812"),
        (2.302585, "2.3026"),
        (9999.0, "9999.0000"),
        (1.5e22, "1.50e+22"),
        (3.4e38, "3.40e+38"),
        (1.234e-9, "1.23e-09"),
        (math.nan, "nan"),
    ],
)
def test_a_loss_is_short(loss: float, text: str) -> None:
    assert loss_text(loss) == text
    assert loss_text(0.5, 3) == "0.500"
