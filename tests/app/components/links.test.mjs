import assert from "node:assert/strict";
import { test } from "node:test";
import { luminance } from "../../../app/components/grids/colours.js";
import {
  along, curveOf, isAside, linkSentence, linkTo, litByLink, litLink, opacityOf, paintKernels,
  paintLinks,
} from "../../../app/components/grids/links.js";
import { meaningOf } from "../../../app/components/grids/pointer.js";
import { sentenceOf } from "../../../app/components/grids/sentences.js";
import { COLOURS, floats, gridData, picture } from "./fixtures.mjs";

const values = floats([1, 2, 3, 4]);
const map = (x, y) => gridData({ x, y, values, pick: "map", says: "Map" });
const LINK = {
  grid: 2, sources: [0, 1], kernels: floats([1, 0, 0, -1, 2, 2, 2, 2]), rows: 2, columns: 2,
  side: 8, largest: 2, colours: COLOURS, cells: false, text: "Map 1, PLACE: VALUE.",
};
const all = picture({
  grids: [map(0, 0), map(0, 40), map(60, 20), map(0, 80)], marks: [], player: false,
  links: [LINK, { ...LINK, grid: 3, sources: [2], kernels: null, cells: true, text: "Unit PLACE" }],
});

test("a cell of a linked map stands for its link", () => {
  const hit = { grid: all.grids[2], index: 2, cell: 3, column: 1 };
  assert.deepEqual(meaningOf(all, hit), { link: 0, cell: 3, grid: 2 });
  assert.equal(linkTo(all, 0), -1, "the first maps are made of nothing");
});

test("the pointer's link is lit, and else the keyboard's", () => {
  const hovered = { link: 1, cell: 2, grid: 3 };
  const cursor = { grid: 2, cell: 1 };
  assert.equal(litLink({ picture: all, hovered, cursor }).grid, 3);
  assert.deepEqual(litLink({ picture: all, hovered: null, cursor }).sources, [0, 1]);
  assert.equal(litLink({ picture: all, hovered: null, cursor: { grid: 0, cell: 1 } }), null);
  assert.equal(litLink({ picture: all, hovered: { step: 1 }, cursor: null }), null);
});

test("what the lit link leaves alone is aside", () => {
  const lit = litLink({ picture: all, hovered: { link: 0, cell: 0, grid: 2 }, cursor: null });
  assert.deepEqual([0, 1, 2, 3].filter((index) => isAside(all, lit, index)), [3]);
  assert.deepEqual([0, 1, 2, 3].filter((index) => isAside(all, null, index)), []);
});

test("a map aside is seen on the dark page: a white cell has a contrast of 3 to 1", () => {
  const lit = litLink({ picture: all, hovered: { link: 0, cell: 0, grid: 2 }, cursor: null });
  const page = [20, 24, 29];
  const cell = page.map((value) => value + (255 - value) * opacityOf(all, lit, 3));
  assert.ok((luminance(cell) + 0.05) / (luminance(page) + 0.05) >= 3);
  assert.equal(opacityOf(all, lit, 0), 1);
});

test("a curve goes from the middle of a map's right side to the middle of the other's left", () => {
  const curve = curveOf(all, all.links[0], 1);
  assert.deepEqual(curve, [[20, 50], [40, 50], [40, 30], [60, 30]]);
  assert.deepEqual(along(curve, 0), [20, 50]);
  assert.deepEqual(along(curve, 1), [60, 30]);
  assert.deepEqual(along(curve, 0.5), [40, 40]);
  assert.deepEqual(curveOf(all, all.links[1], 2, 3)[3], [10, 95], "to the very cell of a unit");
});

test("the lit map and its sources are outlined", () => {
  const lit = litLink({ picture: all, hovered: { link: 0, cell: 0, grid: 2 }, cursor: null });
  const boxes = litByLink({ picture: all }, lit).map(({ box }) => box);
  assert.deepEqual(boxes, [[0, 0, 20, 20], [0, 40, 20, 20], [60, 20, 20, 20]]);
  assert.deepEqual(litByLink({ picture: all }, null), []);
});

test("the sentence says the cell and its number", () => {
  const hovered = { link: 0, cell: 3, grid: 2 };
  assert.equal(sentenceOf({ picture: all, visibleStep: 0, hovered, cursor: null }),
    "Map 1, row 2, column 2: 4.");
  assert.equal(linkSentence(all, { ...all.links[1], names: ["a", "b", "c"], cell: 2 }, "3"),
    "Unit c");
});

test("every link is drawn, the lit one once more, and its kernels in their colours", () => {
  const drawn = { curves: 0, colours: [] };
  const pen = {
    beginPath() {}, moveTo() {}, stroke() {}, strokeRect() {},
    bezierCurveTo() { drawn.curves += 1; },
    fillRect() { drawn.colours.push(this.fillStyle); },
  };
  const stage = { pen, picture: all, ink: "#000000" };
  paintLinks(stage, null);
  assert.equal(drawn.curves, 3);
  const lit = litLink({ picture: all, hovered: { link: 0, cell: 0, grid: 2 }, cursor: null });
  paintLinks(stage, lit);
  assert.equal(drawn.curves, 3 + 3 + 2);
  paintKernels(stage, null);
  assert.deepEqual(drawn.colours, []);
  paintKernels(stage, lit);
  const cells = drawn.colours.filter((colour) => colour.startsWith("rgb"));
  assert.deepEqual(cells, [
    "rgb(128,128,255)", "rgb(255,255,255)", "rgb(255,255,255)", "rgb(255,128,128)",
    ...Array(4).fill("rgb(0,0,255)"),
  ]);
});
