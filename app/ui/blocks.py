"""Repeated pieces of a page: style, title, caption, the one error box, source viewer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui import (
    bound,
    chart_style,
    link_sentences,
    literal,
    number_field,
    page_files,
    palette,
    rooms,
    screen,
    window_style,
)
from app.ui.beside.workers import EndedError
from app.ui.rows import in_columns
from app.ui.saveable import Chart
from app.ui.tables import Table
from core.checkpoints import CheckpointError
from core.data.facts import DatasetError
from core.evaluation import UncomputableError
from core.failures import Failure

Arguments = ParamSpec("Arguments")

SAID = "said of the link"  # in the session: whether the page says something of its link
REPAIR = "whoever set this app up can repair it as its README says, under “If a file is damaged”."

_STYLE = """<style>
[data-testid=stMainBlockContainer] {padding: 3.9rem 2.5rem 2rem; max-width: 2600px}
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] {gap: 0.7rem}
[data-testid=stSidebarHeader] {height: 2.4rem; margin-bottom: 0}
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] {gap: 0.55rem}
[data-testid=stSidebar] [data-testid=stButtonGroup] button {padding-inline: 0.72rem}
[class*=st-key-keys] {position: absolute}
[class*=st-key-title] {align-items: baseline}
[class*=st-key-title] {row-gap: 0; column-gap: 0.8rem}
[class*=st-key-title] h2 {min-width: 13.8rem}
[class*=st-key-views] {min-width: 0}
[class*=st-key-views] button {padding-inline: 0.5rem}
[class*=st-key-figures] [data-testid=stMetricValue] {font-size: 1.6rem}
[class*=st-key-figures] {gap: 2.2rem}
[class*=st-key-steps] {overflow: visible}
[data-testid=stCaptionContainer] {opacity: 0.8}
[data-testid=stMultiSelect] [data-tag]
  {background-color: color-mix(in srgb, currentColor 15%, transparent) !important}
[data-testid=stMultiSelect] :is([data-tag], [data-tag] *) {color: inherit !important}
[data-testid=stCode] code .token.token.token
  {color: color-mix(in srgb, var(--hue, currentColor) 40%, currentColor)}
