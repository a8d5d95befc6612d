"""The networks of parts 2 and 3 as people write them, right and wrong, each in one foreign file."""

from itertools import combinations

import pytest
import torch

from core.checking.bugs import mnist, resnet
from core.checking.bugs.mnist import Affine, MnistSetting
from core.checking.bugs.resnet import Block, Norm, ResNetSetting, Unit
from core.checking.parts import initialisation
from core.checking.parts.networks import (
    COUNT,
    OWN,
    RUNS,
    SOFTMAX,
    STAGES,
    VALUES,
    check_mnist,
    check_resnet,
)
from core.checking.parts.saying import close
from core.checking.results import Part
from core.checking.student import initialising as initialising  # enters its action
from core.models import MnistCNN, ResNet, parameter_count
from tests.core.checking.here import Here

SMALL = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, padding=1)
        self.conv2 = nn.Conv2d(3, 6, 3, padding=1)
        self.fc1 = nn.Linear(294, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)
"""
SEQUENTIAL = """
class SequentialSmall(nn.Module):
    def __init__(self):
        super().__init__()
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(294, 128), nn.ReLU(inplace=True), nn.Dropout(),
            nn.Linear(128, 10)
        )
        self.body = nn.Sequential(
            nn.Conv2d(1, 3, 3, 1, 1), nn.MaxPool2d(2), nn.ReLU(inplace=True),
            nn.Conv2d(3, 6, 3, 1, 1), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        )

    def forward(self, x):
        return F.log_softmax(self.classifier(self.body((x - 0.1307) / 0.3081)), dim=1)


class Plain(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.weights = nn.ParameterList([
            nn.Parameter(torch.randn(3, 1, 3, 3)), nn.Parameter(torch.zeros(1, 3, 1, 1)),
            nn.Parameter(torch.randn(6, 3, 3, 3)), nn.Parameter(torch.zeros(1, 6, 1, 1)),
            nn.Parameter(torch.randn(128, 294)), nn.Parameter(torch.zeros(128)),
            nn.Parameter(torch.randn(num_classes, 128)), nn.Parameter(torch.zeros(num_classes)),
        ])

    def forward(self, x):
        w1, b1, w2, b2, w3, b3, w4, b4 = self.weights
        for w, b in ((w1, b1), (w2, b2)):
            x = F.unfold(x, 3, padding=1).reshape(len(x), -1, *x.shape[2:])
            x = torch.einsum("ok,nkhw->nohw", w.flatten(1), x) + b
            x = x.relu().unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).amax((3, 5))
        return (x.flatten(1) @ w3.T + b3).relu() @ w4.T + b4
"""
RESIDUAL = """
class {name}Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.shortcut = nn.Sequential(
            nn.Conv2d(n_in, n_out, 1, stride=2, bias=False), nn.BatchNorm2d(n_out)
        )

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + self.shortcut(x))


class {name}(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(64)
        self.layer1 = {name}Block(64, 128)
        self.layer2 = {name}Block(128, 256)
        self.layer3 = {name}Block(256, 512)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, num_classes)
        for m in self.modules():
            if isinstance(m, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(self.pool(x), 1))
