// What pictures of layers share, as app/ui/layer_layout.py has it.
import { grid, mark, scene } from "../pages/scene.js";

export const TOP = 26;
export const LEGEND = 28;
export const WIDTH = 1000;
const FRAME = 3;
const [WIDEST, TALLEST] = [60, 56]; // a cell
const COLOURS = ["Red", "Green", "Blue"];
const SHORT = 12; // letters of a name

// [width, height] of the cells of a grid that fills a room, as large as they may be.
export const cellSize = ([width, height], [rows, columns]) => {
  return [Math.min(WIDEST, width / columns), Math.min(TALLEST, height / rows)];
};

export function channelNames(count) {
  if (count === COLOURS.length) return COLOURS;
  return Array.from({ length: count }, (_, index) => `Channel ${index + 1}`);
}

// Without what stands in brackets, unless they are short anyway.
export function shortNames(names) {
  return names.map((name) => (name.length <= SHORT ? name : name.replaceAll(/ \(.*?\)/g, "")));
}

// Each step's own number: the output cell that it lights.
export const everyStep = ({ steps }) => Array.from({ length: steps }, (_, step) => [step]);

// The window, and its cells too where they lie apart.
export function windowMarks(index, { geometry, covered }) {
  const one = mark(index, covered, "window", { feeds: true });
  return geometry.dilation > 1 ? [one, mark(index, covered, "cells")] : [one];
}

export function bottomOf(grids, signs = []) {
  const ends = grids.map((one) => {
    return one.y + one.rows * (one.height ?? one.width) + (one.legend ? LEGEND : FRAME);
  });
  return Math.max(...ends, ...signs.map(({ y, size }) => y + size));
}

// A picture of a layer that is stepped through.
export function layerScene({ geometry }, { grids, colours, ...given }) {
  return scene({
    alt: given.title, width: WIDTH, signs: [], steps: geometry.steps, player: true, around: 19,
    columns: geometry.output[1], grids: grids.map((one) => grid(one, colours)), ...given,
  });
}
