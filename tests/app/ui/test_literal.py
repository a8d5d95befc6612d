"""app.ui.literal: what a person typed or named becomes Markdown that shows it to the letter; that
Streamlit does so is seen in tests/browser/test_foreign_text.py.
"""

import pytest

from app.ui import literal


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("1 2\u00a0x, “3”: net_a.pt (2 × 2)", "1 2\u00a0x, “3”: net_a.pt (2 × 2)"),
        ("1 *2* 3", r"1 \*2\* 3"),
        ("[2](http://x)", r"\[2\](http\::small[]//x)"),
        (":red[2]", r"\::small[]red\[2\]"),
        ("$x$ $y$", r"\$x\$ \$y\$"),
        ("a_b_c$1$.pt", r"a_b_c\$1\$.pt"),
        ("__init__", r"\_\_init\_\_"),
        ("<b>`x`</b>", r"\<b\>\`x\`\</b\>"),
        ("1. x", r"1\. x"),
        ("# x", r"\# x"),
        ("a  b", "a\u00a0 b"),
        ("a\nb\x00\u202ec\udcff", r"a\\nb\\x00\\u202ec\\udcff"),
        (ValueError("*"), r"\*"),
    ],
)
def test_markup_is_escaped_and_nothing_else(text: object, markdown: str) -> None:
    assert literal.markdown(text) == markdown
