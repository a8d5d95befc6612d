import assert from "node:assert/strict";
import { test } from "node:test";
import { cellsOf, statementsOf } from "../../../app/components/code/cells.js";
import { inStep, litStatement, walked } from "../../../app/components/code/running.js";
import {
  expanded, numbersAt, placesAt, takeNumbers, textAt, unpack,
} from "../../../app/components/code/unpack.js";
import { madeText, variableRows, written } from "../../../app/components/code/values.js";
import { litByCode } from "../../../app/components/grids/lighting.js";
import { floats, stageOf } from "./fixtures.mjs";

// The convolution of fixtures.mjs: grid 0 is the input, 1 the kernel, 3 the output.
const statement = (first, changes) => {
  const nothing = { asks: [], reads: [], makes: [] };
  return { first, last: first, when: "step", ran: true, ...nothing, ...changes };
};
const word = { text: { of: ["9"], at: [0, 0, 1] } };
const CODE = unpack({
  id: "code", name: "conv2d_loops", cycles: true,
  lines: [],
  statements: [
    statement(0, { when: "before", makes: [0, 1] }),
    statement(5, { when: "before", asks: [1], reads: [0], makes: [5] }),
    statement(6, { makes: [2] }),
    statement(7, { reads: [0, 2], makes: [3] }),
    statement(8, { ran: false }),
    statement(9, { reads: [3, 1], makes: [4] }),
    statement(10, { when: "after", reads: [4] }),
  ],
  variables: [
    {
      name: "input", text: { of: ["3 × 3 float32"], at: [0, 0, 1] }, memory: 0,
      places: { first: [0, 1, 9], shift: null }, values: null, width: 3,
    },
    {
      name: "weight", text: { of: ["2 × 2 float32"], at: [0, 0, 1] }, memory: 1,
      places: { first: [0, 1, 4], shift: null }, values: null, width: 2,
    },
    { name: "x", text: { of: ["0", "1"], at: [0, 1, 2, 0, 1, 2] } },
    {
      name: "window", text: { of: ["2 × 2 float32"], at: [0, 0, 4] }, memory: 0,
      places: { first: [0, 1, 2, 3, 1, 2], shift: [0, 1, 2, 3, 1, 2] }, values: null, width: 2,
    },
    {
      name: "output[y, x]", text: { of: ["1 float32"], at: [0, 0, 4] }, memory: 2,
      places: { columns: [[0, 1, 4]] }, values: floats([11, 14, 20, 0.0123]), width: 1,
    },
    { name: "size", ...word },
  ],
  memories: [
    { values: floats([1, 2, 3, 4, 5, 6, 7, 8, 9]), cells: [[0, 0, 0, 9]] },
    { values: floats([1, 0, 0, 2]), cells: [[1, 0, 0, 4]] },
    { values: floats([11, 14, 20, 23]), cells: [[3, 0, 0, 2], [3, 2, 2, 2]] },
  ],
});
const NAMED = { name: "bias", text: { of: ["10 numbers, float32"], at: [0, 0, 1] } };
const WINDOW = CODE.variables[3];

test("whole numbers come from parts that grow evenly", () => {
  assert.deepEqual(expanded([3, 2, 3, 9, 0, 2, -1, 0, 1]), [3, 5, 7, 9, 9, -1]);
  assert.deepEqual(expanded([]), []);
});

test("a variable has its places, numbers and words of a step", () => {
  assert.deepEqual(placesAt(WINDOW, 3), [4, 5, 7, 8]);
  assert.deepEqual(numbersAt(WINDOW, CODE.memories, 3), [5, 6, 8, 9]);
  assert.deepEqual(numbersAt(CODE.variables[0], CODE.memories, 2).length, 9); // at every step
  assert.deepEqual(numbersAt(CODE.variables[4], CODE.memories, 1), [14]); // its own
  assert.deepEqual([0, 1, 2, 3].map((step) => textAt(CODE.variables[2], step)).join(""), "0101");
  assert.deepEqual(numbersAt({ ...WINDOW, later: true }, CODE.memories, 3), []);
});

test("numbers that were not sent are those of the picture's cells", () => {
  const variable = { ...word, name: "input", width: 3, memory: 0, values: null };
  const code = unpack({
    variables: [{ ...variable, places: { first: [0, 1, 3], shift: null } }],
    memories: [{ values: null, cells: [[1, 0, 2, 2], [0, 2, 0, 1], [1, 2, 5, 1]] }],
  });
  const [input] = code.variables;
  assert.deepEqual(numbersAt(input, code.memories, 0), []);
  takeNumbers(code, { grids: [{ values: [7] }, { values: [0, 1, 2, 3] }] });
  assert.deepEqual(numbersAt(input, code.memories, 0), [2, 3, 7]);
});

