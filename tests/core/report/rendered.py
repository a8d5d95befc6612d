"""Pages of a PDF as pdfium draws them."""

from __future__ import annotations

import numpy as np
import pypdfium2


def rendered(pdf: bytes, page: int, *, dots_per_inch: int = 300) -> np.ndarray:
    """(height, width, 3) uint8 of one page; the first is 0."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        bitmap = document[page].render(scale=dots_per_inch / 72, no_smoothimage=True)
        return bitmap.to_numpy()[..., :3][..., ::-1].copy()  # it gives blue, green, red
    finally:
        document.close()


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
