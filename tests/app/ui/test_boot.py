"""What a server loads before its first page is hidden from the garbage collector."""

import subprocess
import sys

from core.data.facts import ROOT

BOOT = """
import gc
from app.ui.boot import boot
boot()
print(gc.get_freeze_count())
"""


def test_what_is_loaded_at_the_start_is_frozen() -> None:
    found = subprocess.run(
        [sys.executable, "-c", BOOT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(found.stdout) > 100_000, "torch alone has more objects"
