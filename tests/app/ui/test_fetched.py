"""app.ui.fetched: what a browser keeps has an address, and nothing else has one."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from app.ui import fetched, images
from core.data.facts import DATA_VARIABLE
from core.data.samples import load_samples


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without the data sets."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))


def test_a_script_has_an_address_that_changes_with_it() -> None:
    first = fetched.script("test", "export default 1;")
    assert first == fetched.script("test", "export default 1;")
    second = fetched.script("test", "export default 2;")
    assert first != second
    for address in (first, second):  # a page that is older asks for the script that was
        read = fetched.find(address.removeprefix("/"))
        assert read is not None
        assert read() == b"export default 2;"


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_a_bundled_picture_is_fetched_as_it_is(no_data: None, dataset: str) -> None:
    bundled = load_samples(dataset)
    read = fetched.find(fetched.picture(dataset, bundled.test_indices[3]).removeprefix("/"))
    assert read is not None
    pixels = torch.from_numpy(np.asarray(Image.open(io.BytesIO(read()))).copy())
    assert torch.equal(
        pixels.reshape(32 if dataset == "cifar10" else 28, -1),
        (bundled.images[3].permute(1, 2, 0).reshape(len(bundled.images[3][0]), -1)),
    )


@pytest.mark.parametrize(
    "path",
    [
        *("kept/none.abc.js", "kept/../secret", "kept/mnist/99999.png", "kept/mnist/-1.png"),
        *("kept/other/1.png", "kept/mnist/1.png/x", "mnist/1.png", "kept/mnist/٣.png", "kept/", ""),
    ],
)
def test_nothing_else_is_fetched(no_data: None, path: str) -> None:
    assert fetched.find(path) is None


def test_a_picture_that_is_not_here_is_none(no_data: None) -> None:
    missing = next(one for one in range(100) if one not in load_samples("mnist").test_indices)
    while missing in images.mistakes("mnist").test_indices:
        missing += 1
    assert images.test_png("mnist", missing) is None


def test_below_a_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched.config, "get_option", lambda name: "/course/")
    assert fetched.picture("mnist", 3) == "/course/kept/mnist/3.png"
