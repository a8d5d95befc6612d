"""A foreign file in a process of its own: one process for all that does not end it."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
import torch
from torch.nn import functional

from core.checking import source, starting
from core.checking.worker import Answer, Problem, Student

FILE = """
from __future__ import annotations
import matplotlib.pyplot as plt
import nowhere.to_be_found
import torch, torch.nn as nn, torch.nn.functional as F
from helpers_of_mine import corner as P, Late
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
broken = torch.ones(2) + torch.ones(3)
ended = __import__("ctypes").string_at(0)
left = __import__("os")._exit(1)
data = [0 for _ in iter(int, 1)]
if torch.cuda.is_available():
    pass
else:
    extra = 5
try:
    import also_nowhere
except ImportError:
    also_nowhere = None
print("the top level is not run")
while True:
    def in_a_loop(x): return x
if __name__ == "__main__":
    never = 1 / 0

def conv(images: torch.NoSuchName, W, b=None, s=1, p=0):
    print("called")
    plt.imshow([[1]])
    plt.show()
    return through(images, W, b, s, p)

def through(images, W, b, s, p):
    columns = F.unfold(F.pad(images, (p, p, p, p)), W.shape[-2:], stride=s)
    out = W.flatten(1) @ columns
    out = out if b is None else out + b[:, None]
    height = (images.shape[2] + 2 * p - W.shape[2]) // s + 1
    return out.reshape(len(images), len(W), height, -1)

def detached(images, W): return conv(images, W.detach())
def ready(images, W): return F.conv2d(images, W)
def backward_only(images, W): return Product.apply(images, W)
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, images, W):
        ctx.save_for_backward(images, W)
        return conv(images, W)
    @staticmethod
    def backward(ctx, grad):
        images, W = ctx.saved_tensors
        return torch.nn.grad.conv2d_input(images.shape, W, grad), None
def nothing(images): print(images)
def numpy_array(images): return images.numpy()
def pair(images): return images, images
def raising(images):
    values = [images]
    return values[len("six")]
def leaves(images): raise SystemExit(3)
def stops(images):
    torch.set_grad_enabled(False)
    return images
def grad_is_on(images): return torch.tensor(float(torch.is_grad_enabled()))
def random(images):
    import random, numpy
    return torch.rand(2) + random.random() + numpy.random.rand()
def endless(images):
    while True:
        images = images + 1
def waits(images):
    import time
    time.sleep(float(images.max()))
    return images
def fifty_gigabytes(images):
    return torch.ones(50 * 10**9)
def corner_of(images): return P(images)
from functools import partial
def scaled(images, factor, shift=0): return images * factor + shift
doubled = partial(scaled, factor=2)
@torch.jit.script
def compiled(images: torch.Tensor, factor: int = 3): return images * factor
import cv2_of_nobody as cv2, nobodys.cuts
from nobodys import cuts as scissors
def cut(images): return cv2.resize(images)
def cut_again(images): return scissors(images)
def of_data(images, mean=no_data.mean(), *, size=28, std=no_data.std()): return images + size
kept = []
hooked = nn.Flatten()
hooked.register_forward_hook(lambda module, inputs, output: kept.append(output))
def by_hook(images):
    hooked(images)
    return kept[-1]
def beside(images): raise Late("from the other file")

class Layer(nn.Module):
    def __init__(self, cin, cout, k, s, p, bias=True):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(cout, cin, k, k))
        self.shift = nn.Parameter(torch.zeros(1, cout, 1, 1)) if bias else None
        self.s, self.p = s, p
    def __call__(self, x):
        shift = None if self.shift is None else self.shift.flatten()
        return conv(x, self.kernel, shift, self.s, self.p)

outer = raising(1)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
features = nn.Sequential(nn.Flatten(), nn.Linear(784, 128))
built = Layer(1, 1, 1, 1, 0)
short = lambda x: x

@torch.no_grad()
def decorated(x, y=2): return x

