"""How a page looks while it is presented to a room, below ``html[data-present]``: its type is 1.4
times as large, its own picture takes the room that is left, and only what speaks stays.

``--fit`` is the height that a page leaves for its picture; app/components/keys/present/fit.js
measures it. Controls are hidden but for those that a link names, see
app/components/keys/present/controls.js.
"""

from __future__ import annotations

from app.ui import chart_style, palette

SHARES = {"attack_bars": 0.52, "attack_curve": 0.48}  # other ones than in ``chart_style``
LARGER = 1.4  # than the type of the page as everybody has it
# In the main part: menus, what is read afterwards, and what is there to be clicked.
_WIDGETS = (
    "ButtonGroup",
    "Selectbox",
    "NumberInput",
    "Checkbox",
    "Slider",
    "MultiSelect",
    "TextArea",
    "Pagination",
    "FileUploader",
    "DownloadButton",
    "Button",
    "PageLink",
)
# They move the picture itself, as the player of the steps does; the training is what is shown.
_START = "[class*=start_training], [class*=stop_training]"
_OWN = ("-epoch", "-epsilon", "attack-step", "start_training", "stop_training")
_ON = "html[data-present]:not(:has([class*=st-key-chapters]))"  # Home is no picture
_MAIN = "[data-testid=stMain]"
_FLUID = f"[class*=st-key-hero][class*=_{chart_style.FLUID}]"
_ELEMENT = "[data-testid=stElementContainer]"
_WIDGET = ", ".join(f"[data-testid=st{name}]" for name in _WIDGETS)
_IS_OWN = ", ".join(f'[class$="{end}"], [class*="{end} "]' for end in _OWN)
# Of a page, not of a picture; what stands below it proves, and can wait.
_CAPTION = f"{_ELEMENT}:has(> [data-testid=stMarkdown] [data-testid=stCaptionContainer])"
_LABEL = (  # of a field that stands beside it in a row
    f"{_ELEMENT}:has(> [data-testid=stMarkdown]):has(+ [data-testid=stLayoutWrapper] "
    ":is([class*=st-key-field_], [data-testid=stSelectbox]))"
)


def _charts() -> str:
    """One rule a fluid chart, as in ``chart_style``: its share of what is left."""
    return "\n".join(
        f"{_ON} [class*=st-key-hero_{key}][class*=_{chart_style.FLUID}] "
        f"{{height: calc({SHARES.get(key, share)} * var(--fit))}}"
        for key, (_, share) in chart_style.HEIGHTS.items()
    )


def _column(chart: str) -> str:
    """The innermost column with a chart of the training: its type is larger than its room is."""
    column = "[data-testid=stColumn]"
    return f"{column}:not(:has({column})):has([class*=hero_training_{chart}])"


STYLE = f"""
{_ON} {{font-size: calc({LARGER} * {palette.REM_CSS}); --fit: 60vh;
  --option: 3.2rem; --answers: 27vw;
  --answer: 1.5rem; --reason: 0.82rem; --blend: calc(3 * var(--fit) + 2.8rem)}}
html[data-blank] body::after {{content: ""; position: fixed; inset: 0; z-index: 9999999;
  background: #000; cursor: none}}
{_ON} :is([data-testid=stHeader], [data-testid=stExpandSidebarButton], [data-testid=stSidebar],
  [data-testid=stSidebarHeader], [data-testid=stSidebar] {_ELEMENT},
  [class*=st-key-title], [class*=st-key-title] > {_ELEMENT}, [class*=st-key-next_page],
  [class*=st-key-report_line], [class*=st-key-live_questions]),
{_ON} {_MAIN} [data-testid=stLayoutWrapper]:has(> :is([data-testid=stExpander],
  [data-testid=stVerticalBlock] > [data-testid=stLayoutWrapper] > [data-testid=stExpander])),
{_ON} {_MAIN} {_CAPTION}, {_ON} {_MAIN} {_CAPTION} ~ {_ELEMENT}:has(> [data-testid=stMarkdown]),
{_ON} {_MAIN} {_ELEMENT}:has({_WIDGET}):not({_IS_OWN}),
{_ON} {_MAIN} [data-testid=stHorizontalBlock] > {_LABEL}
  {{display: none !important}}
{_ON} [data-testid=stSidebar] {{min-width: 15.5rem !important; width: 15.5rem !important}}
{_ON} [data-testid=stSidebarContent] {{padding-inline: 0 !important}}
{_ON} [data-testid=stSidebarUserContent] {{padding: 0.8rem !important}}
{_ON} [data-testid=stMainBlockContainer] {{padding: 0.8rem 1.2rem 0.4rem !important;
  min-height: 100vh; overflow: clip;
  display: flex; flex-direction: column; justify-content: safe center}}
{_ON} [data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]
  {{gap: 0.4rem; flex: none}}
{_ON} {_MAIN} [data-testid=stColumn] [data-testid=stVerticalBlock] {{gap: 0.4rem}}
{_ON} {_MAIN} [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn]) {{gap: 0.4rem 1rem}}
{_ON} :is([class*=st-key-history], [class*=st-key-panel], [class*=st-key-theme])
  {{position: absolute}}
{_ON} [data-testid=stVerticalBlock]:not(:has([class*=hero_training_accuracy])) >
  [data-testid=stLayoutWrapper]:has(> [class*=st-key-figures]) {{display: none}}
{_ON} [class*=st-key-figures] {{flex-wrap: nowrap !important; overflow: hidden}}
{_ON} [class*=st-key-figures] > :nth-child(n + 6) {{display: none}}
{_ON} [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn] :is({_START}))
  {{flex-direction: column}}
{_ON} [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn] :is({_START}))
  > [data-testid=stColumn] {{width: 100%; flex: none}}
{_ON} {_column("confusion")} {{flex: 1 1 54% !important; width: 54% !important}}
{_ON} {_column("classes")} {{flex: 1 1 36% !important; width: 36% !important}}
{_ON} [data-testid=stColumn]:has([data-testid=stColumn] [class*=crisp_Before])
  {{flex: 1 1 18% !important; width: 18% !important}}
{_ON} [class*=st-key-hero] svg.marks {{max-height: var(--fit)}}
{_ON} {_FLUID} > {_ELEMENT}:has(svg.marks)
  {{width: calc(100% / {LARGER}) !important; height: calc(100% / {LARGER}) !important}}
{_ON} {_FLUID} svg.marks {{width: calc(100% * {LARGER}) !important;
  height: calc(100% * {LARGER}) !important; max-height: none; overflow: visible}}
{_charts()}
{_ON} [class*=st-key-crisp] {{--least: 1rem}}
{_ON} [class*=st-key-crisp_attack_pictures] {{max-width: calc(3 * var(--fit))}}
{_ON} [class*=st-key-crisp_cam_methods] {{max-width: calc(2 * var(--fit))}}
{_ON} [class*=st-key-crisp_attack_strip] {{max-width: calc(2 * var(--fit))}}
{_ON} [class*=st-key-crisp_cam_classes] {{max-width: calc(2.5 * var(--fit))}}
{_ON} [class*=st-key-crisp_attack_step] {{max-width: var(--fit)}}
"""
# Before anything is drawn, so that nothing jumps.
SCRIPT = (
    'if (new URLSearchParams(location.search).get("present") === "1") '
    'document.documentElement.dataset.present = "";'
)
