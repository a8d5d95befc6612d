"""core.faithfulness: deleting and inserting pixels by a ranking, beside blind rankings."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core import checkpoints, faithfulness
from core.cam import METHODS, CamResult, class_activation_maps, upsample
from core.data.facts import facts, to_unit
from core.data.samples import load_samples
from core.faithfulness import (
    RANKINGS,
    SHARES,
    area_between,
    areas,
    compare,
    pixel_curves,
    random_pixels,
    shuffled_cells,
)


class Brightness(nn.Module):
    """Class 1's logit is the sum of all pixels, class 0's is 0."""

    def forward(self, images: Tensor) -> Tensor:
        total = images.sum((1, 2, 3))
        return torch.stack([torch.zeros_like(total), total], dim=1)


IMAGE = torch.tensor([[[[4.0, 2.0], [1.0, 3.0]]]])
ONE = torch.tensor([1])
BLACK = torch.zeros(1)
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def probabilities(*totals: float) -> list[float]:
    return torch.tensor(totals).sigmoid().tolist()


def test_deletion_by_hand() -> None:
    curves = pixel_curves(Brightness(), IMAGE, ONE, IMAGE, fill=BLACK, shares=QUARTERS)
    assert curves.shape == (1, 1, 5)
    assert curves[0, 0].tolist() == pytest.approx(probabilities(10, 6, 3, 1, 0))


def test_shares_of_numpy_are_as_good() -> None:
    settings = {"fill": BLACK, "shares": np.array(QUARTERS)}
    curves = pixel_curves(Brightness(), IMAGE, ONE, IMAGE, **settings)
    assert curves[0, 0].tolist() == pytest.approx(probabilities(10, 6, 3, 1, 0))


def test_no_picture_has_no_curves() -> None:
    model = checkpoints.load("cifar10_resnet").model
    for method in METHODS:
        found = compare(model, torch.zeros(0, 3, 32, 32), [], fill=torch.zeros(3), method=method)
        assert [curves.shape for curves in found.values()] == [(0, len(SHARES))] * 3


def test_insertion_by_hand() -> None:
    curves = pixel_curves(Brightness(), IMAGE, ONE, IMAGE, fill=BLACK, insert=True, shares=QUARTERS)
    assert curves[0, 0].tolist() == pytest.approx(probabilities(0, 4, 7, 9, 10))


def test_the_fill_and_the_ranking_decide() -> None:
    curves = pixel_curves(Brightness(), IMAGE, ONE, -IMAGE, fill=torch.ones(1), shares=QUARTERS)
    assert curves[0, 0].tolist() == pytest.approx(probabilities(10, 10, 9, 7, 4))


def test_of_equal_pixels_the_upper_left_goes_first() -> None:
    curves = pixel_curves(
        Brightness(), IMAGE, ONE, torch.zeros(1, 1, 2, 2), fill=BLACK, shares=QUARTERS
    )
    assert curves[0, 0].tolist() == pytest.approx(probabilities(10, 6, 4, 3, 0))


def test_several_pictures_and_rankings_are_as_one_by_one() -> None:
    generator = torch.Generator().manual_seed(0)
    images, maps = (
        torch.rand(3, 2, 6, 6, generator=generator) / 9,
        torch.rand(3, 4, 6, 6, generator=generator),
    )
    labels, fill = torch.tensor([0, 1, 1]), torch.tensor([0.1, 0.2])
    together = pixel_curves(Brightness(), images, labels, maps, fill=fill)
    assert together.shape == (3, 4, len(SHARES))
    for n in range(3):
        for r in range(4):
            alone = pixel_curves(
                Brightness(),
                images[n : n + 1],
                labels[n : n + 1],
                maps[n : n + 1, r : r + 1],
                fill=fill,
            )
            assert torch.equal(alone[0, 0], together[n, r])


def test_random_pixels_are_the_same_for_every_picture_and_seed() -> None:
    drawn = random_pixels(2, (4, 5), draws=3, seed=1)
    assert drawn.shape == (2, 3, 4, 5)
    assert torch.equal(drawn[0], drawn[1])
    assert torch.equal(drawn, random_pixels(2, (4, 5), draws=3, seed=1))
    assert not torch.equal(drawn, random_pixels(2, (4, 5), draws=3, seed=2))


def test_shuffled_cells_are_the_maps_own_numbers_elsewhere() -> None:
    cells = torch.arange(32.0).reshape(2, 4, 4)
    big = shuffled_cells(cells, (8, 8), "nearest", draws=5)
    assert big.shape == (2, 5, 8, 8)
    for n in range(2):
        for r in range(5):
            small = big[n, r, ::2, ::2]
            assert sorted(small.flatten().tolist()) == cells[n].flatten().tolist()
            assert not torch.equal(small, cells[n])


def test_rankings_are_on_the_device_of_the_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held with the meta device, which refuses to meet tensors of another one."""
    cells = torch.empty(2, 4, 4, device="meta")
    assert shuffled_cells(cells, (8, 8), "bilinear", draws=3).device == cells.device
    drawn = random_pixels(2, (8, 8), draws=3, device=cells.device)
    assert torch.cat([drawn, torch.empty(2, 1, 8, 8, device="meta")], dim=1).shape == (2, 4, 8, 8)
    sizes = {"maps": (2, 5, 4, 4), "logits": (2, 5), "features": (2, 3, 4, 4), "weight": (5, 3)}
    found = {name: torch.empty(size, device="meta") for name, size in sizes.items()}
    result = CamResult(**found, bias=torch.empty(5, device="meta"))
    monkeypatch.setattr(faithfulness, "class_activation_maps", lambda *_: result)
    asked = []
    monkeypatch.setattr(
        faithfulness,
        "_probability",
        lambda _, batch, label: asked.append(batch.device) or torch.zeros(len(batch)),
    )
    images = torch.empty(2, 1, 8, 8, device="meta")
    curves = compare(nn.Identity(), images, [1, 2], fill=torch.zeros(1), draws=(1, 2))
    assert [curve.shape for curve in curves.values()] == [(2, len(SHARES))] * 3
    assert asked == [images.device] * len(asked) != []
    area = area_between(*torch.empty(2, 4, len(SHARES), device="meta"))
    assert area.device == cells.device


