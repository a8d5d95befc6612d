import assert from "node:assert/strict";
import { test } from "node:test";
import {
  between, boxAround, cellBox, columnBox, gridBox, hitAt, keepTogether, keepWritten, numbersOf,
  scaleOf, tagBox, textSize, titleRoom, zoomOf,
} from "../../../app/components/grids/geometry.js";

const GRID = { x: 100, y: 20, rows: 2, columns: 3, width: 10, height: 5, longest: 2 };

test("cells lie row by row, from the grid's corner", () => {
  assert.deepEqual(gridBox(GRID), [100, 20, 30, 10]);
  assert.deepEqual(cellBox(GRID, 0), [100, 20, 10, 5]);
  assert.deepEqual(cellBox(GRID, 2), [120, 20, 10, 5]);
  assert.deepEqual(cellBox(GRID, 4), [110, 25, 10, 5]);
  assert.deepEqual(columnBox(GRID, 2), [120, 20, 10, 10]);
});

test("the box around cells holds them all, and none where there is none", () => {
  for (const cell of [0, 4]) assert.deepEqual(boxAround(GRID, [cell]), cellBox(GRID, cell));
  assert.deepEqual(boxAround(GRID, [5, -1, 1]), [110, 20, 20, 10]);
  assert.equal(boxAround(GRID, Int32Array.of(-1, -1)), null);
});

test("a point hits the cell that it lies in, edges left and above included", () => {
  const grids = [{ ...GRID, x: 0 }, GRID];
  const cases = [[100, 20, 0], [109.9, 24.9, 0], [110, 25, 4], [129.9, 29.9, 5]];
  for (const [x, y, cell] of cases) {
    const column = cell % 3;
    assert.deepEqual(hitAt(grids, x, y), { grid: GRID, index: 1, cell, column });
  }
  assert.equal(hitAt(grids, 29, 21).index, 0);
  for (const [x, y] of [[99.9, 22], [130, 22], [105, 19.9], [105, 30], [50, 22]]) {
    assert.equal(hitAt(grids, x, y), null, `${x}, ${y}`);
  }
});

test("a picture is as wide as its room, unless it were too high for the window", () => {
  const picture = { width: 1000, height: 400, around: 20 };
  const scale = (room, windowHeight) => scaleOf(picture, { room, windowHeight });
  assert.equal(scale(900, 1080), 0.9, "1920 x 1080");
  assert.equal(scale(900, 720), 0.9, "1280 x 720: half of 720 pixels is left");
  assert.equal(scale(900, 690), 345 / 400, "lower");
  assert.equal(scale(900, 400), 250 / 400, "200 are left, but it gets 250");
  assert.equal(scale(320, 568), 0.64, "a phone, where it is moved sideways");
  const lower = { ...picture, share: 0.75 };
  assert.equal(scaleOf(lower, { room: 900, windowHeight: 720 }), 0.75 * 0.9);
  const shown = { room: 900, windowHeight: 720, left: 200 };
  assert.equal(scaleOf({ ...lower, presented: 0.5 }, shown), 100 / 400, "shown to a room");
  assert.equal(scaleOf(lower, shown), 150 / 400);
});

test("a page that is zoomed in has no smaller picture on the screen", () => {
  const picture = { width: 1000, height: 600, around: 22 };
  const [before, ...zoomed] = [1, 1.25, 1.5, 2].map((zoom) => {
    return zoom * scaleOf(picture, { room: 900, windowHeight: 720 / zoom });
  });
  for (const scale of zoomed) assert.ok(scale >= before - 1e-9);
});

test("a window of a laptop that is zoomed in has more pixels of the screen a CSS pixel", () => {
  const zoom = (innerWidth, devicePixelRatio) => zoomOf({ innerWidth, devicePixelRatio });
  assert.equal(zoom(1280, 1), 1);
  assert.equal(zoom(1024, 1.25), 1.25);
  assert.equal(zoom(853, 1.5), 1.4);
  assert.equal(zoom(640, 2), 1.4);
  assert.equal(zoom(1440, 2), 1, "a screen of fine dots");
  assert.equal(zoom(1024, 1), 1, "a small window");
  assert.equal(zoom(390, 3), 1.4, "a phone");
});

