"""core.evaluation: loss, accuracy, confusion matrix, and a model that comes back as it was."""

import contextlib
import math

import pytest
import torch
from torch import Tensor, nn

from core.evaluation import (
    Evaluation,
    confusion_matrix,
    evaluate,
    evaluation_mode,
    per_class_accuracy,
)


class Table(nn.Module):
    """A classifier that looks its logits up: image n holds the number n."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits[images.flatten().long()]


def same(images: Tensor) -> Tensor:
    return images


def run(logits: list[list[float]], labels: list[int], **settings: object) -> Evaluation:
    images = torch.arange(len(labels)).reshape(-1, 1, 1, 1)
    model = Table(torch.tensor(logits))
    return evaluate(
        model, images, torch.tensor(labels), prepare=same, classes=len(logits[0]), **settings
    )


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert run([[2.0, 0.0], [0.0, 1.0], [3.0, 1.0], [1.0, 4.0]], [0, 1, 1, 1]).accuracy == 0.75


def test_a_row_is_the_true_class_and_a_column_the_predicted_one() -> None:
    result = run([[0.0, 1.0, 0.0]], [2])  # a "2" taken for a "1"
    assert result.confusion.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_every_image_is_counted_once() -> None:
    result = run([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [0, 0, 0])
    assert result.confusion.tolist() == [[2, 1], [0, 0]]
    assert result.confusion.dtype == torch.int64


def test_loss_is_the_mean_negative_logarithm_of_the_true_class() -> None:
    result = run([[math.log(3), 0.0], [0.0, math.log(7)]], [0, 0])  # probabilities 3/4 and 1/8
    assert result.loss == pytest.approx(-(math.log(3 / 4) + math.log(1 / 8)) / 2, abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 100])
def test_the_batch_size_does_not_change_the_result(batch_size: int) -> None:
    logits = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).tolist()
    whole, parts = run(logits, [0, 1, 2, 3, 0]), run(logits, [0, 1, 2, 3, 0], batch_size=batch_size)
    assert parts.loss == pytest.approx(whole.loss, abs=1e-6)
    assert torch.equal(parts.confusion, whole.confusion)
    assert torch.equal(parts.predictions, whole.predictions)
    assert whole.predictions.tolist() == torch.tensor(logits).argmax(1).tolist()


def test_accuracy_per_class_is_a_share_of_the_true_class() -> None:
    counts = torch.tensor([[3, 1, 0], [2, 2, 0], [5, 0, 5]])
    assert per_class_accuracy(counts) == (0.75, 0.5, 0.5)
    nothing = torch.zeros(18, dtype=torch.int64)
    assert Evaluation(0.0, counts, nothing).per_class_accuracy == (0.75, 0.5, 0.5)


def test_a_class_without_images_has_accuracy_zero() -> None:
    assert per_class_accuracy(torch.tensor([[4, 0], [0, 0]])) == (1.0, 0.0)


def test_the_confusion_matrix_counts_true_classes_in_rows() -> None:
    counts = confusion_matrix(torch.tensor([0, 0, 2]), torch.tensor([1, 1, 2]), classes=3)
    assert counts.tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


def test_images_are_prepared_before_the_model_sees_them() -> None:
    model, labels = Table(torch.eye(4)), torch.tensor([3, 2, 1, 0])
    images = torch.arange(4).reshape(-1, 1, 1, 1)
    assert (
        evaluate(model, images, labels, prepare=lambda batch: 3 - batch, classes=4).accuracy == 1.0
    )


@pytest.fixture
def mixed() -> nn.Sequential:
    """A network in training whose normalisation is frozen."""
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 10))
    model.train()
    model[1].eval()
    return model


def evaluate_mixed(model: nn.Module) -> Evaluation:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(20, 1, 2, 2, generator=generator)
    return evaluate(model, images, torch.arange(20) % 10, prepare=same)


def test_every_module_is_given_back_in_its_own_mode(mixed: nn.Sequential) -> None:
    evaluate_mixed(mixed)
    assert [module.training for module in mixed] == [True, False, True, True]
    assert mixed.training


def test_modes_are_given_back_after_an_error(mixed: nn.Sequential) -> None:
    with contextlib.suppress(RuntimeError), evaluation_mode(mixed):
        assert not any(module.training for module in mixed.modules())
        raise RuntimeError("on purpose")
    assert [module.training for module in mixed] == [True, False, True, True]


def test_evaluation_changes_nothing_in_the_model(mixed: nn.Sequential) -> None:
    mixed[1].train()
    before = {name: value.clone() for name, value in mixed.state_dict().items()}
    evaluate_mixed(mixed)
    assert all(torch.equal(value, before[name]) for name, value in mixed.state_dict().items())
    assert all(parameter.grad is None for parameter in mixed.parameters())


def test_dropout_is_off(mixed: nn.Sequential) -> None:
    assert evaluate_mixed(mixed).loss == evaluate_mixed(mixed).loss


def test_gradients_are_on_again_afterwards(mixed: nn.Sequential) -> None:
    evaluate_mixed(mixed)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(("images", "labels"), [(0, 0), (3, 2), (2, 3)])
def test_images_without_labels_are_refused(images: int, labels: int) -> None:
    with pytest.raises(
        ValueError,
        match=f"one label for each of {images} images, got shape" if images else "got none",
    ):
        evaluate(
            Table(torch.eye(3)),
            torch.zeros(images, 1, 1, 1),
            torch.zeros(labels, dtype=torch.int64),
            prepare=same,
            classes=3,
        )


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_class_is_refused(label: int) -> None:
    with pytest.raises(ValueError, match=f"Expected labels from 0 to 2, got {label}"):
        run([[0.0] * 3] * 2, [1, label])


def test_logits_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected logits \(1, 2\), got \(1, 3\)"):
        evaluate(
            Table(torch.eye(3)),
            torch.zeros(1, 1, 1, 1),
            torch.zeros(1, dtype=torch.int64),
            prepare=same,
            classes=2,
        )
