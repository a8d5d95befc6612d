import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOf } from "../../../app/components/grids/sentences.js";
import { floats, gridData, integers, picture, pictureData } from "./fixtures.mjs";

const said = (changes) => {
  const state = { picture: picture(), visibleStep: 0, secret: false, hovered: null };
  return sentenceOf({ ...state, ...changes });
};

test("each step has Python's sentence", () => {
  assert.equal(said({}), "1 + 10 = 11");
  assert.equal(said({ visibleStep: 3, hovered: { step: 3 } }), "5 + 18 = 23");
  const product = { entries: 0, entry: 3, all: false, grid: 2 };
  assert.equal(said({ visibleStep: 1, hovered: product }), "2 + 12 = 14");
});

test("a puzzle asks for a row and a column, counted from one", () => {
  const asked = picture({ puzzle: { order: [2], question: "What comes out at PLACE?", id: "1" } });
  const question = said({ picture: asked, visibleStep: 2, secret: true });
  assert.equal(question, "What comes out at row 2, column 1?");
  assert.equal(said({ picture: asked, visibleStep: 2 }), "4 + 16 = 20", "once it is revealed");
});

test("an input cell says what it is and where it goes", () => {
  const feeding = (cell, feeds) => said({ hovered: { feeds, cell, grid: 0 } });
  assert.equal(feeding(4, [0, 1, 2, 3]), "Input cell, 5: 4 output cells see it.");
  assert.equal(feeding(0, [0]), "Input cell, 1: 1 output cell sees it.");
  assert.equal(feeding(0, []), "Input cell, 1: 0 output cells see it.");
});

test("a cell of the padding says so", () => {
  const values = floats([0, -0.5, 2, 3]);
  const grids = [gridData({ values, outside: integers([1]), says: "Cell" })];
  const padded = picture({ grids: [...grids, ...pictureData().grids.slice(1)] });
  const hovered = { feeds: [0, 1], cell: 1, grid: 0 };
  const sentence = "Cell, −0.50 (padding): 2 output cells see it.";
  assert.equal(said({ picture: padded, hovered }), sentence);
});

test("a weight says that it goes everywhere", () => {
  const hovered = { entries: 0, entry: 3, all: true, grid: 1 };
  const sentence = "Weight 2: it goes into all 4 output cells, and meets one input cell for each.";
  assert.equal(said({ hovered }), sentence);
});
