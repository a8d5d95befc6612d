"""Attacks as people write them, right and wrong, on networks of ours."""

import pytest
import torch

from core.checking.bugs import attacks as bugs
from core.checking.finding import find
from core.checking.parts import attack_success, attacks
from core.checking.parts.attack_calls import role_of, roles_of
from core.checking.parts.attacks import (
    BUDGET,
    COMES,
    LIMIT,
    MODE,
    RANGE,
    STEP,
    SUCCESS,
    check_improved,
    check_targeted,
    check_untargeted,
)
from core.checking.results import Found, Part, Question
from core.checking.student import attacks as asked_there  # noqa: F401 - enters its actions
from core.checking.student.watched import Digits
from tests.core.checking.here import Here

PGD = """
def untargeted_attack(model, images, labels, epsilon, steps=20):
    model.eval()
    alpha = epsilon / 4
    x_adv = images.clone().detach()
    for i in range(steps):
        x_adv.requires_grad_(True)
        loss = F.cross_entropy(model(x_adv), labels)
        grad = torch.autograd.grad(loss, x_adv)[0]
        x_adv = x_adv.detach() + alpha * grad.sign()
        x_adv = torch.max(torch.min(x_adv, images + epsilon), images - epsilon)
        x_adv = x_adv.clamp(0, 255)
    return x_adv.detach()
"""
TARGETED = (
    PGD.replace("untargeted_attack(model, images, labels", "targeted(model, images, target")
    .replace("labels", "torch.full((len(images),), target)")
    .replace("+ alpha", "- alpha")
    .replace("=20", "=100")
)
WITH_LABELS = TARGETED.replace("images, target, eps", "images, labels, target, eps")
LEAF = """
def attack(net, x, y, eps):
    net.eval()
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(20):
        loss = nn.CrossEntropyLoss()(net(x + delta), y)
        loss.backward()
        with torch.no_grad():
            delta += 1.5 * delta.grad.sign()
            delta.clamp_(-eps, eps)
            delta.copy_((x + delta).clamp(0, 255) - x)
            delta.grad.zero_()
    return (x + delta).detach()
"""
DIVIDED = "    model.eval()\n    epsilon = epsilon / 255"
RIGHT = {
    "plain": PGD,
    "a leaf that is added": LEAF,
    "one image, an early end and the scale 0..1": """
def attack(model, image, label, epsilon=8 / 255):
    model.eval()
    image = image.detach()
    x = image.clone()
    for i in range(20):
        x.requires_grad = True
        logits = model(x)
        if logits.argmax().item() != label:
            return x.detach(), i
        loss = -F.nll_loss(F.log_softmax(logits, 1), torch.tensor([int(label)]))
        model.zero_grad()
        loss.backward()
        x = x.detach() - 2 / 255 * x.grad.sign()
        x = (image + (x - image).clamp(-epsilon, epsilon)).clamp(0, 1)
    return x.detach(), 20
""",
    "momentum, random start, margin": """
def attack(f, x, y, eps):
    f.eval()
    adv = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 255)
    v = torch.zeros_like(x)
    for _ in range(20):
        adv = adv.detach().requires_grad_(True)
        z = f(adv)
        own = z.gather(1, y[:, None])[:, 0]
        other = z.scatter(1, y[:, None], -1e9).max(1)[0]
        (g,) = torch.autograd.grad((other - own).sum(), adv)
        v = 0.9 * v + g / g.abs().mean((1, 2, 3), keepdim=True)
        adv = adv.detach() + eps / 4 * v.sign()
        adv = (x + torch.clamp(adv - x, -eps, eps)).clamp(0, 255)
    return {"adversarial": adv}
""",
    "pixels from 0 to 1 and epsilon in grey values": PGD.replace(
        "    model.eval()", DIVIDED
    ).replace("255)\n    return", "1)\n    return"),
    "the scale 0..1 inside": PGD.replace("model(x_adv)", "model(x_adv * 255)")
    .replace(
        "    model.eval()", "    model.eval()\n    images, epsilon = images / 255, epsilon / 255"
    )
    .replace("clamp(0, 255)", "clamp(0, 1)")
    .replace("return x_adv.detach()", "return x_adv.detach() * 255"),
    "pixels from 0 to 1, a network that is given them times 255, and epsilon in grey values": (
        PGD.replace("    model.eval()", DIVIDED)
        .replace("model(x_adv)", "model(x_adv * 255)")
        .replace("255)\n    return", "1)\n    return")
    ),
    "numpy": """
import numpy as np

def attack(model, images, labels, eps):
    model.eval()
    start = images.numpy()
    x = start.copy()
    for _ in range(20):
        t = torch.from_numpy(x).requires_grad_(True)
        F.cross_entropy(model(t), labels).backward()
        x = x + np.asarray(eps / 4, x.dtype) * np.sign(t.grad.numpy())
        x = np.clip(x, start - eps, start + eps)
        x = np.clip(x, 0, 255)
    return torch.from_numpy(x)
""",
}
PROJECTION = "torch.max(torch.min(x_adv, images + epsilon), images - epsilon)"
OLD = ("        x_adv = x_adv.detach()", "        old = x_adv.detach()\n        x_adv = old")
WRONG = {
    "untargeted-sign-lost": (PGD, "+ alpha", "- alpha"),
    "no-sign": (PGD, "grad.sign()", "grad"),
    "projection-wrong-centre": (
        PGD,
        PROJECTION,
        "old + (x_adv - old).clamp(-epsilon, epsilon)",
    ),
    "projection-forgotten": (
        PGD,
        PROJECTION,
        "x_adv",
    ),
    "clip-forgotten": (PGD, "x_adv.clamp(0, 255)", "x_adv"),
    "clip-to-one": (PGD, "x_adv.clamp(0, 255)", "x_adv.clamp(0, 1)"),
    "budget-exceeded": (PGD, "steps=20", "steps=25"),
    "gradient-accumulated": (LEAF, "            delta.grad.zero_()\n", ""),
    "evaluation-mode-forgotten": (PGD, "model.eval()", "model.train()"),
    "step-too-small": (PGD, "epsilon / 4", "epsilon / 100"),
    "normalised-twice": (PGD, "model(x_adv)", "model(x_adv / 255)"),
    "one-step-only": (PGD, "255)\n    return", "255)\n        return"),
    "epsilon-in-wrong-unit": (
        PGD,
        "    model.eval()",
        DIVIDED,
    ),
}
WRONG_TARGETED = {
    "targeted-sign-lost": (TARGETED, "- alpha", "+ alpha"),
    "target-unused": (
        WITH_LABELS.replace("- alpha", "+ alpha"),
        "torch.full((len(images),), target)",
        "labels",
    ),
    "targeted-wrong-label": (WITH_LABELS, "torch.full((len(images),), target)", "labels"),
}


