import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsAt, stepsOfCells, unpack, valueAt } from "../../../app/components/grids/unpack.js";
import { WINDOWS, floats, gridData, integers, picture, pictureData } from "./fixtures.mjs";

test("packed numbers come out as Python packed them, little-endian", () => {
  const grid = gridData({ values: "AACAPwAAAMAAAIB/" }); // 1, -2 and infinity, by Python's struct
  const [unpacked] = unpack(pictureData({ grids: [grid], marks: [] })).grids;
  assert.deepEqual([...unpacked.values], [1, -2, Infinity]);
  const mark = { grid: 0, cells: "/////wMAAAA=", style: "cells" }; // -1 and 3
  const [{ cells, each }] = unpack(pictureData({ marks: [mark], steps: 2 })).marks;
  assert.deepEqual([[...cells], each], [[-1, 3], 1]);
});

test("what is not sent stays null, and nothing of it is made up", () => {
  const [input] = picture().grids;
  assert.deepEqual([input.each, input.spread, input.outside], [null, null, null]);
  assert.equal(input.count, 9);
  assert.deepEqual(input.rgb, [[255, 0, 0], [255, 255, 255], [0, 0, 255]]);
});

test("places of the padding become a set, an empty one too", () => {
  for (const cells of [[0, 3], []]) {
    const grid = gridData({ values: floats([0, 1, 2, 3]), outside: integers(cells) });
    const [{ outside }] = unpack(pictureData({ grids: [grid], marks: [] })).grids;
    assert.deepEqual([...outside], cells);
  }
});

test("a mark with a number has the cells of that earlier mark", () => {
  const data = pictureData();
  const again = { grid: 1, cells: 0, style: "none" };
  const { marks } = unpack({ ...data, marks: [...data.marks, again] });
  assert.equal(marks[2].cells, marks[0].cells);
  assert.equal(marks[2].each, 4);
});

test("each step has its own cells, and each cell the steps that it goes into", () => {
  const [mark] = picture().marks;
  WINDOWS.forEach((cells, step) => assert.deepEqual([...cellsAt(mark, step)], cells));
  const inverse = stepsOfCells(mark);
  assert.deepEqual(inverse.get(0), [0]);
  assert.deepEqual(inverse.get(1), [0, 1]);
  assert.deepEqual(inverse.get(4), [0, 1, 2, 3], "the middle goes into all");
  assert.equal(inverse.size, 9);
  assert.equal(stepsOfCells(mark), inverse, "it is made once");
});

test("no cell is no cell that feeds, and a cell that is there twice goes into a step once", () => {
  const mark = { grid: 0, cells: integers([-1, 2, 2, -1, -1, 2]), style: "cells" };
  const inverse = stepsOfCells(unpack(pictureData({ marks: [mark], steps: 2 })).marks[0]);
  assert.deepEqual([...inverse], [[2, [0, 1]]]);
});

test("the value of a cell: one that stays, one for each step, one of the marked cells", () => {
  const all = picture();
  const [input, kernel, products, , window] = all.grids;
  assert.equal(valueAt(all, input, 8, 2), 9);
  assert.equal(valueAt(all, kernel, 3, 2), 2);
  assert.deepEqual([0, 1, 2, 3].map((cell) => valueAt(all, products, cell, 2)), [4, 0, 0, 16]);
  assert.deepEqual([0, 1, 2, 3].map((cell) => valueAt(all, window, cell, 2)), [4, 5, 7, 8]);
});

test("with spread only the marked cells differ from zero", () => {
  const data = pictureData();
  const values = WINDOWS.flatMap((_, step) => [1, 0.5, 0.25, 2].map((value) => value + step));
  const spread = floats(values);
  const grid = gridData({ rows: 3, columns: 3, from: 0, spread });
  const all = unpack({ ...data, grids: [...data.grids, grid] });
  const found = Array.from({ length: 9 }, (_, cell) => valueAt(all, all.grids[5], cell, 3));
  assert.deepEqual(found, [0, 0, 0, 0, 4, 3.5, 0, 3.25, 5]);
});

test("a grid that the picture before has as well is taken from it, as it was drawn", () => {
  const before = unpack(pictureData());
  for (const grid of before.grids) grid.cache = {};
  const data = pictureData({ id: "second" });
  data.grids[1] = { ...data.grids[1], values: floats([1, 0, 0, 3]) };
  data.grids[3] = { ...data.grids[3], outside: integers([1]) };
  const after = unpack(data, before);
  const isTaken = after.grids.map((grid, index) => grid === before.grids[index]);
  assert.deepEqual(isTaken, [true, false, true, false, true]);
  assert.deepEqual(after.grids.map(({ cache }) => cache !== null), isTaken);
  assert.deepEqual([...after.grids[1].values], [1, 0, 0, 3]);
  const fewer = { ...data, grids: data.grids.slice(0, 1) };
  assert.equal(unpack(data, unpack(fewer)).grids.length, 5);
});

test("nothing drawn is taken from a picture that looks different", () => {
  const before = unpack(pictureData());
  for (const [name, value] of [
    ["faint", "#000000"], ["between", "#000000"], ["line", "#000000"], ["font", "serif"],
  ]) {
    const after = unpack(pictureData({ [name]: value }), before);
    assert.ok(after.grids.every((grid, index) => grid !== before.grids[index]), name);
  }
});
