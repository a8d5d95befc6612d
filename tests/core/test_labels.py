"""Labels of whatever kind mean the same in every function of core, or are refused with a sentence
that says what to write.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from core import attacks, masking, robustness
from core.attack_methods import cross_entropy, margin, soft_margin
from core.cam import class_activation_maps, grad_cam, strongest_channels
from core.evaluation import confusion_matrix, evaluate, success_rates
from core.faithfulness import compare, pixel_curves
from core.labels import checked_labels
from core.stored import as_stored

COUNT, CLASSES = 4, 5


class Tiny(nn.Module):
    """Average pooling and a linear layer, as every function here takes it."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(0)
            self.body = nn.Conv2d(1, 3, 3)
            self.last = nn.Linear(3, CLASSES)

    def forward_features(self, images: Tensor) -> Tensor:
        return self.body(images).relu()

    def forward_head(self, features: Tensor) -> Tensor:
        return self.last(features.mean((2, 3)))

    def forward(self, images: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(images))


MODEL = Tiny().eval().requires_grad_(False)
IMAGES = torch.rand(COUNT, 1, 6, 6, generator=torch.Generator().manual_seed(1))
TASK, NOISE = robustness.Task(attacks.PGD, max_gradients=2), robustness.Task(None)
LOGITS = MODEL(IMAGES)
BLACK = torch.zeros(1)


def always(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    return model(images).argmax(1) != labels


FUNCTIONS: dict[str, Callable[[object], object]] = {
    "attack": lambda labels: (
        attacks.attack(MODEL, IMAGES, labels, 0.1, method=attacks.PGD, max_gradients=2).adversarial
    ),
    "untargeted": lambda labels: (
        attacks.untargeted(MODEL, IMAGES, labels, 0.1, max_gradients=2).adversarial
    ),
    "targeted": lambda labels: (
        attacks.targeted(MODEL, IMAGES, labels, 0.1, max_gradients=2).adversarial
    ),
    "improved_targeted": lambda labels: (
        attacks.improved_targeted(MODEL, IMAGES, labels, 0.1, max_gradients=2).adversarial
    ),
    "cross_entropy": lambda labels: cross_entropy(LOGITS, labels, False),
    "margin": lambda labels: margin(LOGITS, labels, False),
    "soft_margin": lambda labels: soft_margin(LOGITS, labels, True),
    "grad_cam": lambda labels: grad_cam(MODEL, IMAGES, labels),
    "pixel_curves": lambda labels: pixel_curves(MODEL, IMAGES, labels, IMAGES, fill=BLACK),
    "compare": lambda labels: [
        curve.tolist()
        for curve in compare(MODEL, IMAGES, labels, fill=BLACK, draws=(1, 1)).values()
    ],
    "evaluate": lambda labels: (
        evaluate(MODEL, IMAGES, labels, prepare=lambda images: images, classes=CLASSES).confusion
    ),
    "confusion_matrix": lambda labels: confusion_matrix(
        labels, LOGITS.argmax(1).int(), classes=CLASSES
    ),
    "success_rates": lambda labels: list(
        success_rates({"tiny": MODEL}, {"always": always}, IMAGES, labels, [0.1])
    ),
    "rate": lambda labels: robustness.rate(
        "x", TASK, "tiny", MODEL, IMAGES, labels, 0.1, (0.0, 1.0)
    ),
    "noise": lambda labels: NOISE.success(MODEL, IMAGES, labels, 0.1, (0.0, 1.0)),
    "transfer_rate": lambda labels: robustness.transfer_rate(
        TASK, MODEL, MODEL, IMAGES, labels, 0.1, (0.0, 1.0), batch_size=3
    ),
    "breaking_epsilons": lambda labels: robustness.breaking_epsilons(
        MODEL, IMAGES, labels, max_gradients=1, levels=4
    ),
    "masking_checks": lambda labels: next(
        masking.masking_checks(MODEL, IMAGES, labels, (0.0, 1.0))
    ),
    "stored": lambda labels: as_stored(MODEL, IMAGES, (IMAGES * 255).byte(), 1.0).success(
        labels, targeted=False
    ),
}
RANGELESS = {"success_rates"}  # knows no classes before the attacks that it is given
EACH = [3, 0, 2, 3]
ONE_EACH = {
    "list": EACH,
    "tuple": tuple(EACH),
    "list of numpy integers": [np.int64(label) for label in EACH],
    "list of tensors": [torch.tensor(label) for label in EACH],
    **{f"numpy {kind}": np.array(EACH, kind) for kind in ("u1", "i4", "i8", ">i4", "u8")},
    **{
        str(dtype): torch.tensor(EACH).to(dtype)
        for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.uint16)
    },
}
ONE_FOR_ALL = {
    "numpy integer": np.int64(3),
    "small numpy integer": np.uint8(3),
    "numpy array without axes": np.array(3),
    "tensor without axes": torch.tensor(3),
    "small tensor without axes": torch.tensor(3, dtype=torch.uint8),
}


