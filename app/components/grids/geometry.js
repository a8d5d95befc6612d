// Where things lie, in the picture's own units. A box is [left, top, width, height].
import { writings } from "./numbers.js";

const READABLE = 12; // pixels; no text is smaller, and a number without room has its colour
const LAPTOP = 1280; // CSS pixels: width of a window
const ENLARGED = 1.4; // what a zoomed window counts for at most
const LARGER = 1.4; // type of a presented page; app/ui/present_style.py has the same
const [LEAST, PHONE] = [0.64, 480]; // CSS pixels a unit, unless told otherwise in a room that wide
const [USUAL, FULLEST] = [0.52, 0.8]; // of a cell's height that its number takes, and may take
const LARGEST = 17; // units of a number, unless a grid says otherwise
const DIGIT = 0.56; // width of a digit in the size of its type
const [APART, CLOSEST] = [0.65, 0.45]; // digits of room between two cells' numbers, usual and least
const LOWEST = 250; // CSS pixels; a picture is given this height even in a lower window
const WINDOW = 40; // rem: the height of a window that fits all that surrounds a picture
const TITLE = 16; // units above a grid that its title takes, and half of them after it
const TAG = 4; // units around a number that stands over its cell

export const rowOf = (grid, cell) => Math.floor(cell / grid.columns);
export const columnOf = (grid, cell) => cell % grid.columns;

export function gridBox({ x, y, rows, columns, width, height }) {
  return [x, y, columns * width, rows * height];
}

export function cellBox(grid, cell) {
  const left = grid.x + columnOf(grid, cell) * grid.width;
  const top = grid.y + rowOf(grid, cell) * grid.height;
  return [left, top, grid.width, grid.height];
}

export function columnBox(grid, column) {
  const left = grid.x + column * grid.width;
  return [left, grid.y, grid.width, grid.rows * grid.height];
}

// The smallest box around cells of a grid, of which -1 is none; null around nothing.
export function boxAround(grid, cells) {
  const inside = [...cells].filter((cell) => cell >= 0);
  if (!inside.length) return null;
  const rows = inside.map((cell) => rowOf(grid, cell));
  const columns = inside.map((cell) => columnOf(grid, cell));
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const height = Math.max(...rows) - top + 1;
  const width = Math.max(...columns) - left + 1;
  return [
    grid.x + left * grid.width,
    grid.y + top * grid.height,
    width * grid.width,
    height * grid.height,
  ];
}

export function between(before, after, share) {
  return after.map((value, side) => before[side] + (value - before[side]) * share);
}

// What lies under a point: {grid, index, cell, column}, or null.
export function hitAt(grids, x, y) {
  for (const [index, grid] of grids.entries()) {
    const column = Math.floor((x - grid.x) / grid.width);
    const row = Math.floor((y - grid.y) / grid.height);
    const within = column >= 0 && column < grid.columns && row >= 0 && row < grid.rows;
    if (within) return { grid, index, cell: row * grid.columns + column, column };
  }
  return null;
}

// The box for text of a width and a size over a cell: around its middle, but within the picture.
export function tagBox(picture, grid, cell, { text, size }) {
  const [left, top, width, height] = cellBox(grid, cell);
  const [wide, tall] = [text + 2 * TAG, size + TAG];
  const middle = left + (width - wide) / 2;
  const inside = Math.max(0, Math.min(middle, picture.width - wide));
  return [inside, top + (height - tall) / 2, wide, tall];
}

// The room of a grid's title: up to the next title or grid beside it, or the end of the picture.
export function titleRoom({ grids, width }, { x, y }) {
  const beside = grids.filter((other) => {
    const end = other.y + other.rows * other.height;
    return other.x > x && other.y - TITLE < y && y - TITLE < end;
  });
  return Math.min(width, ...beside.map((other) => other.x - TITLE / 2)) - x;
}

// CSS pixels a unit: as wide as the room, but no higher than its share of the window. As that is a
// part of the window's height, whatever the size of the type, a page that is zoomed in has no
// smaller picture; it is scrolled. On a phone the picture is wider than its room.
// Of a presented page, ../keys/present/fit.js says what is left for its pictures.
export function scaleOf(picture, { room, windowHeight, left = null }) {
  const { around, share = 1, least = LEAST } = picture;
  const usual = Math.max(LOWEST, share * (1 - around / WINDOW) * windowHeight);
  const highest = left === null ? usual : (picture.presented ?? share) * left;
  const smallest = room < PHONE ? LEAST : least;
  return Math.min(Math.max(smallest, room / picture.width), highest / picture.height);
}

// CSS pixels that a presented page leaves for its pictures; null of any other page.
export function leftFor({ documentElement: { style, dataset } }) {
  return "present" in dataset ? parseFloat(style.getPropertyValue("--fit")) || null : null;
}

// What a CSS pixel counts for: in a laptop's window that is zoomed in, the pixels of the screen
// that it has, so that what is written there in 9 of them is as large as 12 were before; as much on
// a phone, which is held half as far from the eye. 1 in a window that is only small. On a presented
// page, with height left for its pictures, it counts for less: what is written is larger.
export function zoomOf({ innerWidth, devicePixelRatio }, left = null) {
  const zoom = Math.max(1, Math.min(devicePixelRatio, LAPTOP / innerWidth, ENLARGED));
  return left === null ? zoom : zoom / LARGER;
}

// Size of the numbers in a grid's cells and how they are written: as fully as there is room for;
// size 0 where they could not be read.
export function numbersOf(grid, scale) {
  return grid.common ? fittingNumbers(grid, grid.common, grid.common)
    : fittingNumbers(grid, READABLE / scale);
}

function fittingNumbers(grid, least, most = Infinity) {
  if (!grid.longest) return { size: 0 };
  for (const { write, length } of writings(grid)) {
    const fitting = (apart) => grid.width / (DIGIT * (length + apart));
    const usual = Math.min(grid.digits ?? LARGEST, USUAL * grid.height, fitting(APART), most);
    const size = Math.max(usual, least);
    if (size <= Math.min(FULLEST * grid.height, fitting(CLOSEST))) return { size, write };
  }
  return { size: 0 };
}

// Window, kernel and products belong together. Where only some of them have their numbers in the
// larger type of a presented page, for which `scale` counts, all have them in one size that any
// other page has too, for which `plain` counts.
export function keepTogether(grids, scale, plain) {
  const together = grids.filter(({ entries, longest }) => entries !== null && longest);
  const sizesAt = (one) => together.map((grid) => fittingNumbers(grid, READABLE / one).size);
  const [large, usual] = [sizesAt(scale), sizesAt(plain)];
  const isMixed = large.some(Boolean) && !large.every(Boolean) && usual.every(Boolean);
  for (const grid of together) grid.common = isMixed ? Math.min(...usual) : null;
}

// Beside its code a picture is narrow: numbers that have no room in the larger type of a presented
// page have the type of any other one. Scales as above.
export function keepWritten(grids, scale, plain) {
  for (const grid of grids.filter((one) => !numbersOf(one, scale).size)) {
    grid.common = fittingNumbers(grid, READABLE / plain).size || null;
  }
}

// Size of titles and signs: it grows with the picture and stays readable in a small one.
export const textSize = (size, scale) => Math.max(size, READABLE / scale);
