// Pictures made of pixels as one drawing: what the page shows now, with names, scale and caption.
import { layOut } from "./layout.js";
import { classOf, complete, element } from "./drawing.js";

const CELLS = "figure, [data-testid=stColumn]";
const CAPTIONS = "figcaption, [data-testid=stImageCaption]";
const CLEAR = "rgba(0, 0, 0, 0)";
const FINE = 512; // dots of a picture, about: many programs smooth one that they enlarge

// What each figure of the page says about itself.
export function figures() {
  const written = document.querySelectorAll("[data-about]");
  return [...written].map(({ dataset }) => JSON.parse(dataset.about));
}

// null: it is not on the page.
export function figureOf(figure, look) {
  const cells = figure.keys.flatMap((key) => rootsOf(key).flatMap(cellsOf));
  if (!cells.length) return null;
  const legend = [...legendsOf(figure)].flatMap(partsOf);
  const { columns, says } = figure;
  const { shapes, width, height } = layOut({ cells, columns, legend, says }, look);
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, "font-family": look.font });
  svg.append(...shapes.map(([name, attributes, text]) => element(name, attributes, text)));
  return complete(svg, { width, height, says, ...look });
}

// The containers of a key, or what a component has drawn in them.
function rootsOf(key) {
  return [...document.querySelectorAll(`[class*="${classOf(key)}"]`)].map((container) => {
    const inside = [...container.querySelectorAll("*")].find(({ shadowRoot }) => shadowRoot);
    return inside?.shadowRoot ?? container;
  });
}

// A container without columns is one cell.
function cellsOf(root) {
  const cells = root.querySelectorAll(CELLS);
  const found = cells.length ? [...cells] : [root];
  return found.filter((cell) => cell.querySelector("img")).map((cell) => ({
    layers: [...cell.querySelectorAll("img")].map(layerOf),
    name: cell.querySelector(CAPTIONS)?.innerText.trim() ?? "",
  }));
}

function layerOf(image) {
  const { naturalWidth, naturalHeight } = image;
  return {
    address: enlarged(image, Math.max(1, Math.ceil(FINE / naturalWidth))),
    shape: naturalHeight / naturalWidth,
    opacity: getComputedStyle(image).opacity,
  };
}

function enlarged(image, times) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * times;
  canvas.height = image.naturalHeight * times;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
}

function* legendsOf({ name, keys }) {
  yield* document.querySelectorAll(`.${classOf(`legend_${name}`)}`);
  for (const root of keys.flatMap(rootsOf)) yield* root.querySelectorAll(".scale");
}

// Its words and its colours, in their order.
function partsOf(legend) {
  const walker = document.createTreeWalker(legend, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const parts = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const part = partOf(node);
    if (part) parts.push(part);
  }
  return parts;
}

function partOf(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = node.data.trim();
    return text && { text };
  }
  if (node instanceof HTMLImageElement) return { address: enlarged(node, 1) };
  const colour = getComputedStyle(node).backgroundColor;
  return node.childNodes.length || colour === CLEAR ? null : { colour };
}
