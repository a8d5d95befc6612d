// A convolution small enough to be computed by hand, as app/ui/grids.py sends it.
// Input 1..9 as 3 x 3, kernel [[1, 0], [0, 2]], stride 1: output [[11, 14], [20, 23]].
import { unpack } from "../../../app/components/grids/unpack.js";

export const base64 = (Type, values) => Buffer.from(new Type(values).buffer).toString("base64");
export const floats = (values) => base64(Float32Array, values);
export const integers = (values) => base64(Int32Array, values);

export const COLOURS = ["#ff0000", "#ffffff", "#0000ff"];
export const WINDOWS = [
  [0, 1, 3, 4],
  [1, 2, 4, 5],
  [3, 4, 6, 7],
  [4, 5, 7, 8],
];

export function gridData(changes) {
  return {
    title: "Grid", x: 0, y: 0, rows: 2, columns: 2, width: 10, height: 10,
    values: null, each: null, from: null, spread: null, outside: null,
    largest: 23, colours: COLOURS, longest: 2, says: "Input cell",
    visited: false, step: null, entries: null, channel: 0, all: false, pick: null,
    secret: false, framed: false, legend: false,
    ...changes,
  };
}

export function pictureData(changes = {}) {
  const kernel = [1, 0, 0, 2];
  const times = (cell, entry) => (cell + 1) * kernel[entry];
  const products = WINDOWS.flatMap((cells) => cells.map(times));
  const style = { feeds: false, secret: false };
  return {
    id: "first", title: "Convolution", alt: "One sentence.", width: 100, height: 50, around: 10,
    steps: 4, columns: 2, faint: "#888888", between: "#999999", line: "#777777",
    font: "sans-serif", signs: [],
    grids: [
      gridData({
        title: "Input", rows: 3, columns: 3, values: floats([1, 2, 3, 4, 5, 6, 7, 8, 9]),
      }),
      gridData({ title: "Kernel", x: 40, values: floats(kernel), entries: 0, all: true }),
      gridData({ title: "Products", x: 70, each: floats(products), entries: 0, secret: true }),
      gridData({
        title: "Output", x: 40, y: 30, values: floats([11, 14, 20, 23]),
        visited: true, step: "cell", secret: true,
      }),
      gridData({ title: "Window", x: 70, y: 30, from: 0 }),
    ],
    marks: [
      { ...style, grid: 0, cells: integers(WINDOWS.flat()), style: "window", feeds: true },
      { ...style, grid: 3, cells: integers([0, 1, 2, 3]), style: "current", secret: true },
    ],
    sentences: ["1 + 10 = 11", "2 + 12 = 14", "4 + 16 = 20", "5 + 18 = 23"],
    player: true, puzzle: null, step: 0, pinned: false, version: null,
    ...changes,
  };
}

export const picture = (changes) => unpack(pictureData(changes));

// What the drawing functions read from a stage.
export function stageOf(changes = {}, player = {}) {
  const { step = 0, hovered = null, slide = null } = player;
  const visibleStep = hovered?.step ?? step;
  return {
    picture: picture(), scale: 1, screenScale: changes.scale ?? 1, dots: 1, ink: "#123456",
    secret: false,
    visited: new Uint8Array(4), step, hovered, visibleStep,
    player: { visibleStep, slide, ...player },
    ...changes,
  };
}

// A clock that is set by hand, for a player that counts its changes.
export function time() {
  return { now: 1000, seconds: 0.5, lessMotion: false, changes: 0 };
}
