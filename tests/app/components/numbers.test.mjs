import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  brief, number, rounded, spoken, tight, writer, writings, writtenLength,
} from "../../../app/components/grids/numbers.js";

const check = (write, table) => {
  for (const [value, text] of table) assert.equal(write(value), text, `${value}`);
};

test("whole numbers as they are, others with two decimals and a true minus sign", () => {
  check(number, [
    [0, "0"], [-0, "0"], [3, "3"], [-3, "−3"], [1e4, "10000"],
    [0.5, "0.50"], [-2.675, "−2.68"], [12.345, "12.35"], [-99.999, "−100.00"],
    [0.005, "0.01"], [-0.001, "0.00"], [Infinity, "∞"], [-Infinity, "−∞"],
  ]);
});

test("a half goes away from zero, as in Python and by hand", () => {
  const tables = JSON.parse(readFileSync(new URL("./rounding.json", import.meta.url), "utf-8"));
  for (const [decimals, table] of Object.entries(tables)) {
    check((value) => rounded(value, Number(decimals)), table);
  }
  check(number, [[0.125, "0.13"], [-7.125, "−7.13"], [1e21, "1e+21"]]);
});

test("a cell with little room gets three digits", () => {
  check(brief, [
    [0.25, "0.25"], [9.994, "9.99"], [9.994999885559082, "10.0"], [9.995, "10.0"],
    [9.996, "10.0"], [-12.34, "−12.3"],
    [12.25, "12.3"], [99.94, "99.9"], [99.95, "100"], [99.96, "100"], [-123.4, "−123"],
    [1000, "1000"], [Infinity, "∞"],
  ]);
});

test("a cell with still less room gets two digits and no zero before the point", () => {
  check(tight, [
    [0.25, ".25"], [-0.18, "−.18"], [0.001, ".00"], [-0.001, ".00"], [0.994, ".99"],
    [0.995, "1.0"], [0.996, "1.0"], [0.125, ".13"], [1.25, "1.3"], [-1.26, "−1.3"], [9.94, "9.9"],
    [9.95, "10"], [9.96, "10"], [12.5, "13"], [-123.4, "−123"],
    [0, "0"], [-12, "−12"], [Infinity, "∞"],
  ]);
});

test("the fullest way to write a grid's numbers comes first", () => {
  const lengths = (grid) => writings(grid).map(({ length }) => length);
  assert.deepEqual(lengths({ longest: 5, whole: 2, signed: true }), [4.5, 3.5]);
  assert.deepEqual(lengths({ longest: 4, whole: 1, signed: false }), [3.5, 2.5]);
  assert.deepEqual(lengths({ longest: 7, whole: 4, signed: true }), [4.5, 4]);
  assert.deepEqual(lengths({ longest: 4, whole: 4, signed: true }), [4, 4], "whole numbers");
  assert.deepEqual(lengths({ longest: 2, whole: 2, denominator: 16 }), [2]);
});

test("a grid is brief if its longest number has more than five characters", () => {
  assert.equal(writer({ longest: 5 }), number);
  assert.equal(writer({ longest: 6 }), brief);
  const length = (longest, whole) => writtenLength({ longest, whole });
  assert.equal(writtenLength({ longest: 6, whole: 3, signed: false }), 3.5, "152.50 as 152");
  assert.equal(writtenLength({ longest: 9, whole: 6, signed: false }), 6);
  assert.deepEqual([length(2, 2), length(5, 3), length(7, 3)], [2, 4.5, 4.5]);
  assert.equal(length(9, 6), 6, "−9999.99 is written as −10000");
  assert.equal(length(6, 6), 6, "whole numbers are never shortened");
});

test("fractions write their numerators in cells, and themselves in sentences", () => {
  const sixteenths = { longest: 2, denominator: 16 };
  assert.deepEqual([0.0625, 0.25, 0].map(writer(sixteenths)), ["1", "4", "0"]);
  assert.deepEqual([0.0625, -0.25, 0].map((one) => spoken(sixteenths, one)), [
    "1/16", "−4/16", "0",
  ]);
  assert.equal(spoken({ longest: 4, denominator: null }, 0.0625), "0.06");
});