test("numbers fill their cell, stop at 17 units and vanish where 12 pixels have no room", () => {
  const size = (width, longest, scale = 1, whole = longest) => {
    return numbersOf({ width, height: width, longest, whole }, scale).size;
  };
  assert.equal(size(100, 2), 17);
  assert.equal(size(25, 2), 13, "by the height");
  assert.equal(size(40, 5), 40 / (0.56 * 5.65), "by the width, with room beside them");
  assert.equal(size(40, 5, 1, 3), 40 / (0.56 * 5.15), "a point is half a digit");
  assert.equal(size(40, 9, 1, 3), size(40, 5, 1, 3), "longer ones are written briefly");
  assert.equal(size(50, 7, 1, 6), 50 / (0.56 * 6.65), "but no digit before the point is left out");
  assert.equal(size(24, 2, 0.9) * 0.9, 12, "in 12 pixels where these have room");
  assert.equal(size(16, 1, 1), 12);
  assert.equal(size(14.9, 1, 1), 0, "by the height");
  assert.equal(size(30, 5, 1.2), 0, "by the width");
  assert.equal(size(100, 0), 0, "a grid without numbers");
});

test("of window, kernel and products none is without numbers where another one has them", () => {
  const grid = (longest, entries = 0) => ({ width: 50, height: 37, longest, entries });
  const [plain, presented] = [0.83, 0.83 / 1.4];
  const sizes = (...grids) => {
    keepTogether(grids, presented, plain);
    return grids.map((one) => Math.round(numbersOf(one, presented).size * plain * 10) / 10);
  };
  assert.deepEqual(sizes(grid(3), grid(3)), [16.8, 16.8], "1.4 times 12 pixels");
  assert.deepEqual(sizes(grid(3), grid(4)), [14.1, 14.1], "all in the size that all have room for");
  assert.deepEqual(sizes(grid(4), grid(5)), [0, 0], "none has its numbers in the larger type");
  assert.deepEqual(sizes(grid(3), grid(4, null)), [16.8, 0], "a grid that stands alone");
  assert.deepEqual(sizes(grid(3), grid(0)), [16.8, 0], "one that never has numbers");
  assert.deepEqual(sizes(grid(3), { ...grid(4), width: 20 }), [16.8, 0], "no room in any size");
});

test("a number is written as fully as its cell has room", () => {
  const written = (width, grid) => {
    return numbersOf({ width, height: 30, longest: 5, whole: 2, ...grid }, 1).write?.(-0.375);
  };
  assert.equal(written(34), "−0.38");
  assert.equal(written(33), "−.38", "without the zero before the point");
  assert.equal(written(26), undefined, "with its colour alone");
  assert.equal(written(34, { longest: 2, whole: 2, denominator: 8 }), "−3", "as a numerator");
  assert.equal(written(16, { longest: 2, whole: 2, denominator: 8 }), undefined);
});

test("a number over its cell stays in the picture", () => {
  const picture = { width: 140 };
  const box = (cell) => tagBox(picture, { ...GRID, width: 16 }, cell, { text: 30, size: 12 });
  assert.deepEqual(box(0), [89, 14.5, 38, 16], "around the middle of its cell");
  assert.deepEqual(box(2), [102, 14.5, 38, 16], "at the right edge");
  assert.deepEqual(tagBox(picture, { ...GRID, x: 0 }, 0, { text: 30, size: 12 })[0], 0);
});

test("titles grow with the picture but stay at 12 pixels in a small one", () => {
  assert.equal(textSize(14, 2), 14);
  assert.equal(textSize(14, 0.5) * 0.5, 12);
});

test("a box between two others", () => {
  assert.deepEqual(between([0, 10, 4, 4], [10, 10, 4, 8], 0.25), [2.5, 10, 4, 5]);
});

test("beside its code a picture is no wider than its room, but on a phone", () => {
  const picture = { width: 1000, height: 400, around: 20, least: 0.45 };
  const scale = (room) => scaleOf(picture, { room, windowHeight: 720 });
  assert.deepEqual([620, 500, 320].map(scale), [0.62, 0.5, 0.64]);
});

test("beside its code a presented picture has the numbers of any other one", () => {
  const grids = [{ width: 24, height: 24, longest: 2 }, { ...GRID }, { ...GRID, longest: 0 }];
  const size = () => grids.map((one) => numbersOf(one, 0.9 / 1.4).size * 0.9);
  assert.deepEqual(size(), [0, 0, 0]);
  keepWritten(grids, 0.9 / 1.4, 0.9);
  assert.deepEqual(size(), [12, 0, 0]);
});

test("a title ends before a title or a grid that stands beside it", () => {
  const at = (x, y) => ({ ...GRID, x, y }); // 30 wide, 10 high
  const room = (...others) => titleRoom({ grids: [at(0, 40), ...others], width: 200 }, at(0, 40));
  assert.equal(room(), 200);
  assert.equal(room(at(60, 40)), 52, "a title");
  assert.equal(room(at(60, 20)), 52, "cells that end where the title is");
  assert.equal(room(at(60, 10), at(60, 60), at(60, 80)), 200, "above and below");
});
