"""Functions for class activation maps as people write them, right and wrong."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
import torch

from core.checking.bugs import maps as bugs
from core.checking.finding import find
from core.checking.parts.map_bugs import read_map, same
from core.checking.parts.map_calls import role_of, roles_of
from core.checking.parts.maps import ADDS_UP, ALIGNED, COMES, MODE, SHOWS, check
from core.checking.parts.saying import failed
from core.checking.results import Found, Part
from core.checking.student import maps as asked_there  # enters its action
from core.checking.worker import Answer, Problem
from tests.core.checking.here import Here

OWN = """
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3, 4, 1, bias=False)
        self.bn = nn.BatchNorm2d(n_out)

    def forward(self, x):
        return self.bn(self.conv(x))

class MyResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Block(3, 8)
        self.last_block_of_all = Block(8, 16)
        self.my_linear_layer = nn.Linear(16, 10)

    def maps_of(self, x):
        return self.last_block_of_all(F.relu(self.stem(x)))

    def forward(self, x):
        return self.my_linear_layer(F.relu(self.maps_of(x)).mean((2, 3)))
"""
HOOKED = """
def cam(model, image, class_idx=None):
    kept = []
    handle = model.layer4.register_forward_hook(lambda module, inputs, output: kept.append(output))
    model.eval()
    with torch.no_grad():
        logits = model(image)
    handle.remove()
    if class_idx is None:
        class_idx = logits.argmax(1).item()
    maps = kept[0][0]
    cam = (model.fc.weight[class_idx][:, None, None] * maps).sum(0)
    return cam.detach()
"""
RIGHT = {
    "raw, of a hook": (HOOKED, {ADDS_UP: "right", ALIGNED: "beyond"}),
    "scaled and stretched": (
        HOOKED.replace(
            "return cam.detach()",
            "cam = (cam - cam.min()) / (cam.max() - cam.min())\n"
            "    cam = F.interpolate(cam[None, None], size=(32, 32), mode='bilinear')[0, 0]\n"
            "    return cam.detach().numpy(), class_idx",
        ),
        {ADDS_UP: "beyond", ALIGNED: "right"},
    ),
    "of features and weights": (
        "def compute(feature_maps, weights, class_idx):\n"
        "    return torch.einsum('c,nchw->nhw', weights[class_idx], feature_maps)",
        {ADDS_UP: "right", ALIGNED: "beyond"},
    ),
    "of arrays": (
        "def return_cam(feature_conv, weight_softmax, class_idx):\n"
        "    bz, nc, h, w = feature_conv.shape\n"
        "    output = []\n"
        "    for idx in class_idx:\n"
        "        cam = np.dot(weight_softmax[idx], feature_conv.reshape((nc, h * w)))\n"
        "        cam = cam.reshape(h, w)\n"
        "        cam = cam - np.min(cam)\n"
        "        output.append(np.uint8(255 * cam / np.max(cam)))\n"
        "    return output",
        {ADDS_UP: "beyond", ALIGNED: "beyond"},
    ),
    "of one picture without a batch": (
        "def cam(net, img):\n"
        "    features = net.forward_features(img.unsqueeze(0))\n"
        "    cam = torch.tensordot(net.fc.weight, features[0], 1)\n"
        "    return F.interpolate(cam[None], size=img.shape[1:], mode='bicubic')[0]",
        {ADDS_UP: "beyond", ALIGNED: "right", MODE: "beyond"},
    ),
    "of children": (
        "def cam(m, images, c):\n"
        "    parts = list(m.children())\n"
        "    features = nn.Sequential(*parts[:-2])(images)\n"
        "    w = list(m.parameters())[-2]\n"
        "    return (features * w[c].view(1, -1, 1, 1)).sum(1, keepdim=True)",
        {ADDS_UP: "right", ALIGNED: "beyond", MODE: "beyond"},
    ),
    "of gradients": (
        "def grad_cam(model, x, target_class):\n"
        "    features = model.forward_features(x)\n"
        "    features.retain_grad()\n"
        "    model.forward_head(features)[0, target_class].backward()\n"
        "    weights = features.grad.sum((2, 3), keepdim=True)\n"
        "    return (weights * features).sum(1)",
        {ADDS_UP: "right", ALIGNED: "beyond", MODE: "beyond"},
    ),
    "of its own network": (
        "def cam(model, x, c):\n"
        "    features = F.relu(model.maps_of(x))\n"
        "    w = model.my_linear_layer.weight[c]\n"
        "    return (w[None, :, None, None] * features).sum(1)",
        {ADDS_UP: "right", ALIGNED: "beyond", MODE: "beyond"},
    ),
}
BUILT = """
net = MyResNet()
kept = {}

def keep(module, inputs, output):
    kept["maps"] = F.relu(output.detach())
