// A chart as Vega has drawn it, as a drawing that needs no page: with its colours, its paper, its
// font, and below it what its lines are, what it shows and what the page says of it now.
import { classOf, complete, element } from "./drawing.js";
import { FAINT, inRows, LINE, measureOf, TYPE, wrapped } from "./layout.js";

const COLOURED = { text: "fill", line: "stroke" }; // what the page's style may have coloured
const SAID = "[data-testid=stMainBlockContainer] [data-testid=stCaptionContainer]";
const CLICK = /[;.] [Cc]lick [^.]*\.$/;
const PICTURES = "[data-testid=stImageCaption], [class*=st-key-of_pictures]";
const FILE = /^\S+\.\w/; // its name stays as it is
const MARGIN = 10; // pixels around the caption
const [SAMPLE, THICK] = [28, 3]; // pixels of a line in the legend
const [NEAR, APART] = [6, 20]; // pixels from there to its name, and to the next

// null: it is not on the page.
export function chartOf({ key, title, lines }, look) {
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
  const below = write(copy, { says, lines: lines.filter(isDrawnIn(drawn)) }, { width, ...look });
  return complete(copy, { width, height: height + below, says, ...look });
}

// A training that has not begun has an entry, and no line yet.
const isDrawnIn = (drawn) => ({ colour, dash }) => [...drawn.querySelectorAll("path")].some(
  (path) =>
    (!colour || path.getAttribute("stroke") === colour) &&
    (!dash || path.getAttribute("stroke-dasharray") === dash.join(",")),
);

// What is folded away is not said, nor what a picture is called, nor what pictures alone mean, nor
// what a click does.
function captionOf(title) {
  const isSaid = (one) => one.getClientRects().length && !one.closest(PICTURES);
  const said = [...document.querySelectorAll(SAID)].filter(isSaid);
  const texts = said.map(({ innerText }) => innerText.trim().replace(CLICK, "."));
  const parts = [title, ...texts].filter(Boolean);
  const sentences = parts.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`));
  return sentences.map((one) => (FILE.test(one) ? one : capital(one))).join(" ");
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

// Below the drawing; returns how many pixels that takes.
function write(svg, { says, lines }, { width, ink, font }) {
  const { x, y, width: wide, height: high } = svg.viewBox.baseVal;
  const unit = wide / width;
  const measure = measureOf(font);
  const entries = (lines.length > 1 ? lines : []).map((line) => ({
    ...line, room: SAMPLE + NEAR + measure(line.name, TYPE.small) + APART,
  }));
  const page = element("g", {
    transform: `translate(${x} ${y + high}) scale(${unit})`,
    "font-family": font,
    "font-size": TYPE.small,
    fill: ink,
  });
  svg.append(page);
  let top = MARGIN + TYPE.small;
  for (const row of inRows(entries, width - 2 * MARGIN + APART)) {
    writeLegend(page, row, { y: top, ink });
    top += TYPE.small * LINE;
  }
  if (entries.length) top += MARGIN / 2;
  for (const text of wrapped(says, width - 2 * MARGIN, TYPE.small, measure)) {
    page.append(element("text", { x: MARGIN, y: top, opacity: FAINT }, text));
    top += TYPE.small * LINE;
  }
  const pixels = top - TYPE.small + MARGIN;
  svg.setAttribute("viewBox", `${x} ${y} ${wide} ${high + pixels * unit}`);
  return pixels;
}

// A row of the legend, on its line of type.
function writeLegend(page, row, { y, ink }) {
  let x = MARGIN;
  for (const { name, colour, dash, width: thick, room } of row) {
    const middle = y - TYPE.small / 3;
    const place = { x1: x, x2: x + SAMPLE, y1: middle, y2: middle };
    const line = { "stroke-width": thick ?? THICK, "stroke-dasharray": dash ?? [] };
    const look = { stroke: colour ?? ink, ...line };
    page.append(element("line", { ...place, ...look }));
    page.append(element("text", { x: x + SAMPLE + NEAR, y }, name));
    x += room;
  }
}
