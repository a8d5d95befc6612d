import assert from "node:assert/strict";
import { test } from "node:test";
import { asksItself, hasCome, questionOf, questionsOf } from "../../../../app/stage/pages/question.js";

const ASKED = {
  text: "What comes out at PLACE?", reasons: ["", "forgot the bias", "flipped", "moved"],
  rows: [[], ["1", "2", "3", "4", 2, 1, 2, 0, 3], []],
};
const SENTENCES = ["Row 1: 1 = 1", "Row 2, column 1: 1·3 = 3", "Row 3: 0"];

// A picture whose window moves on its first grid; `written` are the grids with numbers in them.
const at = (step, { written = [0], windows = [0] } = {}) => ({
  picture: {
    asked: ASKED, columns: 1, sentences: SENTENCES,
    marks: [...windows.map((grid) => ({ grid, style: "window" })), { grid: 3, style: "current" }],
  },
  step, writes: (grid) => written.includes(grid),
});

test("the next cell is asked for, with its place and its mistakes", () => {
  assert.deepEqual(questionOf(at(0)), {
    name: "the next cell", text: "What comes out at row 2, column 1?",
    choices: ["1", "2", "3", "4"], right: 2,
    wrong: ["forgot the bias", "flipped", "", "moved"], answer: "Row 2, column 1: 1·3 = 3",
  });
});

test("nothing is asked after the last cell, of a cell without answers, or without a picture", () => {
  for (const step of [1, 2, 7]) {
    assert.equal(questionOf(at(step)), null);
  }
  for (const stage of [undefined, null, {}, { picture: {}, step: 0 }]) {
    assert.equal(questionOf(stage), null);
  }
});

test("the next cell is not asked for where the numbers of a window are not on the screen", () => {
  assert.equal(questionOf(at(0, { written: [] })), null);
  assert.equal(questionOf(at(0, { written: [0, 1], windows: [0, 1, 2] })), null, "one of three");
  assert.equal(questionOf(at(0, { written: [0, 1, 2], windows: [0, 1, 2] })).right, 2);
});

test("a picture that asks itself asks that", () => {
  const quiz = {
    text: "Which size?", right: 1, said: "5 − 3 + 1 = 3",
    options: ["a", "b", "c", "d"].map((text) => ({ text, reason: `because ${text}` })),
  };
  assert.deepEqual(questionOf({ picture: { quiz, asked: ASKED }, step: 0 }), {
    name: "its own question", text: "Which size?", choices: ["a", "b", "c", "d"], right: 1,
    wrong: ["because a", "", "because c", "because d"], answer: "5 − 3 + 1 = 3",
  });
});

test("what a page has put into itself comes after what its picture of grids asks", () => {
  const stage = at(0);
  const put = [{ name: "a size", text: "How large?" }, { name: "a map", text: "Whose?" }];
  const page = {
    querySelectorAll: (selector) => (selector === "[data-questions]"
      ? [{ dataset: { questions: JSON.stringify(put) } }]
      : [{ shadowRoot: null }, { shadowRoot: { querySelector: () => ({ stage }) } }]),
  };
  const names = questionsOf(page).map(({ name }) => name);
  assert.deepEqual(names, ["the next cell", "a size", "a map"]);
});

test("a picture with questions of its own or a puzzle asks by itself", () => {
  const page = (picture) => ({
    querySelectorAll: () => [
      { shadowRoot: null }, { shadowRoot: { querySelector: () => null } },
      { shadowRoot: { querySelector: () => ({ stage: { picture } }) } },
    ],
  });
  for (const picture of [{ quiz: {} }, { puzzle: {} }]) assert.ok(asksItself(page(picture)));
  for (const picture of [{ quiz: null }, undefined]) assert.ok(!asksItself(page(picture)));
});

test("a page has come when its components have started and its pictures are drawn", () => {
  const host = (isStarted, grids = null) => ({
    dataset: isStarted ? { started: "" } : {}, shadowRoot: { querySelector: () => grids },
  });
  const grids = (stage, seen = 1) => ({ stage, getClientRects: () => Array(seen).fill({}) });
  const isThere = (...hosts) => hasCome({ querySelectorAll: () => hosts });
  assert.equal(isThere(), true);
  assert.equal(isThere(host(true), host(false)), false);
  assert.equal(isThere({ dataset: {}, shadowRoot: null }), false);
  assert.equal(isThere(host(true), host(true, grids({ scale: undefined }))), false);
  assert.equal(isThere(host(true), host(true, grids({ scale: 1.5 }))), true);
  assert.equal(isThere(host(true, grids({ scale: undefined }, 0))), true, "it is not to be seen");
});
