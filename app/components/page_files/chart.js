// A chart as Vega has drawn it, as a drawing that needs no page: with its colours, its paper, its
// font, its words.
import { classOf, complete } from "./drawing.js";

const COLOURED = { text: "fill", line: "stroke" }; // what the page's style may have coloured

// null: it is not on the page.
export function chartOf({ key, says }, look) {
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
  return complete(copy, { width, height, says, ...look });
}
