"""core.checkpoints.unpacking: of whatever file of weights, its tensors or one sentence that
names what is wrong.
"""

import contextlib
import io
import pickle
import random
import struct
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict
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


def refusal(content: bytes, name: str = "a.pt") -> str:
    with pytest.raises(ForeignError) as caught:
        read_digit_net(content, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


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
    "some only": {f"module.{key}" if "fc" in key else key: one for key, one in STATE.items()},
    **{
        str(kind): {key: one.to(kind) for key, one in STATE.items()}
        for kind in (torch.float64, torch.float16, torch.bfloat16)
    },
    "not contiguous": {
        key: one.mT.contiguous().mT if one.dim() > 1 else one for key, one in STATE.items()
    },
}


@pytest.mark.parametrize("what", READ.values(), ids=READ.keys())
@pytest.mark.parametrize("new", [True, False])
def test_every_way_to_save_a_state_dict_is_read(what: dict, new: bool) -> None:
    model = read_digit_net(saved(what, _use_new_zipfile_serialization=new), "a.pt")
    for key, value in STATE.items():
        torch.testing.assert_close(model.state_dict()[key], value, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("prefixes", [("_orig_mod.",), ("module.", "_orig_mod.")])
def test_prefixes_of_safetensors_are_dropped(prefixes: tuple[str, ...]) -> None:
    content = safetensors.torch.save(prefixed(*prefixes))
    assert torch.equal(read_digit_net(content, "a.safetensors").fc2.bias, STATE["fc2.bias"])


MAC = b"\0\5\x16\7" + b"\0" * 100
ARCHIVES = {
    "beside macOS's": {"model.pt": saved(STATE), "__MACOSX/._model.pt": MAC},
    "beside a hidden one": {"model.pt": saved(STATE), "._model.pt": MAC, ".DS_Store": b"x"},
    "in a folder": {"net/": b"", "net/model.pth": saved(STATE), "net/log.txt": b"1"},
    "safetensors": {"a/model.safetensors": safetensors.torch.save(STATE), "readme.md": b"x"},
}


@pytest.mark.parametrize("files", ARCHIVES.values(), ids=ARCHIVES.keys())
@pytest.mark.parametrize("name", ["a.zip", "a.pt"])
def test_the_one_file_of_weights_in_a_zip_is_read(files: dict, name: str) -> None:
    assert torch.equal(read_digit_net(zipped(files), name).fc2.bias, STATE["fc2.bias"])


@pytest.mark.parametrize("name", ["a.safetensors", "a.pt", "a.zip"])
def test_a_file_is_read_by_its_bytes_and_not_by_its_name(name: str) -> None:
    for content in (saved(STATE), safetensors.torch.save(STATE)):
        assert torch.equal(read_digit_net(content, name).fc2.bias, STATE["fc2.bias"])


def test_a_zip_of_several_files_names_them() -> None:
    content = zipped({"a.pt": saved(STATE), "b.pt": saved(STATE)})
    assert "a zip should hold one file of weights, and holds a.pt, b.pt" in refusal(content)
    assert "a zip should hold one file of weights, and holds none" in refusal(zipped({"a": b""}))
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


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", STRANGE)
def test_a_tensor_of_another_kind_is_named(kind: str) -> None:
    content = saved(STATE | {"fc2.bias": STRANGE[kind]()})
    told = refusal(content)
    assert "holds fc2.bias, which should be a dense tensor of float32" in told
    assert kind in told


def test_float8_in_safetensors_is_named() -> None:
    content = safetensors.torch.save(STATE | {"fc2.bias": STRANGE["float8_e4m3fn"]()})
    assert "fc2.bias" in refusal(content, "a.safetensors")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (STATE | {"fc2.bias": [1.0]}, "holds fc2.bias, which should be a tensor and is a list"),
        (STATE | {"fc2.bias": None}, "holds fc2.bias, which should be a tensor and is a NoneType"),
        (STATE | {"epoch": 3}, "holds epoch, which should be a tensor and is a int"),
        ({"a": {"model": STATE}}, "holds a, which should be a tensor and is a dict"),
        ({"model": STATE, "net": STATE}, "more than one state dict (model, net)"),
        (STATE | {"module.fc2.bias": BIAS}, "fc2.bias twice, as fc2.bias and module.fc2.bias"),
        (prefixed("module.") | prefixed("model."), "twice, as module."),
        ({3: BIAS}, "holds an entry 3, which should be the name"),
        ({"x" * 200: BIAS}, "should be the name of a layer's tensor"),
        (BIAS, "holds a Tensor, no state dict"),
        (3, "holds a int, no state dict"),
    ],
)
def test_what_is_no_weight_is_named(what: object, message: str) -> None:
    told = refusal(saved(what))
    assert message in told
    assert len(told) < 300


def test_a_whole_network_or_another_object_is_named() -> None:
    whole = saved(checkpoints.load("mnist_model_a").model)
    assert "it holds core.models.DigitNet, and should hold tensors alone" in refusal(whole)
    assert "should hold tensors alone" in refusal(saved({"model": STATE, "loss": np.float64(1)}))
    assert "should hold tensors alone" in refusal(pickle.dumps(Path("x"), protocol=4))
    program = zipped({"net/data.pkl": b"", "net/code/__torch__.py": b"", "net/constants.pkl": b""})
    assert "it is a TorchScript program" in refusal(program)


@pytest.mark.parametrize("what", [{"a\n\x1b[31m": 3}, {"a\n\x1b[31m": BIAS.int()}])
def test_a_name_that_cannot_be_printed_is_told_without_its_signs(what: dict) -> None:
    assert "a.pt holds a[31m, which" in refusal(saved(what))
    evil = b"\x80\x02ca\x1b" + b"x" * 1_000_000 + b"\nb\n."
    assert len(refusal(evil)) < 300


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


BOMB = b"\x80\x02c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R."
SHAPE = b"".join(
    (
        b"\x80\x02}X\x08\0\0\0fc2.biasctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storage",
        b"ctorch\nFloatStorage\nX\1\0\0\x000X\3\0\0\0cpuK\x0atQK\0J\xff\xff\xff\x7f\x85K\1\x85",
        b"\x89ccollections\nOrderedDict\n)RtRs.",
    )
)
HUGE = {
    "unpacked": zipped({"a.pt": bytes(10 * LARGEST_BYTES)}),
    "in a file of torch": zipped({"a/data.pkl": saved(1), "a/data/0": bytes(10 * LARGEST_BYTES)}),
    "an array": BOMB,
    "an array in a zip": zipped({"a/data.pkl": BOMB, "a/version": b"3"}, zipfile.ZIP_STORED),
    "a shape": zipped(
        {"a/data.pkl": SHAPE, "a/version": b"3", "a/data/0": bytes(40)}, zipfile.ZIP_STORED
    ),
    "instructions": b"\x80\x02" + b"N" * 5_000_000 + b".",
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
