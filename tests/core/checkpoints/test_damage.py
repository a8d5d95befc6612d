"""Whatever damages a JSON file of checkpoints/, what comes of it is what was written, or one
sentence that names the file; and what is read can be used.
"""

import copy
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.table import result_table
from core import checkpoints, homework
from core.checkpoints import CHECKPOINTS, CheckpointError, results
from core.json_files import json_bytes, sealed
from core.training import ingredients
from core.training.comparison import compared

NAMES = sorted(path.stem for path in CHECKPOINTS.glob("*.json"))
SHIPPED = {name: (CHECKPOINTS / f"{name}.json").read_bytes() for name in NAMES}
WRONG = [
    *(None, True, False, -1, 0, 1, 10**30, 0.5, -0.5, 1e300, "", "x", "1", "\u2192", "a\nb"),
    *([], {}, [[]], [1], ["1"], {"a": 1}, [[0] * 10] * 10, "0" * 64),
]


def read(name: str, folder: Path) -> dict[str, Any]:
    return (results.load if name in homework.RESULTS else checkpoints.load_card)(name, folder)


def use(name: str, content: dict[str, Any], folder: Path) -> None:
    """What the pages, the report and the README's table take from it."""
    if name == homework.ATTACK_RESULT:
        assert len(homework.answers(content)) == 4
    elif name == homework.INGREDIENTS_RESULT:
        assert compared(content["runs"], base=ingredients.NAME)
    elif name not in homework.RESULTS:
        assert content["title"] or result_table(folder)


