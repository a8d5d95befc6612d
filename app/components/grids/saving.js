// A picture as a file for slides and papers: what its frame shows, drawn by the same code.
import { enlarge } from "./cells.js";
import { encoded, SHARP } from "./download.js";
import { columnOf, rowOf } from "./geometry.js";
import { paintFrame } from "./paint.js";
import { sentenceOf } from "./sentences.js";
import { SvgPen } from "./svg_pen.js";
import { valueAt } from "./unpack.js";
import { animated } from "./webp.js";

const MARGIN = 8; // units around a picture: a frame's line lies half outside
const FRAMES = 100; // of an animation at most; of more steps every second, third … is shown
const WIDEST = 960; // pixels of an animation
const LARGEST = 3e6; // bytes of it
const QUALITIES = [0.9, 0.75, 0.5, 0.25];
const [SHOWN, LAST] = [500, 2000]; // milliseconds of a frame, and of the last one
const DIGITS = 6; // significant, of a number in a table

// The stage with another pen, and at another step where one is given.
function copyOf(stage, pen, step = null) {
  const still = { cursor: null, ink: getComputedStyle(stage.root).color };
  const copy = Object.assign(Object.create(stage), { pen, canvas: pen.canvas ?? stage.canvas });
  Object.assign(copy, still);
  if (step === null) return copy;
  const seen = Uint8Array.from({ length: stage.picture.steps }, (_, index) => index <= step);
  const values = { step, visibleStep: step, visited: seen, hovered: null, playing: false };
  for (const [name, value] of Object.entries(values)) Object.defineProperty(copy, name, { value });
  return copy;
}

const paperOf = (stage) => getComputedStyle(stage.root).getPropertyValue("--st-background-color");

// What the picture is, and what stands below it.
export function captionOf(stage) {
  const parts = [stage.picture.alt, sentenceOf(stage)].filter(Boolean);
  return parts.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`)).join(" ");
}

export function svgOf(stage, style = "") {
  const { width, height, title } = stage.picture;
  const pen = new SvgPen(document.createElement("canvas").getContext("2d"), paperOf(stage));
  paintFrame(copyOf(stage, pen), performance.now());
  const about = { margin: MARGIN, title, says: captionOf(stage), style };
  return pen.text({ width, height, ...about });
}

// A canvas with the picture on its paper, so many dots a CSS pixel.
function drawn(stage, dots, step = null) {
  const [canvas, paper] = [document.createElement("canvas"), document.createElement("canvas")];
  const { width, height } = stage.picture;
  enlarge(canvas, [width * stage.scale, height * stage.scale], dots);
  const margin = Math.round(MARGIN * stage.scale * dots);
  Object.assign(paper, { width: canvas.width + 2 * margin, height: canvas.height + 2 * margin });
  const copy = copyOf(stage, canvas.getContext("2d"), step);
  copy.dots = dots;
  paintFrame(copy, performance.now());
  const pen = paper.getContext("2d", { alpha: false });
  pen.fillStyle = paperOf(stage);
  pen.fillRect(0, 0, paper.width, paper.height);
  pen.drawImage(canvas, margin, margin);
  return paper;
}

export const pngOf = (stage) => encoded(drawn(stage, SHARP), "image/png");

// The steps as an animation; null where the browser writes no WebP.
export const animationOf = async (stage) => {
  const { width, steps } = stage.picture;
  const dots = Math.min(1, WIDEST / (width * stage.scale));
  const pace = Math.ceil(steps / FRAMES);
  const shown = Array.from({ length: Math.ceil(steps / pace) }, (_, index) => {
    return Math.min((index + 1) * pace, steps) - 1;
  });
  for (const quality of QUALITIES) {
    const film = await filmOf(stage, { shown, dots, quality });
    if (film === null || film.length <= LARGEST) return film && blobOf(film, "image/webp");
  }
  return null;
};

async function filmOf(stage, { shown, dots, quality }) {
  const frames = [];
  let size = null;
  for (const step of shown) {
    const canvas = drawn(stage, dots, step);
    const still = await encoded(canvas, "image/webp", quality);
    if (still?.type !== "image/webp") return null;
    const file = new Uint8Array(await still.arrayBuffer());
    frames.push({ file, milliseconds: step === shown.at(-1) ? LAST : SHOWN });
    size = [canvas.width, canvas.height];
  }
  return animated(frames, ...size);
}

export const blobOf = (content, type) => new Blob([content], { type });

// Every number that is on the screen: one line for each cell. A picture that asks has no such file.
export function csvOf(stage) {
  const { picture, visibleStep, visited } = stage;
  const lines = [["grid", "row", "column", "value", "padding"]];
  for (const grid of picture.grids) {
    for (let cell = 0; cell < grid.count; cell++) {
      if (grid.visited && !visited[cell]) continue;
      const value = valueAt(picture, grid, cell, visibleStep);
      const place = [rowOf(grid, cell) + 1, columnOf(grid, cell) + 1];
      const padding = grid.outside?.has(cell) ? 1 : 0;
      lines.push([grid.title || grid.says, ...place, Number(value.toPrecision(DIGITS)), padding]);
    }
  }
  return lines.map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
}

const quoted = (value) => {
  return /[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
};
