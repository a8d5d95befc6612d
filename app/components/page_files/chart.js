// A chart as Vega has drawn it, as a drawing that needs no page: with its colours, its paper, its
// font, and below it what it shows and what the page says of it now.
import { classOf, complete, element } from "./drawing.js";
import { FAINT, LINE, measureOf, TYPE, wrapped } from "./layout.js";

const COLOURED = { text: "fill", line: "stroke" }; // what the page's style may have coloured
const SAID = "[data-testid=stMainBlockContainer] [data-testid=stCaptionContainer]";
const PICTURES = "[data-testid=stImageCaption]";
const MARGIN = 10; // pixels around the caption

// null: it is not on the page.
export function chartOf({ key, title }, look) {
  const drawn = document.querySelector(`.${classOf(key)} svg.marks`);
  if (!drawn) return null;
  const copy = drawn.cloneNode(true);
  for (const [name, attribute] of Object.entries(COLOURED)) {
    const copies = copy.querySelectorAll(name);
    for (const [index, own] of [...drawn.querySelectorAll(name)].entries()) {
      copies[index].setAttribute(attribute, getComputedStyle(own)[attribute]);
    }
  }
  copy.removeAttribute("style");
  const { width, height } = drawn.getBoundingClientRect();
  const says = captionOf(title);
  const below = write(copy, says, { width, ...look });
  return complete(copy, { width, height: height + below, says, ...look });
}

// What is folded away is not said, nor what a picture is called.
function captionOf(title) {
  const isSaid = (one) => one.getClientRects().length && !one.closest(PICTURES);
  const said = [...document.querySelectorAll(SAID)].filter(isSaid);
  const parts = [title, ...said.map(({ innerText }) => innerText.trim())].filter(Boolean);
  const sentences = parts.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`));
  return sentences.map((one) => one[0].toUpperCase() + one.slice(1)).join(" ");
}

// Below the drawing; returns how many pixels that takes.
function write(svg, text, { width, ink, font }) {
  const { x, y, width: wide, height: high } = svg.viewBox.baseVal;
  const unit = wide / width;
  const lines = wrapped(text, width - 2 * MARGIN, TYPE.small, measureOf(font));
  const pixels = lines.length * TYPE.small * LINE + 2 * MARGIN;
  svg.setAttribute("viewBox", `${x} ${y} ${wide} ${high + pixels * unit}`);
  for (const [index, line] of lines.entries()) {
    const below = MARGIN + TYPE.small * (1 + index * LINE);
    const look = { "font-family": font, "font-size": TYPE.small * unit, fill: ink, opacity: FAINT };
    const place = { x: x + MARGIN * unit, y: y + high + below * unit };
    svg.append(element("text", { ...place, ...look }, line));
  }
  return pixels;
}