"""
MEAN, STD = (
    f"torch.tensor({numbers})[:, None, None]"
    for numbers in ("[0.485, 0.456, 0.406]", "[0.229, 0.224, 0.225]")
)
NORMALISE = f"x = (x - {MEAN}) / {STD}"
IN = "        x = F.relu(self.bn(self.conv(x)))"
SMALL_BUGS = {
    "softmax-at-end": ("return self.fc2(x)", "return F.softmax(self.fc2(x), dim=1)"),
    "bias-missing": (
        "3, 3, padding=1)\n        self.conv2",
        "3, 3, padding=1, bias=False)\n        self.conv2",
    ),
    "relu-missing": ("F.relu(self.conv2(x))", "self.conv2(x)"),
    "padding-missing": ("nn.Conv2d(3, 6, 3, padding=1)", "nn.Conv2d(3, 6, 3)"),
    "wrong-channels": ("128", "100"),
    "extra-layer": ("x = F.relu(self.fc1(x))", "x = F.relu(self.fc1b(F.relu(self.fc1(x))))"),
    "flatten-wrong-order": ("torch.flatten(x, 1)", "torch.flatten(x.permute(0, 2, 3, 1), 1)"),
    "hidden-relu-missing": ("F.relu(self.fc1(x))", "self.fc1(x)"),
    "sigmoid-for-relu": ("F.relu", "torch.sigmoid"),
    "relu-on-logits": ("return self.fc2(x)", "return F.relu(self.fc2(x))"),
    "average-pool-for-max": ("F.max_pool2d", "F.avg_pool2d"),
}
RESIDUAL_BUGS = {
    "bias-true": ("padding=1, bias=False)\n        self.bn1", "padding=1)\n        self.bn1"),
    "shortcut-without-batchnorm": ("bias=False), nn.BatchNorm2d(n_out)\n", "bias=False)\n"),
    "shortcut-three-by-three": ("n_out, 1, stride=2, bias", "n_out, 3, stride=2, padding=1, bias"),
    "shortcut-missing": ("F.relu(out + self.shortcut(x))", "F.relu(out)"),
    "relu-before-addition": ("F.relu(out + self.shortcut(x))", "F.relu(out) + self.shortcut(x)"),
    "relu-missing-after-addition": ("F.relu(out + self.shortcut(x))", "out + self.shortcut(x)"),
    "batchnorm-missing": ("self.bn2(self.conv2(", "(self.conv2("),
    "batchnorm-shared": ("self.bn2(self.conv2(", "self.bn1(self.conv2("),
    "relu-before-batchnorm": ("F.relu(self.bn1(self.conv1(x)))", "self.bn1(F.relu(self.conv1(x)))"),
    "stem-relu-missing": ("F.relu(self.bn(self.conv(x)))", "self.bn(self.conv(x))"),
    "initialisation-default": ("nn.init.kaiming_normal_(", "(lambda *a, **b: None)("),
    "softmax-at-end": (
        "return self.fc(torch.flatten(self.pool(x), 1))",
        "return torch.softmax(self.fc(torch.flatten(self.pool(x), 1)), 1)",
    ),
    "normalised-twice": (IN, f"        {NORMALISE}\n        {NORMALISE}\n{IN}"),
    "max-pool-for-average": ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"),
    "wrong-channels": ("128", "96"),
}
MORE = [
    SEQUENTIAL,
    RESIDUAL.format(name="InsideResNet").replace(IN, f"        {NORMALISE}\n{IN}"),
    RESIDUAL.format(name="SlowStrideResNet")
    .replace("3, stride=2, padding=1", "3, stride=9, padding=1")
    .replace("stride=1", "stride=2")
    .replace("stride=9", "stride=1"),
    SMALL.format(name="OddSmall").replace("F.relu(self.fc1(x))", "torch.tanh(self.fc1(x))"),
    SMALL.format(name="BrokenSmall").replace("self.fc2(x)", "self.fc3(x)"),
    SMALL.format(name="LazySmall")
    .replace("nn.Linear(294", "nn.LazyLinear(")
    .replace("(, 128", "(128"),
    "class MyConv2D(nn.Module):\n    pass\n",
    RESIDUAL.format(name="PairResNet").replace(
        "return self.fc(torch.flatten(self.pool(x), 1))",
        "return self.fc(torch.flatten(self.pool(x), 1)), x",
    ),
]


def named(prefix: str, bug: str) -> str:
    return prefix + "".join(word.title() for word in bug.split("-"))


def variant(text: str, prefix: str, bug: str, change: tuple[str, str]) -> str:
    assert change[0] in text
    changed = text.replace(*change)
    if bug == "extra-layer":
        changed = changed.replace(
            "self.fc2 = ", "self.fc1b = nn.Linear(128, 128)\n        self.fc2 = "
        )
    if bug == "padding-missing":
        changed = changed.replace("294", "216")
    if bug == "shortcut-missing":
        begin = changed.index("        self.shortcut = ")
        changed = changed[:begin] + changed[changed.index("    def forward", begin) :]
    if bug in ("batchnorm-missing", "batchnorm-shared"):
        changed = changed.replace("        self.bn2 = nn.BatchNorm2d(n_out)\n", "")
    return changed.format(name=named(prefix, bug))


@pytest.fixture(scope="module")
def student() -> Here:
    small = [variant(SMALL, "Small", bug, change) for bug, change in SMALL_BUGS.items()]
    residual = [variant(RESIDUAL, "Res", bug, change) for bug, change in RESIDUAL_BUGS.items()]
    right = [SMALL.format(name="RightSmall"), RESIDUAL.format(name="RightResNet")]
    return Here("\n".join([*right, *small, *residual, *MORE]))


def mnist_part(student: Here, name: str) -> Part:
    return check_mnist(student, student.of(name), seed=3)  # type: ignore[arg-type]


def resnet_part(student: Here, name: str) -> Part:
    return check_resnet(student, student.of(name), seed=3)  # type: ignore[arg-type]


def states(part: Part) -> dict[str, str]:
    return {one.name: one.state for one in part.questions if one.state != "right"}


def bugs(part: Part) -> set[str | None]:
    return {one.finding.bug for one in part.questions if one.finding and one.state == "wrong"}


def test_the_counts_are_those_of_our_own_networks():
    assert parameter_count(MnistCNN()) == mnist.PARAMETERS
    assert parameter_count(ResNet()) == resnet.parameters()


@pytest.mark.parametrize("name", ["RightSmall", "SequentialSmall"])
def test_a_right_small_network_has_only_ready_made_layers_against_it(student: Here, name: str):
    found = states(mnist_part(student, name))
    assert [one for one, state in found.items() if state != "beyond"] == [OWN]


def test_a_softmax_s_logarithm_is_told_and_right(student: Here):
    part = mnist_part(student, "SequentialSmall")
    (told,) = (one for one in part.questions if one.finding and one.finding.bug == "softmax-at-end")
    assert told.state == "beyond"
    assert "cross-entropy contains it" in told.finding.sentence


def test_a_network_of_bare_parameters_is_right(student: Here):
    assert states(mnist_part(student, "Plain")) == {}


@pytest.mark.parametrize("bug", SMALL_BUGS)
def test_the_bug_of_a_small_network_is_named(student: Here, bug: str):
    part = mnist_part(student, named("Small", bug))
    assert bugs(part) == {bug, None}, part.questions
    assert [one.name for one in part.questions if one.finding and not one.finding.bug] == [OWN]


def test_another_network_is_wrong_without_a_name(student: Here):
    part = mnist_part(student, "OddSmall")
    assert states(part) == {VALUES: "wrong", OWN: "wrong"}
    assert bugs(part) == {None}
    (finding,) = (one.finding for one in part.questions if one.name == VALUES)
    assert finding is not None
    assert finding.cell is not None
    begin = "With the same parameters, the logit of class 0 of image 1 should be "
    assert finding.sentence.startswith(begin)


@pytest.mark.parametrize("also", ["torch.tanh", "torch.sigmoid"])
def test_a_softmax_is_told_whatever_else_is_wrong(also: str):
    code = SMALL.format(name="TwiceSmall").replace("F.relu(self.fc1", f"{also}(self.fc1")
    code = code.replace("return self.fc2(x)", "return self.fc2(x).softmax(1)")
    part = mnist_part(Here(code), "TwiceSmall")
    assert states(part)[SOFTMAX] == "wrong"
    (finding,) = (one.finding for one in part.questions if one.name == VALUES)
    assert finding is not None
    assert "the probability of class 0 of image 1 should be 0." in finding.sentence


def test_biases_may_be_in_a_list_of_their_own():
    code = """
