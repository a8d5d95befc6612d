"""A convolution as a layer, and max pooling: right ones have no fault, a fault has its name."""

import pytest

from core.checking.parts import layers, pool
from core.checking.results import Part
from tests.core.checking.here import Here
from tests.core.checking.solutions import LAYER, PADDED_POOL, POOL, UNFOLDED, changed
from tests.core.checking.test_part_conv import bugs, states


def layer(code: str) -> Part:
    student = Here(UNFOLDED + code)
    return layers.check(student, student.of("MyConv2D"), 0)


def pooling(code: str) -> Part:
    student = Here(code)
    return pool.check(student, student.of("MyMaxPool2D"), 0)


@pytest.mark.parametrize("signature", ["stride=1, padding=0, bias=True", "stride, padding, bias"])
def test_a_right_layer_has_no_fault(signature: str) -> None:
    part = layer(changed(LAYER, "stride=1, padding=0, bias=True", signature))
    assert part.share == 1
    assert ("beyond" in states(part).values()) == (signature == "stride, padding, bias")


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("if bias else None", "", "bias-always"),
        ("nn.Parameter(torch.zeros(out_channels)) if bias else None", "None", "bias-never"),
        ("nn.Parameter(torch.randn(shape) * 0.05)", "torch.randn(shape)", ""),
        ("nn.Parameter(torch.zeros(out_channels))", "torch.zeros(5)[:1]", "bias-never"),
        ("nn.Parameter(torch.zeros(out_channels))", "torch.zeros(out_channels)", "bias-not"),
        ("bias=True", "bias=False", "bias-default-false"),
        ("stride=1", "stride=2", "stride-default-wrong"),
        ("self.stride, self.padding)", "self.stride)", "padding-not-passed"),
        ("self.b, self.stride, self.padding)", "self.b, 1, self.padding)", "stride-not-passed"),
        ("self.W, self.b", "self.W.flip(2, 3), self.b", "kernel-flipped"),
        ("self.W, self.b", "self.W, None", "bias-forgotten"),
        ("self.W, self.b", "self.W.detach(), self.b", "weight-gradient-lost"),
    ],
)
def test_a_fault_of_a_layer_has_its_name(old: str, new: str, name: str) -> None:
    part = layer(changed(LAYER, old, new))
    if name == "bias-not":
        assert bugs(part) == {"bias-not-registered"}
    elif name:
        assert bugs(part) == {name}
    else:
        assert bugs(part) == {"parameters-not-registered", "initialised-too-large"}


def test_parameters_may_have_another_shape() -> None:
    flat = changed(LAYER, "torch.randn(shape) * 0.05", "(torch.randn(shape) * 0.05).flatten(1)")
    flat = changed(
        flat, "self.W, self.b,", "self.W.view(len(self.W), x.shape[1], self.k, self.k), B,"
    )
    flat = changed(
        flat,
        "        return",
        "        B = None if self.b is None else self.b.flatten()\n        return",
    )
    flat = changed(flat, "torch.zeros(out_channels)", "torch.zeros(1, out_channels, 1, 1)")
    assert (
        layer(changed(flat, "        self.W", "        self.k = kernel_size\n        self.W")).share
        == 1
    )


def test_what_a_layer_ignores_by_itself_is_ignored() -> None:
    inside = UNFOLDED.replace("def my_conv(x, w, b=None, stride=1, padding=0):", "")
    body = "".join(
        f"    {line}\n" for line in inside.replace("stride=stride", "stride=1").split("\n")
    )
    forward = "        w, b, stride, padding = self.W, self.b, self.stride, self.padding\n"
    student = Here(LAYER.split("        return")[0] + forward + body)
    assert bugs(layers.check(student, student.of("MyConv2D"), 0)) == {"stride-ignored"}


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("torch.ones(shape)", "Every number of the kernels is 1."),
        ("torch.full(shape, torch.nan)", "The kernels hold numbers that nobody has set."),
    ],
)
def test_how_kernels_begin_is_told(new: str, sentence: str) -> None:
    part = layer(changed(LAYER, "torch.randn(shape) * 0.05", new))
    (told,) = [one for one in part.questions if one.finding]
    assert told.finding is not None
    assert (told.state, told.finding.sentence) == ("beyond", sentence)
    assert part.share == 1


@pytest.mark.parametrize(
    ("new", "name"),
    [("torch.zeros(shape)", "initialised-zero"), ("torch.randn(shape)", "initialised-too-large")],
)
def test_how_kernels_begin_has_a_name_and_costs_nothing(new: str, name: str) -> None:
    part = layer(changed(LAYER, "torch.randn(shape) * 0.05", new))
    assert (bugs(part), part.share) == ({name}, 1)


