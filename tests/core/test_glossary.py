"""core.glossary: every term is one sentence and leads to a view, and a fault has its line."""

import re
from urllib.parse import parse_qs

import pytest

from app.ui import address
from core import glossary
from core.lecture.block import LectureError

ONE = """[[term]]
name = "Stride"
sentence = "How far the window moves."
link = "convolution?stride=2"
"""


def test_the_terms_are_in_the_order_of_the_alphabet():
    names = [term.name for term in glossary.terms()]
    assert names == sorted(names, key=str.lower)
    assert len(names) > 40


def test_each_is_one_sentence():
    for term in glossary.terms():
        assert re.fullmatch(r"[A-Z][^.!?]*(\d\.\d[^.!?]*)*\.", term.sentence), term.name
        assert "|" not in term.sentence


def test_each_leads_to_a_view_as_the_app_reads_links():
    chapters = {one.chapter for one in address.PARAMETERS}
    for term in glossary.terms():
        chapter, _, query = term.link.partition("?")
        assert chapter in chapters, term.name
        said = parse_qs(query, strict_parsing=True) if query else {}
        values, refused = address.values(chapter, said)
        assert not refused, term.name
        assert len(values) == len(said), term.name


def test_a_term_is_found_by_its_name():
    assert glossary.term("Stride").link == "convolution?stride=2"
    with pytest.raises(ValueError, match=r"Expected a term of glossary.toml, .*; got 'Stripe'"):
        glossary.term("Stripe")


def test_terms_become_a_list_and_a_table():
    terms = glossary.read(ONE)
    assert glossary.as_list(terms) == "- **Stride**: How far the window moves."
    assert glossary.as_list(terms, "/").startswith("- **[Stride](/convolution?stride=2)**: How")
    assert glossary.as_table(terms, "/").splitlines()[-1] == (
        '| <a id="stride"></a>**Stride** | How far the window moves. '
        "| [Convolution](/convolution?stride=2) |"
    )
    assert glossary.term("im2col").view == "Convolution, im2col"
    assert glossary.term("Class activation map").view == "Where does it look?"
    assert glossary.term("Class activation map").anchor == "class-activation-map"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("[[term]\n", "glossary.toml, line 1: "),
        ("", "line 1: expected a table [[term]] for each term"),
        (ONE + "[other]\n", "line 1: expected a table [[term]] for each term"),
        (ONE + ONE, "line 6: “name”: expected a term that is not there yet, got “Stride”"),
        (ONE.replace("link", "lin"), "line 4: “lin” is nothing that a term has: write link"),
        (ONE.replace('"convolution?stride=2"', "2"), "line 4: “link”: expected a text"),
        (ONE.replace("convolution?", "kernels?"), "line 4: “link”: expected a link to one of conv"),
        (ONE.partition("link")[0], "line 1: a term has no “link”: add it"),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(source: str, said: str):
    with pytest.raises(LectureError) as error:
        glossary.read(source)
    assert said in str(error.value)
