"""What a person typed or named, in a real browser: shown to the letter, and nothing as markup."""

import json
import random

import pytest

from benchmarks.browser import READY, serving
from core.data.facts import ROOT
from core.foreign_text import visible

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

TEXTS = """
1 *2* 3 | [2](http://x) | :red[2] | $x$ $y$ | a_b_c$1$.pt | *net*.pt | <b>x</b> | `x` | ``a`b``
__init__.py | :material/home: | :cat: | :orange: | :+1: | :streamlit: | :heart | 😀_a_😀 | :a::b:
:smile::smile: | :tada: | a -> b | a <- b | a <-> b | a -- b | a >= b | a <= b | a ~= b | -->
<=> | ~~x~~ | H~2~O | ==x== | a^2^ | www.example.com | WWW.x.com | a@b.com
http://example.com/a?b=c&d | mailto:a@b.c | <http://x.com> | ftp://a.b | &amp; | &lt; | ![x](y)
1. foo | 1) | - foo | # foo | > q | + a | *** | --- | [^1] | [x]: http://y | \\ | \\* | a\\
::x | ::small[x] | :::x | :small[x]{a=b} | :{color=red} | {x} | :red-background[x]
:blue-badge[x] | :help[x] | :foo[bar] | a:b:c | 12:30:45 | C:\\temp\\a_b | /home/a_b/$x$/c
<!-- c --> | <script>alert(1)</script> | $$x$$ | a  b   c | \\$x\\$ | \\(x\\) | $5 and $6
[[a]] | [a][b] | : x | a: b | ٣ | １ | _a_ | a*b*c | **b** | "q" 'w'
"""
MARKS = "ab_1*`$:[](){}<>~-=|\\&#+.!@^/ \"'x"
PAGE = """
import json, sys

import streamlit as st

sys.path.insert(0, {root!r})
from app.ui import blocks, literal

PLACES = (st.markdown, st.caption, st.info, blocks.error_box, blocks.mend_box, st.expander)
for index, text in enumerate(json.loads({texts!r})):
    place = PLACES[index % len(PLACES)]
    with st.container(key=f"text_{{index}}"):
        place(text if place.__module__ == "app.ui.blocks" else literal.markdown(text))
"""
READ = """count => [...Array(count).keys()].map(index => {
    const place = document.querySelector(`.st-key-text_${index} [data-testid=stMarkdownContainer],
        .st-key-text_${index} [data-testid=stCaptionContainer]`);
    const markup = "a, em, strong, del, code, img, ol, ul, h1, h2, sup, blockquote, .katex";
    return [place?.textContent, place?.querySelectorAll(markup).length];
})"""


def some_texts(count: int) -> list[str]:
    """The kinds, and as many texts of characters that mean something, as chance has it."""
    chance = random.Random(0)
    drawn = ["".join(chance.choices(MARKS, k=chance.randint(1, 14))).strip() for _ in range(count)]
    kinds = [text.strip() for line in TEXTS.strip().splitlines() for text in line.split(" | ")]
    return [text for text in (*kinds, *drawn) if text] + ["a\nb", "\x00", "\u202egnp.pt", "\udcff"]


def test_a_foreign_text_is_shown_to_the_letter(browser, tmp_path):
    texts = some_texts(200)
    script = tmp_path / "page.py"
    script.write_text(PAGE.format(root=str(ROOT), texts=json.dumps(texts)), encoding="utf-8")
    with serving(("-m", "streamlit", "run", str(script))) as address:
        found = shown(browser, address, len(texts))
    expected = [[visible(text), 0] for text in texts]
    assert [[text and text.replace("\xa0", " "), marks] for text, marks in found] == expected


def shown(browser, address: str, count: int) -> list[tuple[str, int]]:
    """The text of every place, and how many elements of markup it holds."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector(READY)
    page.wait_for_function(f"document.querySelector('.st-key-text_{count - 1} p')")
    found = page.evaluate(READ, count)
    page.close()
    return found
