"""core.checkpoints: what is saved is what is loaded, and whatever is damaged is named, never used,
never unpickled.
"""

import hashlib
import json
import math
import pickle
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from core import checkpoints
from core.checkpoints import (
    CHECKPOINTS,
    CheckpointError,
    as_stored,
    card_path,
    epochs_path,
    load,
    load_card,
    load_epoch,
    save,
    weights_path,
)
from core.checkpoints.cards import validated_on
from core.checkpoints.files import epoch_file, write_weights
from core.checkpoints.schema import Card, NetworkResult, TrainingHardware, Versions, Weights
from core.data.facts import LabelledImages, to_unit
from core.data.samples import load_samples
from core.evaluation import Evaluation, evaluate
from core.homework import NETWORKS, RESULTS
from core.json_files import json_bytes, sealed
from core.models import MnistCNN, build_model, parameter_count
from core.training.config import TrainConfig
from core.training.loop import fit
from core.training.records import EpochRecord
from tests.synthetic import synthetic_digits

NAME = "mnist_cnn"
CONFIG = TrainConfig(
    model="MnistCNN", dataset="mnist", epochs=2, batch_size=50, learning_rate=1e-2, average=0.9
)
CARD_KEYS = {
    "": tuple(key for key in Card.model_fields if key != "sum"),
    "result": tuple(NetworkResult.model_fields),
    "versions": tuple(Versions.model_fields),
    "hardware": tuple(key for key in TrainingHardware.model_fields if key != "gpu"),
    "weights": tuple(Weights.model_fields),
}
CARDS = {path.stem for path in CHECKPOINTS.glob("*.json")}
SHIPPED = sorted(CARDS - set(RESULTS))
SHIPPED_EPOCHS = {
    name: kept
    for name in SHIPPED
    if (kept := json.loads(card_path(name).read_text("utf-8")).get("epoch_weights"))
}
LOADED_EPOCHS = [  # of many epochs every tenth, and the last
    (name, epoch)
    for name, kept in SHIPPED_EPOCHS.items()
    for epoch in sorted({*range(0, len(kept), 10 if len(kept) > 50 else 1), len(kept) - 1})
]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkpoint of a small training, with the weights of every epoch."""
    folder = tmp_path_factory.mktemp("trained")
    data = synthetic_digits(100)
    result = fit(CONFIG, data, data, state_folder=folder)
    save(
        NAME,
        result.model,
        CONFIG,
        result.history,
        result.evaluation,
        title="Small CNN on MNIST",
        homework_accuracy=0.9,
        command="python train_all.py mnist",
        device="cpu",
        epochs_from=folder,
        folder=folder / "checkpoints",
    )
    return folder / "checkpoints"


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint that a test may damage."""
    for file in trained.rglob("*.*"):
        copy = tmp_path / file.relative_to(trained)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return tmp_path


def edit_card(folder: Path, change: Callable[[dict], object]) -> None:
    card = json.loads(card_path(NAME, folder).read_text("utf-8"))
    change(card)
    card_path(NAME, folder).write_bytes(json_bytes(sealed(card)))


def replace_weights(folder: Path, content: bytes) -> None:
    """Put other weights in place, with a card that vouches for them."""
    weights_path(NAME, folder).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    edit_card(folder, lambda card: card["weights"].update(sha256=digest))


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


def assert_refused(action: Callable[[], object], path: Path, reason: str) -> None:
    """It raises one sentence that names the file, says what is wrong and what to run."""
    with pytest.raises(CheckpointError, match=reason) as caught:
        action()
    message = str(caught.value)
    assert str(path) in message
    assert "copy it there again" in message  # the folder is not the one that ships
    assert any(f"`python train_all.py mnist --out {one}`" in message for one in path.parents)
    assert "\n" not in message


def test_what_is_saved_is_loaded(folder: Path) -> None:
    saved = safetensors.torch.load_file(weights_path(NAME, folder))
    loaded = load(NAME, folder).model.state_dict()
    assert set(saved) == set(loaded)
    assert all(torch.equal(value, saved[name]) for name, value in loaded.items())


