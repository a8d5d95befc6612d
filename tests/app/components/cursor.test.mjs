import assert from "node:assert/strict";
import { test } from "node:test";
import { firstCursor, isChosenFrom, movedCursor } from "../../../app/components/grids/cursor.js";
import { litByCursor } from "../../../app/components/grids/lighting.js";
import { sentenceOf } from "../../../app/components/grids/sentences.js";
import { floats, gridData, integers, picture } from "./fixtures.mjs";

// Two channels one below the other, a layer to their right, and a grid that nobody picks from.
const values = floats([1, 2, 3, 4]);
const strip = picture({
  player: false, steps: 1,
  grids: [
    gridData({ values, pick: "0 0 2", says: "Conv 1, channel 1" }),
    gridData({ values, x: 500 }),
    gridData({ values, y: 30, pick: "0 1 2", says: "Conv 1, channel 2" }),
    gridData({ values, x: 60, pick: "1 0 2", says: "Pool 1" }),
  ],
  marks: [
    { grid: 0, cells: integers([3]), style: "window", feeds: false, secret: false },
    { grid: 2, cells: integers([1]), style: "winner", feeds: false, secret: false },
  ],
});

test("a picture to choose from does not play and has cells to pick", () => {
  assert.ok(isChosenFrom(strip));
  assert.ok(!isChosenFrom({ ...strip, player: true }), "its arrows step");
  assert.ok(!isChosenFrom({ ...strip, puzzle: {} }));
  assert.ok(!isChosenFrom({ ...strip, grids: [strip.grids[1]] }));
});

test("the keyboard begins at the marked cell, or at the first that can be picked", () => {
  assert.deepEqual(firstCursor(strip), { grid: 2, cell: 1 });
  assert.deepEqual(firstCursor({ ...strip, marks: [] }), { grid: 0, cell: 0 });
});

test("arrows walk within a grid, and over its edge to the nearest one", () => {
  const moved = (grid, cell, key) => Object.values(movedCursor(strip, { grid, cell }, key));
  assert.deepEqual(moved(0, 0, "ArrowRight"), [0, 1]);
  assert.deepEqual(moved(0, 0, "ArrowDown"), [0, 2]);
  assert.deepEqual(moved(0, 3, "ArrowUp"), [0, 1]);
  assert.deepEqual(moved(0, 3, "ArrowLeft"), [0, 2]);
  assert.deepEqual(moved(0, 3, "ArrowDown"), [2, 1], "the channel below");
  assert.deepEqual(moved(2, 0, "ArrowUp"), [0, 2], "and back");
  assert.deepEqual(moved(0, 3, "ArrowRight"), [3, 2], "the layer to the right");
  assert.deepEqual(moved(3, 3, "ArrowRight"), [3, 3], "the grid that nobody picks from is none");
  assert.deepEqual(moved(0, 0, "ArrowUp"), [0, 0], "nothing above");
});

test("page keys go from grid to grid, Home and End to the ends of one", () => {
  const moved = (grid, cell, key) => Object.values(movedCursor(strip, { grid, cell }, key));
  assert.deepEqual(moved(0, 3, "."), [2, 0]);
  assert.deepEqual(moved(3, 3, "."), [3, 3]);
  assert.deepEqual(moved(2, 3, ","), [0, 0]);
  assert.deepEqual(moved(2, 1, "Home"), [2, 0]);
  assert.deepEqual(moved(2, 1, "End"), [2, 3]);
  assert.equal(movedCursor(strip, { grid: 0, cell: 0 }, "Tab"), null);
});

test("the cell is outlined and said", () => {
  const cursor = { grid: 2, cell: 1 };
  const [{ box }] = litByCursor({ cursor, picture: strip });
  assert.deepEqual(box, [10, 30, 10, 10]);
  assert.deepEqual(litByCursor({ cursor: null, picture: strip }), []);
  const said = sentenceOf({ picture: strip, visibleStep: 0, cursor });
  assert.equal(said, "Conv 1, channel 2, row 1, column 2: 2.");
});
