"""The check of shapes that every test runs under: what it finds, and what it leaves alone."""

import os
import subprocess
import sys

import jaxtyping
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from core.data.facts import ROOT, LabelledImages, to_unit
from core.models import Normalize, build_model, to_input
from tests import shapes

pytestmark = pytest.mark.skipif(
    jaxtyping.config.jaxtyping_disable, reason="shapes are not checked: JAXTYPING_DISABLE is set"
)
NORMALIZE = Normalize((0.5,), (0.2,))


def test_an_argument_that_passes_with_a_wrong_shape_is_found() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match=r"core.models.Normalize.forward"):
        NORMALIZE(torch.zeros(1, 28, 28))


def test_a_field_of_a_wrong_type_is_found() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match=r"LabelledImages.__init__"):
        LabelledImages(torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64))


def test_sizes_that_differ_under_one_letter_are_found() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match=r"LabelledImages.__init__"):
        LabelledImages(
            torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)
        )


@jaxtyping.jaxtyped(typechecker=shapes.checked)
def first(values: Float[Tensor, "n m"], count: int) -> Float[Tensor, " m"]:
    if values.dim() != 2:
        raise ValueError(f"Expected two axes, got {values.dim()}.")
    return values[:count].squeeze(0)


def test_a_result_that_was_not_promised_is_found() -> None:
    assert first(torch.zeros(3, 4), 1).shape == (4,)
    with pytest.raises(jaxtyping.TypeCheckError, match="return value"):
        first(torch.zeros(3, 4), 2)


def test_a_functions_own_refusal_comes_first() -> None:
    with pytest.raises(ValueError, match="Expected two axes, got 1"):
        first(torch.zeros(3), 1)
    with pytest.raises(TypeError, match="Expected images as uint8") as caught:
        to_unit(torch.zeros(1, 1, 2, 2))
    assert not isinstance(caught.value, jaxtyping.TypeCheckError)


def test_types_without_a_shape_are_left_to_mypy() -> None:
    assert first(torch.zeros(3, 4), True).shape == (4,)


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_test_can_switch_the_check_off() -> None:
    assert NORMALIZE(torch.zeros(1, 28, 28)).shape == (1, 1, 28, 28)


def test_a_variable_switches_the_hook_off() -> None:
    code = "import tests.conftest, core.models as m; print(hasattr(m.to_input, '__wrapped__'))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "JAXTYPING_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert hasattr(to_input, "__wrapped__")
    assert result.stdout.strip() == "False"


def test_functions_without_a_shape_are_not_slowed() -> None:
    assert not hasattr(build_model, "__wrapped__")
    assert hasattr(Normalize.forward, "__wrapped__")


def test_the_hook_asks_only_for_shapes() -> None:
    assert shapes.has_shape(Float[Tensor, " n"] | None)
    assert shapes.has_shape(tuple[int, Float[Tensor, " n"]])
    assert not shapes.has_shape(Tensor | None)
