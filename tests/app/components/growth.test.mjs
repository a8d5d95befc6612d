import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { growFrom, growInto } from "../../../app/components/grids/growth.js";
import { gridData } from "./fixtures.mjs";

const GRID = gridData({ x: 30, y: 10 }); // 20 x 20 units
let frames;

// A picture at a place on the page, two CSS pixels a unit.
function stageOf({ left = 100, lessMotion = false, pick = "map" } = {}) {
  const createElement = () => {
    const frame = { remove: () => { frame.removed = true; } };
    frame.animate = (way, settings) => Object.assign(frame, { way, settings });
    return frame;
  };
  return {
    scale: 2, picture: { grids: [{ pick }] }, player: { lessMotion: () => lessMotion },
    root: { ownerDocument: { createElement }, append: (frame) => frames.push(frame) },
    canvas: { getBoundingClientRect: () => ({ left, top: 50, width: 400, height: 300 }) },
  };
}

beforeEach(() => { frames = []; });

test("a frame runs from the clicked map to the picture that it opens, and goes", () => {
  growFrom(stageOf(), GRID, 0);
  growInto(stageOf({ left: 7 }), undefined, 400);
  const [{ way, settings, className }] = frames;
  assert.deepEqual(way, [
    { left: "160px", top: "70px", width: "40px", height: "40px" },
    { left: "7px", top: "50px", width: "400px", height: "300px" },
  ]);
  assert.deepEqual([settings.duration, className], [200, "growing"]);
  frames[0].onfinish();
  assert.ok(frames[0].removed);
});

test("a picture that no click has opened is simply there", () => {
  growInto(stageOf(), undefined, 0);
  growFrom(stageOf(), GRID, 0);
  growInto(stageOf(), undefined, 5000);
  growInto(stageOf(), undefined, 5001);
  assert.deepEqual(frames, [], "none, or long ago");
  growFrom(stageOf(), GRID, 6000);
  growInto(stageOf(), undefined, 6100);
  growInto(stageOf(), undefined, 6200);
  assert.equal(frames.length, 1, "one for a click");
});

test("what is chosen in a picture opens none", () => {
  for (const pick of ["map", "other"]) {
    growFrom(stageOf(), GRID, 0);
    growInto(stageOf({ pick }), stageOf().picture, 1);
    assert.equal(frames.length, pick === "other" ? 1 : 0);
  }
});

test("who wants less motion has none", () => {
  growFrom(stageOf(), GRID, 0);
  growInto(stageOf({ lessMotion: true }), undefined, 1);
  assert.deepEqual(frames, []);
});