def test_the_folder_may_be_a_string(folder: Path) -> None:
    assert load(NAME, str(folder)).card == load(NAME, folder).card


def test_a_loaded_network_is_in_eval_mode_on_the_cpu(folder: Path) -> None:
    for model in (load(NAME, folder).model,):
        assert not any(module.training for module in model.modules())
        assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}


def test_every_load_gives_a_network_of_its_own(folder: Path) -> None:
    first, second = load(NAME, folder).model, load(NAME, folder).model
    with torch.no_grad():
        first.fc2.bias.add_(1)
    assert not torch.equal(first.fc2.bias, second.fc2.bias)


def test_the_card_rebuilds_the_configuration(folder: Path) -> None:
    assert TrainConfig.from_dict(load_card(NAME, folder)["config"]) == CONFIG


def test_the_card_holds_the_history(folder: Path) -> None:
    records = [EpochRecord(**record) for record in load_card(NAME, folder)["history"]]
    assert [record.epoch for record in records] == [1, 2]
    assert (
        asdict(records[-1])["validation_accuracy"]
        == load_card(NAME, folder)["result"]["validation_accuracy"]
    )


def test_the_card_holds_the_result_of_its_weights(folder: Path) -> None:
    loaded, data = load(NAME, folder), synthetic_digits(100)
    found, told = (
        evaluate(loaded.model, data.images, data.labels, prepare=to_unit),
        loaded.card["result"],
    )
    assert told["validation_accuracy"] == found.accuracy
    assert told["validation_loss"] == pytest.approx(found.loss, abs=1e-6)
    assert told["confusion"] == found.confusion.tolist()
    assert [int(digit) for digit in told["predictions"]] == found.predictions.tolist()
    assert told["per_class_accuracy"] == pytest.approx(list(found.per_class_accuracy))
    assert told["epochs"] == 2
    assert told["seconds"] == pytest.approx(
        sum(record["seconds"] for record in loaded.card["history"])
    )


def test_the_card_tells_where_it_comes_from(folder: Path) -> None:
    card = load_card(NAME, folder)
    assert (card["name"], card["title"], card["homework_accuracy"]) == (
        NAME,
        "Small CNN on MNIST",
        0.9,
    )
    assert (card["seed"], card["command"], card["parameters"]) == (
        0,
        "python train_all.py mnist",
        39_248,
    )
    assert card["classes"] == list("0123456789")
    assert card["validated_on"] == "the test images"
    assert torch.__version__.startswith(card["versions"]["torch"])
    assert card["hardware"]["device"] == "cpu"
    assert card["hardware"]["cpu"]


def test_the_card_says_when_the_test_images_were_not_used(tmp_path: Path) -> None:
    data = synthetic_digits(20)
    config = replace(CONFIG, epochs=1, held_out=5_000)
    result = fit(config, data, data)
    card = save(
        "x",
        result.model,
        config,
        result.history,
        result.evaluation,
        title="x",
        homework_accuracy=None,
        command="c",
        device="cpu",
        folder=tmp_path,
    )
    assert card["validated_on"] == "5,000 held-out training images"
    assert card["epoch_weights"] == {}
    assert (card["title"], card["homework_accuracy"]) == ("x", None)


@pytest.mark.parametrize(
    ("settings", "images"),
    [
        ({}, "the test images"),
        ({"limit": 2_000}, "the first 2,000 of the test images"),
        ({"limit": 20_000}, "the test images"),  # there are 10,000
        ({"limit": 1_000, "held_out": 500}, "500 held-out training images"),
    ],
)
def test_a_card_names_no_images_that_are_not_there(settings: dict[str, int], images: str) -> None:
    assert validated_on(replace(CONFIG, **{"limit": 0, "held_out": 0} | settings)) == images


def test_the_card_vouches_for_every_file(folder: Path) -> None:
    card = load_card(NAME, folder)
    assert (
        card["weights"]["sha256"]
        == hashlib.sha256(weights_path(NAME, folder).read_bytes()).hexdigest()
    )
    assert card["weights"]["bytes"] == weights_path(NAME, folder).stat().st_size
    assert card["epoch_weights"] == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in epochs_path(NAME, folder).iterdir()
    }


