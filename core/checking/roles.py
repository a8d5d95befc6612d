"""Which parameter of a foreign function or class means what, whatever it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Whole names without capitals and underscores; the first letter alone is in use too.
NAMES: Mapping[str, tuple[str, ...]] = {
    "input": (
        *("input", "inputs", "inp", "x", "image", "images", "img", "imgs", "batch", "data"),
        *("tensor", "inputtensor", "xin", "inputimage", "inputs", "picture", "features"),
    ),
    "weight": (
        *("weight", "weights", "w", "wt", "kernel", "kernels", "k", "filter", "filters", "f"),
        *("kern", "filt", "kernelweights", "weightmatrix", "kerneltensor", "weighttensor"),
    ),
    "bias": ("bias", "biases", "b", "usebias", "hasbias", "withbias", "biasterm"),
    "stride": ("stride", "strides", "s", "step", "steps", "stridesize", "hop"),
    "padding": ("padding", "paddings", "pad", "pads", "p", "paddingsize", "padsize", "zeropadding"),
    "in_channels": (
        *("inchannels", "inchannel", "inch", "cin", "inputchannels", "inc", "inplanes", "nin"),
        *("numinputchannels", "infeatures", "inchan", "channelsin", "nchannels"),
    ),
    "out_channels": (
        *("outchannels", "outchannel", "outch", "cout", "outputchannels", "outc", "outplanes"),
        *("numoutputchannels", "outfeatures", "outchan", "channelsout", "nout", "numfilters"),
        *("filters", "nfilters"),
    ),
    "kernel_size": (
        *("kernelsize", "kernel", "ksize", "ks", "k", "size", "filtersize", "windowsize"),
        *("window", "poolsize", "kernelsz", "sidelength"),
    ),
}
# That no part of the assignment has: they keep their defaults and stand for nothing else.
OTHERS = {"dilation", "groups", "paddingmode", "device", "dtype", "ceilmode", "returnindices"}
SETTINGS = ("stride", "padding", "bias")  # which stand behind all else
FUNCTION = ("input", "weight", "bias", "stride", "padding")
LAYER = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "bias")
POOL = ("kernel_size", "stride", "padding")
POOL_FUNCTION = ("input", *POOL)


def assign(parameters: Sequence[str], roles: Sequence[str]) -> dict[str, str]:
    """The parameter for each role: by its name, and where no name is known by its place.

    Args:
        parameters: names, in order.
        roles: in the order of torch's own signature.

    Returns:
        Role to parameter, without the roles that no parameter takes.
    """
    left = [name for name in parameters if plain(name) not in OTHERS]
    first = min(roles.index(role) for role in SETTINGS if role in roles)
    found: dict[str, str] = {}
    for role in roles:
        late = left if role not in SETTINGS else _spelled_or_behind(left, parameters, first)
        named = [name for name in late if plain(name) in NAMES[role]]
        if named:
            found[role] = named[0]
            left.remove(named[0])
    for role in roles:
        if role not in found and left and _stands_near(left[0], parameters, roles.index(role)):
            found[role] = left.pop(0)
    return {role: found[role] for role in roles if role in found}


def plain(name: str) -> str:
    """A name without capitals and underscores."""
    return name.lower().replace("_", "")


def _spelled_or_behind(left: Sequence[str], parameters: Sequence[str], first: int) -> list[str]:
    """Names of settings: a single letter is none among the first, as ``b`` in ``conv(a, b)``."""
    return [name for name in left if len(name) > 1 or list(parameters).index(name) >= first]


def _stands_near(name: str, parameters: Sequence[str], place: int) -> bool:
    """Whether a parameter with an unknown name stands at the place of a role, or beside it."""
    return abs(list(parameters).index(name) - place) <= 1
