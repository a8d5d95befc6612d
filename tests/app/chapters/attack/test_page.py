"""The attack chapter, run as Streamlit runs it."""

import json

import pytest

from app.chapters.attack.hiding import SIGNS
from app.ui import keys
from core import checkpoints, homework
from core.attacks import IMPROVED, attack
from core.checkpoints import results
from core.data.samples import load_samples
from core.masking import CHECKS
from core.models import to_input
from tests.app.chapters.opened import open_chapter, texts

ATTACK_VIEWS = ("Live", "Step by step", "All epsilons", "Robust, or hiding?", "Findings")


@pytest.mark.parametrize("view", ATTACK_VIEWS)
@pytest.mark.parametrize("model", ["A", "M", "ResNet"])
def test_every_view_of_the_attacks_opens(no_data, view, model):
    app = open_chapter("attack", view=view, network=model, image="3")
    assert not app.error


def test_the_live_attack_is_that_of_core(no_data):
    app = open_chapter("attack", network="A", image="0")
    model = checkpoints.load("mnist_model_a").model
    images, labels = (
        to_input(model, load_samples("mnist").images[:1]),
        load_samples("mnist").labels[:1],
    )
    for epsilon in (24, 4):
        app.session_state["address"].values["attack.epsilon"] = epsilon
        app.run()
        result = attack(
            model, images, labels, epsilon, method=IMPROVED, bounds=(0, 255), whole=True
        )
        seen = model(result.adversarial)[0].detach().softmax(0)
        verdict = "Fooled" if result.success.item() else "Holds"
        assert (
            f"{verdict}: the network sees **{int(seen.argmax())}** ({float(seen.max()):.1%})"
            in texts(app)
        )
        assert f"after {int(result.gradients[0])} gradients" in texts(app)
        assert f"at most 20 gradients; epsilon {epsilon} of 255" in texts(app)


@pytest.mark.parametrize(("came_by", "epsilon", "then"), [(1, 128, 24), (1, 16, 16), (0, 128, 128)])
def test_a_page_turner_leaves_no_largest_epsilon_behind(no_data, came_by, epsilon, then):
    app = open_chapter("attack", view="Step by step", epsilon=f"{epsilon}")
    assert f"epsilon {epsilon} of 255" in texts(app)
    app.session_state[keys.ARRIVED] = came_by
    app.run()
    assert f"epsilon {then} of 255" in texts(app)


def test_the_epsilon_of_a_link_and_of_a_visit_before_is_kept(no_data):
    app = open_chapter("attack", epsilon="64")
    assert "epsilon 64 of 255" in texts(app)
    app.session_state["address"].values["attack.epsilon"] = 8
    app.run()
    app.switch_page("chapters/home.py").run()
    app.switch_page("chapters/attack/page.py").run()
    assert "epsilon 8 of 255" in texts(app)
    for wrong in ("999", "-3", "x"):
        assert "epsilon 24 of 255" in texts(open_chapter("attack", epsilon=wrong))


def test_a_target_is_never_the_pictures_own_class(no_data):
    app = open_chapter("attack", attack="Task 2: targeted PGD", image="0")
    assert app.selectbox("attack.target").value == "8"
    assert "7" not in app.selectbox("attack.target").options
    app.number_input("attack.image").set_value(2).run()
    assert "7" in app.selectbox("attack.target").options
    assert not app.exception


def test_a_drawn_digit_is_attacked(no_data):
    app = open_chapter("attack", source="Draw one")
    assert "Draw a digit in the panel on the left." in texts(app)
    digit = load_samples("mnist").images[2, 0].repeat_interleave(2, 0).repeat_interleave(2, 1)
    app.session_state["attack_pad"] = {"pixels": digit.flatten().tolist()}
    app.run()
    assert not app.exception
    assert "drawn digit; network A" in texts(app)
    app.switch_page("chapters/home.py").run()
    app.switch_page("chapters/attack/page.py").run()
    assert "drawn digit; network A" in texts(app), "kept for a visit to another page"
    app.session_state["attack_pad"] = {"pixels": []}
    app.run()
    assert "Draw a digit in the panel on the left." in texts(app)