def first(code: str) -> tuple[Here, Found]:
    here = Here(code)
    return here, here.found[-1]


def states(part: Part) -> dict[str, str]:
    return {one.name: one.state for one in part.questions}


def bugs_of(part: Part) -> set[str | None]:
    return {one.finding.bug for one in part.questions if one.finding and one.state == "wrong"}


@pytest.fixture(autouse=True)
def fewer_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attack_success, "DIGITS", 8)


@pytest.fixture
def without_success(monkeypatch: pytest.MonkeyPatch) -> None:
    none = [attack_success.Rate(Question(name, "not asked")) for name in SUCCESS.values()]
    monkeypatch.setattr(attacks, "success", lambda *_: none)


def untargeted(code: str, seed: int = 4) -> Part:
    return check_untargeted(*first(code), seed=seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_attack_is_right(name: str, without_success: None):
    part = untargeted(RIGHT[name])
    assert {*states(part).values()} == {"right", "not asked"}, part.questions


@pytest.mark.parametrize("check", [check_targeted, check_improved])
@pytest.mark.parametrize("code", [TARGETED, WITH_LABELS])
def test_a_right_targeted_attack_is_right(check, code: str, without_success: None):
    part = check(*first(code), seed=4)
    assert {*states(part).values()} == {"right", "not asked"}, part.questions


OBJECT = """
class BaseAttack:
    def __init__(self, model, eps=8.0, steps=20):
        self.model, self.eps, self.steps = model, eps, steps

    def __call__(self, x, y):
        return self.perturb(x, y)

class PGD(BaseAttack):
    def perturb(self, x, y):
        self.model.eval()
        adv = x.clone()
        for _ in range(self.steps):
            adv.requires_grad_(True)
            loss = F.cross_entropy(self.model(adv), y)
            adv = adv.detach() + self.eps / 4 * torch.autograd.grad(loss, adv)[0].sign()
            adv = torch.min(torch.max(adv, x - self.eps), x + self.eps).clamp(0, 255)
        return adv
"""


def test_a_class_attacks_by_its_method_and_by_that_of_its_base():
    here = Here(OBJECT)
    target = find(here.found, {"attack": "PGD"})[0]["attack"]
    assert (target.name, target.parameters) == ("PGD.__call__", ("model", "x", "y", "eps", "steps"))
    part = check_untargeted(here, target, seed=5)  # type: ignore[arg-type]
    assert {*states(part).values()} == {"right"}, part.questions
    wrong = Here(OBJECT.replace("+ self.eps / 4", "- self.eps / 4"))
    part = check_untargeted(wrong, target, seed=5)  # type: ignore[arg-type]
    assert bugs_of(part) == {"untargeted-sign-lost"}


BARE = """
def attack(model, image, label, eps=32.0):
    model.eval()
    goal = {goal}
    x = image.clone()
    for _ in range({steps}):
        x.requires_grad_(True)
        loss = F.cross_entropy(model(x.unsqueeze(0)), goal)
        x = x.detach() {sign} eps / 4 * torch.autograd.grad(loss, x)[0].sign()
        x = torch.min(torch.max(x, image - eps), image + eps).clamp(0, 255)
    return x.detach()
"""


@pytest.mark.parametrize("goal", ["torch.tensor([label])", "label.unsqueeze(0)", "label.view(1)"])
def test_one_picture_without_an_axis_for_the_batch_is_a_right_input(goal: str):
    part = untargeted(BARE.format(goal=goal, sign="+", steps=20), seed=5)
    assert {*states(part).values()} == {"right"}, part.questions
    wrong = untargeted(BARE.format(goal=goal, sign="-", steps=20), seed=5)
    assert bugs_of(wrong) == {"untargeted-sign-lost"}


def test_a_target_of_one_bare_picture_may_be_a_number_or_a_tensor(without_success: None):
    for goal in ("torch.tensor([target])", "target.view(1)"):
        code = BARE.format(goal=goal, sign="-", steps=100).replace("image, label", "image, target")
        part = check_targeted(*first(code), seed=4)
        assert {*states(part).values()} == {"right", "not asked"}, part.questions


RESTARTS = """
def improved_attack(model, x, target, eps, steps=25, restarts=4):
    model.eval()
    starts, goals = x.repeat(restarts, 1, 1, 1), torch.full((restarts * len(x),), target)
    a = (starts + torch.empty_like(starts).uniform_(-eps, eps)).clamp(0, 255)
    for _ in range(steps):
        a.requires_grad_(True)
        loss = F.cross_entropy(model(a), goals, reduction="sum")
        a = a.detach() - eps / 5 * torch.autograd.grad(loss, a)[0].sign()
        a = torch.min(torch.max(a, starts - eps), starts + eps).clamp(0, 255)
    with torch.no_grad():
        loss = F.cross_entropy(model(a), goals, reduction="none").view(restarts, -1)
    return a.view(restarts, *x.shape)[loss.argmin(0), torch.arange(len(x))]
"""


GLOBAL = """
criterion = nn.CrossEntropyLoss()
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
EPS = 16.0

def attack(x, y, eps=8.0):
    adv = x.clone()
    for _ in range(20):
        adv = adv.detach().requires_grad_()
        criterion(net(adv), y).backward()
        adv = (adv + eps / 4 * adv.grad.sign()).clamp(x - eps, x + eps).clamp(0, 255)
    return adv
"""


@pytest.mark.parametrize(
    "code",
    [GLOBAL, GLOBAL.replace("net = ", "other = "), GLOBAL.replace("net", "seven_layers")],
)
def test_an_attack_on_a_network_that_it_refers_to_is_asked_with_ours(code: str):
    part = untargeted(code, seed=5)
    assert {*states(part).values()} == {"right", "beyond"}, part.questions
    assert states(part)[MODE] == "beyond"
    wrong = untargeted(code.replace("adv + eps", "adv - eps"), seed=5)
    assert bugs_of(wrong) == {"untargeted-sign-lost"}
    there = Here(code)
    before = dict(there.defined)
    check_untargeted(there, there.of("attack"), seed=5)  # type: ignore[arg-type]
    assert there.defined == before


def test_an_attack_that_refers_to_no_network_is_told_to_take_one():
    part = untargeted("def attack(x, y, eps=8.0):\n    return x")
    assert part.questions[0].state == "beyond"
    assert "give it the network as a parameter" in part.questions[0].finding.sentence


@pytest.mark.parametrize("epsilon", ["16.0", "4.0"])
def test_an_epsilon_of_its_own_is_no_fault(epsilon: str, without_success: None):
    own = GLOBAL.replace("eps=8.0", "model").replace("eps", "EPS").replace("16.0", epsilon)
    part = untargeted(own.replace("net(", "model("))
    assert states(part)[LIMIT] == "beyond"
    assert bugs_of(part) == set(), part.questions
    (limit,) = (one for one in part.questions if one.name == LIMIT)
    assert f"changes pixels by up to {float(epsilon):g}." in limit.finding.sentence


def test_noise_is_no_other_scale(without_success: None):
    noisy = PGD.replace("images.clone().detach()", "images + epsilon * torch.randn_like(images)")
    assert bugs_of(untargeted(noisy)) == set()
    smoothed = PGD.replace("model(x_adv)", "model(x_adv + 10 * torch.randn_like(x_adv))")
    assert "normalised-twice" not in bugs_of(untargeted(smoothed))
    shifted = PGD.replace("model(x_adv)", "model(x_adv - 127.5)")
    assert bugs_of(untargeted(shifted)) == {"normalised-twice"}
    out = noisy.replace("x_adv.clamp(0, 255)", "x_adv")
    assert bugs_of(untargeted(out)) == {"clip-forgotten"}


@pytest.mark.parametrize(
    "returned",
    [
        "images, x_adv.detach(), loss",
        "x_adv.detach(), images",
        "{'delta': (x_adv - images).detach(), 'adversarial': x_adv.detach()}",
    ],
)
def test_of_several_pictures_the_changed_one_is_taken(returned: str, without_success: None):
    part = untargeted(PGD.replace("return x_adv.detach()", f"return {returned}"))
    assert {*states(part).values()} == {"right", "not asked"}, part.questions


LOOP = """
def fgsm(model, images, labels, epsilon):
    model.eval()
    found = []
    for i in range(len(images)):
        image = images[i:i + 1].clone().requires_grad_(True)
        F.cross_entropy(model(image), labels[i:i + 1]).backward()
        found.append((image + epsilon * image.grad.sign()).clamp(0, 255).detach())
    return torch.cat(found)
"""


def test_a_loop_over_images_is_none_over_steps(without_success: None):
    part = untargeted(LOOP)
    assert {*states(part).values()} == {"right", "not asked"}, part.questions


def test_gradients_through_a_copy_and_by_torch_func_are_counted(without_success: None):
    copied = PGD.replace(
        "    model.eval()", "    model = __import__('copy').deepcopy(model).eval()"
    )
    assert {*states(untargeted(copied)).values()} == {"right", "not asked"}
    own = "torch.func.grad(lambda x: F.cross_entropy(model(x), labels))(x_adv.detach())"
    function = PGD.replace("torch.autograd.grad(loss, x_adv)[0]", own)
    assert {*states(untargeted(function)).values()} == {"right", "not asked"}


def test_a_stop_for_all_pictures_at_the_first_that_is_fooled_is_told():
    at_once = "        if (logits.argmax(1) != labels).any(): return x_adv.detach()\n        loss"
    code = PGD.replace("        loss", "        logits = model(x_adv)\n" + at_once, 1)
    part = untargeted(code, seed=5)
    (told,) = (one for one in part.questions if one.name == attacks.ALONE)
    assert told.state == "beyond"
    assert "one at a time, and on" in told.finding.sentence
    assert attacks.ALONE not in states(untargeted(code.replace("any()", "all()"), seed=5))


def test_pictures_that_are_changed_in_place_explain_a_limit_that_moves(without_success: None):
    code = "        x_adv.requires_grad_(True)"
    moved = PGD.replace("images.clone().detach()", "images").replace(
        code, f"{code}\n        x_adv.data += 1e-9"
    )
    moved = moved.replace("        x_adv = x_adv.detach() + alpha", "        images += alpha")
    moved = moved.replace("grad.sign()\n", "grad.sign()\n        x_adv = images.detach()\n")
    moved = moved.replace(
        "x_adv.requires_grad_(True)", "x_adv = images.clone().requires_grad_(True)"
    )
    assert "input-changed" in bugs_of(untargeted(moved))
    assert "projection-forgotten" not in bugs_of(untargeted(moved))


def test_a_sum_that_an_improved_attack_means_is_no_fault(without_success: None):
    start = "    x_adv = images.clone().detach()\n"
    summed = TARGETED.replace(start, f"{start}    v = 0\n").replace(
        "        x_adv = x_adv.detach()", "        v = v + grad\n        x_adv = x_adv.detach()"
    )
    summed = summed.replace("grad.sign()", "v.sign()")
    assert bugs_of(check_improved(*first(summed), seed=4)) == set()  # type: ignore[arg-type]
    forgotten = summed.replace("torch.autograd.grad(loss, x_adv)[0]", "x_adv.grad").replace(
        "        grad =", "        loss.backward()\n        grad ="
    )
    part = check_improved(*first(forgotten), seed=4)  # type: ignore[arg-type]
    assert bugs_of(part) == {"gradient-accumulated"}


def test_a_clamp_of_another_scale_is_told(without_success: None):
    part = untargeted(PGD.replace("epsilon, steps", "epsilon=8 / 255, steps"))
    (range_,) = (one for one in part.questions if one.name == RANGE)
    assert "Its epsilon is for pixels from 0 to 1, and it clamps to 255." in range_.finding.sentence


def test_a_helper_that_takes_a_gradient_is_told_as_one_step():
    part = untargeted("def fgsm_attack(image, epsilon, data_grad):\n    pass")
    assert "one step of an attack" in part.questions[0].finding.sentence


@pytest.mark.parametrize("names", ["modell, bilder, klassen", "modele, lot, etiquettes"])
def test_parameters_in_another_language_have_their_usual_places(names: str, without_success: None):
    model, images, labels = names.split(", ")
    code = PGD.replace("model", model).replace("images", images).replace("labels", labels)
    part = untargeted(code)
    assert {*states(part).values()} == {"right", "not asked"}, part.questions


def test_restarts_in_one_batch_break_nothing(without_success: None):
    """What reaches the network is four times as many pictures, which no step is read from."""
    part = check_improved(*first(RESTARTS), seed=4)
    assert "failed" not in states(part).values(), part.questions


DROPPING = """
def improved_attack(model, x, target, epsilon=8, steps=100):
    model.eval()
    eps = epsilon / 255
    adv, left = x.clone(), torch.ones(len(x), dtype=torch.bool)
    for _ in range(steps):
        some = adv[left].requires_grad_(True)
        goals = torch.full((len(some),), target)
        loss = F.cross_entropy(model(some * 255), goals, reduction="sum")
        adv[left] = some.detach() - eps / 10 * torch.autograd.grad(loss, some)[0].sign()
        adv = torch.min(torch.max(adv, x - eps), x + eps).clamp(0, 1)
        with torch.no_grad():
            left = model(adv * 255).argmax(1) != target
        if not left.any():
            break
    return adv.detach()
"""


def test_gradients_are_counted_for_the_pictures_that_are_left_on_the_network_s_own_scale():
    part = check_improved(*first(DROPPING), seed=4)
    assert {*states(part).values()} == {"right"}, part.questions


def test_what_returns_the_change_or_changes_its_pictures_is_told(without_success: None):
    part = untargeted(LEAF.replace("return (x + delta)", "return delta"))
    assert bugs_of(part) == {"change-returned"}
    assert part.finding is not None
    assert part.finding.sentence == "It returns the change, not the changed picture."
    part = untargeted(PGD.replace("return x_adv", "images.copy_(x_adv)\n    return x_adv"))
    assert bugs_of(part) == {"input-changed"}


def test_a_limit_by_another_norm_has_no_name(without_success: None):
    ball = """
        step = x_adv - images
        x_adv = images + step * (epsilon / step.norm()).clamp(max=1)
"""
    part = untargeted(PGD.replace(f"        x_adv = {PROJECTION}\n", ball))
    assert bugs_of(part) == {None}
    assert states(part)[STEP] == "wrong"


def test_the_pixel_that_went_too_far_is_told_as_people_count(without_success: None):
    far = "x_adv = x_adv.clone()\n    x_adv[0, 0, 3, 14] = (images[0, 0, 3, 14] + 99) % 255"
    part = untargeted(PGD.replace("    return x_adv", f"    {far}\n    return x_adv"))
    (limit,) = (one for one in part.questions if one.name == LIMIT)
    assert "the pixel in row 4, column 15 went from" in limit.finding.sentence


def test_success_is_counted_beside_ours():
    part = untargeted(RIGHT["momentum, random start, margin"], seed=5)
    assert {*states(part).values()} == {"right"}, part.questions
    part = untargeted(PGD.replace("+ alpha", "- alpha"), seed=5)
    assert states(part)[SUCCESS["A"]] == "wrong"
    assert bugs_of(part) == {"untargeted-sign-lost"}


@pytest.mark.parametrize("step", ["alpha=0.5", "step_size=1"])
def test_a_default_step_that_suits_a_small_epsilon_grows_with_it(step: str):
    own = PGD.replace("    alpha = epsilon / 4\n", "").replace("alpha *", f"{step.split('=')[0]} *")
    part = untargeted(own.replace("steps=20", f"steps=20, {step}"), seed=5)
    assert {*states(part).values()} == {"right"}, part.questions


def test_the_success_of_an_attack_without_an_epsilon_is_not_asked():
    own = PGD.replace("labels, epsilon, steps", "labels, steps").replace("epsilon", "8.0")
    part = untargeted(own, seed=5)
    assert {states(part)[name] for name in SUCCESS.values()} == {"beyond"}
    assert states(part)[LIMIT] == states(part)[STEP] == "right"


def test_success_with_a_target_is_counted():
    part = check_targeted(*first(TARGETED), seed=4)  # type: ignore[arg-type]
    assert [states(part)[name] for name in SUCCESS.values()] == ["right", "right"]


@pytest.mark.parametrize("bug", WRONG)
def test_the_bug_is_named(bug: str, without_success: None):
    code, before, after = WRONG[bug]
    assert before in code
    changed = code.replace(before, after)
    if "old" in after:
        changed = changed.replace(
            "        x_adv = x_adv.detach()", "        old = x_adv.detach()\n        x_adv = old"
        )
    part = untargeted(changed)
    assert bugs_of(part) == {bug}, part.questions


@pytest.mark.parametrize("bug", WRONG_TARGETED)
def test_the_bug_of_a_targeted_attack_is_named(bug: str, without_success: None):
    code, before, after = WRONG_TARGETED[bug]
    part = check_targeted(*first(code.replace(before, after)), seed=4)  # type: ignore[arg-type]
    assert bugs_of(part) == {bug}, part.questions


def test_an_attack_that_finds_little_is_told_in_numbers():
    weak = PGD.replace("grad.sign()", "grad.sign() * (torch.rand_like(grad) - 0.48).sign()")
    part = untargeted(weak)
    (finding,) = (one.finding for one in part.questions if one.name == SUCCESS["A"])
    assert finding is not None
    assert "At epsilon 32 it succeeds on" in finding.sentence
    assert bugs_of(part) == {None}


def test_a_single_step_is_no_fault():
    code = PGD.replace("    for i in range(steps):\n", "    if True:\n").replace(", steps=20", "")
    part = untargeted(code.replace("epsilon / 4", "epsilon"))
    assert states(part)[STEP] == states(part)[LIMIT] == states(part)[RANGE] == "right"
    assert bugs_of(part) == set()
    assert states(part)[SUCCESS["A"]] in ("right", "beyond")


def test_training_mode_is_told_and_not_counted(without_success: None):
    part = untargeted(PGD.replace("    model.eval()\n", ""))
    assert states(part)[MODE] == "beyond"
    assert bugs_of(part) == set()


def test_an_attack_that_raises_and_one_that_needs_more_are_told():
    part = untargeted(PGD.replace("model(x_adv)", "model(x_adv, 1)"))
    assert states(part)[COMES] == "failed"
    assert states(part)[BUDGET] == "not asked"
    part = untargeted("def fgsm(image, epsilon, zzz):\n    pass")
    assert states(part)[COMES] == "beyond"
    assert part.questions[0].finding is not None
    assert "the argument zzz" in part.questions[0].finding.sentence


def test_parameters_are_told_by_their_names():
    names = ("net", "x", "y_true", "eps", "num_steps", "step_size", "clip_max", "target_class", "q")
    roles = ["model", "images", "labels", "epsilon", "steps", "alpha", "high", "target", None]
    assert [role_of(name) for name in names] == roles
    fgsm = Found("fgsm", "function", 1, ("model", "data", "target", "epsilon"), 4)
    assert roles_of(fgsm, targeted=False)[0]["target"] == "labels"
    assert roles_of(fgsm, targeted=True)[0]["target"] == "target"


def test_every_two_models_of_a_step_differ():
    torch.manual_seed(0)
    start = torch.randint(60, 190, (60,)).double()
    start[:9], start[9:18] = 0.0, 255.0
    point = (start + torch.empty(60).uniform_(-7.9, 7.9)).clamp(0, 255)
    drawn = [torch.randn(60, dtype=torch.float64) for _ in range(3)]
    outputs = {}
    for targeted in (False, True):
        setting = bugs.StepSetting(start, point, *drawn, targeted, 9.0, 8.0, 255.0)
        outputs |= {("", targeted): bugs.right(setting)}
        outputs |= {(name, targeted): model(setting) for name, model in bugs.MODELS.items()}
    same = [
        (one, other)
        for one in outputs
        for other in outputs
        if one < other and torch.equal(outputs[one], outputs[other])
    ]
    # one step, in attacks of two kinds
    pairs = ({"targeted-wrong-label", "untargeted-sign-lost"}, {"", "target-unused"})
    between = {"gradient-accumulated", "targeted-sign-lost"}.union(*pairs)
    assert all(one[0] in between and other[0] in between for one, other in same)
    assert all(one[0] == other[0] or {one[0], other[0]} in pairs for one, other in same)
    assert not any(("", True) in two and "target-unused" in (two[0][0], two[1][0]) for two in same)


def test_our_own_digits_are_the_shipped_network():
    from core import checkpoints

    model = checkpoints.load("mnist_model_a").model
    there = Digits().eval()
    there.load_state_dict(model.state_dict())
    images, labels = attack_success.digits(0, ones=True)
    assert labels.unique().tolist() == [1]
    torch.testing.assert_close(there(images.float()), model(images.float()), rtol=1e-4, atol=1e-4)