def outcome(name: str, damaged: bytes) -> dict[str, Any] | str:
    """What is read from a folder with the damaged file, or the sentence."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / f"{name}.json").write_bytes(damaged)
        try:
            found = read(name, folder)
        except CheckpointError as error:
            message = str(error)
            assert f"{folder / name}.json is damaged (" in message
            assert "copy it there again" in message
            assert "\n" not in message
            assert len(message) < 1500
            return message
        use(name, found, folder)
        return found


def assert_refused_or_the_same(name: str, damaged: bytes) -> None:
    found = outcome(name, damaged)
    assert isinstance(found, str) or found == json.loads(SHIPPED[name])


@st.composite
def damaged_bytes(draw: st.DrawFn) -> tuple[str, bytes]:
    """A shipped file with a byte changed, a piece gone, doubled or replaced, or cut off."""
    name = draw(st.sampled_from(NAMES))
    content = SHIPPED[name]
    start = draw(st.integers(0, len(content) - 1))
    end = min(len(content), start + draw(st.integers(1, 200)))
    piece = draw(
        st.sampled_from(
            [
                bytes([content[start] ^ draw(st.integers(1, 255))]) + content[start + 1 : end],
                b"",
                content[start:end] * 2,
                draw(st.binary(min_size=1, max_size=9)),
                b"NaN",
                b"1e999",
                b"[" * draw(st.sampled_from([1, 900, 200_000])),
            ]
        )
    )
    tail = b"" if draw(st.booleans()) and not piece else content[end:]
    return name, content[:start] + piece + tail


@settings(max_examples=300, deadline=None)
@given(damaged_bytes())
def test_damaged_bytes_are_one_sentence_or_change_nothing(case: tuple[str, bytes]) -> None:
    assert_refused_or_the_same(*case)


def paths(content: Any, at: tuple = ()) -> Iterator[tuple]:
    """The way to every value, of a long list to its first, second and last."""
    keys = content if isinstance(content, dict) else range(len(content))
    for key in list(keys) if isinstance(content, dict) else sorted({*keys[:2], *keys[-1:]}):
        yield (*at, key)
        if isinstance(content[key], dict | list):
            yield from paths(content[key], (*at, key))


PATHS = [(name, path) for name in NAMES for path in paths(json.loads(SHIPPED[name]))]
# Of files with the same keys, and of the entries of a list, the last stands for all.
KINDS = {
    (*json.loads(SHIPPED[name]), *(key for key in path if isinstance(key, str))): (name, path)
    for name, path in PATHS
    if isinstance(path[-1], str)
}


def changed(name: str, path: tuple, change: Callable[[Any, Any], None]) -> dict[str, Any]:
    content = json.loads(SHIPPED[name])
    within = content
    for key in path[:-1]:
        within = within[key]
    change(within, path[-1])
    return content


def without_sum(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "sum"}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PATHS), st.sampled_from(WRONG), st.sampled_from([sealed, without_sum]))
def test_a_wrong_value_is_one_sentence_or_can_be_used(
    case: tuple[str, tuple], value: Any, write: Callable[[dict], dict]
) -> None:
    """As an earlier version without a sum, or another program, could have written it."""
    name, path = case
    written = write(changed(name, path, lambda within, key: within.__setitem__(key, value)))
    outcome(name, json_bytes(written))


# settings of an ingredient that has others, and one run, beside which a missing one would show
ONE_OF_SEVERAL = [("settings", name) for name in ("translate", "unsharp_mask", "principal_kernels")]


@pytest.mark.parametrize("write", [sealed, without_sum])
def test_a_missing_or_an_unknown_key_is_one_sentence(write: Callable[[dict], dict]) -> None:
    every_second = list(KINDS.values())[write is sealed :: 2]  # either way of writing has its half
    for name, path in every_second:
        if path == ("sum",) or "epoch_weights" in path[:-1]:
            continue
        content = changed(name, path, lambda within, key: within.pop(key))
        optional = len(path) > 1 and path[0] == "config"  # a missing setting has its default
        optional = optional or path[-2:] in ONE_OF_SEVERAL
        if not optional and path[-1] not in ("successes_stored", "gpu"):
            assert isinstance(outcome(name, json_bytes(write(content))), str), (name, path)
        content = changed(name, path, lambda within, key: within.__setitem__(f"{key}x", 1))
        assert isinstance(outcome(name, json_bytes(write(content))), str), (name, path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "damage",
    [
        b"[" * 200_000,
        b'{"format":' * 200_000,
        b"",
        b"null",
        b"\xff" * 50,
        b"9" * 5_000,
        b'{"format": NaN}',
    ],
    ids=["brackets", "braces", "nothing", "null", "no text", "a long number", "NaN"],
)
def test_what_is_no_card_is_one_sentence(name: str, damage: bytes) -> None:
    assert isinstance(outcome(name, damage), str)


def test_a_flip_in_a_rate_is_found() -> None:
    for index in range(700, 730):
        content = bytearray(SHIPPED[homework.ATTACK_RESULT])
        content[index] ^= 16
        assert_refused_or_the_same(homework.ATTACK_RESULT, bytes(content))


RATES = [
    (lambda card: card["rates"].pop(3), "expected one rate for each attack, model and"),
    (lambda card: card["rates"].append(copy.copy(card["rates"][3])), "expected one rate"),
    (lambda card: card["rates"][3].update(attack="task 9"), "expected one rate for each"),
    (lambda card: card["rates"][3].update(inputs=0), "rates.3: expected counts"),
    (lambda card: card["rates"][3].update(successes=10**6), "rates.3: expected counts"),
    (lambda card: card["epsilons"].pop(), "expected the epsilons"),
    (lambda card: card["transfer"].pop("AB"), "expected transfer of AB, BA, got BA"),
    (lambda card: card["transfer"]["AB"].pop(), "expected 11 of transfer in each list"),
    (lambda card: card["breaking"]["M"].pop(), "expected the same number of breaking"),
    (lambda card: card["networks"].pop("B"), "expected networks of A, B, got A"),
    (lambda card: card["networks"].update(A="0"), "networks.A: string should match"),
]
CURVES = [
    (lambda card: card.update(method="lanczos"), "expected method of nearest"),
    (lambda card: card.update(precision="fp8"), "precision: expected 'fp32', 'bf16' or 'fp16'"),
    (lambda card: card["shares"].pop(), "expected the shares"),
    (lambda card: card["deletion"].popitem(), "expected deletion of hottest first"),
    (lambda card: card["insertion"]["hottest first"].pop(), "expected 11 of insertion in each"),
    (lambda card: card["deletion"]["hottest first"].__setitem__(0, 1.5), "deletion.hottest"),
]


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [(homework.ATTACK_RESULT, *one) for one in RATES]
    + [(homework.CAM_RESULT, *one) for one in CURVES],
)
def test_measurements_that_are_not_all_there_are_refused(
    name: str, change: Callable[[dict], object], reason: str
) -> None:
    content = json.loads(SHIPPED[name])
    change(content)
    message = outcome(name, json_bytes(sealed(content)))
    assert isinstance(message, str)
    assert reason in message


def test_a_result_with_nan_is_not_written(tmp_path: Path) -> None:
    shipped = json.loads(SHIPPED[homework.CAM_RESULT])
    content = {key: shipped[key] for key in homework.RESULTS[homework.CAM_RESULT].keys}
    content["deletion"]["hottest first"][0] = math.nan
    with pytest.raises(CheckpointError, match=r"cannot be written \(it holds NaN or an infinity"):
        results.save(
            homework.CAM_RESULT,
            content,
            command="c",
            seconds=1,
            seed=0,
            device="cpu",
            folder=tmp_path,
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_card_that_cannot_be_read_says_why(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.json").mkdir()
    with pytest.raises(CheckpointError, match=rf"{name}\.json cannot be read \(no regular file\)"):
        read(name, tmp_path)
    shutil.rmtree(tmp_path / f"{name}.json")
    with pytest.raises(CheckpointError, match=rf"{name}\.json is missing"):
        read(name, tmp_path)