class Plain:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.W = torch.randn(out_channels, in_channels * kernel_size**2)
        self.b = torch.zeros(out_channels)
        self.k = kernel_size
    def __call__(self, x):
        return conv(x, self.W.reshape(len(self.W), -1, self.k, self.k), self.b)
"""
HELPERS = """
import torch
for _ in iter(int, 1):
    pass
class Late(Exception): pass
def corner(images):
    return images[0, 0, 0, 0] + missing_name
"""
IMAGES = torch.arange(-30, 30).reshape(2, 2, 5, 3).double()
KERNEL = torch.arange(-9, 7).reshape(2, 2, 2, 2).double()
BIAS = torch.tensor([3.0, -5.0]).double()
BUILD = {"cin": 2, "cout": 2, "k": 2, "s": 1, "p": 0}


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Student]:
    folder = tmp_path_factory.mktemp("hand-in")
    (folder / "layers.py").write_text(FILE)
    (folder / "helpers_of_mine.py").write_text(HELPERS)
    with Student(source.read(folder / "layers.py")) as student:
        assert student.process is not None
        number, written = student.process.running.pid, student.folder
        yield student
        assert psutil.pid_exists(number)
    assert not psutil.pid_exists(number)
    assert not written.exists()


def line(words: str) -> int:
    return next(number for number, one in enumerate(FILE.split("\n"), 1) if words in one)


def call(
    student: Student,
    name: str,
    gradients: tuple[str, ...] = (),
    seconds: float = 5.0,
    others: Mapping[str, float] | None = None,
    **tensors: torch.Tensor,
) -> Answer:
    given = {"images": IMAGES} | tensors
    arguments = {key: {"tensor": key} for key in given if key != "upstream"} | dict(others or {})
    settings = {"arguments": arguments, "gradients": list(gradients)}
    return student.ask("call", name, settings, given, seconds)


def problem(answer: Answer) -> Problem:
    assert answer.problem is not None
    assert answer.tensors == {}
    return answer.problem


def test_what_is_defined_is_found_with_its_signature(student: Student) -> None:
    found = {one.name: one for one in student.found}
    assert student.problem is None
    assert found["conv"].parameters == ("images", "W", "b", "s", "p")
    assert (found["conv"].kind, found["conv"].required) == ("function", 2)
    assert found["conv"].line == line("def conv")
    assert (found["Layer"].kind, found["Layer"].required) == ("class", 5)
    assert found["Layer"].parameters == ("cin", "cout", "k", "s", "p", "bias")
    assert (found["corner"].place, found["P"].place) == ("helpers_of_mine.py, line 6",) * 2
    assert student.found.index(found["corner"]) < student.found.index(found["P"])
    assert found["conv"].place == f"line {line('def conv')}"
    assert (found["decorated"].parameters, found["decorated"].required) == (("x", "y"), 1)
    assert found["short"].line == line("short = lambda")
    assert not {"plt", "nn", "device", "never", "built"} & set(found)


def test_what_is_left_out_is_told_with_its_line(student: Student) -> None:
    told = "\n".join(student.notes)
    assert f"The import in line {line('import nowhere')} does not work here" in told
    assert "No module named 'nowhere'" in told
    assert f"Line {line('broken =')} is left out, since it raises RuntimeError" in told
    assert f"Line {line('data =')} is left out, since it takes too long." in told
    ended = f"Line {line('ended =')} is left out, since it ended Python itself (SIGSEGV)."
    assert ended in student.notes
    ended = f"Line {line('left =')} is left out, since it ended Python itself (exit code 1)."
    assert ended in student.notes
    inside = f"Line {line('outer =')} is left out, since it raises IndexError in line "
    assert f"{inside}{line('return values[')} (list index" in told
    told_once = [one for one in student.notes if "stands in a loop" in one]
    assert [one.split(" is")[0] for one in told_once] == [f"in_a_loop (line {line('def in_a')})"]
    assert f"model (line {line('model = nn')}) is not checked, since it is a network" in told
    without = "is defined with None in place of each default that raises here."
    assert f"of_data (line {line('def of_data')}) {without}" in student.notes
    assert len(student.notes) == 11


def test_a_function_whose_defaults_raise_is_there(student: Student) -> None:
    found = {one.name: one for one in student.found}["of_data"]
    assert (found.parameters, found.required) == (("images", "mean", "size", "std"), 1)
    assert torch.equal(call(student, "of_data").tensors["output"], IMAGES + 28)


def test_a_partial_and_a_compiled_function_are_there(student: Student) -> None:
    found = {one.name: one for one in student.found}
    assert found["doubled"].parameters == ("images", "factor", "shift")
    assert (found["doubled"].required, found["doubled"].line) == (1, line("doubled ="))
    assert torch.equal(call(student, "doubled").tensors["output"], 2 * IMAGES)
    assert found["compiled"].parameters == ("images", "factor")
    assert found["compiled"].line == line("def compiled")
    assert torch.equal(call(student, "compiled").tensors["output"], 3 * IMAGES)


@pytest.mark.parametrize(("name", "library"), [("cut", "cv2_of_nobody"), ("cut_again", "nobodys")])
def test_a_library_that_is_not_installed_is_told_where_it_is_used(
    student: Student, name: str, library: str
) -> None:
    found = problem(call(student, name))
    assert (found.error, found.line) == ("ModuleNotFoundError", line(f"def {name}("))
    assert f"No module named '{library}'" in found.sentence


def test_a_hook_of_the_top_level_is_registered(student: Student) -> None:
    assert torch.equal(call(student, "by_hook").tensors["output"], IMAGES.flatten(1))


def test_a_function_is_called_with_arguments_of_any_name(student: Student) -> None:
    answer = call(student, "conv", others={"s": 2, "p": 1}, W=KERNEL, b=BIAS)
    assert answer.problem is None
    facts = {"dtype": "float64", "ready_made": [], "unlinked": []}
    assert {key: answer.facts[key] for key in facts} == facts
    expected = functional.conv2d(IMAGES, KERNEL, BIAS, 2, 1)
    assert torch.equal(answer.tensors["output"], expected)


def test_what_is_printed_is_kept_apart(student: Student) -> None:
    printed = call(student, "conv", W=KERNEL).printed
    for _ in range(100):  # it comes through a pipe of its own, and may come later
        if "called" in printed:
            break
        printed += call(student, "grad_is_on").printed
    assert "called" in printed


def test_gradients_come_back(student: Student) -> None:
    upstream = torch.arange(32).reshape(2, 2, 4, 2).double()
    answer = call(student, "conv", ("images", "W", "b"), W=KERNEL, b=BIAS, upstream=upstream)
    leaves = [one.clone().requires_grad_() for one in (IMAGES, KERNEL, BIAS)]
    expected = torch.autograd.grad(functional.conv2d(*leaves), leaves, upstream)
    for key, gradient in zip(("images", "W", "b"), expected):
        assert torch.equal(answer.tensors[f"gradient.{key}"], gradient)


def test_a_gradient_that_does_not_come_is_told(student: Student) -> None:
    upstream = torch.ones(2, 2, 4, 2)
    answer = call(student, "detached", ("images", "W"), W=KERNEL, upstream=upstream)
    assert answer.facts["unlinked"] == ["W"]
    assert set(answer.tensors) == {"output", "gradient.images"}


def test_a_ready_made_layer_is_noticed_forward_and_backward(student: Student) -> None:
    assert call(student, "ready", W=KERNEL).facts["ready_made"] == ["convolution"]
    upstream = torch.ones(2, 2, 4, 2)
    answer = call(student, "backward_only", ("images",), W=KERNEL, upstream=upstream)
    assert answer.problem is None
    assert answer.facts["ready_made"] != []
    unwatched = {"arguments": {key: {"tensor": key} for key in ("images", "W")}, "watch": False}
    answer = student.ask("call", "ready", unwatched, {"images": IMAGES, "W": KERNEL})
    assert answer.facts["ready_made"] == []


def test_float32_is_asked_for(student: Student) -> None:
    arguments = {key: {"tensor": key} for key in ("images", "W")}
    settings = {"arguments": arguments, "dtype": "float32"}
    answer = student.ask("call", "conv", settings, {"images": IMAGES, "W": KERNEL})
    assert answer.tensors["output"].dtype == torch.float32
    assert answer.facts["dtype"] == "float32"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "returned nothing (None) instead of a tensor"),
        ("numpy_array", "returned a numpy.ndarray instead of a tensor"),
        ("pair", "returned a tuple of 2 instead of a tensor"),
    ],
)
def test_what_is_no_tensor_is_described(student: Student, name: str, words: str) -> None:
    found = problem(call(student, name))
    assert found.kind == "not a tensor"
    assert words in found.sentence


def test_an_exception_is_told_with_its_line(student: Student) -> None:
    found = problem(call(student, "raising"))
    here = line("return values[")
    assert found == Problem(
        "raised",
        f"Your code, line {here}, raised IndexError: list index out of range.",
        here,
    )


@pytest.mark.parametrize(
    ("error", "what", "words"),
    [
        ("IndexError", "list index out of range", "the shapes of your tensors"),
        ("RuntimeError", "The size of tensor a (3) must match", "the shapes of your tensors"),
        ("ValueError", "cannot reshape array of size 6 into shape (4,)", "the shapes of your"),
        ("RuntimeError", "element 0 of tensors does not require grad", "of which types"),
        ("ValueError", "not enough values to unpack", "of which types"),
        ("RecursionError", "maximum recursion depth exceeded", "calls itself"),
        ("SystemExit", "bye", "end the program"),
        ("PermissionError", "os.system", "a file, a program or a connection"),
        ("NameError", "name 'k' is not defined", "Where is that name defined"),
        ("ModuleNotFoundError", "No module named 'x'", "need that library"),
    ],
)
def test_the_hint_fits_what_was_raised(error: str, what: str, words: str) -> None:
    told = Problem("raised", "Your code raised.", 1, f"raised {error}: {what}", error)
    assert words in told.hint
    large = Problem("too large", "Your code asked.", 1, "asked for a size", "RuntimeError")
    assert large.hint.startswith("How many numbers")


def test_a_sentence_begins_with_a_file_s_own_name() -> None:
    assert source.beginning("p1_unfold.py, line 53") == "p1_unfold.py, line 53"
    assert source.beginning("line 5") == "Line 5"
    assert source.beginning("code cell 3, line 2") == "Code cell 3, line 2"


def test_a_file_that_leaves_is_asked_again(student: Student) -> None:
    found = problem(call(student, "leaves"))
    assert (found.kind, found.line) == ("raised", line("def leaves"))
    assert (found.error, found.what) == ("SystemExit", "raised SystemExit: 3")
    assert call(student, "grad_is_on").problem is None


def test_a_line_of_a_file_beside_is_told_with_its_name(student: Student) -> None:
    assert (
        "helpers_of_mine.py, line 7, raised NameError"
        in problem(call(student, "corner_of")).sentence
    )
    assert "raised Late: from the other file" in problem(call(student, "beside")).sentence


def test_one_question_leaves_nothing_to_the_next(student: Student) -> None:
    assert call(student, "stops").problem is None
    assert call(student, "grad_is_on").tensors["output"] == 1
    first, second = (call(student, "random").tensors["output"] for _ in range(2))
    assert torch.equal(first, second)


def test_code_that_does_not_end_is_interrupted_where_it_is(student: Student) -> None:
    found = problem(call(student, "endless", seconds=0.2))
    assert found.kind == "too slow"
    assert found.line in (line("images = images + 1"), line("images = images + 1") - 1)
    assert "did not end within 0.2 seconds" in found.sentence
    assert found.hint.startswith("Which of your loops does not end")


def test_what_waits_may_take_three_times_as_long_as_what_computes(student: Student) -> None:
    assert call(student, "waits", seconds=0.2, images=torch.tensor(0.3)).problem is None
    found = problem(call(student, "waits", seconds=0.1, images=torch.tensor(20.0)))
    assert (found.kind, found.line) == ("too slow", line("time.sleep"))


def test_what_needs_too_much_memory_is_told(student: Student) -> None:
    if "memory" not in student.held:
        pytest.skip("this system limits no memory")
    found = problem(call(student, "fifty_gigabytes"))
    assert (found.kind, found.line) == ("too large", line("torch.ones(50"))
    assert "more than the 4 GB of memory" in found.sentence


def test_a_layer_is_built_filled_and_called(student: Student) -> None:
    tensors = {"input": IMAGES, "weight": KERNEL, "bias": BIAS, "upstream": torch.ones(2, 2, 4, 2)}
    settings = {"build": BUILD, "gradients": ["input", "weight", "bias"]}
    answer = student.ask("layer", "Layer", settings, tensors)
    assert answer.problem is None
    assert torch.equal(answer.tensors["output"], functional.conv2d(IMAGES, KERNEL, BIAS))
    assert answer.facts["set"] == {"weight": "kernel", "bias": "shift"}
    assert answer.facts["unmatched"] == []
    assert answer.tensors["gradient.bias"].flatten().tolist() == [16.0, 16.0]
    assert answer.tensors["initial.kernel"].shape == (2, 2, 2, 2)
    assert answer.facts["parameters"][0] == {
        "name": "kernel",
        "shape": [2, 2, 2, 2],
        "requires_grad": True,
        "registered": True,
    }


def test_a_bias_that_a_layer_does_not_have_is_told(student: Student) -> None:
    tensors = {"input": IMAGES, "weight": KERNEL, "bias": BIAS}
    settings = {"build": {**BUILD, "bias": False}}
    answer = student.ask("layer", "Layer", settings, tensors)
    assert answer.facts["unmatched"] == ["bias"]
    assert torch.equal(answer.tensors["output"], functional.conv2d(IMAGES, KERNEL))


def test_a_layer_that_is_no_module_is_filled_too(student: Student) -> None:
    tensors = {"input": IMAGES, "weight": KERNEL, "bias": BIAS}
    build = {"in_channels": 2, "out_channels": 2, "kernel_size": 2}
    answer = student.ask("layer", "Plain", {"build": build}, tensors)
    assert answer.problem is None
    assert torch.equal(answer.tensors["output"], functional.conv2d(IMAGES, KERNEL, BIAS))
    assert {one["registered"] for one in answer.facts["parameters"]} == {False}


def test_without_copies_a_process_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> starting.Nursery:
        raise OSError

    monkeypatch.setattr(starting, "_nursery", none)
    path = tmp_path / "ends.py"
    path.write_text("def ends(x):\n    __import__('ctypes').string_at(0)\ndef same(x): return x\n")
    with Student(source.read(path)) as anew:
        assert anew.process is not None
        assert isinstance(anew.process.running, starting.Anew)
        settings = {"arguments": {"x": {"tensor": "x"}}}
        assert anew.ask("call", "same", settings, {"x": IMAGES}).problem is None
        found = problem(anew.ask("call", "ends", settings, {"x": IMAGES}))
    assert found == Problem("died", "Your code, line 2, ended Python itself (SIGSEGV).", 2)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process is started anew")
def test_a_nursery_that_ends_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    first = starting.Nursery()
    monkeypatch.setattr(starting, "_nurseries", [first])
    assert starting._nursery() is first
    first.process.kill()
    with pytest.raises(OSError, match=r"nursery has ended|reset|[Pp]ipe"):
        first.ask({"do": "end", "process": 0, "patience": 0})
    assert not first.is_usable()
    starting.warm()
    second = starting._nurseries[0]
    assert second is not first
    assert second.is_usable()
    for one in (first, second):
        one.process.kill()
        one.close()
