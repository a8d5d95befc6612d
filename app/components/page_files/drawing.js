// An SVG drawing that is complete in itself, and the files that it becomes.
import { encoded, SHARP } from "../grids/download.js";
import { namespaces } from "../grids/namespaces.js";

// What the class of a container with a key begins with, as Streamlit writes it.
export const classOf = (key) => `st-key-${key.trim().replaceAll(/[^a-zA-Z0-9_-]/g, "-")}`;

export function element(name, attributes, text = "") {
  const { drawing, link } = namespaces();
  const made = document.createElementNS(drawing, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttributeNS(key.startsWith("xlink:") ? link : null, key, value);
  }
  made.textContent = text;
  return made;
}

// Each line of type is told its width: a program that has another font sets it closer.
function tellWidths(svg) {
  const room = document.createElement("div");
  room.style.cssText = "position: fixed; visibility: hidden";
  document.body.append(room);
  room.append(svg);
  for (const text of svg.querySelectorAll("text")) {
    const width = text.childElementCount ? 0 : text.getComputedTextLength();
    if (!width) continue;
    text.setAttribute("textLength", width.toFixed(2));
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
  room.remove();
}

// With its size, its caption, its font and its paper.
export function complete(svg, { width, height, says, style, paper }) {
  const { x, y, width: wide, height: high } = svg.viewBox.baseVal;
  const sized = { width, height, role: "img" };
  for (const [name, value] of Object.entries(sized)) svg.setAttribute(name, value);
  tellWidths(svg);
  svg.prepend(
    element("desc", {}, says),
    element("style", {}, style),
    element("rect", { x, y, width: wide, height: high, fill: paper }),
  );
  return { svg, width, height };
}

export function svgFile({ svg }) {
  return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
}

export const pngFile = async (drawn) => {
  const address = URL.createObjectURL(svgFile(drawn));
  const image = new Image();
  const loaded = new Promise((done, failed) => {
    Object.assign(image, { onload: done, onerror: failed, src: address });
  });
  await loaded;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: SHARP * drawn.width, height: SHARP * drawn.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  return encoded(canvas, "image/png");
};