def test_the_attacks_without_their_result(checkpoint_copy, no_data):
    (checkpoint_copy / "mnist_attacks.json").unlink()
    app = open_chapter("attack")
    assert "whoever set this app up can repair it" in app.error[0].value


def test_the_attacks_without_a_network(checkpoint_copy, no_data):
    (checkpoint_copy / "mnist_model_b.json").unlink()
    app = open_chapter("attack", network="B")
    assert "mnist_model_b.json is missing" in app.error[0].value


def test_the_shipped_success_rates_are_those_of_the_shipped_networks():
    measured = results.load("mnist_attacks")
    for model_name in "AB":
        card = checkpoints.load_card(f"mnist_model_{model_name.lower()}")
        assert measured["networks"][model_name] == card["weights"]["sha256"]
        assert card["result"]["validation_accuracy"] >= 0.98


def test_an_own_network_is_read_attacked_and_refused(no_data):
    app = open_chapter("attack", network="Own")
    assert "Choose a state dict in the panel on the left." in texts(app)
    content = (checkpoints.CHECKPOINTS / "mnist_model_b.safetensors").read_bytes()
    app.file_uploader[0].set_value(("mine.safetensors", content, "application/octet-stream")).run()
    assert not app.exception
    assert (
        "mine.safetensors: pixels from 0 to 255, upright, which gives 100% of the 20 bundled "
        "digits." in texts(app)
    )
    assert "network your own" in texts(app)
    assert "; curves of networks A, B and M, not of your own: 10,000 pictures" in texts(app)
    app.file_uploader[0].set_value(("bad.pt", b"only text", "application/octet-stream")).run()
    assert not app.exception
    assert "bad.pt cannot be read as a state dict" in texts(app)
    assert [one.value for one in app.text] == ["In use: mine.safetensors"]
    assert "network your own" in texts(app)  # as before


def test_logits_on_demand_and_controls(no_data):
    app = open_chapter("attack", logits="true")
    spec = next(
        json.loads(one.proto.spec)
        for one in app.get("vega_lite_chart")
        if "logit" in one.proto.spec
    )
    assert spec["encoding"]["x"]["axis"]["title"] == "logit"
    app = open_chapter("attack", view="Findings", curves="Controls")
    titles = [json.loads(one.proto.spec).get("title") for one in app.get("vega_lite_chart")]
    assert {"PGD, cross-entropy", "Random signs", "Transfer"} <= {
        title for title in titles if isinstance(title, str)
    }


def test_the_three_tasks_of_each_network_in_one_chart(no_data):
    app = open_chapter("attack", view="Findings", curves="Networks")
    specs = [json.loads(one.proto.spec) for one in app.get("vega_lite_chart")]
    found = {one["title"]: one for one in specs if str(one.get("title")).startswith("Network ")}
    assert list(found) == [f"Network {name}" for name in homework.NAMES.values()]
    for spec in found.values():
        domain = spec["layer"][1]["encoding"]["color"]["scale"]["domain"]
        assert domain == [homework.TITLES[task] for task in homework.TASKS]
    assert "**What task 3 improves over task 2:** with the same 100 gradients on A" in texts(app)


def test_each_sign_of_hiding_is_shown_as_it_is_found_and_then_no_bar(no_data):
    app = open_chapter("attack", view="Robust, or hiding?", network="A")
    signs = [one.value for one in app.markdown if one.value.startswith(tuple(SIGNS.values()))]
    assert len(signs) == CHECKS
    assert not app.get("progress")


def test_a_network_that_no_digits_are_there_for_is_one_box(no_data, samples_copy):
    app = open_chapter("attack", network="Own")
    (samples_copy / "mnist_03_0.png").unlink()
    content = (checkpoints.CHECKPOINTS / "mnist_model_b.safetensors").read_bytes()
    app.file_uploader[0].set_value(("mine.safetensors", content, "application/octet-stream")).run()
    assert not app.exception
    assert len(app.error) == 1
    assert [one.value for one in app.text] == ["In use: mine.safetensors"]


def test_the_curve_of_a_targeted_attack_says_of_which_pictures_it_is() -> None:
    app = open_chapter("attack", attack=homework.TITLES[homework.THIRD], target="3")
    assert "1,135 pictures of 1, target 8" in texts(app)
