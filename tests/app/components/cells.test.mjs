import assert from "node:assert/strict";
import { test } from "node:test";
import { paintCells } from "../../../app/components/grids/cells.js";
import {
  cellColour, channels, luminance, textColour,
} from "../../../app/components/grids/colours.js";
import { unpack } from "../../../app/components/grids/unpack.js";
import { floats, gridData, integers, pictureData, stageOf } from "./fixtures.mjs";

// A pen that keeps what it drew: filled boxes, texts, lines, and how often it hatched and edged.
function recorder() {
  const drawn = { boxes: [], texts: [], lines: [], hatched: 0, edges: 0 };
  return {
    drawn, save() {}, restore() {}, beginPath() {}, rect() {}, clip() {},
    moveTo: (...start) => drawn.lines.push(start),
    lineTo: (...end) => drawn.lines.at(-1).push(...end),
    stroke: () => { drawn.hatched += 1; },
    strokeRect: () => { drawn.edges += 1; },
    fillRect(...box) { drawn.boxes.push([this.fillStyle, ...box]); },
    fillText(text, x, y) {
      drawn.texts.push({ text, x, y, font: this.font, ink: this.fillStyle });
    },
  };
}

function draw(stage, grid, look = {}) {
  const pen = recorder();
  paintCells(pen, stage, grid, { step: stage.visibleStep, hidden: false, ...look });
  return pen.drawn;
}

const texts = (drawn) => drawn.texts.map(({ text }) => text);
const large = (stage, index) => ({ ...stage.picture.grids[index], width: 40, height: 40 });

test("colours run from negative over zero to positive, and stop at the limit", () => {
  const grid = { largest: 2, rgb: [[200, 0, 0], [250, 250, 250], [0, 0, 100]] };
  const colours = { "-2": "200,0,0", "-1": "225,125,125", 0: "250,250,250", 1: "125,125,175" };
  for (const [value, colour] of Object.entries(colours)) {
    assert.equal(cellColour(grid, Number(value)), `rgb(${colour})`);
  }
  assert.equal(cellColour(grid, 99), "rgb(0,0,100)");
  assert.equal(cellColour(grid, -99), "rgb(200,0,0)");
  for (const value of [Infinity, -Infinity, NaN]) assert.equal(cellColour(grid, value), null);
});

test("a number has a contrast of 4.5 to 1 on every colour of its scale", () => {
  for (const ends of [["#D55E00", "#0072B2"], ["#762A83", "#1B7837"], ["#000000", "#ff0000"]]) {
    const [low, high] = ends.map(channels);
    const grid = { largest: 10, rgb: [low, [255, 255, 255], high] };
    for (let value = -10; value <= 10; value += 0.1) {
      const cell = luminance(cellColour(grid, value).match(/\d+/g).map(Number)) + 0.05;
      const text = luminance(channels(textColour(grid, value))) + 0.05;
      const contrast = Math.max(cell / text, text / cell);
      assert.ok(contrast >= 4.5, `${contrast} at ${value} of ${ends}`);
    }
  }
  assert.equal(textColour({ largest: 10, rgb: [] }, Infinity), "#000000", "hatched, no colour");
});

test("every cell has its colour, edge and number, the number in its middle", () => {
  const stage = stageOf();
  const drawn = draw(stage, large(stage, 1));
  assert.deepEqual(texts(drawn), ["1", "0", "0", "2"]);
  assert.deepEqual(drawn.boxes.map(([, ...box]) => box), [
    [40, 0, 40, 40], [80, 0, 40, 40], [40, 40, 40, 40], [80, 40, 40, 40],
  ]);
  assert.deepEqual([drawn.texts[3].x, drawn.texts[3].y], [100, 60.5]);
  assert.equal(drawn.texts[3].font, "400 17px sans-serif");
  assert.deepEqual([drawn.edges, drawn.hatched], [4, 0]);
});

test("in a small picture first the numbers go, then the edges", () => {
  const counts = [1, 0.3, 0.09].map((scale) => {
    const stage = stageOf({ scale });
    const { texts: written, edges, boxes } = draw(stage, large(stage, 1));
    return [written.length, edges, boxes.length];
  });
  assert.deepEqual(counts, [[4, 4, 4], [0, 4, 4], [0, 0, 4]]);
});

test("an output cell is there once its step was seen", () => {
  const stage = stageOf({ visited: Uint8Array.of(1, 0, 1, 0) });
  assert.deepEqual(texts(draw(stage, large(stage, 3))), ["11", "20"]);
});

test("products change with the step", () => {
  const stage = stageOf({}, { step: 3 });
  assert.deepEqual(texts(draw(stage, large(stage, 2))), ["5", "0", "0", "18"]);
});

test("a puzzle hides all products, and of the output the asked cell alone", () => {
  const visited = Uint8Array.of(1, 0, 0, 0);
  const stage = stageOf({ secret: true, visited }, { step: 2 });
  const products = draw(stage, large(stage, 2), { hidden: true });
  assert.deepEqual(texts(products), ["?", "?", "?", "?"]);
  assert.equal(products.texts[0].font, "600 24px sans-serif");
  const colours = new Set(products.boxes.map(([colour]) => colour));
  assert.deepEqual(colours, new Set(["rgb(255,255,255)"]));
  assert.deepEqual(texts(draw(stage, large(stage, 3), { hidden: true })), ["11", "?"]);
});

test("padding and what is on no scale are hatched; zeros of the padding have no colour", () => {
  const values = floats([0, 3, Infinity, -4]);
  const grid = gridData({ width: 40, height: 40, values, outside: integers([0, 1]), longest: 2 });
  const picture = unpack(pictureData({ grids: [grid], marks: [] }));
  const drawn = draw(stageOf({ picture }), picture.grids[0]);
  assert.equal(drawn.hatched, 3);
  assert.deepEqual(drawn.boxes.map(([, ...box]) => box), [[40, 0, 40, 40], [40, 40, 40, 40]]);
  assert.deepEqual(texts(drawn), ["0", "3", "∞", "−4"]);
  assert.deepEqual(drawn.texts.map(({ ink }) => ink), ["#123456", "#000000", "#000000", "#000000"]);
});

test("the hatching rises from the lower edge to the upper one, over the whole cell", () => {
  const grid = { x: 5, y: 7, values: floats([1, 2, 3, 4]), outside: integers([0]) };
  const picture = unpack(pictureData({ grids: [gridData(grid)], marks: [] }));
  const { lines } = draw(stageOf({ picture }), picture.grids[0]);
  assert.deepEqual(lines, [[-5, 17, 5, 7], [1, 17, 11, 7], [7, 17, 17, 7], [13, 17, 23, 7]]);
});

test("cells that are smaller than the gap between two lines are hatched as well", () => {
  const size = { rows: 8, columns: 8, width: 1.5, height: 1.5 };
  const outside = integers([...Array(64).keys()]);
  const grid = gridData({ ...size, values: floats(Array(64).fill(0)), outside });
  const picture = unpack(pictureData({ grids: [grid], marks: [] }));
  const { lines } = draw(stageOf({ picture }), picture.grids[0]);
  const along = new Set(lines.map(([left, bottom]) => left + bottom));
  const sorted = [...along].sort((one, other) => one - other);
  assert.deepEqual(sorted, [0, 6, 12, 18], "a line goes on from cell to cell");
});

test("the shorter side decides whether cells have edges", () => {
  const grid = gridData({ width: 30, height: 3, values: floats([1, 2, 3, 4]) });
  const picture = unpack(pictureData({ grids: [grid], marks: [] }));
  assert.equal(draw(stageOf({ picture }), picture.grids[0]).edges, 0);
});
