"""Old names of what the chapter on convolution reads."""

from app.ui.images import samples
from app.ui.networks import model

__all__ = ["model", "samples"]