class ListSmall(nn.Module):
    def __init__(self, sizes=(1, 3, 6)):
        super().__init__()
        kernels = [torch.randn(o, i, 3, 3) for i, o in zip(sizes, sizes[1:])]
        self.ws = nn.ParameterList(map(nn.Parameter, kernels))
        self.bs = nn.ParameterList(nn.Parameter(torch.zeros(o)) for o in sizes[1:])
        self.fc1, self.fc2 = nn.Linear(294, 128), nn.Linear(128, 10)

    def forward(self, x):
        for w, b in zip(self.ws, self.bs):
            columns = w.flatten(1) @ F.unfold(x, 3, padding=1) + b[:, None]
            x = columns.unflatten(2, x.shape[2:]).relu()
            x = x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).amax((3, 5))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))
"""
    assert states(mnist_part(Here(code), "ListSmall")) == {}
    swapped = code.replace("+ b[:, None]", "- b[:, None]")
    assert states(mnist_part(Here(swapped), "ListSmall")) == {VALUES: "wrong"}


FLAT = """
class MyConv2d(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in * 9))
        self.bias = nn.Parameter(torch.zeros(n_out))
    def forward(self, x):
        columns = F.unfold(x, 3, padding=1)
        return (self.weight @ columns + self.bias[:, None]).unflatten(2, x.shape[2:])
