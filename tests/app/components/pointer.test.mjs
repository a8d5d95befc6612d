import assert from "node:assert/strict";
import { test } from "node:test";
import { click, hover, meaningOf, stepOf } from "../../../app/components/grids/pointer.js";
import { gridData, picture, pictureData } from "./fixtures.mjs";

const hit = (all, index, cell) => {
  const grid = all.grids[index];
  return { grid, index, cell, column: cell % grid.columns };
};

test("an output cell stands for its step, a cell of the unfolded input for its column's", () => {
  const all = picture();
  assert.deepEqual(meaningOf(all, hit(all, 3, 2)), { step: 2 });
  const grids = [gridData({ rows: 4, columns: 4, step: "column" })];
  const unfolded = picture({ grids, marks: [] });
  assert.deepEqual(meaningOf(unfolded, hit(unfolded, 0, 9)), { step: 1 });
});

test("an input cell stands for the steps that it goes into", () => {
  const all = picture();
  assert.deepEqual(meaningOf(all, hit(all, 0, 5)), { feeds: [1, 3], cell: 5, grid: 0 });
});

test("a weight and a product stand for an entry of the window", () => {
  const all = picture();
  const entry = { entries: 0, channel: 0, entry: 3 };
  assert.deepEqual(meaningOf(all, hit(all, 1, 3)), { ...entry, all: true, grid: 1 });
  assert.deepEqual(meaningOf(all, hit(all, 2, 3)), { ...entry, all: false, grid: 2 });
});

test("nothing stands for nothing", () => {
  const all = picture();
  assert.equal(meaningOf(all, null), null);
  assert.equal(meaningOf(all, hit(all, 4, 0)), null, "the window's own grid feeds nothing");
});

test("a click pins an output cell, or the only one that an input cell goes into", () => {
  assert.equal(stepOf({ step: 0 }), 0);
  assert.equal(stepOf({ feeds: [3] }), 3);
  assert.equal(stepOf({ feeds: [1, 3] }), undefined);
  assert.equal(stepOf({ entries: 0, entry: 1 }), undefined);
  assert.equal(stepOf(null), undefined);
});

function stageOf(changes = {}, { secret = false } = {}) {
  const events = [];
  const note = (name) => (...values) => events.push([name, ...values]);
  const player = { hover: note("hover"), pin: note("pin"), pinned: true };
  return {
    events, player, secret, scale: 2, picture: picture(changes),
    root: { focus() {} }, tell: note("tell"), sendStep: note("sendStep"),
    canvas: { style: {}, getBoundingClientRect: () => ({ left: 100, top: 50 }) },
  };
}

const at = (x, y) => ({ clientX: 100 + 2 * x, clientY: 50 + 2 * y });

test("the pointer's place on the screen is scaled to the picture", () => {
  const stage = stageOf();
  hover(stage, at(55, 45));
  assert.deepEqual(stage.events, [["hover", { step: 3 }]]);
  assert.equal(stage.canvas.style.cursor, "pointer");
  hover(stage, at(35, 5));
  assert.deepEqual(stage.events[1], ["hover", null]);
  assert.equal(stage.canvas.style.cursor, "default");
});

test("a click on an output cell pins it and tells Python", () => {
  const stage = stageOf();
  click(stage, at(55, 35));
  assert.deepEqual(stage.events, [["pin", 1], ["sendStep"]]);
});

test("Python is not told of a cell that was let go", () => {
  const stage = stageOf();
  stage.player.pinned = false;
  click(stage, at(55, 35));
  assert.deepEqual(stage.events, [["pin", 1]]);
});

test("a click on nothing, on a weight or in a picture that does not play pins nothing", () => {
  const stage = stageOf();
  click(stage, at(35, 5));
  click(stage, at(45, 5));
  assert.deepEqual(stage.events, []);
  const quiet = stageOf({ player: false });
  click(quiet, at(55, 35));
  assert.deepEqual(quiet.events, []);
});

test("a puzzle tells nothing to the pointer", () => {
  const stage = stageOf({}, { secret: true });
  hover(stage, at(55, 45));
  click(stage, at(55, 45));
  assert.deepEqual(stage.events, [["hover", null]]);
});

test("a grid to pick from tells its name and cell, each click anew", () => {
  const grids = [...pictureData().grids, gridData({ x: 70, y: 60, pick: "filter 2" })];
  const stage = stageOf({ grids });
  click(stage, at(85, 65));
  click(stage, at(85, 65));
  const picked = ["tell", "picked", { grid: "filter 2", cell: 1 }];
  assert.deepEqual(stage.events, [picked, picked]);
  stage.picture.isSaved = true;
  click(stage, at(75, 65));
  assert.deepEqual(stage.events, [picked, picked], "nobody hears it in a file");
});
