"""Is a picture that the static twin makes that of the app."""

import pytest
import torch

from app.ui.packing import unpacked

PACKED = ("values", "each", "spread", "outside", "cells")
OWN = {"id", "version", "alt", "heard", "listens", "numbers"}  # differ without a difference


def without_zeros(text):
    """Where ninths cancel, 32 bits may leave something or nothing: 0.00 or 0."""
    return text.replace(".00", "")


def same(ours, theirs, where):
    """Both say the same: packed numbers as float32 rounds them, lengths to a decimal."""
    if isinstance(theirs, dict):
        for key in theirs.keys() - OWN:
            same(ours[key], theirs[key], f"{where}.{key}")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), where
        for index, pair in enumerate(zip(ours, theirs)):
            same(*pair, f"{where}[{index}]")
    elif isinstance(theirs, str) and where.rpartition(".")[2] in PACKED:
        whole = where.endswith(("outside", "cells"))
        pair = [unpacked(text, whole=whole).double() for text in (ours, theirs)]
        torch.testing.assert_close(*pair, rtol=1e-5, atol=1e-5, msg=f"{where}: {pair}")
    elif isinstance(theirs, float):
        decimals = 0.051 if where.count(".") == 1 else 0.006  # the height of all has but one
        assert ours == pytest.approx(theirs, abs=decimals, rel=1e-5), where
    elif isinstance(theirs, str):
        assert without_zeros(ours) == without_zeros(theirs), where
    else:
        assert ours == theirs, f"{where}: {ours!r} is not {theirs!r}"
