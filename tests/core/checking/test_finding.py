"""Which definition of a file is which part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
import torch

from core.checking.finding import find
from core.checking.finding_networks import MOST_TRIED
from core.checking.results import Found
from core.checking.worker import Answer, Problem, Student
from core.models import DigitNet


def function(name: str, parameters: str, required: int | None = None, line: int = 1) -> Found:
    names = tuple(parameters.split())
    return Found(name, "function", line, names, len(names) if required is None else required)


def layer(name: str, parameters: str = "", required: int | None = None, line: int = 1) -> Found:
    names = tuple(parameters.split())
    return Found(name, "class", line, names, len(names) if required is None else required)


def method(name: str, parameters: str, line: int = 1) -> Found:
    names = tuple(parameters.split())
    return Found(name, "method", line, names, len(names))


def names(*found: Found) -> dict[str, str]:
    return {part: one.name for part, one in find(found, {})[0].items()}


STARTER = (
    function("MyFConv2D", "input weight bias stride padding", 2),
    layer("MyConv2D", "in_channels out_channels kernel_size stride padding bias", 5),
    layer("MyMaxPool2D", "kernel_size stride", 1),
)
HAND_IN = (
    *STARTER,
    layer("MnistCNN"),
    layer("ResidualBlock", "cin cout"),
    layer("ResNet"),
    function("compute_cam", "model image label"),
    function("plot_cam", "cam image"),
    function("untargeted_attack", "model images labels epsilon"),
    function("targeted_attack", "model images target epsilon"),
    function("improved_targeted_attack", "model images target epsilon"),
    function("evaluate_attack", "model images labels epsilon"),
    function("train", "model loader epochs"),
)


@pytest.mark.parametrize(
    ("methods", "chosen"),
    [
        (["__call__", "forward", "generate"], "__call__"),
        (["forward", "hook"], "forward"),
        (["overlay", "plot", "generate_cam", "hook"], "generate_cam"),
        (["anything"], "anything"),
        (["plot_cam"], None),
        (["short"], None),
    ],
)
def test_maps_of_a_class_are_those_of_its_method(methods: list[str], chosen: str | None) -> None:
    own = [
        method(f"ClassCam.{name}", "model" if name == "short" else "model x label")
        for name in methods
    ]
    assert names(layer("ClassCam", "model"), *own).get("cam") == (chosen and f"ClassCam.{chosen}")
    function_first = (function("compute_cam", "model image label"), layer("Cam", "model"), *own)
    assert names(*function_first)["cam"] == "compute_cam"


def test_attacks_of_classes_are_those_of_their_methods() -> None:
    called = method("PGD.__call__", "model eps x y")
    aimed = method("TargetedPGD.run", "model eps x target")
    better = method("MomentumTargetedPGD.forward", "model eps x target")
    owners = (
        layer("PGD", "model eps"),
        layer("TargetedPGD", "model"),
        layer("MomentumTargetedPGD"),
    )
    assert names(*owners, called, aimed, better, method("PGD.step", "model eps x y")) == {
        "attack": "PGD.__call__",
        "targeted": "TargetedPGD.run",
        "improved": "MomentumTargetedPGD.forward",
    }
    several = [method(f"Attacker.{name}", "model eps x y") for name in ("untargeted", "project")]
    several += [method("Attacker.targeted", "model eps x target")]
    assert names(layer("Attacker", "model"), *several) == {
        "attack": "Attacker.untargeted",
        "targeted": "Attacker.targeted",
    }
    own = function("attack", "model x y eps")
    assert names(layer("PGD", "model eps"), called, own)["attack"] == "attack"


def test_a_class_that_is_named_is_used_by_its_method() -> None:
    found = (layer("Mine", "model"), method("Mine.run", "model x label"))
    assert find(found, {"cam": "Mine"})[0]["cam"].name == "Mine.run"
    assert find(found, {"attack": "Mine"})[0]["attack"].name == "Mine.run"
    assert find(found, {"conv_layer": "Mine"})[0]["conv_layer"].name == "Mine"
    assert find(found, {"cam": "Mine.run"})[0]["cam"].name == "Mine.run"


def test_a_class_of_settings_is_behind_one_that_can_be_called() -> None:
    sizes = "in_channels out_channels kernel_size"
    config, own = layer("ConvConfig", f"{sizes} stride", line=1), layer("Mine", sizes, line=9)
    found, notes = find((config, own, method("Mine.forward", f"{sizes} x")), {})
    assert (found["conv_layer"].name, notes) == ("Mine", [])
    assert names(config)["conv_layer"] == "ConvConfig"


def test_a_method_is_no_layer_and_no_network() -> None:
    found = (
        method("MaxPool2d.forward", "kernel_size x"),
        method("Conv2d.forward", "in_channels out_channels kernel_size x"),
        method("conv2d.call", "input weight bias stride padding"),
        Found("ResNet.build", "method", 1, (), 0),
    )
    assert names(*found) == {}


def test_a_whole_hand_in_is_told_apart() -> None:
    assert names(*HAND_IN) == {
        "conv": "MyFConv2D",
        "conv_layer": "MyConv2D",
        "pool_layer": "MyMaxPool2D",
        "mnist": "MnistCNN",
        "resnet": "ResNet",
        "cam": "compute_cam",
        "attack": "untargeted_attack",
        "targeted": "targeted_attack",
        "improved": "improved_targeted_attack",
    }
    assert find(HAND_IN, {})[1] == []


@pytest.mark.parametrize(
    "name",
    [
        "conv2d",
        "my_conv2d",
        "MyFConv2D",
        "CONV2D",
        "f_conv2d",
        "convolution",
        "convolve2d",
        "conv",
        "custom_conv2d",
        "conv2d_im2col",
        "naiveConv2d",
        "conv2d_forward",
        "conv_2d",
        "myConv",
    ],
)
def test_the_function_has_any_spelling(name: str) -> None:
    assert names(function(name, "x W b s p", 2)) == {"conv": name}


@pytest.mark.parametrize("name", ["Conv2d", "MyConv2D", "my_conv_2d", "ConvLayer", "Conv2dManual"])
def test_the_layer_has_any_spelling(name: str) -> None:
    assert names(layer(name, "a b k s p", 5)) == {"conv_layer": name}


@pytest.mark.parametrize("name", ["MaxPool2d", "MyMaxPool2D", "my_maxpool", "MaxPooling", "Pool2d"])
def test_the_pooling_has_any_spelling(name: str) -> None:
    assert names(layer(name, "k s", 1)) == {"pool_layer": name}
    assert names(function(name, "x k s", 2)) == {"pool_layer": name}


def test_a_signature_says_what_a_name_does_not() -> None:
    found = (
        function("correlate", "x kernel stride padding", 2),
        layer("Sliding", "in_channels out_channels kernel_size stride padding bias", 3),
        layer("Largest", "kernel_size stride", 1),
    )
    assert names(*found) == {"conv": "correlate", "conv_layer": "Sliding"}


@pytest.mark.parametrize(
    "found",
    [
        function("convert", "input weight"),
        function("conv_output_size", "size kernel stride padding"),
        function("test_conv2d", "input weight"),
        layer("AvgPool2d", "kernel_size stride"),
        layer("ConvBlock", "in_channels out_channels kernel_size"),
        layer("ResidualBlock", "in_channels out_channels"),
        function("plot_cam", "model image"),
        function("show_attack", "model images epsilon"),
        function("success_rate", "model images labels epsilon"),
        function("camera", "model image"),
        function("conv3", "cin cout stride"),
        function("conv", "in_planes out_planes kernel stride"),
    ],
)
def test_a_helper_is_no_part(found: Found) -> None:
    assert names(found) == {}


def test_the_plain_name_goes_before_one_that_says_how() -> None:
    found = (function("conv2d", "x w", line=1), function("conv2d_loops", "x w stride", line=9))
    assert names(*found) == {"conv": "conv2d"}
    assert names(*reversed(found)) == {"conv": "conv2d"}


def test_what_has_a_convolution_s_settings_behind_two_others_is_one() -> None:
    assert names(function("faltung2d", "bild kern bias stride padding", 2)) == {"conv": "faltung2d"}
    assert names(function("block", "cin cout k bias stride padding")) == {}
    assert names(function("faltung2d", "bild stride padding bias")) == {}


def test_a_name_is_enough_where_a_signature_takes_anything() -> None:
    found = (function("my_conv2d", ""), layer("MyConv2D"), layer("MyMaxPool2D"))
    assert names(*found) == {
        "conv": "my_conv2d",
        "conv_layer": "MyConv2D",
        "pool_layer": "MyMaxPool2D",
    }
    assert names(function("conv2d_loops", ""), layer("MaxPoolLayer")) == {}


def test_an_attack_that_names_no_parameter_is_told() -> None:
    targets, notes = find([function("untargeted_attack", "", line=5)], {})
    assert targets == {}
    assert notes == [
        "untargeted_attack (line 5) is not checked: no parameter says what is model, images, "
        "labels and epsilon."
    ]
    assert find([function("attack_all", "")], {})[1] == []


def test_what_is_named_as_a_drawing_is_a_map_where_it_has_all_that_one_is_made_of() -> None:
    assert names(function("show_cam", "maps fc label")) == {"cam": "show_cam"}
    assert names(function("show_cam", "image fc label")) == {}


def test_what_is_named_as_a_drawing_is_told_where_nothing_else_gives_maps() -> None:
    drawing, given = function("show_cam", "model image", line=7), function("cam", "model image")
    assert find([drawing], {})[1] == [
        "show_cam (line 7) is not checked, since its name says that it draws or tests: "
        "--cam show_cam names it."
    ]
    assert find([drawing, given], {})[1] == find([drawing], {"cam": "show_cam"})[1] == []


def test_another_name_of_the_same_class_is_told_once() -> None:
    found = [layer(name, "a b k s p", 5, line=4) for name in ("MyConv2D", "Conv2d")]
    targets, notes = find(found, {})
    assert (targets["conv_layer"].name, notes) == ("MyConv2D", [])


def test_several_of_the_same_kind_are_told() -> None:
    found = (function("conv2d_loops", "x w", line=1), function("conv2d_im2col", "x w", line=9))
    targets, notes = find(found, {})
    assert targets["conv"].name == "conv2d_im2col"
    assert notes == ["conv2d_im2col (line 9) is checked, conv2d_loops (line 1) could be meant too."]


@pytest.mark.parametrize(
    ("name", "parameters", "part"),
    [
        ("fgsm", "model x y eps", "attack"),
        ("pgd_attack", "net images labels epsilon alpha steps", "attack"),
        ("attack", "model x y epsilon", "attack"),
        ("perturb_me", "model x y eps", "attack"),
        ("task1", "model x y eps", "attack"),
        ("non_targeted", "model x y eps", "attack"),
        ("pgd_targeted", "model x y eps", "targeted"),
        ("TargetedAttack", "model x y eps", "targeted"),
        ("pgd", "model x target_label eps", "targeted"),
        ("task2", "model x t e", "targeted"),
        ("mi_fgsm_targeted", "model x t momentum eps", "improved"),
        ("momentum_attack", "model x target eps", "improved"),
        ("improved_attack", "model x target eps", "improved"),
        ("task3", "model x t e", "improved"),
        ("attack_v2", "model x y_target eps", "targeted"),
        ("pgd_towards", "model x goal eps", "targeted"),
        ("attack_targeted", "model x", "targeted"),
        ("pgd", "model x", "attack"),
        ("targeted_attack_v2_with_restarts", "model x target eps", "improved"),
    ],
)
def test_an_attack_is_found_by_its_name_and_its_parameters(
    name: str, parameters: str, part: str
) -> None:
    assert names(function(name, parameters)) == {part: name}


def test_what_is_called_private_is_behind_a_method() -> None:
    private = function("_pgd", "model x y eps momentum")
    owner = layer("UntargetedPGD", "model", 1)
    used = method("UntargetedPGD.perturb", "model x y")
    assert names(private, owner, used)["attack"] == "UntargetedPGD.perturb"
    assert names(private) == {"attack": "_pgd"}


def test_an_improved_attack_is_not_the_plain_one() -> None:
    improved, plain = (function(name, "model x y eps") for name in ("improved_adam", "pgd"))
    for found in ((improved, plain), (plain, improved)):
        assert names(*found) == {"improved": "improved_adam", "attack": "pgd"}


def test_one_function_may_be_both_attacks() -> None:
    both = function("pgd", "model x y eps targeted", 4)
    assert names(both) == {"attack": "pgd", "targeted": "pgd"}
    assert names(both, function("fgsm", "model x y eps")) == {"attack": "fgsm", "targeted": "pgd"}
    assert names(function("pgd", "model x labels target eps")) == {
        "attack": "pgd",
        "targeted": "pgd",
    }


def test_a_target_is_the_right_class_where_nothing_else_is_attacked() -> None:
    unclear = function("fgsm_attack", "model data target epsilon")
    assert names(unclear) == {"attack": "fgsm_attack"}
    assert names(unclear, function("untargeted", "model data labels epsilon")) == {
        "attack": "untargeted",
        "targeted": "fgsm_attack",
    }


def test_a_name_that_is_given_is_taken() -> None:
    found = (*STARTER, function("other", "a b c", 2))
    targets, _ = find(found, {"conv": "other"})
    assert targets["conv"].name == "other"
    assert "conv" not in find(found, {"conv": "not_there"})[0]


class Trying:
    """Answers what a network returns, without one."""

    def __init__(self, sizes: Mapping[str, tuple[int, int]]) -> None:
        self.sizes, self.tried = sizes, list[str]()

    def ask(self, action: str, target: str, settings: Any, tensors: Any, seconds: float) -> Answer:
        assert action == "network"
        self.tried.append(target)
        channels, classes = self.sizes.get(target, (0, 0))
        shapes = [{"shape": list(one.shape)} for one in DigitNet().parameters()]
        facts = {"parameters": shapes if target.startswith("Given") else shapes[:3]}
        if tensors["images"].shape[1] != channels:
            return Answer({}, {}, Problem("raised", "wrong channels", 1), "")
        return Answer({"output": torch.zeros(1, classes)}, facts, None, "")


def tried(found: list[Found], **sizes: tuple[int, int]) -> tuple[dict[str, str], list[str]]:
    student = Trying(sizes)
    targets, _ = find(found, {}, cast(Student, cast(object, student)))
    return {part: one.name for part, one in targets.items()}, student.tried


def test_networks_of_any_name_are_found_by_trying() -> None:
    found = [layer("Net"), layer("Model"), layer("Head")]
    targets, _ = tried(found, Net=(3, 10), Model=(1, 10), Head=(1, 5))
    assert targets == {"resnet": "Net", "mnist": "Model"}


def test_the_network_that_comes_with_the_task_is_none_of_the_parts() -> None:
    assert tried([layer("GivenNet")], GivenNet=(1, 10))[0] == {}
    found = [layer("GivenNet"), layer("Mine")]
    assert tried(found, GivenNet=(1, 10), Mine=(1, 10))[0] == {"mnist": "Mine"}


def test_a_network_with_its_name_is_not_tried() -> None:
    targets, asked = tried([layer("ResNet"), layer("SmallCNN"), layer("Other")])
    assert targets == {"resnet": "ResNet", "mnist": "SmallCNN"}
    assert asked == []


def test_the_attacked_network_is_none_of_the_parts_whatever_its_name() -> None:
    found = [layer("GivenMNISTModel"), layer("SmallNet")]
    targets, _ = tried(found, GivenMNISTModel=(1, 10), SmallNet=(1, 10))
    assert targets == {"mnist": "SmallNet"}
    targets, _ = tried([layer("MNISTModel"), layer("SmallNet")], MNISTModel=(1, 10))
    assert targets == {"mnist": "MNISTModel"}


@pytest.mark.parametrize(
    "helper",
    [
        function("sweep", "model attack_fn x y epsilons", line=30),
        function("targeted_sweep", "model images target epsilons", line=30),
        function("attack_dataset", "model loader attack_fn eps", line=30),
        function("get_adversarial_examples", "model loader eps", line=30),
        function("fgsm_step", "images grad eps", line=30),
        function("linf_clamp", "adversarial images eps", line=30),
        function("random_start", "images eps low", line=30),
    ],
)
def test_what_calls_attacks_or_is_a_step_of_one_is_none(helper: Found) -> None:
    found = [
        function("pgd_attack", "model x y eps steps", required=4, line=4),
        function("targeted_pgd", "model x target eps steps", required=4, line=13),
    ]
    assert names(*found, helper) == {"attack": "pgd_attack", "targeted": "targeted_pgd"}


@pytest.mark.parametrize(
    "better",
    ["targeted_attack_random_start", "targeted_attack2", "targeted_attack_cw", "my_targeted"],
)
def test_of_two_targeted_attacks_the_plainer_is_task_2(better: str) -> None:
    given = "model images target epsilon"
    found = [function("targeted_attack", given, line=9), function(better, given, line=40)]
    plain, improved = sorted(found, key=lambda one: len(one.name))
    assert names(*found) == {"targeted": plain.name, "improved": improved.name}
    three = [*found, function("targeted_attack_final_version", given, line=60)]
    assert "improved" not in names(*three)


def test_of_several_with_the_name_the_one_that_works_is_taken() -> None:
    found = [layer("CNNBase"), layer("CNN"), layer("ResNetLayer"), function("make_resnet", "")]
    targets, _ = tried(found, CNN=(1, 10), make_resnet=(3, 10))
    assert targets == {"resnet": "make_resnet", "mnist": "CNN"}


def test_one_that_does_not_work_is_still_checked_where_it_has_the_name() -> None:
    targets, _ = tried([layer("MNISTNet"), layer("MNISTModel")])
    assert targets == {"mnist": "MNISTNet"}


def test_not_every_class_of_a_long_file_is_tried() -> None:
    found = [layer(f"Thing{index}") for index in range(40)]
    targets, asked = tried(found)
    assert targets == {}
    assert len(asked) == 2 * MOST_TRIED


def test_what_is_a_part_already_is_no_network() -> None:
    found = [*STARTER, layer("Net")]
    targets, asked = tried(found, Net=(1, 10), MyConv2D=(1, 10))
    assert targets["mnist"] == "Net"
    assert set(asked) == {"Net"}
