"""Copies of the folders that a test may damage."""

import shutil

import pytest

from core import checkpoints
from core.data.facts import DATA_VARIABLE, SAMPLES


@pytest.fixture
def checkpoint_copy(tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    shutil.copytree(checkpoints.CHECKPOINTS, folder)
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", folder)
    return folder


@pytest.fixture
def samples_copy(tmp_path, monkeypatch):
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    monkeypatch.setattr("app.ui.images.SAMPLES", folder)
    return folder


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "none"))
    return tmp_path / "none"