test("a line lights what it reads and makes, a cell the lines that do", () => {
  const product = CODE.statements[5];
  assert.deepEqual(cellsOf(CODE, product, 3), [
    { grid: 0, cells: [4, 5, 7, 8] },
    { grid: 1, cells: [0, 1, 2, 3] },
    { grid: 3, cells: [3] },
  ]);
  const lines = (grid, cell, step) => {
    return statementsOf(CODE, { grid, cell }, step).map(({ first }) => first);
  };
  assert.deepEqual(lines(0, 8, 3), [0, 5, 7, 9]);
  assert.deepEqual(lines(0, 8, 0), [0, 5]); // the window is elsewhere
  assert.deepEqual(lines(1, 2, 0), [0, 9]);
  assert.deepEqual(lines(3, 3, 3), [9, 10]);
  assert.deepEqual(lines(2, 0, 0), []);
});

test("cells that fill a box are one box in the picture, others one each", () => {
  const boxes = (cells) => {
    const beside = { cells: [{ grid: 0, cells }] };
    return litByCode(stageOf({ beside, accent: "#00f" })).map(({ box }) => box);
  };
  assert.deepEqual(boxes([4, 5, 7, 8]), [[10, 10, 20, 20]]);
  assert.deepEqual(boxes([0, 8]), [[0, 0, 10, 10], [20, 20, 10, 10]]);
  assert.deepEqual(boxes([]), []);
  assert.deepEqual(litByCode(stageOf()), []);
});

test("a line's end says what it has made, the side all that it names", () => {
  assert.equal(madeText(CODE, CODE.statements[2], 3), "x = 1");
  assert.equal(madeText(CODE, CODE.statements[3], 0), "window = 1, 2, 4, 5");
  assert.equal(madeText(CODE, CODE.statements[0], 0), "input = 3 × 3, weight = 1, 0, 0, 2");
  assert.equal(madeText(CODE, CODE.statements[4], 0), "not run");
  const bias = { ...CODE, variables: [NAMED] };
  assert.equal(madeText(bias, { makes: [0], ran: true }, 0), "bias = 10 numbers");
  const [asked, read, made] = variableRows(CODE, CODE.statements[1], 0);
  assert.deepEqual(asked, { name: "weight", text: "2 × 2 float32", rows: [], isMade: false });
  assert.deepEqual(read.rows, [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]);
  assert.deepEqual(made, { name: "size", text: "9", rows: [], isMade: true });
});

test("a small number is not written as 0", () => {
  assert.deepEqual([0.0123, -0.00004, 0, 0.5, 12, -Infinity].map(written), [
    "0.012", "−0.00004", "0", "0.50", "12", "−∞",
  ]);
});

test("lit is what the pointer is on, what runs, what was chosen, or the end of a step", () => {
  const player = { playing: true, next: 1500, pause: () => 500 };
  const lit = (state, one = null, now = 0) => {
    const { statement: found, isAsked } = litStatement(CODE, state, one, now);
    return [found.first, isAsked];
  };
  assert.deepEqual(inStep(CODE).map(({ first }) => first), [6, 7, 9]);
  assert.deepEqual(lit({ hovered: 3, pinned: 5 }, player, 1000), [7, true]);
  assert.deepEqual([1000, 1200, 1499].map((now) => {
    return lit({ hovered: null, pinned: null }, player, now)[0];
  }), [6, 7, 9]);
  assert.deepEqual(lit({ hovered: null, pinned: 1 }, { playing: false }), [5, true]);
  assert.deepEqual(lit({ hovered: null, pinned: null }), [9, false]);
});

test("keys walk over the lines that ran, and over a step's last one into the next step", () => {
  const to = (current, key) => walked(CODE, current, key);
  assert.deepEqual(to(2, "ArrowDown"), { statement: 3, step: 0 });
  assert.deepEqual(to(3, "ArrowDown"), { statement: 5, step: 0 }); // one did not run
  assert.deepEqual(to(5, "ArrowDown"), { statement: 2, step: 1 });
  assert.deepEqual(to(2, "ArrowUp"), { statement: 5, step: -1 });
  assert.deepEqual(to(0, "ArrowUp"), { statement: 0, step: 0 });
  const once = { ...CODE, cycles: false };
  assert.deepEqual(walked(once, 5, "ArrowDown"), { statement: 6, step: 0 });
});
