"""How the page takes its size from the window: its type, its panel, and what a narrow one changes.

All type and room is measured in rem. The rem grows with the window, 18 px at 1280 x 720 and 24 at
1920 x 1080: two thirds as fast as the window, so that zooming in has an effect on any screen.

The panel is Streamlit's sidebar: closed, it is a strip with a button. In a narrow window, of a
laptop that is zoomed in, an old projector or a phone, it lies over the page, so that pictures keep
their size; see app/components/panel.
"""

from __future__ import annotations

from app.ui import palette

NARROW = 1200  # CSS pixels; app/components/panel has the same width
ROOMY = 1600  # CSS pixels that a picture with its code and the panel beside each other need
_PANEL, _OPENER = "[data-testid=stSidebar]", "[data-testid=stExpandSidebarButton]"
_CLOSED = f"{_PANEL}[data-collapsed=true]"
_OPENED = f"{_PANEL}:not([data-collapsed=true])"
# A panel that a view leaves empty would stay after a switch. On a phone it has the chapters.
_CONTROLS = "[data-testid=stSidebarUserContent] [data-testid=stElementContainer]"
_FILLED = f":has({_CONTROLS}, [data-testid=stSidebarNav])"
_STRIP = "2.2rem"
# A picture with its code, which stand beside each other where they have room for it.
_LIT = "[data-testid=stLayoutWrapper]:has(> [class*=st-key-lit_code] > .st-key-code)"
BESIDE = 800  # CSS pixels


def _column(*charts: str) -> str:
    """Columns with one of these charts: too narrow for its type they stand below each other."""
    keys = ", ".join(f"[class*=st-key-hero_{chart}]" for chart in charts)
    return f"[data-testid=stColumn]:has({keys})"


def _over(page: str) -> str:
    """The opened panel lies over a page."""
    return (
        f"{page} {_OPENED} {{position: fixed !important; left: 0; height: 100% !important; "
        "box-shadow: 0 0 2rem rgb(0 0 0 / 35%)}\n"
        f"{page} [data-testid=stAppViewContainer]:has("
        f"{_OPENED} [data-testid=stElementContainer]) {{padding-left: {_STRIP}}}"
    )


STYLE = f"""<style>
html {{font-size: {palette.REM_CSS}}}
{_PANEL}:not({_FILLED}), [data-testid=stApp]:not({_FILLED}) {_OPENER} {{display: none}}
{_PANEL} {{min-width: min(19rem, 90vw) !important}}
{_CLOSED} {{min-width: {_STRIP} !important; max-width: {_STRIP} !important;
  transform: none !important; z-index: 0; overflow: hidden;
  border-right: 1px solid var(--st-border-color)}}
{_CLOSED} > * {{display: none}}
[data-testid=stSidebarCollapseButton] {{visibility: visible !important}}
{_OPENER} {{position: fixed; inset: 0 auto 0 0; width: {_STRIP}; height: 100%; padding: 0.7rem 0;
  flex-direction: column; justify-content: flex-start; gap: 0.7rem}}
{_OPENER}::after {{content: "Controls"; writing-mode: vertical-rl}}
[data-testid=stMain] [data-testid=stButtonGroup] > div
  {{flex-wrap: wrap; row-gap: 0.3rem}}
[data-testid=stMain] :is([data-testid=stPageLink], [data-testid=stWidgetLabel],
  [data-testid=stBaseButton-secondary]) :is(span, p, [data-testid=stMarkdownContainer])
  {{white-space: normal; overflow: visible}}
[class*=st-key-chapters] > div {{min-width: 10.5rem}}
[class*=st-key-card_] {{position: relative; padding: 0.7rem 0.8rem}}
[class*=st-key-card_] a {{padding-inline: 0}}
[class*=st-key-card_] a:hover {{background: none}}
[class*=st-key-card_] a p {{font-size: 1rem; line-height: 1.5}}
[class*=st-key-card_] a strong {{display: block}}
[class*=st-key-card_] :is(a, :has(a)) {{position: static}}
[class*=st-key-card_] a::after {{content: ""; position: absolute; inset: 0; z-index: 1}}
[class*=st-key-card_]:has(a:is(:hover, :focus-visible)) {{border-color: currentColor}}
[class*=st-key-trained_] {{padding: 0.5rem 0.8rem}}
[class*=st-key-trained_] [data-testid=stMetricValue] {{font-size: 1.5rem}}
[class*=st-key-lectures] {{padding: 0.7rem 0.8rem}}
[class*=st-key-give] {{min-width: min(20rem, 100%)}}
{_LIT} {{container: lit / inline-size}}
{_LIT} > [class*=st-key-lit_code] {{flex-flow: row nowrap !important; align-items: flex-start;
  gap: 0.4rem 1.4rem}}
{_LIT} > [class*=st-key-lit_code] > * {{flex: 45 1 0; min-width: 0}}
{_LIT} > [class*=st-key-lit_code] > :first-child {{flex: 55 1 0}}
@container lit (width < {BESIDE}px) {{
  {_LIT} > [class*=st-key-lit_code] {{flex-flow: column nowrap !important}}
  {_LIT} > [class*=st-key-lit_code] > [class] {{flex: none; width: 100%; --code-height: 40em}}
}}
html[data-present] {{--code-type: max(14px, 0.56rem); --code-most: 50em}}
.room {{display: flex; align-items: center; gap: 0.8rem}}
.room img {{width: 7rem; background: #ffffff}}
.room p {{margin: 0; min-width: 0; overflow-wrap: anywhere}}
@media (width < {ROOMY}px) {{{_over(f"[data-testid=stApp]:has({_LIT})")}}}
@media (width < {NARROW}px) {{
  [data-testid=stMainBlockContainer] {{padding-inline: 3vw}}
  [class*=st-key-title] {{row-gap: 0.3rem !important}}
  [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn]) {{column-gap: 0.8vw}}
  [class*=st-key-mistake_row] {{flex-wrap: wrap !important}}
  [class*=st-key-mistake_row] > :has([data-testid=stSelectbox])
    {{flex: 1 1 17rem !important; min-width: min(17rem, 100%)}}
  {_column("training")} {{min-width: min(24rem, 100%)}}
  {_over("[data-testid=stApp]")}
}}
@media (width < 900px) {{
  {_column("attack_task", "attack_model")} {{min-width: min(24rem, 100%)}}
}}
@media (width <= 768px) {{
  [class*=st-key-hero_cam_bars] {{overflow-x: auto}}
  [class*=st-key-hero_cam_bars] > * {{min-width: 44rem}}
  {_OPENER}::after {{content: "Chapters and controls"}}
  [data-testid=stMain] {{left: {_STRIP}; width: auto}}
}}
@media (width <= 480px) {{
  [class*=st-key-steps] {{flex-wrap: wrap !important}}
  [class*=st-key-steps] [data-testid=stSlider] {{min-width: 14rem}}
  [class*=st-key-hero] {{overflow-x: auto}}
  [class*=st-key-hero]:not([class*=_fluid]) svg.marks {{min-width: 860px}}
  [class*=_fluid]:not([class*=cam_bars]) > * {{min-width: 34rem}}
}}
</style>"""