def test_the_last_epoch_is_what_ships(folder: Path) -> None:
    last, shipped = load_epoch(NAME, 2, folder), load(NAME, folder).model.state_dict()
    assert all(torch.equal(value, shipped[name]) for name, value in last.items())


def test_every_epoch_has_weights_of_its_own(folder: Path) -> None:
    kernels = [load_epoch(NAME, epoch, folder)["conv1.weight"] for epoch in range(3)]
    assert not torch.equal(kernels[0], kernels[1])
    assert not torch.equal(kernels[1], kernels[2])


def test_saving_again_removes_the_epochs_of_the_last_run(folder: Path, trained: Path) -> None:
    (epochs_path(NAME, folder) / epoch_file(9)).write_bytes(b"of a longer run")
    loaded = load(NAME, folder)
    history = tuple(EpochRecord(**record) for record in loaded.card["history"])
    data = synthetic_digits(10)
    result = evaluate(loaded.model, data.images, data.labels, prepare=to_unit)
    save(
        NAME,
        loaded.model,
        CONFIG,
        history,
        result,
        title="x",
        homework_accuracy=None,
        command="c",
        device="cpu",
        epochs_from=epochs_path(NAME, trained),
        folder=folder,
    )
    assert sorted(file.name for file in epochs_path(NAME, folder).iterdir()) == [
        epoch_file(e) for e in range(3)
    ]
    assert load_card(NAME, folder)["command"] == "c"


