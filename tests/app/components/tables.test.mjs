import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { readable, tableOf, Tables } from "../../../app/components/grids/tables.js";
import { floats, gridData, integers, picture, stageOf } from "./fixtures.mjs";

test("grids with numbers that stay have a table, those to pick from and huge ones not", () => {
  const titles = (changes) => {
    return readable(stageOf({ picture: picture(changes) })).map((grid) => grid.title);
  };
  assert.deepEqual(titles(), ["Input", "Kernel", "Output"]);
  const large = { values: floats(Array(1201).fill(0)), rows: 1, columns: 1201 };
  const grids = [gridData(large), gridData({ values: floats([1, 2, 3, 4]), pick: "a" })];
  assert.deepEqual(titles({ grids, marks: [] }), []);
});

test("a table has the grid's title and its numbers row by row", () => {
  const stage = stageOf();
  const [input, , output] = readable(stage);
  assert.deepEqual(tableOf(stage, input), {
    caption: "Input", rows: [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]],
  });
  assert.deepEqual(tableOf(stage, output).rows, [["11", "14"], ["20", "23"]]);
});

test("numbers are written as the picture writes them, fractions whole, padding by name", () => {
  const values = floats([-1.5, 0, 0.0625, 1e4]);
  const rows = (changes) => {
    const grids = [gridData({ values, outside: integers([1]), ...changes })];
    const stage = stageOf({ picture: picture({ grids, marks: [] }) });
    return tableOf(stage, stage.picture.grids[0]).rows;
  };
  assert.deepEqual(rows({}), [["−1.50", "0, padding"], ["0.06", "10000"]]);
  assert.deepEqual(rows({ denominator: 16, outside: null })[1], ["1/16", "160000/16"]);
});

test("a puzzle's table hides what was not revealed", () => {
  const puzzle = { order: [2, 0], question: "?", id: "1" };
  const stage = stageOf({ picture: picture({ puzzle }) });
  stage.visited[2] = 1;
  const [input, , output] = readable(stage);
  assert.deepEqual(tableOf(stage, output).rows, [["?", "?"], ["20", "?"]]);
  assert.equal(tableOf(stage, input).rows[0][0], "1");
});

test("a question has no table of what appears with the answer, and hides what is asked", () => {
  const quiz = { question: 0 };
  const grids = [
    gridData({ title: "Output", values: floats([1, 2, 3, 4]), visited: true, secret: true }),
    gridData({ title: "Padded", values: floats([1, 2, 3, 4]), appears: true }),
  ];
  const stage = stageOf({ picture: picture({ quiz, grids, marks: [] }), secret: true });
  assert.deepEqual(readable(stage).map((grid) => grid.title), ["Output"]);
  assert.deepEqual(tableOf(stage, stage.picture.grids[0]).rows, [["?", "?"], ["?", "?"]]);
  stage.secret = false;
  assert.deepEqual(readable(stage).map((grid) => grid.title), ["Output", "Padded"]);
});

test("tables are written once for each picture and each answer, after a while", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const stage = { ...stageOf(), puzzle: { tally: { asked: 0 } } };
  const tables = new Tables(stage, null);
  let written = 0;
  tables.write = () => { written += 1; };
  const pass = (frames, milliseconds) => {
    for (let frame = 0; frame < frames; frame++) tables.soon();
    mock.timers.tick(milliseconds);
    return written;
  };
  assert.equal(pass(60, 299), 0, "while it may still change");
  assert.equal(pass(60, 1), 1);
  assert.equal(pass(60, 1000), 1, "hovering writes nothing");
  stage.puzzle.tally = { asked: 1 };
  assert.equal(pass(1, 300), 2);
  stage.picture = picture({ id: "second" });
  pass(1, 100);
  stage.picture = picture({ id: "third" });
  assert.equal(pass(1, 300), 3, "a picture that stayed for a moment has none");
  stage.picture = picture({ id: "fourth" });
  tables.soon();
  tables.stop();
  assert.equal(pass(0, 300), 3);
  mock.timers.reset();
});