"""


@pytest.mark.parametrize(("sign", "state"), [("+", "right"), ("-", "wrong")])
def test_kernels_may_be_kept_as_a_matrix(sign: str, state: str):
    network = SMALL.format(name="FlatSmall")
    for n_in, n_out in ((1, 3), (3, 6)):
        made = f"nn.Conv2d({n_in}, {n_out}, 3, padding=1)"
        assert made in network
        network = network.replace(made, f"MyConv2d({n_in}, {n_out})")
    here = Here(FLAT.replace("columns + self", f"columns {sign} self") + network)
    found = {one.name: one.state for one in mnist_part(here, "FlatSmall").questions}
    assert (found[VALUES], found[STAGES]) == (state, "right")


def test_lazy_layers_are_as_right_as_others(student: Here):
    assert states(mnist_part(student, "LazySmall")) == {OWN: "wrong"}


def test_the_nearest_sizes_are_told(student: Here):
    part = mnist_part(student, "SmallPaddingMissing")
    (finding,) = (one.finding for one in part.questions if one.name == STAGES)
    assert finding is not None
    nearest = finding.sentence.rpartition(" came ")[2]
    assert nearest.count(" x ") == 2 * 2
    assert "6 x 7 x 7" in finding.sentence.rpartition(" came ")[0]


def test_a_network_that_raises_says_where(student: Here):
    part = mnist_part(student, "BrokenSmall")
    assert states(part)[RUNS] == "failed"
    assert set(states(part).values()) == {"failed", "not asked"}
    assert part.finding is not None
    assert "fc3" in part.finding.sentence
    assert part.finding.line is not None


@pytest.mark.parametrize("name", ["RightResNet", "InsideResNet", "PairResNet"])
def test_a_right_resnet_is_right(student: Here, name: str):
    assert states(resnet_part(student, name)) == {}


@pytest.mark.parametrize("bug", RESIDUAL_BUGS)
def test_the_bug_of_a_resnet_is_named(student: Here, bug: str):
    part = resnet_part(student, named("Res", bug))
    assert bugs(part) == {bug}, part.questions


LATER = RESIDUAL.format(name="LaterResNet").replace(
    "nn.init.kaiming_normal_(", "(lambda *a, **b: None)("
)
HE_OF = "if isinstance(m, (nn.Conv2d, nn.Linear)): nn.init.kaiming_normal_(m.weight)"
TRAINS = "\ndef train(net): init_all(net)"
HE_OF_CONVOLUTIONS = f"def weights(m):\n    {HE_OF.replace(', nn.Linear', ',')}"


BUILDER = f"""
def build_it():
    net = LaterResNet()
    for m in net.modules():
        {HE_OF.replace("kaiming_normal_(m.weight)", "normal_(m.weight, 0, gain(m))")}
    return net
def gain(m): return (2 / m.weight[0].numel()) ** 0.5
"""


BUILT = "def build_it(): return LaterResNet()\n"
IN_MAIN = f"""
def main():
    net = LaterResNet().cpu()
    for m in net.modules():
        {HE_OF}
    while True:
        pass
"""


@pytest.mark.parametrize(
    ("method", "function", "state"),
    [
        ("", f"def weights(m):\n    {HE_OF}", "beyond"),
        ("", f"def weights(m):\n    {HE_OF}\ndef train(net): net.apply(weights)", "right"),
        ("", BUILDER, "right"),
        ("", BUILDER.replace("build_it", "train"), "right"),
        ("", BUILDER.replace("build_it", "train").replace("(2 /", "(1 /"), "wrong"),
        ("", f"def init_all(net):\n    for m in net.modules():\n        {HE_OF}{TRAINS}", "right"),
        (
            f"def he(self):\n        for m in self.modules():\n            {HE_OF}",
            "def train(net): net.he()",
            "right",
        ),
        (f"def he(self, m):\n            {HE_OF}", "def train(net): net.apply(net.he)", "right"),
        ("", f"def init_weights(m):\n    {HE_OF}".replace("Conv2d", "Linear"), "wrong"),
        ("", "def init_data(path): return open(path)", "wrong"),
        ("", "def initialise(): raise SystemError", "wrong"),
        ("", f"net = LaterResNet()\nfor m in net.modules():\n    {HE_OF}", "right"),
        ("", IN_MAIN, "right"),
        ("", IN_MAIN.replace("LaterResNet()", "None"), "wrong"),
        ("", IN_MAIN.replace("in net.", "in other."), "wrong"),
        ("", f"{BUILT}net = build_it()\nfor m in net.modules():\n    {HE_OF}", "right"),
        ("", f"{HE_OF_CONVOLUTIONS}\ndef train(net): net.apply(weights)", "beyond"),
    ],
)
def test_a_network_may_be_initialised_once_it_is_built(method: str, function: str, state: str):
    head, forward, tail = LATER.rpartition("    def forward")
    code = f"{head}    {method}\n\n{forward}{tail}\n{function}\n"
    part = resnet_part(Here(code), "LaterResNet")
    assert {one.name: one.state for one in part.questions}[initialisation.NAME] == state


def test_functions_that_may_initialise_are_known_by_name_or_by_what_they_call():
    code = "class A:\n    def __init__(self): pass\n    def reinit(self): pass\n"
    code += "def f(m): kaiming_uniform_(m.weight)\ndef g(m): pass\ndef init_all(m): pass"
    assert initialisation.initialisers(code) == {
        "f": "f",
        "init_all": "init_all",
        "reinit": "reinit",
    }
    code += "\ndef init_and_train(): f(A())\nclass B:\n    def __init__(self): init_all(self)"
    assert initialisation.initialisers(code, ["A"]) == {"f": "", "reinit": "reinit"}
    code += "\ninit_all(other)"
    assert initialisation.initialisers(code, ["A"]) == {"f": "", "init_all": "", "reinit": "reinit"}


def test_the_linear_layer_that_is_not_initialised_is_told():
    code = f"{LATER}\n{HE_OF_CONVOLUTIONS}\ndef train(net): net.apply(weights)"
    part = resnet_part(Here(code), "LaterResNet")
    (question,) = (one for one in part.questions if one.name == initialisation.NAME)
    assert question.finding is not None
    assert "instead of 0.0625, the root of 2 / 512" in question.finding.sentence
    assert (question.state, part.share) == ("beyond", 1.0)


def test_a_stride_in_the_second_convolution_is_named(student: Here):
    part = resnet_part(student, "SlowStrideResNet")
    assert states(part) == {VALUES: "wrong"}
    assert bugs(part) == {"stride-in-second-conv"}


def test_what_is_no_network_says_so(student: Here):
    part = resnet_part(student, "RightResNetBlock")
    assert states(part)[RUNS] == "failed"
    assert part.finding is not None
    assert "needs the argument n_in" in part.finding.sentence
    assert "argument" in part.finding.hint


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64) / max(1, shape[-1])


def test_kernels_that_are_no_parameters_are_named():
    layers = """
