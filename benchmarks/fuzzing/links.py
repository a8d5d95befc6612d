"""Links and typed numbers: read by the address table, and opened as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app.chapters.convolution.numbers import parse_matrix
from app.ui import address
from benchmarks.fuzzing.arguments import TEXT, WORDS
from benchmarks.fuzzing.target import Target

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted({one.chapter for one in address.PARAMETERS})
ENTRIES = (
    *("1", "0", "-1", "1/9", "2.5", "1e3", "1e-3", "1e999999999", "1e-999999999", "9" * 5000),
    *("1/0", "nan", "inf", "0x10", "1_000", "٣", "+", "-", ".", "1/3/5", "1e", "*2*", "½", "\0"),
    *("[", "]", "[[1,2],[3,4]]", "[1 2; 3 4]", "array([", "])", "tensor([[1.]], x=y)", "1,5\t2"),
)


def targets() -> list[Target]:
    """The reader of links, the reader of typed numbers, and the pages."""
    link = st.dictionaries(
        st.one_of(st.sampled_from([name.value for name in address.Name]), TEXT),
        st.lists(_texts(), max_size=2),
        max_size=5,
    )
    links = {"chapter": st.sampled_from(CHAPTERS), "link": link}
    numbers = st.lists(st.lists(st.sampled_from(ENTRIES), max_size=5).map(" ".join), max_size=5)
    typed = {
        "text": st.one_of(numbers.map("\n".join), numbers.map(";".join), TEXT),
        "what": st.just("picture"),
        "largest": st.integers(1, 28),
    }
    return [
        Target("link", st.fixed_dictionaries(links), _read, weight=4),
        Target("typed numbers", st.fixed_dictionaries(typed), parse_matrix, (ValueError,), 4),
        Target("page by link", st.sampled_from(CHAPTERS).flatmap(_page_link), _open, weight=0.5),
    ]


def _texts() -> st.SearchStrategy[str]:
    choices = sorted({choice for one in address.PARAMETERS for choice in one.choices})
    return st.one_of(st.sampled_from(choices), st.sampled_from(WORDS), st.integers().map(str), TEXT)


def _read(chapter: str, link: Mapping[str, Sequence[str]]) -> None:
    found = address.values(chapter, link)
    known = {one.key: one for one in address.parameters(chapter)}
    for key, value in found[0].items():
        about = known[key]
        if about.kind in ("integer", "number"):
            fits = about.low <= value <= about.high
        else:
            fits = about.kind != "choice" or value in about.choices
        if not fits:
            raise AssertionError(f"{key} is {value}.")


def _page_link(chapter: str) -> st.SearchStrategy[dict[str, Any]]:
    names = sorted(address.names(chapter))
    link = st.dictionaries(st.sampled_from(names), _texts(), min_size=1, max_size=4)
    return st.fixed_dictionaries({"chapter": st.just(chapter), "link": link})


def _open(chapter: str, link: Mapping[str, str]) -> None:
    """Open a page by its link; no exception may reach it."""
    page = AppTest.from_file(str(ROOT / "app" / "Home.py"), default_timeout=120)
    page.run()
    page.switch_page(f"chapters/{chapter}/page.py")
    for name, text in link.items():
        page.query_params[name] = text
    page.run()
    if page.exception:
        raise AssertionError(f"/{chapter}?{urlencode(link)}: {page.exception[0].message}")
