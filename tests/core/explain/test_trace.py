"""core.explain.trace: layers, shares, receptive fields and neighbours, on the trained network."""

import pytest
import torch

from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.trace import Cell, Trace, trace
from core.models import MnistCNN

IMAGES = to_unit(load_samples("mnist").images)


def model() -> MnistCNN:
    loaded = checkpoints.load("mnist_cnn").model
    assert isinstance(loaded, MnistCNN)
    return loaded


@pytest.fixture(scope="module")
def traced() -> Trace:
    return trace(model(), IMAGES[3])


def cells(traced: Trace) -> list[Cell]:
    generator = torch.Generator().manual_seed(0)
    found = []
    for at, layer in enumerate(traced.layers):
        for _ in range(6):
            position = [
                int(torch.randint(0, side, (), generator=generator)) for side in layer.values.shape
            ]
            found.append(Cell(at, *position))
    return found


def test_the_last_layer_is_the_networks_own(traced):
    torch.testing.assert_close(traced.logits, model()(IMAGES[3:4])[0].detach(), rtol=0, atol=0)
    assert [tuple(layer.values.shape) for layer in traced.layers] == [
        (1, 28, 28),
        (3, 28, 28),
        (3, 14, 14),
        (6, 14, 14),
        (6, 7, 7),
        (1, 8, 16),
        (1, 10, 1),
    ]
    assert all(parameter.grad is None for parameter in traced.model.parameters())


def test_shares_of_a_layer_add_up_to_the_logit_without_the_biases_behind_it(traced):
    network = traced.model
    hidden = traced.layers[5].values.flatten()
    alive = (hidden > 0).float()
    last = network.fc2.weight.detach()  # (10, 128)
    behind = {6: torch.zeros(10), 5: network.fc2.bias.detach()}
    behind[4] = behind[5] + last @ (alive * network.fc1.bias.detach())
    behind[3] = behind[4]
    for at, biases in behind.items():
        torch.testing.assert_close(
            traced.shares[at].flatten(1).sum(1) + biases, traced.logits, rtol=0, atol=1e-5
        )
    torch.testing.assert_close(
        traced.shares[1].sum((1, 2, 3)), traced.shares[2].sum((1, 2, 3)), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("at", range(7))
def test_a_receptive_field_is_all_that_matters_and_all_of_it_matters(traced, at):
    for cell in [one for one in cells(traced) if one.layer == at]:
        rows, columns = traced.receptive_field(cell)
        base = torch.rand(1, 28, 28, generator=torch.Generator().manual_seed(1))
        before = raw(traced.model, base, cell)
        outside = base + 1
        outside[:, rows.start : rows.stop, columns.start : columns.stop] = base[
            :, rows.start : rows.stop, columns.start : columns.stop
        ]
        assert raw(traced.model, outside, cell) == pytest.approx(before, abs=1e-5)
        if traced.layers[at].kind == "linear":
            continue
        reached = torch.zeros(28, 28)
        reached[rows.start : rows.stop, columns.start : columns.stop] = 1
        assert torch.equal(touched(traced.model, cell), reached)


def raw(network: MnistCNN, image: torch.Tensor, cell: Cell) -> float:
    layer = trace(network, image).layers[cell.layer]
    return float(layer.values[cell.channel, cell.row, cell.column])


def touched(network: MnistCNN, cell: Cell) -> torch.Tensor:
    """Which pixels a cell can depend on: the layers with all weights 1 and averages for maxima."""
    pixels = torch.ones(1, 1, 28, 28, requires_grad=True)
    ones = torch.ones(1, 1, 3, 3)
    values = [pixels]
    for at in range(1, 5):
        one = torch.nn.functional
        values.append(
            one.conv2d(values[-1], ones, padding=1) if at % 2 else one.avg_pool2d(values[-1], 2)
        )
    (gradient,) = torch.autograd.grad(values[cell.layer][0, 0, cell.row, cell.column], pixels)
    return (gradient[0, 0] > 0).float()


def test_a_cell_is_made_of_what_is_shown(traced):
    for cell in cells(traced):
        kind, value = traced.layers[cell.layer].kind, traced.value(cell)
        if kind == "convolution":
            explained = traced.convolution(cell.layer)
            assert float(explained.output[cell.channel, cell.row, cell.column]) == pytest.approx(
                value, abs=1e-6
            )
        elif kind == "pooling":
            pooled = traced.pooling(cell.layer, cell.channel)
            assert float(pooled.output[cell.row, cell.column]) == value
        elif kind == "linear":
            product = traced.product(cell)
            assert float(product.products.sum()) + product.bias == pytest.approx(
                product.total, abs=1e-4
            )
            activated = product.total if cell.layer == 6 else max(0.0, product.total)
            assert activated == pytest.approx(value, abs=1e-4)


def test_the_way_back_ends_at_a_pixel_and_forward_at_a_logit(traced):
    cell: Cell | None = Cell(6, 0, int(traced.logits.argmax()), 0)
    cells_back = []
    while cell is not None:
        cells_back.append(cell)
        cell = traced.strongest(cell)
    assert [one.layer for one in cells_back] == [6, 5, 4, 3, 2, 1, 0]
    assert traced.value(cells_back[2]) == traced.value(cells_back[3]), (
        "a pooling passes its winner on"
    )
    rows, columns = traced.receptive_field(cells_back[2])
    assert cells_back[-1].row in rows
    assert cells_back[-1].column in columns
    cell = cells_back[-1]
    for at in range(1, 7):
        following = traced.follows(cell)
        assert following is not None
        assert following.layer == at
        cell = following
    assert traced.follows(cell) is None


def test_wrong_places_are_named(traced):
    for call, message in (
        (lambda: traced.convolution(2), "1 or 3, got 2"),
        (lambda: traced.pooling(3, 0), "2 or 4, got 3"),
        (lambda: traced.product(Cell(4, 0, 0, 0)), "5 or 6, got layer 4"),
        (lambda: trace(traced.model, IMAGES[:1]), r"\(1, 28, 28\), got the shape \(1, 1, 28, 28\)"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