OPEN = "stride=1, padding=0, bias=True"
TAKEN = "        super().__init__()"
NAMED = """        stride, padding = kwargs.get("stride", 1), kwargs.get("padding", 0)
        bias = kwargs.get("bias", True)
"""


@pytest.mark.parametrize(
    ("signature", "taken"),
    [
        ("**kwargs", NAMED),
        ("stride=1, **kwargs", NAMED.replace('kwargs.get("stride", 1)', "stride")),
        ("*args", "        stride, padding, bias = (*args, *(1, 0, True)[len(args) :])\n"),
    ],
)
def test_an_open_signature_of_a_layer_is_no_fault(signature: str, taken: str) -> None:
    part = layer(changed(changed(LAYER, OPEN, signature), TAKEN, taken + TAKEN))
    assert part.share == 1
    assert "bias=False" in states(part)


def test_an_open_signature_of_a_pooling_is_no_fault() -> None:
    taken = """        kernel_size = args[0] if args else kwargs["kernel_size"]
        stride = args[1] if len(args) > 1 else kwargs.get("stride")
"""
    code = changed(POOL, "kernel_size, stride=None", "*args, **kwargs")
    assert pooling(changed(code, TAKEN, taken + TAKEN)).share == 1
    above = changed(code, TAKEN, taken + TAKEN).replace("MyMaxPool2D", "Above")
    assert pooling(above + "\nclass MyMaxPool2D(Above):\n    pass\n").share == 1


def test_zeros_in_place_of_a_bias_are_none() -> None:
    part = layer(changed(LAYER, "if bias else None", "if bias else torch.zeros(out_channels)"))
    assert (states(part)["bias=False"], part.share) == ("right", 1)


def test_a_layer_that_changes_its_input_is_told() -> None:
    part = layer(changed(LAYER, "        return", "        x.data += 1\n        return"))
    assert "input-changed" in bugs(part)


def test_a_layer_that_cannot_be_built_is_told() -> None:
    part = layer(changed(LAYER, "super().__init__()", "pass"))
    assert states(part)["one kernel on one channel"] == "failed"
    assert states(part)["parameters"] == "not asked"


@pytest.mark.parametrize("code", [POOL, PADDED_POOL])
def test_a_right_pooling_has_no_fault(code: str) -> None:
    part = pooling(code)
    assert part.share == 1
    assert states(part)["padding"] == ("right" if code == PADDED_POOL else "beyond")


@pytest.mark.parametrize(
    ("code", "old", "new", "name"),
    [
        (
            POOL,
            "kernel_size if stride is None else stride",
            "stride or 1",
            "pool-stride-one-default",
        ),
        (POOL, ".max(-1).values", ".mean(-1)", "pool-mean"),
        (POOL, "self.k = kernel_size", "self.k = kernel_size - 1", ""),
        (POOL, "return out", "return out.transpose(2, 3)", "pool-transposed"),
        (POOL, "return out", "return out.clamp(min=0)", "pool-starts-at-zero"),
        (POOL, "return out", "return out.data", "pool-gradient-lost"),
        (POOL, "i * self.s, j * self.s", "i * self.s, j", "pool-stride-rows-only"),
        (PADDED_POOL, 'value=float("-inf")', "value=0", "pool-zeros-for-padding"),
        (PADDED_POOL, "amax((-1, -2))", "amax((1, -1, -2)).unsqueeze(1)", "pool-channels-mixed"),
    ],
)
def test_a_fault_of_a_pooling_has_its_name(code: str, old: str, new: str, name: str) -> None:
    assert bugs(pooling(changed(code, old, new))) == ({name} if name else set())


def test_who_gives_the_gradient_to_the_last_of_equal_cells_is_told_and_right() -> None:
    part = pooling(changed(POOL, ".max(-1).values", ".cummax(-1).values[..., -1]"))
    told = [one.finding.bug for one in part.questions if one.finding and one.finding.bug]
    assert told == ["pool-gradient-last"]
    assert part.share == 1


def test_a_gradient_that_every_cell_shares_has_its_name() -> None:
    window = "window.reshape(n, c, -1).max(-1).values"
    shared = f"{window}.detach() + window.mean((2, 3)) - window.mean((2, 3)).detach()"
    assert bugs(pooling(changed(POOL, window, shared))) == {"pool-gradient-shared"}


def test_a_ready_made_pooling_is_found() -> None:
    ready = "return F.max_pool2d(x, self.k, self.s)\n        n, c, h, w"
    part = pooling(changed(POOL, "n, c, h, w", ready))
    assert states(part)["written by hand"] == "wrong"
