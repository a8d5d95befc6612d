"""core.data.download and .checked: a person's data folder is only added to, and what is used is
what was checked.
"""

import errno
import gzip
import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torchvision.datasets import CIFAR10, MNIST

from core.data import checked, download
from core.data.download import fetch
from core.data.facts import DATASETS, ROOT, DatasetError, LabelledImages, facts
from core.data.load import load
from tests.synthetic import synthetic_colours, synthetic_digits, write_idx

RAW = "MNIST/raw"
FILES = [f"{RAW}/{kind}-ubyte" for kind in ("train-images-idx3", "train-labels-idx1")]
FILES += [f"{RAW}/{kind}-ubyte" for kind in ("t10k-images-idx3", "t10k-labels-idx1")]


@pytest.fixture
def server(tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Torchvision "downloads" from this folder instead of the network."""
    source = tmp_path / "server"
    tiny_mnist.rename(source)

    def copy(self: MNIST) -> None:
        shutil.copytree(source, Path(self.root), dirs_exist_ok=True)
        (Path(self.raw_folder) / "train-images-idx3-ubyte.gz").write_bytes(b"packed")

    monkeypatch.setattr(MNIST, "download", copy)
    return source


def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    for dataset in (MNIST, CIFAR10):
        monkeypatch.setattr(dataset, "download", lambda self: pytest.fail("downloaded"))


def state(folder: Path) -> dict[str, object]:
    """Everything below a folder: what it is, holds, and when it was changed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else path.is_symlink()
        found[str(path.relative_to(folder))] = (status.st_ino, status.st_mtime_ns, content)
    return {
        name: value if not (folder / name).is_dir() else "folder" for name, value in found.items()
    }


def assert_is_sentence(message: str) -> None:
    assert "\n" not in message
    assert message[0].isupper()
    assert message.count(". ") == 0


def refused(action: Callable[[], object], reason: str, path: Path) -> None:
    with pytest.raises(DatasetError, match=reason) as caught:
        action()
    assert_is_sentence(str(caught.value))
    assert str(path) in str(caught.value)


# ---- what is used is what was checked


def test_cifar10s_batches_are_read_one_after_the_other(tiny_cifar10: Path) -> None:
    for part in ("train", "test"):
        ours = load("cifar10", part, tiny_cifar10, download=False)
        expected = synthetic_colours(*((50, 1) if part == "train" else (20, 2)))
        order = torch.cat([torch.arange(number, 50, 5) for number in range(5)])
        expected = expected.subset(order) if part == "train" else expected
        assert torch.equal(ours.images, expected.images)
        assert torch.equal(ours.labels, expected.labels)


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_the_files_are_read_as_torchvision_reads_them(
    name: str, part: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published files where they are, else synthetic ones."""
    folder = ROOT / "data"
    if not checked.is_present(name, folder):
        folder = request.getfixturevalue(f"tiny_{name}")
    lists = [[Path(file).name, md5] for file, md5 in facts("cifar10").md5.items()]
    monkeypatch.setattr(CIFAR10, "train_list", lists[:5])
    monkeypatch.setattr(CIFAR10, "test_list", lists[5:])
    monkeypatch.setattr(CIFAR10, "_load_meta", lambda self: None)
    theirs = {"mnist": MNIST, "cifar10": CIFAR10}[name](str(folder), train=part == "train")
    ours, images = load(name, part, folder, download=False), torch.as_tensor(theirs.data)
    images = images[:, None] if images.dim() == 3 else images.permute(0, 3, 1, 2)
    assert torch.equal(ours.images, images)
    assert ours.labels.tolist() == list(theirs.targets)


def test_nobody_needs_torchvision_to_read(tiny_mnist: Path) -> None:
    code = f"""
import sys
from dataclasses import replace
from dataclasses import replace
from functools import partial
from pathlib import Path
from core.data.facts import DATASETS
from core.data.load import load
tiny = replace(DATASETS["mnist"], train_images=300, test_images=100, md5={facts("mnist").md5!r})
DATASETS["mnist"] = tiny
assert len(load("mnist", "train", Path({str(tiny_mnist)!r}), download=True)) == 300
assert "torchvision" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.write_text, (self.path, "sprung")


def test_stray_files_beside_the_checked_ones_are_not_used(
    tiny_mnist: Path, tiny_cifar10: Path, tmp_path: Path
) -> None:
    digits = synthetic_digits(300, seed=1)
    processed = tiny_mnist / "MNIST" / "processed"
    processed.mkdir()
    wrong = (digits.images[:, 0], (digits.labels + 1) % 10)
    for file in ("training.pt", "test.pt"):
        torch.save(wrong, processed / file)
    batches = tiny_cifar10 / "cifar-10-batches-py"
    for file in ("batches.meta", "data_batch_6", "data_batch_1.bak", "test_batch.pkl"):
        (batches / file).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    assert torch.equal(load("mnist", "train", tiny_mnist, download=True).labels, digits.labels)
    assert len(load("mnist", "test", tiny_mnist, download=True)) == 100
    assert len(load("cifar10", "train", tiny_cifar10, download=True)) == 50
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("file", ["data_batch_1", "data_batch_5", "test_batch"])
@pytest.mark.parametrize("part", ["train", "test"])
def test_no_unchecked_file_is_unpickled(
    tiny_cifar10: Path, tmp_path: Path, file: str, part: str
) -> None:
    path = tiny_cifar10 / "cifar-10-batches-py" / file
    path.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    refused(
        lambda: load("cifar10", part, tiny_cifar10, download=True),
        "does not have the published MD5 sum.*move it away",
        path,
    )
    assert not (tmp_path / "sprung").exists()


def test_even_a_checked_pickle_is_not_run(tiny_cifar10: Path, tmp_path: Path) -> None:
    file = "cifar-10-batches-py/data_batch_1"
    content = pickle.dumps(Trap(tmp_path / "sprung"))
    (tiny_cifar10 / file).write_bytes(content)
    facts("cifar10").md5[file] = hashlib.md5(content).hexdigest()
    refused(
        lambda: load("cifar10", "train", tiny_cifar10, download=False),
        "CIFAR-10 is damaged",
        tiny_cifar10 / "cifar-10-batches-py",
    )
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_changes_after_its_check_changes_nothing(
    tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def read_and_change(path: Path) -> bytes:
        content = read(path)
        path.write_bytes(b"another content")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_change)
    loaded = load("mnist", "train", tiny_mnist, download=False)
    assert torch.equal(loaded.images, synthetic_digits(300, seed=1).images)


def test_links_lead_to_checked_files(tiny_mnist: Path, tmp_path: Path) -> None:
    (tiny_mnist / RAW).rename(tmp_path / "elsewhere")
    (tiny_mnist / RAW).symlink_to(tmp_path / "elsewhere")
    assert len(load("mnist", "train", tiny_mnist, download=False)) == 300
    other = tmp_path / "other"
    write_idx(other, synthetic_digits(300, seed=7), synthetic_digits(100, seed=8))
    (tmp_path / "elsewhere" / "train-labels-idx1-ubyte").unlink()
    (tiny_mnist / FILES[1]).symlink_to(other / FILES[1])
    refused(
        lambda: load("mnist", "train", tiny_mnist, download=False),
        "does not have the published MD5 sum",
        tiny_mnist / FILES[1],
    )


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_named(tiny_mnist: Path, file: str) -> None:
    content = bytearray((tiny_mnist / file).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny_mnist / file).write_bytes(content)
    before = state(tiny_mnist)
    for allowed in (False, True):
        refused(
            partial(load, "mnist", "train", tiny_mnist, download=allowed),
            "MNIST is damaged: .*not have the published MD5 sum.*move it away.*run again",
            tiny_mnist / file,
        )
    assert state(tiny_mnist) == before


@pytest.mark.parametrize("content", [b"", b"no IDX", b"\0\0\x08", b"\0\0\x08\x03" + b"\xff" * 12])
def test_a_file_that_is_no_idx_file_is_one_sentence(tiny_mnist: Path, content: bytes) -> None:
    (tiny_mnist / FILES[0]).write_bytes(content)
    facts("mnist").md5[FILES[0]] = hashlib.md5(content).hexdigest()
    refused(
        lambda: load("mnist", "train", tiny_mnist, download=False), "MNIST is damaged", tiny_mnist
    )


def test_a_wrong_number_of_images_is_refused(tiny_mnist: Path) -> None:
    facts("mnist").md5.update(write_idx(tiny_mnist, synthetic_digits(299), synthetic_digits(100)))
    refused(
        lambda: load("mnist", "train", tiny_mnist, download=False),
        r"expected images \(300, 1, 28, 28\), got \(299, 1, 28, 28\)",
        tiny_mnist,
    )


# ---- the folder is only added to


def test_a_download_adds_the_files(server: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    assert len(load("mnist", "train", folder, download=True)) == 300
    assert sorted(state(folder)) == sorted(state(server))


@pytest.mark.parametrize("missing", [FILES, FILES[:1], FILES[1:3], FILES[3:]])
def test_a_download_leaves_everything_that_is_there(
    server: Path, tmp_path: Path, missing: list[str]
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(server, folder)
    mine = ["MNIST/notes.txt", f"{RAW}/train-images-idx3-ubyte.gz", "notes.txt", ".download-mine/x"]
    for file in mine:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("mine")
    for file in missing:
        (folder / file).unlink()
    before = state(folder)
    assert len(load("mnist", "train", folder, download=True)) == 300
    after = state(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == set(missing)


def test_a_copy_that_appears_during_the_download_stays(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, receive = tmp_path / "data", MNIST.download

    def both(self: MNIST) -> None:
        receive(self)
        shutil.copytree(server, folder, dirs_exist_ok=True)
        both.before = state(folder / "MNIST")

    monkeypatch.setattr(MNIST, "download", both)
    fetch("mnist", folder)
    assert state(folder / "MNIST") == both.before
    assert sorted(state(folder)) == sorted(state(server))


def test_another_file_that_appears_during_the_download_is_named_and_stays(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, receive = tmp_path / "data", MNIST.download

    def both(self: MNIST) -> None:
        receive(self)
        (folder / RAW).mkdir(parents=True)
        (folder / FILES[2]).write_bytes(b"mine")

    monkeypatch.setattr(MNIST, "download", both)
    refused(lambda: fetch("mnist", folder), "published MD5 sum.*move it away", folder / FILES[2])
    assert (folder / FILES[2]).read_bytes() == b"mine"


def test_two_downloads_at_once_both_end_well(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, barrier, errors = MNIST.download, threading.Barrier(4), []

    def at_once(self: MNIST) -> None:
        receive(self)
        barrier.wait(30)

    def one() -> None:
        try:
            fetch("mnist", tmp_path / "data")
        except BaseException as error:
            errors.append(error)

    monkeypatch.setattr(MNIST, "download", at_once)
    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(state(tmp_path / "data")) == sorted(state(server))


IN_THE_WAY = {
    "half a file": (FILES[0], lambda path: path.write_bytes(b"half of")),
    "a folder": (FILES[1], lambda path: path.mkdir()),
    "a link to nothing": (FILES[2], lambda path: path.symlink_to("nothing")),
    "a pipe": (FILES[3], os.mkfifo),
    "a file for a folder": (RAW, lambda path: path.write_bytes(b"mine")),
    "a file for the set's folder": ("MNIST", lambda path: path.write_bytes(b"mine")),
}


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_what_is_in_the_way_is_named_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    no_download(monkeypatch)
    file, make = IN_THE_WAY[kind]
    path = tmp_path / "data" / file
    path.parent.mkdir(parents=True)
    make(path)
    before = sorted(os.walk(tmp_path))
    refused(lambda: fetch("mnist", tmp_path / "data"), "in the way|is damaged.*move it away", path)
    assert sorted(os.walk(tmp_path)) == before


@pytest.mark.parametrize("place", ["", "MNIST", RAW])
def test_a_folder_without_permission_is_named_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    no_download(monkeypatch)
    folder = tmp_path / "data"
    (folder / place).mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder / place)  # for root
    refused(
        lambda: fetch("mnist", folder), r"cannot be written \(Permission denied\)", folder / place
    )


def test_a_data_folder_below_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    refused(
        lambda: load("mnist", "train", tmp_path / "file" / "data", download=True),
        r"cannot be written \(Not a directory\): choose another folder",
        tmp_path / "file" / "data",
    )


def test_a_data_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    refused(
        lambda: load("mnist", "train", tmp_path / "file", download=True),
        r"in the way \(a folder should be there\)",
        tmp_path / "file",
    )
    assert (tmp_path / "file").read_text() == "no folder"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_file_that_cannot_be_added_is_named(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    refused(
        lambda: fetch("mnist", tmp_path / "data"),
        rf"cannot be written \({os.strerror(code)}\)",
        tmp_path / "data" / RAW,
    )
    assert not list(tmp_path.rglob(".download-*"))


@pytest.mark.parametrize("code", download.NO_LINKS)
def test_a_disk_without_links_is_served(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)
    (tmp_path / "data" / "MNIST").mkdir(parents=True)
    (tmp_path / "data" / "MNIST" / "notes.txt").write_text("mine")
    fetch("mnist", tmp_path / "data")
    assert sorted(state(tmp_path / "data")) == sorted([*state(server), "MNIST/notes.txt"])


def test_what_is_there_is_not_downloaded(tiny_mnist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_download(monkeypatch)
    before = state(tiny_mnist)
    assert len(load("mnist", "train", tiny_mnist, download=True)) == 300
    assert state(tiny_mnist) == before


# ---- a download that breaks off


def break_off(self: MNIST) -> None:
    """Write half a file, then lose the connection."""
    raw = Path(self.raw_folder)
    raw.mkdir(parents=True)
    (raw / "train-images-idx3-ubyte").write_bytes(b"half of")
    raise RuntimeError("Error downloading train-images:\nthe connection was\nlost")


def end_early(self: MNIST) -> None:
    """Leave files that are not whole, without a word."""
    raw = Path(self.raw_folder)
    raw.mkdir(parents=True)
    for file in FILES:
        (raw / Path(file).name).write_bytes(b"half of")


def interrupt(self: MNIST) -> None:
    (Path(self.root) / "half").write_bytes(b"half of")
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("broken", "error"),
    [(break_off, DatasetError), (end_early, DatasetError), (interrupt, KeyboardInterrupt)],
)
@pytest.mark.parametrize("mine", [[], ["notes.txt"], ["MNIST/notes.txt"]])
def test_a_download_that_breaks_off_leaves_what_was_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable,
    error: type[BaseException],
    mine: list[str],
) -> None:
    monkeypatch.setattr(MNIST, "download", broken)
    for file in mine:
        (tmp_path / "data" / file).parent.mkdir(parents=True)
        (tmp_path / "data" / file).write_text("mine")
    before = state(tmp_path)
    with pytest.raises(error):
        load("mnist", "train", tmp_path / "data", download=True)
    assert state(tmp_path) == before


def test_a_download_that_breaks_off_leaves_no_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MNIST, "download", interrupt)
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / "new" / "deep" / "data", Path("new/deep")):
        with pytest.raises(KeyboardInterrupt):
            load("mnist", "train", folder, download=True)
        assert list(tmp_path.iterdir()) == []


def test_a_broken_download_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MNIST, "download", break_off)
    refused(
        lambda: load("mnist", "train", tmp_path, download=True),
        r"could not be downloaded .*the connection was lost.*check the net",
        tmp_path,
    )


def test_a_download_that_is_killed_is_not_taken_as_whole(
    server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "data" / ".download-killed"
    write_idx(left, synthetic_digits(300, seed=1), synthetic_digits(100, seed=2))
    with pytest.raises(DatasetError, match="MNIST is not in"):
        load("mnist", "train", tmp_path / "data", download=False)
    assert len(load("mnist", "train", tmp_path / "data", download=True)) == 300


def test_the_facts_say_which_file_holds_which_part() -> None:
    for name, count in (("mnist", (2, 2)), ("cifar10", (5, 1))):
        train, test = facts(name).files("train"), facts(name).files("test")
        assert (len(train), len(test)) == count
        assert (*train, *test) == tuple(facts(name).md5)
    assert isinstance(synthetic_digits(2), LabelledImages)


# ---- what was fetched before and not unpacked


@pytest.fixture
def packed(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the packed files alone, and torchvision's own code without a network."""
    monkeypatch.undo()
    folder, resources = tmp_path / "packed", []
    monkeypatch.setitem(DATASETS, "mnist", replace(facts("mnist"), md5=_sums(server)))
    (folder / RAW).mkdir(parents=True)
    for file in facts("mnist").packed:
        content = gzip.compress((server / file.removesuffix(".gz")).read_bytes())
        (folder / file).write_bytes(content)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        resources.append((Path(file).name, md5))
    monkeypatch.setattr(MNIST, "resources", resources)
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])
    tiny = replace(facts("mnist"), train_images=300, test_images=100)
    monkeypatch.setitem(DATASETS, "mnist", tiny)
    return folder


def _sums(folder: Path) -> dict[str, str]:
    return {
        file: hashlib.md5((folder / file).read_bytes(), usedforsecurity=False).hexdigest()
        for file in FILES
    }


def test_packed_files_are_named(packed: Path) -> None:
    with pytest.raises(DatasetError, match=r"MNIST is in .*, but not unpacked \(MNIST/raw/t"):
        load("mnist", "train", packed, download=False)
    with pytest.raises(RuntimeError, match="Dataset not found"):
        MNIST(str(packed), download=False)  # torchvision's says no more


def test_packed_files_are_unpacked_without_a_network(packed: Path) -> None:
    before = state(packed)
    assert len(load("mnist", "train", packed, download=True)) == 300
    after = state(packed)
    assert {name: after[name] for name in before} == before
    assert sorted(set(after) - set(before)) == sorted(FILES)
    assert len(load("mnist", "test", packed, download=False)) == 100
    assert len(MNIST(str(packed), download=False)) == 300


def test_a_damaged_packed_file_is_fetched_anew_and_stays(packed: Path) -> None:
    damaged = packed / facts("mnist").packed[0]
    damaged.write_bytes(b"no archive")
    before = state(packed)
    with pytest.raises(DatasetError, match="could not be downloaded"):  # there is no network
        load("mnist", "train", packed, download=True)
    assert state(packed) == before


def test_unpacked_files_alone_are_enough_and_a_missing_one_is_named(tiny_mnist: Path) -> None:
    assert len(load("mnist", "train", tiny_mnist, download=False)) == 300
    (tiny_mnist / FILES[3]).unlink()
    with pytest.raises(DatasetError, match=f"MNIST is in .* without {FILES[3]}: let it be fetched"):
        load("mnist", "train", tiny_mnist, download=False)


def test_the_facts_name_what_torchvision_fetches() -> None:
    assert [Path(file).name for file in facts("mnist").packed] == [
        name for name, _ in MNIST.resources
    ]
    assert facts("cifar10").packed == (CIFAR10.filename,)
