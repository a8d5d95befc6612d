"""core.checkpoints.unpacking: of whatever file of weights, its tensors or one sentence that
names what is wrong.
"""

import argparse
import codecs
import contextlib
import copyreg
import datetime
import functools
import gzip
import io
import json
import os
import pickle
import queue
import random
import struct
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from core import checkpoints
from core.checkpoints.foreign import ForeignError, read_digit_net
from core.checkpoints.unpacking import LARGEST_BYTES

ROOT = Path(__file__).resolve().parents[3]
STATE = dict(checkpoints.load("mnist_model_a").model.state_dict())
FEW = {"conv1.bias": STATE["conv1.bias"]}


def saved(what: object, **settings: object) -> bytes:
    file = io.BytesIO()
    torch.save(what, file, **settings)
    return file.getvalue()


def zipped(files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def prefixed(*prefixes: str) -> dict[str, Tensor]:
    return {"".join(prefixes) + key: value for key, value in STATE.items()}


def prefixed_inside(wrapper: str, before: str = "") -> dict[str, Tensor]:
    """As a network saves whose layers are wrapped each: conv1.module.weight."""
    return {before + key.replace(".", f".{wrapper}."): value for key, value in STATE.items()}


def refusal(content: bytes, name: str = "a.pt") -> str:
    with pytest.raises(ForeignError) as caught:
        read_digit_net(content, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class AttributeDict(dict):
    """A dict whose entries are attributes, as Lightning keeps its hyper-parameters."""

    def __getattr__(self, key: str) -> object:
        if key in self:
            return self[key]
        raise AttributeError(key)


class Several(list):
    """A list of a class of one's own."""


OTHERS = {"epoch": 1, "loss": 0.1, "best": None, "args": {"lr": 0.1}, "classes": ["0", "1"]}
OPTIMISER = {
    "optimizer_state_dict": {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": []}
}
READ = {
    **{key: {key: STATE, **OTHERS, **OPTIMISER} for key in ("model_state_dict", "state_dict")},
    **{key: {key: STATE, **OTHERS} for key in ("model", "net", "network", "weights")},
    "another name": {"digits": STATE, **OTHERS},
    "ordered": {"model": OrderedDict(STATE), "seen": Counter("ab"), "set": {1, 2}, "z": 1j},
    "parameters": {key: nn.Parameter(value) for key, value in STATE.items()},
    "compiled": prefixed("_orig_mod."),
    "parallel": prefixed("module."),
    "wrapped": prefixed("model."),
    "compiled, parallel": prefixed("_orig_mod.", "module."),
    "parallel, compiled": prefixed("module.", "_orig_mod."),
    "wrapped, compiled, parallel": {"state_dict": prefixed("model.", "_orig_mod.", "module.")},
    "twice": prefixed("module.", "module."),
    **{
        f"a layer in {wrapper}": prefixed_inside(wrapper)
        for wrapper in (
            *("_orig_mod", "module", "_orig_mod.module"),
            *("_fsdp_wrapped_module", "_checkpoint_wrapped_module"),
        )
    },
    "one layer compiled": {
        f"_orig_mod.{key}".replace("conv1.", "conv1._orig_mod."): one for key, one in STATE.items()
    },
    "a loss in parallel beside": {
        **prefixed_inside("module", "net."),
        "loss.module.weight": torch.ones(10),
    },
    "some only": {f"module.{key}" if "fc" in key else key: one for key, one in STATE.items()},
    **{
        str(kind): {key: one.to(kind) for key, one in STATE.items()}
        for kind in (torch.float64, torch.float16, torch.bfloat16)
    },
    "not contiguous": {
        key: one.mT.contiguous().mT if one.dim() > 1 else one for key, one in STATE.items()
    },
    "two deep": {"state": {"model": STATE, "epoch": 3}, "optimizer": OPTIMISER},
    "three deep": {"run": {"last": {"weights": STATE}}},
    "in a list": [3, STATE, OTHERS],
    "Lightning's": {"state_dict": prefixed("net."), "loops": {"fit": {"state_dict": {}}}, **OTHERS},
    "a counter beside": {**prefixed("module."), "n_averaged": torch.tensor(3)},
    "others in it": STATE | OTHERS | {3: "three", "x" * 200: None},
    "named optimiser": {"model": STATE, "optim": {"state": {key: {"step": 1} for key in STATE}}},
    **{
        before: prefixed(before)
        for before in ("network.", "_orig_mod.net.", "a.b.c.d.", "encoder.model.module.", "my_")
    },
}
WITH_OBJECTS = {
    "numbers of numpy's": {"model": STATE, "loss": np.float64(1), "seen": np.int64(3)},
    "numbers of numpy's in it": STATE | {"loss": np.float32(1)},
    "an array of numpy's": {"model": STATE, "losses": np.arange(1000.0)},
    "arguments": {
        "model": STATE,
        "args": argparse.Namespace(rate=0.1, out=Path("x"), at=datetime.datetime(2026, 1, 1)),
    },
    "arrays of numpy's": {key: value.numpy() for key, value in STATE.items()},
    "arrays in other orders": {
        key: np.asfortranarray(value.numpy().astype(">f8")) for key, value in STATE.items()
    },
    "one array of numpy's": {"model": STATE | {"fc1.weight": STATE["fc1.weight"].numpy()}},
    "a dict of lists": {"model": STATE, "history": defaultdict(list, {"loss": [0.1]})},
    "Lightning's checkpoint": {
        "epoch": 3,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": OrderedDict(prefixed("model."), **{"loss.weight": torch.ones(10)}),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_path": Path("a.ckpt")}},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": []}],
        "hparams_name": "hparams",
        "hyper_parameters": AttributeDict(
            rate=0.1, act=nn.functional.relu, inner=AttributeDict(a=1, b=2)
        ),
    },
    "in a dict of one's own": AttributeDict(net=AttributeDict(STATE), seen=Several([1, [2]])),
    "Python's own, by their names of Python 2": {
        "model": STATE,
        "seen": [range(3), slice(1, 2), {1}, frozenset({2}), 1j, b"x", int, map, ValueError("x")],
        "how": [functools.reduce, queue.Queue, object(), copyreg.pickle],
    },
    "a list of one's own": {"model": STATE, "args": Several([AttributeDict(a=1), (1, 2, 3, 4)])},
}
NETWORK = checkpoints.load("mnist_model_a").model
WHOLE = {
    "alone": NETWORK,
    "in a dict": {"epoch": 1, "net": NETWORK, "optimizer": OPTIMISER},
    "in another": nn.DataParallel(NETWORK),
    "with a loss": nn.ModuleDict({"net": NETWORK, "loss": nn.CrossEntropyLoss()}),
}


@pytest.mark.parametrize("what", READ.values(), ids=READ.keys())
@pytest.mark.parametrize("new", [True, False])
def test_every_way_to_save_a_state_dict_is_read(what: dict, new: bool) -> None:
    model = read_digit_net(saved(what, _use_new_zipfile_serialization=new), "a.pt").model
    for key, value in STATE.items():
        torch.testing.assert_close(model.state_dict()[key], value, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("what", WITH_OBJECTS.values(), ids=WITH_OBJECTS.keys())
@pytest.mark.parametrize("new", [True, False])
def test_objects_beside_the_weights_do_no_harm(what: dict, new: bool) -> None:
    model = read_digit_net(saved(what, _use_new_zipfile_serialization=new), "a.pt").model
    for key, value in STATE.items():
        assert torch.equal(model.state_dict()[key], value)


def test_an_array_of_a_wrong_shape_is_named() -> None:
    content = saved(STATE | {"fc2.bias": BIAS.numpy()}, _use_new_zipfile_serialization=False)
    for shape in (
        b"K\x0b\x85",
        b"K\x00\x85",
        b"X\1\0\0\0x\x85",
        b"\x8a\x0a" + b"\1" * 10 + b"\x85",
    ):
        before, found, after = content.rpartition(b"K\x0a\x85")  # its own shape
        assert found
        told = refusal(before + shape + after)
        assert "holds fc2.bias, which should be a tensor and is a numpy array" in told


class Calling:
    """Calls a function of Python's own while it is unpickled."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __reduce__(self) -> tuple:
        return (eval, (self.text,))


def test_a_call_beside_the_weights_is_not_made(tmp_path: Path) -> None:
    mark = tmp_path / "called"
    content = saved({"model": STATE, "lr": Calling(f"open({str(mark)!r}, 'w')")})
    assert torch.equal(read_digit_net(content, "a.pt").model.fc2.bias, STATE["fc2.bias"])
    assert not mark.exists()


def test_texts_are_not_looked_up_as_codecs() -> None:
    asked: list[str] = []
    search = asked.append
    codecs.register(search)
    try:
        read_digit_net(saved({"model": STATE} | {f"lossofstep{n}": 0.1 for n in range(9)}), "a.pt")
    finally:
        codecs.unregister(search)
    assert not [name for name in asked if "lossofstep" in name]


def test_many_files_are_read_at_once_and_nothing_is_left_allowed() -> None:
    allowed = torch.serialization.get_safe_globals()  # torch puts some of its own there
    contents = [saved(what) for what in WITH_OBJECTS.values()] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda content: read_digit_net(content, "a.pt").model, contents))
    assert all(torch.equal(model.fc2.bias, STATE["fc2.bias"]) for model in found)
    assert set(torch.serialization.get_safe_globals()) == set(allowed)


@pytest.mark.parametrize("what", WHOLE.values(), ids=WHOLE.keys())
def test_of_a_whole_network_the_weights_are_read(what: object) -> None:
    model = read_digit_net(saved(what), "a.pt").model
    for key, value in STATE.items():
        assert torch.equal(model.state_dict()[key], value)


@pytest.mark.parametrize("prefixes", [("_orig_mod.",), ("module.", "_orig_mod.")])
def test_prefixes_of_safetensors_are_dropped(prefixes: tuple[str, ...]) -> None:
    content = safetensors.torch.save(prefixed(*prefixes))
    assert torch.equal(read_digit_net(content, "a.safetensors").model.fc2.bias, STATE["fc2.bias"])


MAC = b"\0\5\x16\7" + b"\0" * 100
ARCHIVES = {
    "beside macOS's": {"model.pt": saved(STATE), "__MACOSX/._model.pt": MAC},
    "beside a hidden one": {"model.pt": saved(STATE), "._model.pt": MAC, ".DS_Store": b"x"},
    "in a folder": {"net/": b"", "net/model.pth": saved(STATE), "net/log.txt": b"1"},
    "safetensors": {"a/model.safetensors": safetensors.torch.save(STATE), "readme.md": b"x"},
    "without an ending": {"model": saved(STATE), "log.txt": b"1", "log.bin": b"2"},
    "of another ending": {"a/last.ckpt.1": saved(STATE, _use_new_zipfile_serialization=False)},
}


@pytest.mark.parametrize("files", ARCHIVES.values(), ids=ARCHIVES.keys())
@pytest.mark.parametrize("name", ["a.zip", "a.pt"])
def test_the_one_file_of_weights_in_a_zip_is_read(files: dict, name: str) -> None:
    assert torch.equal(read_digit_net(zipped(files), name).model.fc2.bias, STATE["fc2.bias"])


NAMES = ("a.safetensors", "a.SAFETENSORS", "a.pt", "a.zip", "a.ckpt", "a.pth.tar", "a.bin", "a", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_read_by_its_bytes_and_not_by_its_name(name: str) -> None:
    for content in (saved(STATE), safetensors.torch.save(STATE)):
        assert torch.equal(read_digit_net(content, name).model.fc2.bias, STATE["fc2.bias"])


def test_a_zip_of_several_files_names_them() -> None:
    content = zipped({"a.pt": saved(STATE), "b.pt": saved(STATE)})
    assert "a zip should hold one file of weights, and holds a.pt, b.pt" in refusal(content)
    assert "a zip should hold one file of weights, and holds none" in refusal(zipped({"a": b""}))
    assert "b.ckpt cannot" not in (told := refusal(zipped({"b.ckpt": b"text"}), "a.zip"))
    assert "a.zip cannot be read as a state dict (it is text)" in told
    again = zipped({"b.zip": zipped({"c.pt": saved(STATE)})})
    assert "b.zip in it is a zip again" in refusal(again)


BIAS = STATE["fc2.bias"]
STRANGE = {
    "float8_e4m3fn": lambda: BIAS.to(torch.float8_e4m3fn),
    "float8_e5m2": lambda: BIAS.to(torch.float8_e5m2),
    "sparse_coo": lambda: BIAS.to_sparse(),
    "int32": lambda: BIAS.int(),
    "bool": lambda: BIAS > 0,
    "complex64": lambda: BIAS.to(torch.complex64),
    "quantised": lambda: torch.quantize_per_tensor(BIAS, 0.1, 0, torch.qint8),
    "on the meta device": lambda: BIAS.to("meta"),
    "nested": lambda: torch.nested.nested_tensor([BIAS[:3], BIAS[3:]]),
}


def with_attribute() -> Tensor:
    """A tensor that its class alone does not tell."""
    tensor = BIAS.clone()
    tensor.note = "mine"
    return tensor


IMPORTED = {
    "nested in rows": lambda: torch.nested.nested_tensor([BIAS[:3], BIAS], layout=torch.jagged),
    "of another class": lambda: os.mkdir,
    "with attributes": lambda: nn.Buffer(BIAS) if hasattr(nn, "Buffer") else with_attribute(),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", STRANGE)
def test_a_tensor_of_another_kind_is_named(kind: str) -> None:
    content = saved(STATE | {"fc2.bias": STRANGE[kind]()})
    told = refusal(content)
    assert "holds fc2.bias, which should be a dense tensor of float32" in told
    assert kind in told


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", IMPORTED)
@pytest.mark.parametrize("settings", [{}, {"pickle_protocol": 4}])
def test_what_would_have_to_be_imported_is_named_with_its_entry(kind: str, settings: dict) -> None:
    told = refusal(saved(STATE | {"fc2.bias": IMPORTED[kind]()}, **settings))
    assert " in fc2.bias, and should hold plain tensors alone): save it anew" in told


@pytest.mark.parametrize("make", [IMPORTED["with attributes"], with_attribute])
def test_a_tensor_with_attributes_is_no_plain_one(make: Callable[[], Tensor]) -> None:
    told = refusal(saved(STATE | {"fc2.bias": make()}))
    assert (
        "it holds a tensor with attributes of its own, such as a torch.nn.Buffer, in fc2.bias, and "
        "should hold plain tensors alone" in told
    )
    with pytest.raises(ForeignError, match="a tensor with attributes"):
        read_digit_net(saved(STATE | {"x": torch.Tensor}), "a.pt")  # its class makes any length


@pytest.mark.filterwarnings("ignore")
def test_what_only_an_old_file_cannot_hold_is_named_with_its_entry() -> None:
    nested = STATE | {"fc2.bias": STRANGE["nested"]()}
    told = refusal(saved(nested, _use_new_zipfile_serialization=False))
    assert "fc2.bias" in told
    assert "nested" in told


def test_float8_in_safetensors_is_named() -> None:
    content = safetensors.torch.save(STATE | {"fc2.bias": STRANGE["float8_e4m3fn"]()})
    assert "fc2.bias" in refusal(content, "a.safetensors")


def test_a_dict_of_another_class_is_no_tensor() -> None:
    told = refusal(saved(STATE | {"fc2.bias": nn.functional.relu}))
    assert "which should be a tensor and is a torch.nn.functional.relu: save it anew" in told
    told = refusal(saved(STATE | {"fc2.bias": AttributeDict}))
    assert "is a tests.core.checkpoints.test_unpacking.AttributeDict: save it anew" in told
    told = refusal(saved(STATE | {"fc2.bias": AttributeDict(a=1)}))
    assert "holds fc2.bias, which should be a tensor and is an OrderedDict: save it anew" in told


def test_a_loss_beside_the_network_is_left_out_and_another_tensor_in_it_is_not() -> None:
    state = {**prefixed("net."), "loss.weight": torch.ones(10)}
    assert torch.equal(read_digit_net(saved(state), "a").model.fc2.bias, STATE["fc2.bias"])
    told = refusal(saved({**prefixed("net."), "net.fc3.bias": torch.ones(10)}))
    assert "net.fc3.bias should be absent and is (10,)" in told


def of_dtype(kind: str) -> bytes:
    """A safetensors file whose fc2.bias says that it has this dtype."""
    content = safetensors.torch.save(STATE | {"fc2.bias": torch.zeros(10, dtype=torch.uint8)})
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["fc2.bias"]["dtype"] = kind
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


@pytest.mark.parametrize("kind", ["F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "C64", "?"])
def test_a_dtype_that_safetensors_makes_no_tensor_of_is_named(kind: str) -> None:
    told, _, name = refusal(of_dtype(kind), "a.safetensors").rpartition(" and is ")
    assert told == (
        "a.safetensors holds fc2.bias, which should be a dense tensor of float32 (or float64, "
        "float16, bfloat16)"
    )
    assert name in (f"{kind}.", f"{kind.lower().replace('f8', 'float8')}.")  # as torch has it


def test_a_long_header_of_safetensors_is_not_read() -> None:
    many = {f"{number}": torch.zeros(0) for number in range(20_000)}
    told = refusal(safetensors.torch.save(many), "a.safetensors")
    assert "it holds far more than this network's tensors" in told


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (STATE | {"fc2.bias": [1.0]}, "holds fc2.bias, which should be a tensor and is a list"),
        (STATE | {"fc2.bias": None}, "holds fc2.bias, which should be a tensor and is None"),
        (STATE | {"fc2.bias": 3}, "holds fc2.bias, which should be a tensor and is an int"),
        (
            STATE | {"fc2.bias": BIAS.numpy().astype(int)},
            "holds fc2.bias, which should be a tensor and is a numpy array",
        ),
        (STATE | {"fc2.bias": BIAS.numpy()[:9]}, "fc2.bias should be (10,) and is (9,)"),
        (
            {"model": STATE | {"fc2.bias": np.float32(1)}},
            "holds fc2.bias, which should be a tensor and is a number of numpy's",
        ),
        ({"a": {"model": STATE}, "net": STATE | {}}, "more than one state dict (net, a.model)"),
        ({"model": STATE, "net": STATE | {}}, "more than one state dict (model, net)"),
        (prefixed("model.") | prefixed("ema."), "twice, as model."),
        (STATE | {"module.fc2.bias": BIAS}, "fc2.bias twice, as fc2.bias and module.fc2.bias"),
        (prefixed("module.") | prefixed("model."), "twice, as module."),
        ({3: BIAS}, "holds an entry 3, which should be the name"),
        ({"x" * 200: BIAS}, "should be the name of a layer's tensor"),
        (BIAS, "holds a Tensor, no state dict"),
        (3, "holds an int, no state dict"),
        (None, "holds None, no state dict"),
        ("text", "holds a str, no state dict"),
        ([1, 2], "holds a list, no state dict"),
        (argparse.Namespace(a=1), "holds an argparse.Namespace, no state dict"),
        (nn.Linear(2, 3), "architecture: conv1.bias should be (10,) and is absent: choose a state"),
    ],
)
def test_what_is_no_weight_is_named(what: object, message: str) -> None:
    told = refusal(saved(what))
    assert message in told
    assert len(told) < 300


def test_a_whole_network_in_an_old_file_is_named() -> None:
    whole = saved(NETWORK, _use_new_zipfile_serialization=False)
    assert "it holds core.models.DigitNet, and should hold plain tensors alone" in refusal(whole)


ENCRYPTED, DEFLATE64 = (8, 1), (10, 9)  # where a zip's central folder says it, and as what


def flagged(content: bytes, flag: tuple[int, int]) -> bytes:
    """A zip whose entries are said to be packed in another way."""
    first, *entries = content.split(b"PK\1\2")
    place, value = flag[0] - 4, flag[1]  # behind the four bytes that begin an entry
    changed = [one[:place] + bytes([value]) + one[place + 1 :] for one in entries]
    return b"PK\1\2".join([first, *changed])


@pytest.mark.parametrize("protocol", [0, 1, 4, 5])
@pytest.mark.parametrize("new", [True, False])
def test_the_pickle_protocol_is_named(protocol: int, new: bool) -> None:
    told = refusal(
        saved(STATE, pickle_protocol=protocol, _use_new_zipfile_serialization=new), "a.pt"
    )
    shown = protocol if protocol > 2 else "0 or 1"
    assert f"(it has pickle protocol {shown}, not 2): save it anew" in told


@pytest.mark.parametrize("new", [True, False])
def test_pickle_protocol_3_is_read(new: bool) -> None:
    read_digit_net(saved(STATE, pickle_protocol=3, _use_new_zipfile_serialization=new), "a.pt")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("folder", ["", "archive/", "x/archive/", "my code/x/"])
def test_a_file_of_torch_that_was_packed_again_is_read(folder: str, method: int) -> None:
    with zipfile.ZipFile(io.BytesIO(saved(STATE))) as archive:
        files = {item.split("/", 1)[1]: archive.read(item) for item in archive.namelist()}
    packed = {f"{folder}{name}": content for name, content in files.items()}
    content = zipped(packed | {"__MACOSX/._x": b"\0\5", "0 read me.txt": b"mine"}, method)
    model = read_digit_net(content, "a.zip").model
    assert all(bool((model.state_dict()[key] == value).all()) for key, value in STATE.items())


@pytest.mark.parametrize("other", ["data.pkl", "DATA.PKL", "Data/0"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_torch_reads_no_entry_that_was_not_looked_at(other: str, first: bool) -> None:
    """torch takes the last entry of a name, in letters of any case."""
    with zipfile.ZipFile(io.BytesIO(saved(STATE))) as archive:
        entries = [(item, archive.read(item)) for item in archive.namelist()]
    entries.insert(0 if first else len(entries), (f"archive/{other}", b"\x80\x02N."))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    told = refusal(file.getvalue())
    assert "is there twice" in told or other == "data.pkl"


def array(save: object) -> bytes:
    file = io.BytesIO()
    save(file, np.zeros(3))
    return file.getvalue()


OTHER_KINDS = {
    "an array of numpy": lambda: array(np.save),
    "it is an archive of numpy's arrays, an .npz": lambda: array(np.savez),
    "the file is empty": lambda: b"",
    "it is text": lambda: "épochs\taccuracy\r\n1\t0.97\n".encode(),
    "it is JSON": lambda: json.dumps({"fc2.bias": [0.1]}, indent=1).encode(),
    "it is an HTML or XML page": lambda: b"\xef\xbb\xbf\n<!DOCTYPE html>",
    "it is packed by gzip": lambda: gzip.compress(saved(STATE)),
    "it is a PNG picture": lambda: b"\x89PNG\r\n\x1a\n",
    "it is a network in ONNX": lambda: b"\x08\x08\x12\x07pytorch\x1a\x052.9.0",
    "it is a tar archive": lambda: b"\1" * 257 + b"ustar" + bytes(250),
    "it is a pointer of Git LFS and not the file itself": lambda: (
        b"version https://git-lfs.github.com/spec/v1\n"
    ),
    "it is a pickle, but not one of torch.save": lambda: pickle.dumps(STATE),
    "it has pickle protocol 4, not 2": lambda: saved(STATE, pickle_protocol=4),
    "it is encrypted": lambda: flagged(saved(STATE), ENCRYPTED),
    "method 9 of packing a zip is not known": lambda: flagged(saved(STATE), DEFLATE64),
    "it is neither safetensors nor a file of torch.save": lambda: b"\xfe\1\2\3" * 20,
    "it is damaged, or of another format": lambda: safetensors.torch.save(STATE)[:500],
    "it is a TorchScript program": lambda: zipped(
        {"net/data.pkl": b"", "net/code/__torch__.py": b"", "net/constants.pkl": b""}
    ),
}


@pytest.mark.parametrize("reason", OTHER_KINDS)
@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.zip"])
def test_another_kind_of_file_is_named_with_what_to_do(reason: str, name: str) -> None:
    told = refusal(OTHER_KINDS[reason](), name)
    assert told.startswith(f"{name} cannot be read as a state dict (")
    assert f"{reason}): save it anew with torch.save(model.state_dict(), ...)." in told


@pytest.mark.parametrize("content", [pickle.dumps(what) for what in (3, None, [1], "", STATE)])
def test_a_pickle_of_anything_is_one_sentence(content: bytes) -> None:
    assert "it is a pickle, but not one of torch.save" in refusal(content)


@pytest.mark.parametrize("what", [BIAS.bool(), BIAS.int()])
def test_a_name_that_cannot_be_printed_is_told_to_the_letter(what: Tensor) -> None:
    told = refusal(saved({"a\n\x1b[31m\u202eb": what}))
    assert r"a.pt holds a\n\x1b[31m\u202eb, which" in told
    told = refusal(saved({"x": {**STATE}, "a\nb": {**STATE}}))
    assert r"more than one state dict (x, a\nb)" in told
    told = refusal(zipped({"a\nb.pt": saved(STATE), "a\u202eb.pt": saved(STATE)}))
    assert r"holds a\nb.pt, a\u202eb.pt" in told
    evil = b"\x80\x02ca\x1b" + b"x" * 1_000_000 + b"\nb\n."
    assert len(refusal(zipped({"a/data.pkl": evil}))) < 300


def test_every_file_of_one_or_two_letters_is_one_sentence() -> None:
    letters = [bytes([one]) for one in range(256)]
    for content in (*letters, *(one + b"." for one in letters), b"accuracy 0.97\n", b"\x80\x02K"):
        assert "cannot be read as a state dict" in refusal(content, "log.pt")


@pytest.mark.parametrize("deflated", [True, False])
def test_overwritten_and_cut_files_are_one_sentence(deflated: bool) -> None:
    drawn = random.Random(0)
    files = [saved(STATE), saved(STATE, _use_new_zipfile_serialization=False)]
    files = [zipped({"a.pt": one}) for one in files] if deflated else files
    for file in [*files, safetensors.torch.save(STATE)]:
        for _ in range(60):
            content, at = bytearray(file), drawn.randrange(len(file))
            content[at : at + 40] = drawn.randbytes(40)
            cut = bytes(content[: drawn.choice([at + 40, len(content)])])
            with contextlib.suppress(ForeignError):
                read_digit_net(cut, "a.zip")


OLD = saved(0, _use_new_zipfile_serialization=False)[:15]  # the mark of such a file
BOMB = b"\x80\x02c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R."
SHAPE = b"".join(
    (
        b"\x80\x02}X\x08\0\0\0fc2.biasctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storage",
        b"ctorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpuK\x0atQK\0J\xff\xff\xff\x7f\x85K\1\x85",
        b"\x89ccollections\nOrderedDict\n)RtRs.",
    )
)
TEXT = b"X" + struct.pack("<I", 1_000_000) + b"x" * 1_000_000 + b"q\0"  # and its number, 0
ENCODE, LATIN = b"c_codecs\nencode\n", b"X\6\0\0\0latin1"
NUMBERS = b"]q\0(" + b"K\1" * 50_000 + b"e0]("


def in_zip(pickled: bytes) -> bytes:
    """A file as torch.save writes it, of this pickle."""
    return zipped({"a/data.pkl": pickled, "a/version": b"3"}, zipfile.ZIP_STORED)


HUGE = {
    "bytes of bytes": in_zip(
        b"\x80\2"
        + (ENCODE + b"(") * 30
        + b"X\1\0\0\0x"
        + LATIN
        + b"tR"
        + b"X\3\0\0\0hextR" * 29
        + b"."
    ),
    "bytes of bytes by a long name": in_zip(
        b"\x80\2"
        + (ENCODE + b"(") * 30
        + b"X\1\0\0\0x"
        + LATIN
        + b"tR"
        + (b"X\x1c\0\0\0" + b" " * 25 + b"hextR") * 29
        + b"."
    ),
    "one text, encoded again and again": in_zip(
        b"\x80\2" + TEXT + b"0](" + (ENCODE + b"(h\0" + LATIN + b"tR") * 1000 + b"e."
    ),
    "one list, copied again and again": in_zip(
        b"\x80\2" + NUMBERS + b"c__builtin__\nset\nh\0\x85R" * 1000 + b"e."
    ),
    "classes": in_zip(b"\x80\2" + b"".join(b"ca\nb%d\n0" % one for one in range(100)) + b"N."),
    "unpacked": zipped({"a.pt": bytes(10 * LARGEST_BYTES)}),
    "in a file of torch": zipped({"a/data.pkl": saved(1), "a/data/0": bytes(10 * LARGEST_BYTES)}),
    "an array": OLD + BOMB,
    "an array in a zip": in_zip(BOMB),
    "a shape": zipped(
        {"a/data.pkl": SHAPE, "a/version": b"3", "a/data/0": bytes(40)}, zipfile.ZIP_STORED
    ),
    "instructions": OLD + b"\x80\x02" + b"N" * 5_000_000 + b".",
    "header": struct.pack("<Q", 5_000_000) + b"{" + b"[" * 5_000_000,
}
MEASURE = """
import resource, sys
from core.checkpoints.foreign import ForeignError, read_digit_net

contents = [open(name, "rb").read() for name in sys.argv[1:]]
start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for content in contents:
    try:
        read_digit_net(content, "a.pt")
    except ForeignError:
        print("refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says about a process")
def test_files_that_would_grow_are_refused_and_take_no_memory(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in HUGE]
    for name, content in zip(names, HUGE.values(), strict=True):
        Path(name).write_bytes(content)
    command = [sys.executable, "-c", MEASURE, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *refused, kilobytes = done.stdout.split()
    assert refused == ["refused"] * len(HUGE)
    assert int(kilobytes) < 100_000
