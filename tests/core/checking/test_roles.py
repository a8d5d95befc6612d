"""Parameters are known by their names, and where these say nothing by their places."""

import pytest

from core.checking.roles import FUNCTION, LAYER, POOL, POOL_FUNCTION, assign


@pytest.mark.parametrize(
    ("parameters", "places"),
    [
        ("input weight bias stride padding", "01234"),
        ("x w b s p", "01234"),
        ("X W b pad stride", "01243"),
        ("image kernels stride padding bias", "01423"),
        ("a b c d e", "01234"),
        ("img filt bias_term stride_size pad_size", "01234"),
        ("weights inputs bias", "102"),
        ("x kernel stride padding", "01-23"),
        ("x weight bias stride padding dilation groups", "01234"),
        ("x weight dilation", "01---"),
        ("A K bias", "012--"),
    ],
)
def test_the_parameters_of_a_function(parameters: str, places: str) -> None:
    names = parameters.split()
    wanted = {role: names[int(place)] for role, place in zip(FUNCTION, places) if place.isdigit()}
    assert assign(names, FUNCTION) == wanted


@pytest.mark.parametrize(
    "parameters",
    [
        "in_channels out_channels kernel_size stride padding bias",
        "in_ch out_ch k s p b",
        "c_in c_out kernel stride pad use_bias",
        "cin cout ksize stride padding bias",
        "one two three four five six",
    ],
)
def test_the_parameters_of_a_layer(parameters: str) -> None:
    names = parameters.split()
    assert assign(names, LAYER) == dict(zip(LAYER, names))


def test_the_parameters_of_a_pooling() -> None:
    assert assign(["kernel_size", "stride"], POOL) == {
        "kernel_size": "kernel_size",
        "stride": "stride",
    }
    assert assign(["k", "s", "p", "ceil_mode"], POOL) == {
        "kernel_size": "k",
        "stride": "s",
        "padding": "p",
    }
    assert assign(["x", "size"], POOL_FUNCTION) == {"input": "x", "kernel_size": "size"}
    assert assign([], POOL) == {}