def assert_same(found: object, right: object) -> None:
    if isinstance(found, Tensor):
        assert torch.equal(found, right)
    else:
        assert found == right


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_kind_of_whole_numbers_is_taken(name: str) -> None:
    right = FUNCTIONS[name](torch.tensor(EACH))
    for labels in ONE_EACH.values():
        assert_same(FUNCTIONS[name](labels), right)
    right = FUNCTIONS[name](torch.full((COUNT,), 3))
    for label in (3, *ONE_FOR_ALL.values()):
        assert_same(FUNCTIONS[name](label), right)


def quantised(labels: list[int]) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they will go from torch
        return torch.quantize_per_tensor(torch.tensor(labels).float(), 1.0, 0, torch.quint8)


def nested(layout: torch.layout) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they may change in torch
        return torch.nested.nested_tensor([torch.tensor([3, 0]), torch.tensor([2])], layout=layout)


LEFT_OUT = "missing: write a whole number for each, or leave those images out"
NO_WHOLE_NUMBERS = {
    "bool": (True, "got bool True: write whole numbers such as 3"),
    "numpy bool": (np.True_, "got bool"),
    "float": (3.0, "got float 3.0: write whole numbers such as 3"),
    "numpy float": (np.float32(3), "got float32"),
    "text": ("3", "got str"),
    "nothing": (None, "got NoneType"),
    "set": ({3}, "got set"),
    "list of floats": ([3.0, 0.0, 2.0, 3.0], "got float 3.0"),
    "list of truth": ([True] * 4, "got bool True"),
    "nested list": ([[3], [0], [2], [3]], "got list"),
    "tensor of truth": (torch.ones(4, dtype=torch.bool), r"torch.bool: write labels.long\(\)"),
    "list of tensors of truth": ([torch.tensor(True)] * 4, "got torch.bool of shape"),
    "tensor of floats": (torch.ones(4), r"got torch.float32: write labels.long\(\)"),
    "complex tensor": (
        torch.ones(4, dtype=torch.complex64),
        r"got torch.complex64: write labels.real.long\(\)",
    ),
    "tensor with NaN": (torch.tensor([1, torch.nan]), f"torch.float32 with 1 of 2 {LEFT_OUT}"),
    "sparse tensor": (torch.tensor(EACH).to_sparse(), r"sparse_coo: write labels.to_dense\(\)"),
    "quantised tensor": (
        quantised(EACH),
        r"a quantised tensor: write labels.dequantize\(\).long\(\)",
    ),
    **{
        f"nested tensor of layout {layout}": (
            nested(layout),
            r"a nested tensor: write torch.cat\(labels.unbind\(\)\)",
        )
        for layout in (torch.strided, torch.jagged)
    },
    "tensor of bits": (
        torch.zeros(4, dtype=torch.uint8).view(torch.bits8),
        "bits8: write whole",
    ),
    "tensor without values": (torch.tensor(EACH, device="meta"), "a tensor without values"),
    "array of floats": (np.ones(4), r"an array of float64: write labels.astype\(int\)"),
    "array of truth": (np.ones(4, bool), "an array of bool"),
    "array of objects": (np.array([3, None, 0, 1]), f"object with 1 of 4 {LEFT_OUT}"),
    "array of whole objects": (
        np.array([3, 2, 0, 1], object),
        r"an array of object: write labels.astype\(int\)",
    ),
    "array of NaN": (np.array([3, np.nan, 0, np.nan]), f"float64 with 2 of 4 {LEFT_OUT}"),
    "array of infinity": (np.array([3, np.inf]), "an array of float64: write whole numbers"),
    "array of texts": (np.array(["cat", "dog"]), "an array of <U3: write whole numbers"),
    "array of complex": (np.ones(4, complex), "an array of complex128: write whole numbers"),
    "pandas' NA": (pd.Series([1, None, 2], dtype="Int64"), f"with 1 of 3 {LEFT_OUT}"),
    "array with pandas' NA": (np.array([1, pd.NA]), f"object with 1 of 2 {LEFT_OUT}"),
    "pandas' floats": (
        pd.Series([1.0, 2.0]),
        r"an array of float64: write labels.to_numpy\(\).astype\(int\)",
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_no_whole_number_is_refused(name: str) -> None:
    for labels, message in NO_WHOLE_NUMBERS.values():
        with pytest.raises(TypeError, match=f"Expected labels as whole numbers, .*{message}"):
            FUNCTIONS[name](labels)


MISFITS = {
    "too few": ([0, 1], r"one label for each of 4 images, got shape \(2,\)"),
    "one in a list": ([3], r"one label for each of 4 images, got shape \(1,\)"),
    "a column": (torch.zeros(4, 1).long(), r"got shape \(4, 1\): write labels\[:, 0\]"),
    "one-hot": (torch.eye(4, 5).long(), r"got shape \(4, 5\): write labels.argmax\(1\)"),
    "negative": (-1, "Expected labels from 0 .*got -1"),
    "one negative": ([0, -2, 1, 1], "Expected labels from 0 .*got -2"),
    "huge": (2**70, "huge number"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_labels_that_fit_no_image_or_class_are_refused(name: str) -> None:
    for labels, message in MISFITS.values():
        with pytest.raises(ValueError, match=message):
            FUNCTIONS[name](labels)
    if name not in RANGELESS:
        for labels in (CLASSES, [0, 1, 2, CLASSES], torch.tensor(99, dtype=torch.uint8)):
            with pytest.raises(ValueError, match=r"Expected labels from 0 to 4, got (5|99)"):
                FUNCTIONS[name](labels)


@pytest.mark.parametrize(
    "kind", [int, np.int64, np.uint8, torch.tensor, lambda number: torch.tensor(number).byte()]
)
def test_the_strongest_channels_take_any_whole_number(kind: Callable[[int], object]) -> None:
    result = class_activation_maps(MODEL, IMAGES)
    found = strongest_channels(result, kind(1), kind(2), kind(3))
    assert torch.equal(found.index, strongest_channels(result, 1, 2, 3).index)
    assert torch.equal(found.weight, strongest_channels(result, 1, 2, 3).weight)


@pytest.mark.parametrize("wrong", [True, 1.0, "1", None, torch.tensor(1.0), [1]])
@pytest.mark.parametrize("place", range(3))
def test_the_strongest_channels_refuse_the_rest(place: int, wrong: object) -> None:
    numbers = [1, 2, 3]
    numbers[place] = wrong
    name = ("picture", "label", "count")[place]
    with pytest.raises(TypeError, match=f"Expected {name} as whole numbers, got"):
        strongest_channels(class_activation_maps(MODEL, IMAGES), *numbers)


def test_labels_come_back_as_they_should() -> None:
    labels = torch.tensor(EACH)
    assert checked_labels(labels, COUNT) is labels, "what is right already is not copied"
    assert checked_labels([], 0).dtype == torch.int64
    assert checked_labels(7, 0, classes=3).shape == (0,)


def test_a_column_of_pandas_is_taken_by_position() -> None:
    column = pd.Series([3, 0, 4], index=[9, 7, 8])
    for labels in (column, column.astype("Int64"), pd.Index([3, 0, 4])):
        assert checked_labels(labels, 3, classes=5).tolist() == [3, 0, 4]
    with pytest.raises(TypeError, match=r"(object|float64) with 1 of 3 missing: write"):
        checked_labels(pd.Series([3, None, 4], dtype="Int64"), 3)
    with pytest.raises(TypeError, match="float64 with 1 of 3 missing"):
        checked_labels(pd.Series([3, None, 4]), 3)


def test_labels_that_are_masked_are_refused() -> None:
    labels = np.ma.masked_array([3, 0, 4], mask=[False, True, False])
    with pytest.raises(
        TypeError, match=r"got a masked array \(1 of 3 masked\): write labels\.compressed"
    ):
        checked_labels(labels, 3)
    whole = np.ma.masked_array([3, 0, 4])
    assert checked_labels(whole, 3).tolist() == [3, 0, 4]
    assert checked_labels(labels.compressed(), 2).tolist() == [3, 4]