@pytest.fixture(scope="session")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the ResNet after a step: half precision, of the epochs the stem alone."""
    folder = tmp_path_factory.mktemp("resnet")
    config = TrainConfig(
        model="ResNet", dataset="cifar10", epochs=1, batch_size=20, learning_rate=1e-3
    )
    samples = load_samples("cifar10")
    data = LabelledImages(samples.images, samples.labels)
    kept = NETWORKS["cifar10_resnet"].epochs
    result = fit(config, data, data, state_folder=folder, epoch_tensors=kept)
    for name in ("cifar10_resnet", "cifar10_resnet_plain"):
        stored = NETWORKS[name].weights
        model = as_stored(result.model, config, stored)
        save(
            name,
            model,
            config,
            result.history,
            evaluate(model, data.images, data.labels, prepare=to_unit),
            title=NETWORKS[name].title,
            homework_accuracy=NETWORKS[name].homework_accuracy,
            command="python train_all.py resnet",
            device="cpu",
            weights=stored,
            epochs_from=None if NETWORKS[name].epochs is None else folder,
            folder=folder / "checkpoints",
        )
    write_weights(folder / "trained.safetensors", result.model)
    return folder


def test_half_precision_weights_take_half_the_room(resnet: Path) -> None:
    folder = resnet / "checkpoints"
    assert weights_path("cifar10_resnet", folder).stat().st_size < 10e6
    stored = safetensors.torch.load_file(weights_path("cifar10_resnet", folder))
    assert {value.dtype for value in stored.values() if value.dim() > 1} == {torch.float16}
    assert all(value.dtype != torch.float16 for value in stored.values() if value.dim() <= 1)


def test_half_precision_weights_are_loaded_as_float32_with_half_precisions_values(
    resnet: Path,
) -> None:
    loaded = load("cifar10_resnet", resnet / "checkpoints").model.state_dict()
    trained = safetensors.torch.load_file(resnet / "trained.safetensors")
    for name, value in trained.items():
        expected = value.half().float() if value.dim() > 1 else value
        assert torch.equal(loaded[name], expected), name
    assert not torch.equal(loaded["stem.0.weight"], trained["stem.0.weight"])


def test_the_card_holds_the_result_of_the_rounded_weights(resnet: Path) -> None:
    shipped, samples = load("cifar10_resnet", resnet / "checkpoints"), load_samples("cifar10")
    result = evaluate(shipped.model, samples.images, samples.labels, prepare=to_unit)
    assert result.loss == shipped.card["result"]["validation_loss"]


def test_of_an_epoch_only_the_named_tensors_are_kept(resnet: Path) -> None:
    folder = resnet / "checkpoints"
    kernels = [load_epoch("cifar10_resnet", epoch, folder) for epoch in range(2)]
    assert [list(kept) for kept in kernels] == [["stem.0.weight"]] * 2
    assert not torch.equal(kernels[0]["stem.0.weight"], kernels[1]["stem.0.weight"])


def test_a_card_without_weights_is_read_and_has_nothing_to_load(resnet: Path) -> None:
    folder = resnet / "checkpoints"
    assert load_card("cifar10_resnet_plain", folder)["weights"] is None
    assert not weights_path("cifar10_resnet_plain", folder).exists()
    with pytest.raises(
        CheckpointError,
        match=r"only the card .*cifar10_resnet_plain\.json is kept: it has no weights",
    ):
        load("cifar10_resnet_plain", folder)


def test_a_kept_tensor_of_another_shape_is_refused(resnet: Path, tmp_path: Path) -> None:
    shutil.copytree(resnet / "checkpoints", tmp_path / "copy")
    path = epochs_path("cifar10_resnet", tmp_path / "copy") / epoch_file(1)
    safetensors.torch.save_file({"stem.0.weight": torch.zeros(64, 3, 5, 5)}, path)
    card = json.loads(card_path("cifar10_resnet", tmp_path / "copy").read_text("utf-8"))
    card["epoch_weights"][epoch_file(1)] = hashlib.sha256(path.read_bytes()).hexdigest()
    card_path("cifar10_resnet", tmp_path / "copy").write_bytes(json_bytes(sealed(card)))
    with pytest.raises(
        CheckpointError,
        match=r"do not fit the network .*no stem\.0\.weight of shape \(64, 3, 5, 5\)",
    ):
        load_epoch("cifar10_resnet", 1, tmp_path / "copy")


def test_a_missing_card_is_named(folder: Path) -> None:
    card_path(NAME, folder).unlink()
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), r"The card .* is missing")


def test_missing_weights_are_named(folder: Path) -> None:
    weights_path(NAME, folder).unlink()
    assert_refused(
        lambda: load(NAME, folder), weights_path(NAME, folder), r"The weights .* are missing"
    )


def test_a_card_does_not_need_its_weights(folder: Path) -> None:
    weights_path(NAME, folder).unlink()
    assert load_card(NAME, folder)["name"] == NAME


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"format": 1,'])
def test_a_card_that_is_no_json_is_named(folder: Path, content: bytes) -> None:
    card_path(NAME, folder).write_bytes(content)
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), "not readable as JSON")


def test_a_truncated_card_is_named(folder: Path) -> None:
    path = card_path(NAME, folder)
    path.write_bytes(path.read_bytes()[:-200])
    assert_refused(lambda: load(NAME, folder), path, "not readable as JSON")


@pytest.mark.parametrize("content", ["[]", "3", "null", '"card"'])
def test_a_card_that_is_no_object_is_named(folder: Path, content: str) -> None:
    card_path(NAME, folder).write_text(content)
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), "expected a JSON object")


@pytest.mark.parametrize(
    ("place", "key"), [(place, key) for place, keys in CARD_KEYS.items() for key in keys]
)
def test_a_card_without_a_key_is_refused(folder: Path, place: str, key: str) -> None:
    edit_card(folder, lambda card: (card[place] if place else card).pop(key))
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), f"'{key}' is missing")


def test_a_card_holds_no_key_that_is_not_required(folder: Path) -> None:
    card = load_card(NAME, folder)
    for place, keys in CARD_KEYS.items():
        assert set(card[place] if place else card) - {"sum"} == set(keys)


@pytest.mark.parametrize(
    "key", [key for key in asdict(CONFIG) if key in ("model", "epochs", "learning_rate")]
)
def test_a_card_without_a_needed_setting_is_refused(folder: Path, key: str) -> None:
    edit_card(folder, lambda card: card["config"].pop(key))
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), f"does not fit.*{key}")


@pytest.mark.parametrize("key", EpochRecord.__dataclass_fields__)
def test_a_card_without_a_part_of_its_history_is_refused(folder: Path, key: str) -> None:
    edit_card(folder, lambda card: card["history"][1].pop(key))
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), key)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda card: card.update(format=2), "expected format 1, got 2"),
        (
            lambda card: card.update(name="cifar10_resnet"),
            "expected the card of mnist_cnn, got that of 'cifar10_resn",
        ),
        (
            lambda card: card["config"].update(model="AlexNet"),
            "expected a model of MnistCNN, ResNet, DigitNet, got 'AlexNet'",
        ),
        (lambda card: card["config"].update(model=[]), "damaged"),
        (lambda card: card["config"].update(dataset="svhn"), "Unknown data set 'svhn'"),
        (lambda card: card["config"].update(dataset=[]), "damaged"),
        (lambda card: card["config"].update(epochs=0), "Expected epochs from 1"),
        (lambda card: card["config"].update(nesterov=True), "Expected the settings"),
        (lambda card: card.update(config=[]), "config: expected an object, got"),
        (lambda card: card["classes"].pop(), "expected the 10 classes of MNIST, got 9"),
        (lambda card: card["history"].pop(), "expected 2 epochs in the history, got 1"),
        (lambda card: card.update(history=[]), "expected 2 epochs in the history, got 0"),
        (lambda card: card.update(history=None), "damaged"),
        (
            lambda card: card["history"][0].update(train_loss="low"),
            r"history\.0\.train_loss: expected a valid number, got 'low'",
        ),
        (lambda card: card["history"][0]["confusion"].pop(), "expected a 10 x 10 confusion matrix"),
        (lambda card: card["result"]["confusion"][3].pop(), "damaged"),
        (lambda card: card["result"]["confusion"][3].__setitem__(0, "x"), "damaged"),
        (lambda card: card["result"]["confusion"][3].__setitem__(0, None), "damaged"),
        (lambda card: card["result"].update(confusion=None), "damaged"),
        (
            lambda card: card["result"].update(validation_accuracy="high"),
            r"result\.validation_accuracy: expected a valid number, got 'high'",
        ),
        (
            lambda card: card["result"].update(predictions="12"),
            "expected one digit for each validation image",
        ),
        (
            lambda card: card["result"].update(predictions=[1, 2]),
            r"result\.predictions: expected a valid string",
        ),
        (
            lambda card: card["result"].update(predictions=None),
            r"result\.predictions: expected a valid string, got None",
        ),
        (
            lambda card: card["result"].update(per_class_accuracy=[None] * 10),
            r"result\.per_class_accuracy\.0: expected a valid number, got None",
        ),
        (
            lambda card: card["result"]["per_class_accuracy"].pop(),
            "expected 10 numbers in per_class_accuracy, got 9",
        ),
        (lambda card: card.update(result=[]), "damaged"),
        (lambda card: card.update(weights=None), "damaged"),
        (
            lambda card: card.update(epoch_weights=[]),
            "epoch_weights: expected an object, got",
        ),
        (
            lambda card: card["epoch_weights"].pop(epoch_file(1)),
            "expected sums for epochs 0 to 2 in epoch_weights, or none",
        ),
        (lambda card: card.update(note="mine"), "'note' is unknown"),
        (lambda card: card["result"].update(epochs=True), r"result\.epochs: expected a valid int"),
        (lambda card: card.update(parameters=10**18), "parameters: expected less than or equal"),
        (lambda card: card["classes"].reverse(), "expected the 10 classes of MNIST, got 10"),
        (lambda card: card["weights"].update(sha256="0"), r"weights\.sha256: string should match"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict], object], reason: str
) -> None:
    edit_card(folder, change)
    assert_refused(lambda: load(NAME, folder), card_path(NAME, folder), reason)


def test_a_card_without_a_sum_is_read(folder: Path) -> None:
    """As cards were written before they had one."""
    card = json.loads(card_path(NAME, folder).read_text("utf-8"))
    del card["sum"]
    card_path(NAME, folder).write_text(json.dumps(card))
    assert load_card(NAME, folder) == card
    assert load(NAME, folder).card == card


def test_a_card_that_would_be_refused_is_not_written(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    loaded = load(NAME, folder)
    history = tuple(EpochRecord(**record) for record in loaded.card["history"])
    confusion = torch.tensor(loaded.card["result"]["confusion"])
    predictions = torch.zeros(int(confusion.sum()), dtype=torch.int64)
    with pytest.raises(
        CheckpointError, match=r"card of mnist_cnn cannot be written \(it holds NaN or an"
    ):
        save(
            NAME,
            MnistCNN(),
            CONFIG,
            history,
            Evaluation(math.nan, confusion, predictions),
            title="x",
            homework_accuracy=None,
            command="c",
            device="cpu",
            folder=folder,
        )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_flipped_byte_in_the_weights_is_found(folder: Path) -> None:
    flip_a_byte(weights_path(NAME, folder))
    assert_refused(
        lambda: load(NAME, folder),
        weights_path(NAME, folder),
        r"damaged .SHA-256 differs from the card.",
    )


def test_weights_of_another_network_are_refused(folder: Path) -> None:
    replace_weights(folder, safetensors.torch.save(dict(nn.Linear(3, 2).state_dict())))
    assert_refused(lambda: load(NAME, folder), weights_path(NAME, folder), "do not fit the network")


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    tensors = dict(MnistCNN().state_dict())
    tensors["fc2.bias"] = torch.zeros(11)
    replace_weights(folder, safetensors.torch.save(tensors))
    assert_refused(
        lambda: load(NAME, folder),
        weights_path(NAME, folder),
        r"do not fit the network .*fc2\.bias",
    )


def test_weights_with_something_missing_are_refused(folder: Path) -> None:
    tensors = dict(MnistCNN().state_dict())
    del tensors["conv1.bias"]
    replace_weights(folder, safetensors.torch.save(tensors))
    assert_refused(
        lambda: load(NAME, folder),
        weights_path(NAME, folder),
        r"do not fit the network .*conv1\.bias",
    )


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.write_text, (self.path, "sprung")


@pytest.mark.parametrize("write", [pickle.dumps, None], ids=["pickle", "torch.save"])
def test_a_pickle_is_refused_and_never_unpickled(folder: Path, write: Callable | None) -> None:
    sprung = folder / "sprung"
    if write:
        content = write(Trap(sprung))
    else:
        torch.save({"fc1.weight": Trap(sprung)}, folder / "file")
        content = (folder / "file").read_bytes()
    replace_weights(folder, content)
    assert_refused(lambda: load(NAME, folder), weights_path(NAME, folder), "do not fit the network")
    assert not sprung.exists()


def test_the_trap_would_spring(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize("epoch", [-1, 3])
def test_an_epoch_that_was_not_kept_is_refused(folder: Path, epoch: int) -> None:
    reason = f"epoch {epoch} was not kept .expected an epoch from 0 to 2."
    assert_refused(lambda: load_epoch(NAME, epoch, folder), card_path(NAME, folder), reason)


def test_a_checkpoint_without_epochs_says_so(folder: Path) -> None:
    edit_card(folder, lambda card: card.update(epoch_weights={}))
    assert_refused(
        lambda: load_epoch(NAME, 0, folder),
        card_path(NAME, folder),
        "epoch 0 was not kept .none was.",
    )


def test_a_missing_epoch_file_is_named(folder: Path) -> None:
    path = epochs_path(NAME, folder) / epoch_file(1)
    path.unlink()
    assert_refused(lambda: load_epoch(NAME, 1, folder), path, r"The weights .* are missing")


def test_a_damaged_epoch_file_is_named(folder: Path) -> None:
    path = epochs_path(NAME, folder) / epoch_file(1)
    flip_a_byte(path)
    assert_refused(lambda: load_epoch(NAME, 1, folder), path, "SHA-256 differs from the card")


def test_a_damaged_epoch_leaves_the_others_alone(folder: Path) -> None:
    flip_a_byte(epochs_path(NAME, folder) / epoch_file(1))
    assert load_epoch(NAME, 2, folder)
    assert load(NAME, folder)


def test_a_checkpoint_that_cannot_be_trained_yet_says_how_to_restore_it(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError,
        match=r"mnist_model_b\.json is missing: copy it there again, or make it anew with",
    ):
        load("mnist_model_b", tmp_path)


def test_the_four_checkpoints_are_known() -> None:
    stored = [name for name, known in NETWORKS.items() if known.weights != "none"]
    assert stored == ["mnist_cnn", "cifar10_resnet", "mnist_model_a", "mnist_model_b"]


@pytest.mark.parametrize(
    "known", [known for known in NETWORKS.values() if known.command], ids=lambda known: known.name
)
def test_a_remedy_is_a_command_that_exists(known: checkpoints.CheckpointFacts) -> None:
    from commands import training

    program, script, command, *options = known.command.split()
    assert (program, script) == ("python", "train_all.py")
    others = training.OTHERWISE.get(command, {})
    trained = {(f"--{flag}",): (name,) for flag, name in others.items()}
    trained[()] = training.NETWORKS[command]
    assert known.name in trained[tuple(options)]


WITH_WEIGHTS = [name for name in SHIPPED if NETWORKS[name].weights != "none"]


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_a_shipped_checkpoint_is_whole(name: str) -> None:
    shipped = load(name)
    assert parameter_count(shipped.model) == shipped.card["parameters"]
    assert type(shipped.model) is type(build_model(shipped.card["config"]))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_checkpoint_is_a_whole_run_on_all_images(name: str) -> None:
    card = load_card(name)
    assert card["result"]["epochs"] == card["config"]["epochs"]
    assert (card["config"]["limit"], card["config"]["held_out"], card["validated_on"]) == (
        0,
        0,
        "the test images",
    )
    assert sum(map(sum, card["result"]["confusion"])) == 10_000


@pytest.mark.parametrize("name", [name for name in SHIPPED if NETWORKS[name].homework_accuracy])
def test_a_shipped_checkpoint_meets_the_homework(name: str) -> None:
    assert load_card(name)["result"]["validation_accuracy"] >= NETWORKS[name].homework_accuracy


@pytest.mark.parametrize("name", sorted(CARDS))
def test_a_shipped_card_has_its_sum(name: str) -> None:
    content = card_path(name).read_bytes()
    assert content == json_bytes(sealed(json.loads(content)))


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_shipped_weights_are_small(name: str) -> None:
    assert weights_path(name).stat().st_size <= 20e6


@pytest.mark.parametrize(("name", "kept"), SHIPPED_EPOCHS.items())
def test_every_shipped_epoch_has_the_sum_of_its_card(name: str, kept: dict[str, str]) -> None:
    files = {path.name: path for path in epochs_path(name).iterdir()}
    assert files.keys() == kept.keys()
    for file, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == kept[file], file


@pytest.mark.parametrize(("name", "epoch"), LOADED_EPOCHS)
def test_the_shipped_weights_of_an_epoch_are_whole(name: str, epoch: int) -> None:
    kept = NETWORKS[name].epochs or tuple(load(name).model.state_dict())
    assert sorted(load_epoch(name, epoch)) == sorted(kept)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name == "mnist_cnn"])
def test_the_shipped_cnn_reads_the_bundled_digits(name: str) -> None:
    samples = load_samples("mnist")
    result = evaluate(load(name).model, samples.images, samples.labels, prepare=to_unit)
    assert int(result.confusion.diagonal().sum()) >= 19


@pytest.mark.parametrize("name", [name for name in SHIPPED if name == "mnist_cnn"])
def test_the_shipped_cnn_reaches_what_the_issue_asks(name: str) -> None:
    assert load_card(name)["result"]["validation_accuracy"] >= 0.99