"""
HELD = {  # the network is not given, but referred to
    "by its parts": "def features_of(x):\n    return F.relu(net.maps_of(x))[0]\n",
    "by a hook that is registered once": (
        "net.last_block_of_all.register_forward_hook(keep)\n\n"
        "def features_of(x):\n    net(x)\n    return kept['maps'][0]\n"
    ),
    "by a hook of each call": (
        "def features_of(x):\n"
        "    handle = net.last_block_of_all.register_forward_hook(keep)\n"
        "    net(x)\n    handle.remove()\n    return kept['maps'][0]\n"
    ),
}
OF_HELD = """
def cam(image, class_idx):
    weights = net.my_linear_layer.weight[class_idx]
    return (weights[:, None, None] * features_of(image)).sum(0).detach()
"""
WRONG = {
    "map-transposed": ("return cam.detach()", "return cam.detach().T"),
    "map-of-other-class": ("weight[class_idx]", "weight[class_idx + 1]"),
    "map-unweighted": ("return cam.detach()", "return maps.sum(0).detach()"),
    "map-sign-lost": ("return cam.detach()", "return -cam.detach()"),
    "map-absolute": ("weight[class_idx]", "weight[class_idx].abs()"),
    "map-mirrored": ("return cam.detach()", "return cam.detach().flip(1)"),
    "bias-added": ("return cam.detach()", "return cam.detach() + model.fc.bias[class_idx]"),
    "map-relu": ("return cam.detach()", "return cam.relu().detach() / cam.max().detach()"),
    "weights-averaged": (".sum(0)", ".mean(0)"),
    "sum-for-mean": ("return cam.detach()", "return cam.detach() * 16"),
    "evaluation-mode-forgotten": ("model.eval()", "model.train()"),
    "upsampled-unaligned": (
        "return cam.detach()",
        "return F.interpolate(cam[None, None], (32, 32), mode='bilinear', align_corners=True)",
    ),
}
BEFORE = RIGHT["of its own network"][0].replace("F.relu(model.maps_of(x))", "model.maps_of(x)")


def checked(code: str, name: str = "") -> Part:
    here = Here(OWN + code)
    name = name or next(one.name for one in here.found if one.kind == "function")
    return check(here, here.of(name), seed=2)  # type: ignore[arg-type]


OBJECT = """
class ClassActivationMap:
    def __init__(self, model, target_layer, size=None):
        self.model, self.kept, self.size = model, None, size
        target_layer.register_forward_hook(self._keep)

    def _keep(self, module, inputs, output):
        self.kept = output

    def {name}(self, image, class_idx=None):
        self.model.eval()
        with torch.no_grad():
            logits = self.model(image)
        class_idx = logits.argmax(1).item() if class_idx is None else class_idx
        return torch.einsum("k,khw->hw", self.model.fc.weight[class_idx], self.kept[0]).detach()
"""


@pytest.mark.parametrize("name", ["__call__", "forward", "generate"])
def test_a_class_gives_maps_by_its_method(name: str):
    here = Here(OBJECT.format(name=name))
    target = find(here.found, {})[0]["cam"]
    assert target.parameters == ("model", "target_layer", "image", "size", "class_idx")
    assert (target.name, target.required) == (f"ClassActivationMap.{name}", 3)
    part = check(here, target, seed=2)  # type: ignore[arg-type]
    assert states(part)[SHOWS] == states(part)[ADDS_UP] == "right", part.questions
    wrong = Here(OBJECT.format(name=name).replace("return torch", "return -torch"))
    assert bugs_of(check(wrong, target, seed=2)) == {"map-sign-lost"}  # type: ignore[arg-type]


def states(part: Part) -> dict[str, str]:
    return {one.name: one.state for one in part.questions}


def bugs_of(part: Part) -> set[str | None]:
    return {one.finding.bug for one in part.questions if one.finding and one.state == "wrong"}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_is_right(name: str):
    code, others = RIGHT[name]
    part = checked(code)
    expected = {COMES: "right", SHOWS: "right"} | others
    assert {one: states(part)[one] for one in expected} == expected
    assert bugs_of(part) == set()


@pytest.mark.parametrize("bug", WRONG)
def test_the_bug_is_named(bug: str):
    before, after = WRONG[bug]
    assert before in HOOKED
    assert bugs_of(checked(HOOKED.replace(before, after))) == {bug}


@pytest.mark.parametrize("name", HELD)
def test_a_network_that_a_function_refers_to_is_its_own(name: str):
    part = checked(BUILT + HELD[name] + OF_HELD, "cam")
    expected = {COMES: "right", SHOWS: "right", ADDS_UP: "right", ALIGNED: "beyond"}
    assert states(part) == expected, part.questions
    turned = OF_HELD.replace("return (", "return -(")
    assert bugs_of(checked(BUILT + HELD[name] + turned, "cam")) == {"map-sign-lost"}


def test_a_hook_in_a_network_of_the_file_serves_a_function_that_is_given_one():
    code = "net.last_block_of_all.register_forward_hook(keep)\n\n" + OF_HELD.replace(
        "def cam(image, class_idx):\n",
        "def cam(model, image, class_idx):\n    model(image)\n    maps = kept['maps'][0]\n",
    )
    code = code.replace("features_of(image)", "maps").replace("net.my_linear", "model.my_linear")
    assert states(checked(BUILT + code, "cam"))[SHOWS] == "right"


@pytest.mark.parametrize("body", ["return kept['maps']", "return torch.rand(4, 4)"])
def test_a_map_of_a_network_that_only_its_author_has_is_not_judged(body: str):
    part = checked(f"kept = {{}}\n\ndef cam(image, class_idx):\n    {body}\n", "cam")
    assert states(part)[COMES] == "beyond"
    assert states(part)[SHOWS] == "not asked"
    told = part.questions[0].finding
    assert told is not None
    assert "takes no network" in told.sentence
    assert ("KeyError" in told.sentence) is ("kept" in body)


def test_ten_maps_by_their_names_are_those_of_all_classes():
    each = """
