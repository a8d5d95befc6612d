"""core.report.layers: the proof that the report prints is one."""

import torch
import torch.nn.functional as F

from core.conv import Conv2d, conv2d
from core.report import layers
from core.report.document import MARGIN, Sheet
from core.report.environment import own_settings
from tests.core.report.seen import beyond, overlapping, texts


def test_ours_and_torchs_layers_agree_and_exactly_so_on_whole_numbers() -> None:
    found = layers.agreements()
    assert [one.layer for one in found] == [
        *(f"conv2d, kernel {kernel}" for kernel in (1, 2, 3, 5)),
        *(f"max_pool2d, kernel {kernel}" for kernel in (2, 3)),
    ]
    for one in found:
        assert one.whole == 0
        assert max(one.output, one.gradient) < 1e-12
        assert one.settings == (18 if one.layer.startswith("conv") else 8)


def test_a_wrong_layer_is_seen() -> None:
    def wrong(*inputs: torch.Tensor, **settings: int) -> torch.Tensor:
        return conv2d(*inputs, **settings).roll(1, -1)

    found = layers._agreement("wrong", wrong, F.conv2d, list(layers._convolutions(3)))
    assert min(found.output, found.gradient, found.whole) > 0.1


@own_settings()
def test_the_example_is_worked_out_right() -> None:
    sheet = Sheet("Part 1")
    layers.layers_sheet(sheet, Conv2d(1, 3, 3, padding=1), torch.rand(1, 28, 28), 0)
    [page] = sheet.figures
    # (1 + 2·0 + 2) - (0 + 2·3 + 0) + 1 by hand
    assert any(text.endswith("+ 1 = −2.") for text in texts(page))
    assert overlapping(page) == beyond(page, MARGIN) == []
