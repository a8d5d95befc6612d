import assert from "node:assert/strict";
import { test } from "node:test";
import { litByPointer, litByStep } from "../../../app/components/grids/lighting.js";
import { unpack } from "../../../app/components/grids/unpack.js";
import { gridData, integers, pictureData, stageOf } from "./fixtures.mjs";

const boxes = (lit) => lit.map(({ box }) => box);

test("a step lights its window on the input and its cell of the output", () => {
  const lit = litByStep(stageOf({}, { step: 1 }), 0);
  assert.deepEqual(boxes(lit), [[10, 0, 20, 20], [50, 30, 10, 10]]);
  assert.deepEqual(lit.map(({ line }) => line), [2, 2.6]);
});

test("an output cell under the pointer lights its own step", () => {
  const lit = litByStep(stageOf({}, { step: 0, hovered: { step: 3 } }), 0);
  assert.deepEqual(boxes(lit), [[10, 10, 20, 20], [50, 40, 10, 10]]);
});

test("what the room is asked for is not lit", () => {
  const lit = litByStep(stageOf({ secret: true }, { step: 1 }), 0);
  assert.deepEqual(boxes(lit), [[10, 0, 20, 20]]);
});

test("the window slides from the step before", () => {
  const slide = { from: 0 };
  const lit = litByStep(stageOf({}, { step: 1, slide, progress: (now) => now / 100 }), 25);
  assert.deepEqual(lit[0].box, [2.5, 0, 20, 20]);
});

function litMark(mark, { grid, ...player }) {
  const grids = [gridData({ rows: 2, columns: 4, ...grid })];
  const marks = [{ grid: 0, secret: false, ...mark }];
  const picture = unpack(pictureData({ grids, marks }));
  return litByStep(stageOf({ picture }, player), 0);
}

test("cells are lit one by one, but not while the window slides over them", () => {
  const mark = { cells: integers([0, -1, 1, 4, 2, 5, 3, -1]), style: "cells" };
  assert.deepEqual(boxes(litMark(mark, { step: 0 })), [[0, 0, 10, 10]], "none is none");
  assert.deepEqual(boxes(litMark(mark, { step: 1 })), [[10, 0, 10, 10], [0, 10, 10, 10]]);
  assert.deepEqual(litMark(mark, { step: 1, slide: { from: 0 } }), []);
});

test("a tie is dashed, a winner is not", () => {
  const cells = integers([0, 1, 2, 3]);
  const [tie] = litMark({ cells, style: "tie" }, { step: 2 });
  assert.deepEqual(tie, { box: [20, 0, 10, 10], line: 1.8, dash: [4, 3] });
  const [winner] = litMark({ cells, style: "winner" }, { step: 2 });
  assert.deepEqual(winner, { box: [20, 0, 10, 10], line: 3.4, dash: [] });
});

test("a step has its whole column, or the only one", () => {
  const mark = { cells: integers([]), style: "column" };
  assert.deepEqual(litMark(mark, { step: 3 }), [{ box: [30, 0, 10, 20], line: 2 }]);
  const grid = { rows: 8, columns: 1 };
  assert.deepEqual(litMark(mark, { step: 3, grid }), [{ box: [0, 0, 10, 80], line: 2 }]);
});

test("a window outside of the picture is not there, and neither is a mark without a style", () => {
  assert.deepEqual(litMark({ cells: integers([-1, 0, 1, 2]), style: "window" }, { step: 0 }), []);
  assert.deepEqual(litMark({ cells: integers([0, 1, 2, 3]), style: "none" }, { step: 0 }), []);
});

test("an input cell lights itself and the outputs that it goes into", () => {
  const hovered = { feeds: [0, 2], cell: 3, grid: 0 };
  const lit = litByPointer(stageOf({}, { hovered }));
  assert.deepEqual(boxes(lit), [[0, 10, 10, 10], [40, 30, 10, 10], [40, 40, 10, 10]]);
  assert.deepEqual(lit[1].dash, [3, 2]);
});

test("a product lights its weight and the input cell of this step", () => {
  const hovered = { entries: 0, channel: 0, entry: 3, all: false, grid: 2 };
  const lit = litByPointer(stageOf({}, { step: 2, hovered }));
  assert.deepEqual(boxes(lit), [[50, 10, 10, 10], [80, 10, 10, 10], [10, 20, 10, 10]]);
});

test("a weight lights every input cell that it meets", () => {
  const hovered = { entries: 0, channel: 0, entry: 3, all: true, grid: 1 };
  const lit = litByPointer(stageOf({}, { step: 2, hovered })).slice(2);
  const places = [[10, 10], [20, 10], [10, 20], [20, 20]];
  assert.deepEqual(boxes(lit), places.map((place) => [...place, 10, 10]));
  assert.ok(lit.every(({ line }) => line === 1.2));
});

test("a weight of another channel is not lit, and an output cell lights nothing more", () => {
  const hovered = { entries: 0, channel: 1, entry: 3, all: false, grid: 1 };
  assert.equal(litByPointer(stageOf({}, { hovered })).length, 1);
  assert.deepEqual(litByPointer(stageOf({}, { hovered: { step: 1 } })), []);
  assert.deepEqual(litByPointer(stageOf()), []);
});
