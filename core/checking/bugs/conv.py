"""The bugs of what is done with a window: kernel, channels, bias, the order of the output."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checking.bugs.loops import Loops
from core.checking.bugs.registry import add
from core.checking.bugs.transposed import TRANSPOSITIONS


def _bug(name: str, title: str, hint: str, *models: Loops) -> None:
    add(name, *models, part="conv", title=title, hint=hint)


_bug(
    "kernel-flipped",
    "The kernel is turned by 180 degrees before it is multiplied",
    "Which number of the kernel meets the top left cell of the window?",
    Loops(kernel=lambda weight: weight.flip(2, 3)),
)
_bug(
    "kernel-flipped-rows",
    "The kernel is upside down: its last row meets the first row of the window",
    "Which row of the kernel meets the top row of the window?",
    Loops(kernel=lambda weight: weight.flip(2)),
)
_bug(
    "kernel-flipped-columns",
    "The kernel is mirrored: its last column meets the first column of the window",
    "Which column of the kernel meets the left column of the window?",
    Loops(kernel=lambda weight: weight.flip(3)),
)
_bug(
    "kernel-transposed",
    "Rows and columns of the kernel are swapped",
    "Does the first index of the kernel go down or to the right in your code?",
    Loops(kernel=lambda weight: weight.transpose(2, 3)),
)


def _times(count: Callable[[Tensor], int]) -> Loops:
    """The bias as often as the kernels say."""
    return Loops(add_bias=lambda output, bias, kernel: output + count(kernel) * bias[:, None, None])


_bug(
    "bias-forgotten",
    "The bias is not added",
    "What is your output where the picture is all zeros, and what should it be?",
    _times(lambda _: 0),
)
_bug(
    "bias-twice",
    "The bias is added twice",
    "In how many lines of yours does the bias stand?",
    _times(lambda _: 2),
)
_bug(
    "bias-per-channel",
    "The bias is added once for each channel of the input",
    "In which of your loops is the bias added, and how often does that loop run?",
    _times(lambda kernel: kernel.shape[1]),
)
_bug(
    "bias-per-cell",
    "The bias is added once for each cell of the kernel",
    "How often is the bias added within one window?",
    _times(lambda kernel: kernel[0].numel()),
    _times(lambda kernel: kernel[0, 0].numel()),
)
_bug(
    "bias-subtracted",
    "The bias is subtracted",
    "What happens to your output when the bias grows by 1?",
    _times(lambda _: -1),
)
_bug(
    "bias-first-only",
    "Every output channel gets the bias of the first",
    "Which number of the bias belongs to the second output channel?",
    Loops(add_bias=lambda output, bias, _: output + bias[0]),
)


def _broadcast_channel(image: Tensor) -> Tensor:
    return image[:, :1].expand_as(image)


def _first_channel(weight: Tensor) -> Tensor:
    return torch.cat((weight[:, :1], torch.zeros_like(weight[:, 1:])), 1)


def _without_edge(rows: int, columns: int) -> Loops:
    """Kernels without their last rows and columns."""
    sides = (0, -columns, 0, -rows), (0, columns, 0, rows)
    return Loops(kernel=lambda weight: F.pad(F.pad(weight, sides[0]), sides[1]))


_bug(
    "channels-averaged",
    "The channels of the input are averaged, not summed up",
    "What do you do with what the channels of one window give?",
    Loops(total=lambda products: products.mean(2).sum((-2, -1))),
)
_bug(
    "first-channel-only",
    "Only the first channel of the input is looked at",
    "What changes in your output when the last channel of the picture changes?",
    Loops(kernel=_first_channel),
    Loops(image=_broadcast_channel),
)
_bug(
    "kernel-averaged",
    "The products of a window are averaged, not summed up",
    "What does a kernel of ones give on a picture of ones?",
    Loops(total=lambda products: products.mean((-2, -1)).sum(2)),
    Loops(total=lambda products: products.mean((2, -2, -1))),
)


def _not_transposed(output: Tensor) -> Tensor:
    """(N, positions, F) read as if it were (N, F, positions)."""
    return output.flatten(2).transpose(1, 2).reshape(output.shape)


def _images_behind(output: Tensor) -> Tensor:
    """(F, N, positions) read as if it were (N, F, positions)."""
    return output.transpose(0, 1).reshape(output.shape)


_bug(
    "reshape-order",
    "The result is reshaped while its axes are in another order than the output's",
    "What shape does the product of your matrices have, and which axis stands first?",
    Loops(arrange=_not_transposed),
    Loops(finish=_not_transposed),
    Loops(arrange=_images_behind),
    Loops(finish=_images_behind),
)


def _flattened(*axes: int) -> Loops:
    """Kernels flattened in another order of their axes; (0, 2, 3, 1): the channels last."""
    return Loops(kernel=lambda weight: weight.permute(*axes).reshape(weight.shape))


def _channels_first(weight: Tensor) -> Tensor:
    filters, channels, *sides = weight.shape
    return weight.reshape(filters, *sides, channels).permute(0, 3, 1, 2)


_bug(
    "weight-order",
    "The kernel is flattened in another order than the windows",
    "Which number of a flattened window stands second: that of the next column or channel?",
    _flattened(0, 2, 3, 1),
    Loops(kernel=_channels_first),
    _flattened(0, 3, 2, 1),
    _flattened(0, 2, 1, 3),
    _flattened(0, 3, 1, 2),
)


_bug(
    "output-transposed",
    "Rows and columns of the output are swapped",
    "Which of your loop variables is the row of the output?",
    *(Loops(finish=transposed) for transposed in TRANSPOSITIONS),
)


def _last_filter(output: Tensor) -> Tensor:
    return output[:, -1:].expand_as(output)


def _last_bias(output: Tensor, bias: Tensor, _kernel: Tensor) -> Tensor:
    """The bias of the last filter on its own channel; those of the others were written over."""
    return torch.cat((output[:, :-1], output[:, -1:] + bias[-1]), 1)


def _reversed(output: Tensor) -> Tensor:
    return output.flip(1)


_bug(
    "last-filter-only",
    "Every output channel shows the last filter",
    "When is an output channel written, and is it written over?",
    Loops(arrange=_last_filter),
    Loops(finish=_last_filter),
    Loops(arrange=_last_filter, add_bias=_last_bias),
)
_bug(
    "filters-reversed",
    "The filters come in reverse order",
    "Which kernel makes the first output channel?",
    Loops(arrange=_reversed),
    Loops(finish=_reversed),
)


def _first_image(output: Tensor) -> Tensor:
    return output[:1].expand_as(output)


def _first_alone(output: Tensor) -> Tensor:
    return output[:1]


def _others_empty(output: Tensor) -> Tensor:
    return torch.cat((output[:1], torch.zeros_like(output[1:])))


def _summed_images(output: Tensor) -> Tensor:
    return output.sum(0, keepdim=True)


def _summed_for_all(output: Tensor) -> Tensor:
    return _summed_images(output).expand_as(output)


_bug(
    "first-image-only",
    "Only the first image of a batch is looked at",
    "What does your code do with the second image of a batch?",
    Loops(finish=_first_image),
    Loops(finish=_first_alone),
    Loops(arrange=_others_empty),
    Loops(finish=_others_empty),
)
_bug(
    "batch-summed",
    "The images of a batch are summed up",
    "Over which axes do you sum, and is the batch among them?",
    Loops(arrange=_summed_images),
    Loops(arrange=_summed_for_all),
    Loops(finish=_summed_images),
    Loops(finish=_summed_for_all),
)


def _cut_bias(output: Tensor, bias: Tensor, _kernel: Tensor) -> Tensor:
    return output + bias.trunc()[:, None, None]


def _positive(output: Tensor) -> Tensor:
    return output.clamp(min=0)


_bug(
    "relu-added",
    "Negative outputs are replaced by 0",
    "Can an output of your convolution be negative?",
    Loops(finish=_positive),
    Loops(arrange=_positive),
)
_bug(
    "absolute-products",
    "The products are summed up without their signs",
    "What does 2 times -3 add to the sum in your code?",
    Loops(total=lambda products: products.abs().sum((2, -2, -1))),
)
_bug(
    "rounded",
    "Numbers are cut to whole numbers on the way",
    "Of which dtype is the tensor that your results are written into?",
    Loops(finish=torch.trunc),
    Loops(arrange=torch.trunc),
    Loops(arrange=torch.trunc, finish=torch.trunc),
    Loops(image=torch.trunc),
    Loops(kernel=torch.trunc),
    Loops(image=torch.trunc, kernel=torch.trunc),
    Loops(image=torch.trunc, kernel=torch.trunc, add_bias=_cut_bias),
    Loops(total=lambda products: products.trunc().sum((2, -2, -1))),
    Loops(arrange=torch.trunc, add_bias=_cut_bias),
    Loops(finish=torch.floor),
    Loops(finish=torch.round),
)
_bug(
    "input-edge-skipped",
    "The last row and the last column of each window are left out, or one of them",
    "Which numbers do your loops over the kernel count to?",
    _without_edge(1, 1),
    _without_edge(1, 0),
    _without_edge(0, 1),
)