class Own(nn.Module):
    def __init__(self, channels, n_out):
        super().__init__()
        self.weight = torch.randn(n_out, channels, 3, 3)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x):
        y = self.weight.flatten(1) @ F.unfold(x, 3, padding=1) + self.bias[:, None]
        return y.reshape(len(x), -1, *x.shape[2:])
"""
    own = SMALL.format(name="OwnSmall")
    for channels in ("1, 3", "3, 6"):
        own = own.replace(f"nn.Conv2d({channels}, 3, padding=1)", f"Own({channels})")
    here = Here(layers + own)
    part = check_mnist(here, here.of("OwnSmall"), seed=5)  # type: ignore[arg-type]
    assert "parameters-not-registered" in bugs(part)
    assert "extra-layer" not in bugs(part)
    (count,) = (one.finding for one in part.questions if one.name == COUNT)
    assert count is not None
    assert "no kernel of a convolution, though conv1.bias and conv2.bias" in count.sentence


def test_every_two_models_of_the_small_network_differ():
    torch.manual_seed(0)
    layers = [Affine(drawn(3, 1, 3, 3), drawn(3)), Affine(drawn(6, 3, 3, 3), drawn(6))]
    ends = (Affine(drawn(128, 294), drawn(128)), Affine(drawn(10, 128), drawn(10)))
    small = (Affine(drawn(128, 150), drawn(128)), ends[1])
    images = torch.rand((2, 1, 28, 28), dtype=torch.float64)
    outputs = {"": mnist.logits(MnistSetting(images, tuple(layers), ends))}
    for name, models in mnist.MODELS.items():
        linears = small if name == "padding-missing" else ends
        outputs[name] = models[0](MnistSetting(images, tuple(layers), linears))
    assert len(outputs) == 9
    for first, second in combinations(outputs, 2):
        assert not close(outputs[first], outputs[second]), (first, second)


def unit(n_in: int, n_out: int, side: int) -> Unit:
    norm = Norm(drawn(n_out) + 1, drawn(n_out), drawn(n_out), drawn(n_out).abs() + 0.5)
    return Unit(Affine(drawn(n_out, n_in, side, side), None), norm)


def test_every_two_models_of_the_resnet_differ():
    torch.manual_seed(0)
    blocks = [Block(unit(n, 2 * n, 3), unit(2 * n, 2 * n, 3), unit(n, 2 * n, 1)) for n in (4, 8)]
    images = torch.rand((2, 3, 16, 16), dtype=torch.float64)
    setting = ResNetSetting(images, unit(3, 4, 3), tuple(blocks), Affine(drawn(10, 16), drawn(10)))
    outputs = {"": resnet.logits(setting)}
    outputs |= {name: models[0](setting) for name, models in resnet.MODELS.items()}
    assert len(outputs) == 10
    for first, second in combinations(outputs, 2):
        assert not close(outputs[first], outputs[second]), (first, second)
