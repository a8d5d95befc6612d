// What app/ui/grids.py packed, as numbers again, and the value of every cell at every step.
import { channels } from "./colours.js";

const LOOK = ["font", "faint", "between", "line"]; // of a picture, and of every cell in it

function bytes(text) {
  const characters = atob(text);
  const unpacked = new Uint8Array(characters.length);
  for (let index = 0; index < characters.length; index++) {
    unpacked[index] = characters.charCodeAt(index);
  }
  return unpacked.buffer;
}

export const floats = (text) => (text === null ? null : new Float32Array(bytes(text)));
const integers = (text) => new Int32Array(bytes(text));

// Each picture is unpacked once, and a grid that the picture before has as well is taken from it,
// as it was drawn. A mark with a number for its cells has those of an earlier mark.
export function unpack(data, before = null) {
  const marks = [];
  for (const mark of data.marks) {
    const again = typeof mark.cells === "number";
    const cells = again ? marks[mark.cells].cells : integers(mark.cells);
    marks.push({ ...mark, cells, each: cells.length / data.steps, inverse: null });
  }
  const links = (data.links ?? []).map(unpackLink);
  const old = before && LOOK.every((name) => before[name] === data[name]) ? before.grids : [];
  const grids = data.grids.map((grid, index) => {
    return old[index] && isSame(grid, old[index].packed) ? old[index] : unpackGrid(grid);
  });
  return { ...data, marks, links, grids };
}

const isSame = (grid, other) => {
  return Object.entries(grid).every(([name, value]) => String(value) === String(other[name]));
};

function unpackLink(link) {
  return { ...link, rgb: link.colours.map(channels), kernels: floats(link.kernels) };
}

function unpackGrid(grid) {
  return {
    ...grid,
    packed: grid,
    rgb: grid.colours.map(channels),
    values: floats(grid.values),
    each: floats(grid.each),
    spread: floats(grid.spread),
    outside: grid.outside === null ? null : new Set(integers(grid.outside)),
    count: grid.rows * grid.columns,
    cache: null, // its cells, drawn
  };
}

// The cells that a mark has at a step; -1 stands for none.
export function cellsAt(mark, step) {
  return mark.cells.subarray(step * mark.each, (step + 1) * mark.each);
}

// The other way round: a map from each cell to the steps that it goes into, made at first use.
export function stepsOfCells(mark) {
  mark.inverse ??= invert(mark);
  return mark.inverse;
}

function invert(mark) {
  const inverse = new Map();
  mark.cells.forEach((cell, index) => {
    if (cell < 0) return;
    const step = Math.floor(index / mark.each);
    const steps = inverse.get(cell) ?? [];
    if (steps.at(-1) !== step) steps.push(step);
    inverse.set(cell, steps);
  });
  return inverse;
}

export function valueAt(picture, grid, cell, step) {
  if (grid.values) return grid.values[cell];
  if (grid.each) return grid.each[step * grid.count + cell];
  const mark = picture.marks[grid.from];
  const cells = cellsAt(mark, step);
  if (!grid.spread) return picture.grids[mark.grid].values[cells[cell]];
  const index = cells.indexOf(cell); // only the marked cells differ from zero
  return index < 0 ? 0 : grid.spread[step * mark.each + index];
}
