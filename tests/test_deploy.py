"""deploy/: what its files name is there, and what one of them asks for another one gives."""

import re
from pathlib import Path

import pytest

from app import workers
from app.server import proxy

ROOT = Path(__file__).resolve().parents[1]
HEALTH = "/_stcore/health"


def read(name: str) -> str:
    return (ROOT / "deploy" / name).read_text("utf-8")


def test_every_variable_of_the_proxy_is_explained_and_given(tmp_path: Path) -> None:
    rules = read("Caddyfile")
    comment = rules.partition("\n{")[0]
    asked = set(re.findall(r"\{\$(\w+)", rules))
    assert asked == set(re.findall(r"^#   ([A-Z]+) ", comment, re.MULTILINE))
    with_default = set(re.findall(r"\{\$(\w+):", rules))
    given = set(proxy.variables(proxy.Site(), [1], tmp_path, tmp_path))
    assert asked - with_default <= given
    image = set(re.findall(r"^ENV (\w+)=", read("Dockerfile"), re.MULTILINE))
    compose = set(re.findall(r"^      (\w+):", read("compose.yaml"), re.MULTILINE))
    assert asked - with_default <= image | compose


def test_every_setting_of_compose_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", read("compose.yaml"))) - {"NAME"}
    assert asked == set(re.findall(r"^#? ?([A-Z]+)=", read("example.env"), re.MULTILINE))


def test_the_image_gets_what_is_there() -> None:
    let_in = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert {"app", "commands", "core", "checkpoints", "samples", "train_all.py"} <= set(let_in)
    assert all((ROOT / name).exists() for name in let_in)
    copied = re.findall(r"^COPY (\w\S*) \S+$", read("Dockerfile"), re.MULTILINE)
    assert set(copied) - {"."} <= set(let_in)


@pytest.mark.parametrize("name", ["cnn-explainer.service", "../Makefile"])
def test_the_processes_are_started_with_options_that_exist(name: str) -> None:
    text = read(name).replace("\\\n", " ")
    (line,) = re.findall(r"-m app\.workers .*", text)
    options = set(re.findall(r"--[a-z-]+", line))
    assert options == {option for one in workers.main.params for option in one.opts}


def test_a_public_name_is_all_that_the_settings_of_the_service_need() -> None:
    """The address that it has without one is not this computer's own."""
    given = re.findall(r"^Environment=(WORKERS=.*)$", read("cnn-explainer.service"), re.MULTILINE)[
        0
    ]
    told = dict(one.split("=") for one in given.split()) | {"DOMAIN": "cnn.example.org"}
    site = workers.located(told["HOST"], told["PORT"], told["BASE_PATH"], told["DOMAIN"])
    assert proxy.addresses(site.host) == ["0.0.0.0"]


def test_the_cluster_that_is_needed_is_said_in_both_places() -> None:
    """By the feature gates of Kubernetes' own documentation, each on by default since then."""
    needed = {"preStop:\n              sleep:": (1, 30), "type: ContainerResource": (1, 27)}
    rules = read("kubernetes.yaml")
    since = max(version for use, version in needed.items() if use in rules)
    for text in (rules.partition("apiVersion")[0], read("../docs/hosting.md")):
        assert re.findall(r"Kubernetes (\d+)\.(\d+)", text) == [tuple(map(str, since))]


def test_how_fast_pods_go_is_said_as_it_is_set() -> None:
    rules = read("kubernetes.yaml")
    setting = rules.partition("scaleDown:")[2].partition("---")[0]
    assert re.findall(r"Seconds: (\d+)", setting) == ["3600", "1800"]
    assert "After an hour that would" in rules
    assert "one is taken away every half hour" in rules


def test_whether_a_process_lives_is_asked_on_a_real_route() -> None:
    assert f"health_uri {{$BASE}}{HEALTH}" in read("Caddyfile")
    assert read("kubernetes.yaml").count(f"path: {HEALTH}") == 4
    assert "app.server.health" in read("Dockerfile")
