// The cells of one grid: colour, hatching, edge and number of each.
import { cellColour, textColour } from "./colours.js";
import { cellBox, numbersOf, textSize } from "./geometry.js";
import { valueAt } from "./unpack.js";

const EDGED = 4; // CSS pixels; smaller cells have no edge
const GAP = 6; // between the lines of the hatching

// Whether the cells are too small for an edge or a number, and none is hatched.
export function isPlain(grid, scale) {
  const side = Math.min(grid.width, grid.height) * scale;
  const hatched = grid.outside?.size || !grid.values.every(Number.isFinite);
  return side < EDGED && !hatched && !numbersOf(grid, scale).size;
}

// A canvas in CSS pixels, with so many dots for each.
export function enlarge(canvas, [width, height], dots) {
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  Object.assign(canvas, { width: Math.round(width * dots), height: Math.round(height * dots) });
}

// Draws with a pen; what is visited, secret and how large all is, it reads from the stage.
export function paintCells(pen, stage, grid, { step, hidden }) {
  const { size, write } = numbersOf(grid, stage.screenScale);
  const edged = Math.min(grid.width, grid.height) * stage.screenScale >= EDGED;
  for (let cell = 0; cell < grid.count; cell++) {
    const asked = hidden && cell === stage.step;
    if (grid.visited && !stage.visited[cell] && !asked) continue;
    const secret = hidden && (asked || !grid.visited);
    const value = secret ? 0 : valueAt(stage.picture, grid, cell, step);
    const text = secret ? "?" : size && write(value);
    paintCell(pen, stage, grid, { cell, value, text, size, secret, edged });
  }
}

function paintCell(pen, stage, grid, { cell, value, text, size, secret, edged }) {
  const { faint, between, line, font } = stage.picture;
  const box = cellBox(grid, cell);
  const outside = grid.outside?.has(cell);
  const colour = cellColour(grid, value);
  const empty = outside && (value === 0 || !colour);
  if (colour && !empty) {
    pen.fillStyle = colour;
    pen.fillRect(...box);
  }
  if (outside || !colour) hatch(pen, box, text ? faint : line);
  if (edged) {
    pen.strokeStyle = colour && !empty ? between : faint;
    pen.lineWidth = 0.5;
    pen.strokeRect(...box);
  }
  if (!text) return;
  pen.fillStyle = empty ? stage.ink : textColour(grid, value);
  const large = textSize(Math.max(size, 0.6 * grid.height), stage.screenScale);
  pen.font = secret ? `600 ${large}px ${font}` : `400 ${size}px ${font}`;
  writeInto(pen, box, text);
}

function writeInto(pen, [left, top, width, height], text) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, left + width / 2, top + height / 2 + 0.5);
}

// Slanted lines, for cells of the padding and for values that are on no scale. They go on from cell
// to cell, so that small ones are hatched as well.
function hatch(pen, [left, top, width, height], colour) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  const [first, last] = [left + top, left + width + top + height]; // x + y along a line
  for (let along = GAP * Math.ceil(first / GAP); along < last; along += GAP) {
    pen.moveTo(along - top - height, top + height);
    pen.lineTo(along - top, top);
  }
  pen.stroke();
  pen.restore();
}