[data-testid=stCode] code .token:is(.keyword, .boolean, .builtin, .number) {--hue: #1c83e1}
[data-testid=stCode] code .token.string {--hue: #09ab3b}
[data-testid=stCode] code .token.comment {--hue: #808495}
[data-testid=stCode] code .token.decorator {--hue: #ed6f13}
[data-testid=stImage] img {border-radius: 0}
[data-testid=stFileUploaderDropzoneInstructions] span {white-space: normal}
[data-testid=stFileChips] > div > div:not(:last-child) {display: none}
[data-testid=stFileChip][aria-invalid=true] {flex-wrap: wrap; height: auto; max-width: 100%}
[data-testid=stFileChip][aria-invalid=true] > [role=alert]
  {position: static; width: 100%; height: auto; margin: 0; clip: auto; clip-path: none;
  white-space: normal; font-size: 1rem}
[data-testid=stElementContainer]:has([data-testid=stFileChips] > div > div:last-child [role=alert])
  + [data-testid=stElementContainer]:has([data-testid=stAlert]) {display: none}
[class*=st-key-crisp] img {image-rendering: pixelated;
  outline: 1px solid color-mix(in srgb, currentColor 35%, transparent)}
[data-testid=stElementToolbar] {display: none}
[class*=st-key-crisp] [data-testid=stHorizontalBlock] {display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(var(--least, 5.6rem), 100%), 1fr))}
[class*=st-key-crisp] [data-testid=stColumn] {min-width: 0; width: auto}
[class*=st-key-crisp_networks_exciting] {--least: 4.6rem}
[class*=st-key-crisp_networks_exciting] [data-testid=stHorizontalBlock] {gap: 0.4rem}
[class*=st-key-crisp_networks_exciting] [data-testid=stImageCaption] {font-size: 0.85rem}
[class*=st-key-crisp_cam_methods] {max-width: calc(90vh + 4rem)}
[class*=st-key-crisp_attack_strip] {max-width: max(37rem, (100vh - 23rem) * 2 + 3rem)}
[class*=st-key-crisp_cam_classes] {max-width: calc(103vh + 5rem)}
[class*=st-key-awaited] {min-height: calc(100vh - 16rem); align-items: center;
  justify-content: center}
[data-testid=stLayoutWrapper]:has(> [class*=st-key-about_]) {display: none}
[class*=st-key-awaited] p {font-size: 1.6rem; line-height: 1.3}
[class*=st-key-findings] p:not(:last-child) {margin-bottom: 0.25rem}
@media (width >= 1600px) {
  [class*=st-key-signs] p {font-size: 1.3rem}
  [data-testid=stCaptionContainer] {max-width: 90ch}
}
:is([class*=st-key-report_line], [class*=st-key-save_page]) [data-stale=true] {opacity: 1}
[class*=st-key-sum] p {font-size: 1.05rem; font-variant-numeric: tabular-nums}
</style>"""


def style() -> None:
    """The page-wide style, once a run."""
    st.html(_STYLE + window_style.STYLE + chart_style.STYLE + rooms.STYLE + number_field.STYLE)


def title(text: str, question: str) -> DeltaGenerator:
    """A chapter's name and the one question it answers; returns the place between them, the same
    in every chapter, for what the page can switch between.
    """
    line = st.container(horizontal=True, key="title", gap="medium")
    line.header(text, anchor=False, width="content")
    views = line.container(horizontal=True, key="views", width="content")
    line.markdown(question, width="content")
    return views


def next_page(pages: Sequence[StreamlitPage], path: str) -> None:
    """A link to the page that follows the one of a path; none after the last."""
    here = [page.url_path for page in pages].index(path)
    for page in pages[here + 1 : here + 2]:
        st.page_link(
            page, label=f"Next: **{page.title}** :material/arrow_forward:", width="content"
        )


def told(error: object) -> str:
    """What the app says of an error: a person in front of it has no command line, so that a repair
    that is typed is left to whoever can.
    """
    if isinstance(error, Failure) and error.repair:
        return f"{error.message}: {REPAIR}"
    return str(error)


def ask(sentence: str) -> None:
    """What the page waits for before it can go on, such as a photo, large and in the middle of the
    room that its picture will have; see ``bound.hold``.
    """
    bound.hold()
    with st.container(key="awaited"):
        st.info(literal.markdown(sentence), icon=":material/arrow_back:")


def error_box(message: object) -> None:
    """The one way the app says that something is missing or wrong: a sentence with what to do."""
    st.error(literal.markdown(told(message)), icon=":material/error:")


def mend_box(message: object, icon: str = ":material/edit:") -> None:
    """The one way the app says that what a person typed or chose cannot be used."""
    st.warning(literal.markdown(message), icon=icon)


def about_page(sentence: str) -> None:
    """What is said of an address that leads to no page; "": nothing."""
    if sentence:
        st.markdown(f":material/link_off: {literal.markdown(sentence)}")


def about_link(refused: Sequence[str], called: Mapping[str, str]) -> None:
    """What was left out of the link that opened the page, and whether its own can be shared.

    Args:
        refused: one sentence for each setting that was left out.
        called: names of today to what the link calls them.
    """
    left_out = [link_sentences.as_called(sentence, called) for sentence in refused]
    st.session_state[SAID] = bool(left_out)
    if len(left_out) == 1:
        st.markdown(f":material/link_off: {literal.markdown(left_out[0])}")
    elif left_out:
        label = literal.markdown(link_sentences.several_left_out(left_out))
        with st.expander(label, icon=":material/link_off:"):
            st.markdown("\n".join(f"- {literal.markdown(sentence)}" for sentence in left_out))
    too_long = link_sentences.too_long(bound.current_link(), st.context.url or "")
    if too_long:
        st.markdown(f":material/link: {literal.markdown(too_long)}")


def fragment(function: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A part of a page that runs by itself when one of its own controls is touched.

    What was said of the link goes with that action, as with any other: it stands outside of the
    part, so the whole page runs once more. So it does where the part has other files to save.
    """

    @wraps(function)
    def part(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        context = get_script_run_ctx()
        if context and context.fragment_ids_this_run and st.session_state.get(SAID):
            st.rerun()
        differs = page_files.run_part(function.__qualname__, lambda: function(*args, **kwargs))
        if differs and context and context.fragment_ids_this_run:
            st.rerun()

    return bound.fragment(part)


# what a page says in the error box
IN_A_BOX = (CheckpointError, DatasetError, EndedError, UncomputableError)


@contextmanager
def or_error() -> Iterator[None]:
    """Show a missing or damaged file, or a number that has no value, as the error box; what is
    inside the block is left out, the page goes on. It decorates a view as well.
    """
    try:
        yield
    except IN_A_BOX as error:
        error_box(error)


def difference(value: float) -> str:
    """A largest difference in words."""
    return f"**{value:.0e}** (rounding)" if value else "**0**"


def theme() -> str:
    """The name of the running theme: "light" or "dark"."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(
    spec: dict[str, Any],
    *,
    key: str,
    alt: str,
    tables: Sequence[Table] = (),
    pick: str | None = None,
    on_pick: Callable[[], None] | None = None,
    name: str = "",
) -> Any:  # noqa: ANN401 - streamlit's own
    """Draw a specification so that it grows with the window, see ``chart_style``; ``alt`` is what a
    screen reader says.

    With ``tables`` a screen reader walks these and hears nothing of the chart's marks.
    With ``pick``, the name of a selection in the specification, a click in it runs the page again
    and is returned; ``on_pick`` is called before that. ``name`` is that of its files, where ``key``
    is none to read.
    """
    fluid = palette.is_fluid(spec)
    container = chart_style.key_of(key, fluid=fluid)
    page_files.seen(Chart(container, name or key, alt, spec))
    spec = in_columns(spec if screen.is_saved() else palette.themed(spec, theme()))
    if tables:
        spec = palette.silent(spec)
    look: dict[str, Any] = {"theme": None, "key": key, "alt": alt}
    look |= {"width": "stretch", "height": "stretch"} if fluid else {"width": "content"}
    if pick is not None:
        look |= {"on_select": bound.callback(on_pick) if on_pick else "rerun"}
        look |= {"selection_mode": pick}
    with st.container(key=container):
        if tables:
            st.html("".join(table.html() for table in tables))
        found = st.vega_lite_chart(spec=spec, **look)
    return found if pick is not None else None


def verdict(classes: Sequence[str], predicted: int, probability: float, label: int | None) -> None:
    """What the network says, and whether it is right, in words and an icon."""
    line = f"Predicted **{classes[predicted]}** with {probability:.1%}"
    if label is not None:
        right = label == predicted
        icon = "check_circle: right" if right else f"cancel: wrong, it is {classes[label]}"
        line += f" &ensp; :material/{icon}"
    st.markdown(line)


def code(label: str, texts: Callable[[], Sequence[str]], *, key: str, icon: str) -> None:
    """Folded away: code in Python. It is read, and the browser loads what colours it (1.6 MB), when
    somebody wants to see it.

    Args:
        label: what it is.
        texts: gives the pieces.
        key: of the fold in the session.
        icon: before the label.
    """

    @bound.fragment
    def fold() -> None:
        with st.expander(label, icon=icon, key=key, on_change="rerun") as opened:
            for text in texts() if opened.open else ():
                st.code(text, language="python", wrap_lines=True)

    fold()


def source(*objects: Callable[..., Any] | ModuleType | type) -> None:
    """Folded away: the code of the reference solution that computed what the page shows."""
    code(
        "The code behind this page",
        lambda: [inspect.getsource(item) for item in objects],
        key="source",
        icon=":material/code:",
    )
