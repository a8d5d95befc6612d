// A drawing of a page as one that needs no page: with its colours, its paper, its font, its words.
import { encoded, SHARP } from "../grids/download.js";

const COLOURED = { text: "fill", line: "stroke" }; // what the page's style may have coloured

// about: {says, style, paper}
export function svgOf(drawn, about) {
  return new Blob([textOf(drawn, about)], { type: "image/svg+xml" });
}

export const pngOf = async (drawn, about) => {
  const address = URL.createObjectURL(svgOf(drawn, about));
  const image = new Image();
  const loaded = new Promise((done, failed) => {
    Object.assign(image, { onload: done, onerror: failed, src: address });
  });
  await loaded;
  const { width, height } = drawn.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: SHARP * width, height: SHARP * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return encoded(canvas, "image/png");
};

export function textOf(drawn, { says, style, paper }) {
  const copy = drawn.cloneNode(true);
  for (const [name, look] of Object.entries(COLOURED)) {
    const copies = copy.querySelectorAll(name);
    for (const [index, own] of [...drawn.querySelectorAll(name)].entries()) {
      copies[index].setAttribute(look, getComputedStyle(own)[look]);
    }
  }
  const { width, height } = drawn.getBoundingClientRect();
  const sized = { width, height, role: "img" };
  for (const [name, value] of Object.entries(sized)) copy.setAttribute(name, value);
  copy.removeAttribute("style");
  const part = (name, text) => element(drawn.namespaceURI, name, text);
  copy.prepend(part("desc", says), part("style", style), paperOf(drawn, paper));
  return new XMLSerializer().serializeToString(copy);
}

function element(namespace, name, text) {
  return Object.assign(document.createElementNS(namespace, name), { textContent: text });
}

function paperOf(drawn, colour) {
  const paper = element(drawn.namespaceURI, "rect", "");
  const { x, y, width, height } = drawn.viewBox.baseVal;
  const look = { x, y, width, height, fill: colour };
  for (const [name, value] of Object.entries(look)) paper.setAttribute(name, value);
  return paper;
}
