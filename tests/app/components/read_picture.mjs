// Reads a picture as Python packs it and prints what the browser makes of it, for a test in Python:
// the value of every cell at every step, as a number and as text, and the cells of every mark.
import { readFileSync } from "node:fs";
import { number } from "../../../app/components/grids/numbers.js";
import { cellsAt, unpack, valueAt } from "../../../app/components/grids/unpack.js";

const picture = unpack(JSON.parse(readFileSync(0, "utf-8")));
const steps = [...Array(picture.steps).keys()];

const valuesOf = (grid, step) => {
  return Array.from({ length: grid.count }, (_, cell) => valueAt(picture, grid, cell, step));
};
const values = picture.grids.map((grid) => steps.map((step) => valuesOf(grid, step)));
const cells = picture.marks.map((mark) => steps.map((step) => [...cellsAt(mark, step)]));
const outside = picture.grids.map((grid) => grid.outside && [...grid.outside]);
const each = (write) => values.map((grid) => grid.map((row) => row.map(write)));
const printed = { values: each(String), texts: each(number), cells, outside };
console.log(JSON.stringify(printed));
