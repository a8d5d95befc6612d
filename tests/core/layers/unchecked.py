"""Modules of core as everybody runs them, for what cannot follow the run-time check of types."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def import_unchecked(*names: str) -> list[ModuleType]:
    """Imports modules of core afresh, without jaxtyping's import hook where the tests installed it.

    torch.compile and a strict torch.export follow each call into Python and cannot follow the
    checker's wrappers. What was imported before stays what `import` finds.
    """
    before = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] == "core"}
    finders = list(sys.meta_path)
    for name in before:
        del sys.modules[name]
    sys.meta_path[:] = [f for f in finders if not type(f).__module__.startswith("jaxtyping")]
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        sys.meta_path[:] = finders
        for name in [name for name in sys.modules if name.split(".")[0] == "core"]:
            del sys.modules[name]
        sys.modules.update(before)