def cams(model, image):
    features = model.forward_features(image)[0]
    each = enumerate("abcdefghij")
    return {name: torch.einsum("c,chw->hw", model.fc.weight[k], features) for k, name in each}
"""
    part = checked(each)
    assert states(part)[SHOWS] == states(part)[ADDS_UP] == "right", part.questions
    assert bugs_of(checked(each.replace("model.fc.weight[k]", "-model.fc.weight[k]"))) == {
        "map-sign-lost"
    }


def test_how_many_classes_are_mapped_is_no_class():
    top = """
def cams(model, image, k=3):
    features = model.forward_features(image)[0]
    top = model(image)[0].topk(k).indices
    return [torch.einsum("c,chw->hw", model.fc.weight[one], features) for one in top]
"""
    assert states(checked(top))[SHOWS] == "right"


def test_a_picture_in_colours_is_not_compared():
    for shape in ("torch.rand(32, 32, 3)", "torch.rand(1, 3, 32, 32)", "torch.rand(32, 32, 4)"):
        part = checked(HOOKED.replace("return cam.detach()", f"return {shape}"))
        assert states(part)[COMES] == "beyond"
        assert "a picture in colours" in part.questions[0].finding.sentence


def test_a_map_of_the_first_picture_for_ever_is_told():
    stale = HELD["by a hook that is registered once"].replace("kept['maps'][0]", "first[0][0]")
    keeps = BUILT.replace("kept = {}", "first = []").replace(
        'kept["maps"] = F.relu(output.detach())', "first.append(F.relu(output.detach()))"
    )
    part = checked(keeps + stale + OF_HELD, "cam")
    assert states(part)[SHOWS] == "wrong"
    assert part.finding is not None
    assert "another picture it gives the map of the first one" in part.finding.sentence
    assert states(checked(keeps + stale.replace("[0][0]", "[-1][0]") + OF_HELD, "cam"))[SHOWS] == (
        "right"
    )


@pytest.mark.parametrize("comment", ["", "    # as align_corners=True does\n"])
def test_a_comment_says_nothing_of_corners(comment: str):
    zoomed = (
        f"{comment}    return __import__('scipy.ndimage').ndimage.zoom("
        "cam.detach().numpy(), 8, order=1)"
    )
    assert states(checked(HOOKED.replace("    return cam.detach()", zoomed)))[ALIGNED] == "beyond"


def test_of_several_errors_that_of_the_furthest_line_is_told():
    code = "def cam(model, image, labels):\n    for one in labels:\n        raise KeyError('far')"
    here = Here(code)
    asked: list[int] = []

    def ask(*args: Any, **named: Any) -> Answer:
        answer = Here.ask(here, *args, **named)
        if answer.problem is None:
            return answer
        line = 3 if "far" in answer.problem.sentence else 2
        asked.append(line)
        return replace(answer, problem=replace(answer.problem, line=line))

    here.ask = ask  # type: ignore[method-assign]
    part = check(here, here.of("cam"), seed=2)  # type: ignore[arg-type]
    assert asked[0] == 2
    assert "far" in part.questions[0].finding.sentence


def test_a_library_that_is_not_installed_is_no_fault():
    part = checked(HOOKED.replace("return cam.detach()", "import cv2_of_nobody"))
    assert states(part)[COMES] == "failed"  # this process tells no error's name
    problem = Problem("raised", "No module named 'cv2'.", 3, "", "ModuleNotFoundError")
    assert failed(COMES, problem).state == "beyond"
    assert failed(COMES, replace(problem, error="NameError")).state == "failed"


def test_maps_in_front_of_the_last_relu_are_named():
    assert bugs_of(checked(BEFORE)) == {"features-before-relu"}


def test_blocks_are_told_by_name():
    stretched = "return F.interpolate(cam[None, None], (32, 32))"
    part = checked(HOOKED.replace("return cam.detach()", stretched))
    assert part.finding is not None
    assert "in blocks (nearest)" in part.finding.sentence
    assert bugs_of(part) == {"upsampled-in-blocks"}


def test_a_map_that_is_negative_everywhere_may_be_divided_by_its_largest_number():
    setting = bugs.MapSetting(
        torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]).double(),
        *(torch.zeros(1, 2, 2).double() for _ in range(2)),
        torch.full((10, 1), -2.0).double(),
        torch.zeros(10).double(),
    )
    found = read_map(setting, 3, bugs.right(setting)[3] / -2.0, whole=False)
    assert found is not None
    assert (found.bug, found.scaling) == ("", "divided by its largest number")


@pytest.mark.parametrize(
    ("order", "state"), [(0, "wrong"), (1, "beyond"), (2, "beyond"), (3, "beyond")]
)
def test_what_scipy_s_zoom_does_is_known(order: int, state: str):
    zoomed = (
        f"return __import__('scipy.ndimage').ndimage.zoom(cam.detach().numpy(), 8, order={order})"
    )
    part = checked(HOOKED.replace("return cam.detach()", zoomed))
    assert states(part)[SHOWS] == "right", part.questions
    assert states(part)[ALIGNED] == state


def test_another_map_is_told_by_its_first_cell_that_differs():
    changed = "cam = cam.detach()\n    cam[0, 1] += 5\n    return cam"
    part = checked(HOOKED.replace("return cam.detach()", changed))
    assert part.finding is not None
    assert part.finding.cell == (0, 1)
    assert "in row 1, column 2 " in part.finding.sentence
    stretched = "return F.interpolate(cam[None, None], (32, 32), mode='bicubic') ** 3"
    part = checked(HOOKED.replace("return cam.detach()", stretched))
    assert "however it is stretched" in str(part.finding and part.finding.sentence)


def test_another_map_is_wrong_without_a_name():
    part = checked(HOOKED.replace("return cam.detach()", "return cam.detach() ** 3"))
    assert bugs_of(part) == {None}
    assert part.finding is not None
    assert "that of class 3" in part.finding.sentence
    assert part.finding.hint.endswith("?")


def test_a_function_that_returns_no_map_is_told():
    part = checked(HOOKED.replace("return cam.detach()", "return None"))
    assert states(part)[COMES] == "beyond"
    (told,) = (one for one in part.questions if one.name == COMES)
    assert "return the map" in told.finding.sentence
    part = checked(HOOKED.replace("return cam.detach()", "return cam.detach()[:3, :2]"))
    assert states(part)[COMES] == "wrong"
    assert part.finding is not None
    assert "got 3 x 2." in part.finding.sentence


def test_a_function_that_raises_is_told():
    part = checked(HOOKED.replace("return cam.detach()", "raise KeyError('no')"))
    assert states(part)[COMES] == "failed"
    assert states(part)[SHOWS] == "not asked"


def test_what_only_another_file_has_is_beyond():
    here = Here("def cam(model, x, c):\n    return model.my_own.weight[c]\n")
    part = check(here, here.of("cam"), seed=2)  # type: ignore[arg-type]
    assert states(part)[COMES] == "beyond"


def test_parameters_are_told_by_their_names():
    names = ("net", "img_tensor", "class_weights", "feature_maps", "target", "num_classes", "zzz")
    roles = ["model", "images", "weights", "features", "label", None, None]
    assert [role_of(name) for name in names] == roles
    unknown = Found("f", "function", 1, ("zzz", "yyy", "xxx", "rest"), 4)
    assert roles_of(unknown)[1] == "rest"
    assert roles_of(unknown)[0] == {"zzz": "model", "yyy": "images", "xxx": "label"}


def test_every_two_models_differ():
    torch.manual_seed(0)
    drawn = [torch.randn(6, 3, 3, dtype=torch.float64) for _ in range(3)]
    weight, bias = torch.randn(10, 6).double(), torch.randn(10).double()
    setting = bugs.MapSetting(drawn[0], drawn[1], drawn[2], weight, bias)
    maps = {"": bugs.right(setting)}
    maps |= {name: models[0](setting) for name, models in bugs.MODELS.items()}
    assert len(maps) == 13
    for first, second in combinations(maps, 2):
        assert not same(maps[first], maps[second]), (first, second)
    for name, one in maps.items():
        found = read_map(setting, 4, one[4], whole=False)
        assert found is not None
        assert found.bug == name


def test_our_small_network_is_reached_under_many_names():
    small = asked_there.Small()
    assert small.layer4 is small.features
    assert small.classifier is small.fc
    assert len(list(small.children())) == 3
