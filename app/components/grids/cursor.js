// A cell to choose by keyboard, in a picture whose cells are there to be picked: {grid, cell}, the
// number of a grid and of a cell in it.
import { cellBox, columnOf, rowOf } from "./geometry.js";
import { cellsAt } from "./unpack.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const GRIDS = { ",": -1, ".": 1 };
const ASIDE = 3; // how much a step to the side counts against one straight ahead

export function isChosenFrom({ player, puzzle, quiz, grids }) {
  return !player && !puzzle && !quiz && grids.some((grid) => grid.pick !== null);
}

// Where the keyboard begins: at the cell that is marked, or at the first one.
export function firstCursor({ grids, marks }) {
  const mark = marks.find(({ grid, style }) => style === "winner" && grids[grid].pick !== null);
  if (mark) return { grid: mark.grid, cell: cellsAt(mark, 0)[0] };
  return { grid: grids.findIndex((grid) => grid.pick !== null), cell: 0 };
}

// Where a key leads; null for a key without a meaning. Over the edge of a grid lies the next one.
export function movedCursor({ grids }, cursor, key) {
  const last = grids[cursor.grid].count - 1;
  if (key === "Home") return { ...cursor, cell: 0 };
  if (key === "End") return { ...cursor, cell: last };
  if (key in GRIDS) return otherGrid(grids, cursor, GRIDS[key]);
  const arrow = ARROWS[key];
  return arrow ? inside(grids, cursor, arrow) ?? beyond(grids, cursor, arrow) : null;
}

function otherGrid(grids, cursor, way) {
  let index = cursor.grid + way;
  while (grids[index] && grids[index].pick === null) index += way;
  return grids[index] ? { grid: index, cell: 0 } : cursor;
}

function inside(grids, { grid: index, cell }, [across, down]) {
  const grid = grids[index];
  const [row, column] = [rowOf(grid, cell) + down, columnOf(grid, cell) + across];
  const within = row >= 0 && row < grid.rows && column >= 0 && column < grid.columns;
  return within ? { grid: index, cell: row * grid.columns + column } : null;
}

// The nearest cell of another grid in that direction; where there is none, it stays.
function beyond(grids, cursor, direction) {
  const from = middle(grids[cursor.grid], cursor.cell);
  let [best, nearest] = [cursor, Infinity];
  grids.forEach((grid, index) => {
    if (grid.pick === null || index === cursor.grid) return;
    for (let cell = 0; cell < grid.count; cell++) {
      const far = distance(from, middle(grid, cell), direction);
      if (far < nearest) [best, nearest] = [{ grid: index, cell }, far];
    }
  });
  return best;
}

function middle(grid, cell) {
  const [left, top, width, height] = cellBox(grid, cell);
  return [left + width / 2, top + height / 2];
}

// Infinite for what does not lie ahead.
function distance(from, to, [across, down]) {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const ahead = x * across + y * down;
  return ahead > 0 ? ahead + ASIDE * Math.abs(x * down - y * across) : Infinity;
}