def test_the_area_by_hand() -> None:
    shares = (0.0, 0.5, 1.0)
    control, curve = torch.tensor([1.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0])
    assert float(area_between(control, curve, shares)) == pytest.approx(0.5)
    assert float(area_between(curve, control, shares)) == pytest.approx(-0.5)
    flat = [0.5] * len(SHARES)
    found = areas({RANKINGS[0]: flat, RANKINGS[1]: [0.75] * len(SHARES), RANKINGS[2]: flat})
    assert found == {RANKINGS[1]: pytest.approx(0.25), RANKINGS[2]: pytest.approx(0.0)}


def test_the_networks_maps_name_places_that_matter() -> None:
    """On the bundled pictures: holes at the map's hottest places hurt more than equal holes
    elsewhere.
    """
    model, samples = checkpoints.load("cifar10_resnet").model, load_samples("cifar10")
    images, fill = to_unit(samples.images), torch.tensor(facts("cifar10").mean)
    for insert in (False, True):
        curves = compare(model, images, samples.labels, fill=fill, insert=insert, draws=(2, 1))
        assert list(curves) == list(RANKINGS)
        mean = {name: curve.mean(0).tolist() for name, curve in curves.items()}
        assert all(len(curve) == len(SHARES) for curve in mean.values())
        found = areas(mean)[RANKINGS[1]]
        assert found < -0.05 if insert else found > 0.05
    cells = class_activation_maps(model, images).maps[torch.arange(20), samples.labels]
    direct = pixel_curves(
        model,
        images,
        samples.labels,
        upsample(cells, 32, "bilinear")[:, None],
        fill=fill,
        insert=True,
    )
    torch.testing.assert_close(
        direct.mean((0, 1)), torch.tensor(mean[RANKINGS[0]]), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": IMAGE.byte()}, "Expected images as floats"),
        ({"images": IMAGE[0]}, r"Expected images \(N, C, H, W\)"),
        ({"labels": torch.tensor([1, 1])}, r"one label for each of 1 images, got shape \(2,\)"),
        ({"labels": torch.tensor([2])}, "labels from 0 to 1, got 2"),
        ({"maps": IMAGE[0]}, r"Expected maps \(1, rankings, "),
        ({"maps": torch.zeros(1, 1, 2, 3)}, r"Expected maps \(1, rankings, "),
        ({"maps": torch.zeros(1, 1, 2, 2, dtype=torch.cfloat)}, "Expected maps as floats"),
        ({"fill": torch.zeros(3)}, r"Expected fill \(1\), got the shape \(3,\)"),
        ({"fill": BLACK.int()}, "Expected fill as floats"),
        ({"shares": ()}, "increasing shares"),
        ({"shares": (0.0, 1.5)}, "increasing shares"),
        ({"shares": (0.5, 0.0)}, "increasing shares"),
        ({"shares": (0.5, 0.5)}, "increasing shares"),
        ({"shares": (0.0, float("nan"), 1.0)}, "increasing shares"),
        ({"shares": np.array([0.5, 0.0])}, "increasing shares"),
        ({"shares": ("0", "1")}, "Expected shares as a number, got str '0'"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, message: str) -> None:
    given = {"images": IMAGE, "labels": ONE, "maps": IMAGE, "fill": BLACK} | change
    with pytest.raises((TypeError, ValueError), match=message):
        pixel_curves(
            Brightness(), given.pop("images"), given.pop("labels"), given.pop("maps"), **given
        )
