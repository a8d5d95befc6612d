// The picture's numbers as tables, for a screen reader that walks them: a caption, a head for each
// row and column, and each number as the picture writes it. Nobody sees them.
import { spoken } from "./numbers.js";
import { isHidden } from "./paint.js";
import { valueAt } from "./unpack.js";

const LARGEST = 1200; // cells; a longer table is one that nobody walks through
const LATER = 300; // milliseconds
const HIDDEN = "?"; // a number that the room is asked for

// The grids with numbers of their own that stay: what changes from step to step is in the
// sentence below, and what is there to choose from has no number to read.
export function readable(stage) {
  return stage.picture.grids.filter((grid) => {
    const { values, pick, count } = grid;
    return values && pick === null && count <= LARGEST && !isHidden(stage, grid);
  });
}

// {caption, rows}: every row as texts, from left to right.
export function tableOf(stage, grid) {
  const { picture, visited } = stage;
  const asked = (picture.puzzle || picture.quiz) && grid.secret;
  const text = (cell) => {
    if (asked && !visited[cell]) return HIDDEN;
    const number = spoken(grid, valueAt(picture, grid, cell, 0));
    return grid.outside?.has(cell) ? `${number}, padding` : number;
  };
  const cells = (row) => Array.from({ length: grid.columns }, (_, column) => {
    return text(row * grid.columns + column);
  });
  return {
    caption: grid.title || grid.says,
    rows: Array.from({ length: grid.rows }, (_, row) => cells(row)),
  };
}

// The tables of a stage's picture, in an element. They are written when all is drawn and nothing
// happens: once for each picture, and after each answer of a puzzle.
export class Tables {
  constructor(stage, place) {
    Object.assign(this, { stage, place });
  }

  soon() {
    const { picture, puzzle, secret } = this.stage;
    const name = `${picture.id} ${puzzle.tally?.asked} ${secret}`;
    if (name === this.name) return;
    this.name = name;
    this.stop();
    this.timer = setTimeout(() => this.write(), LATER);
  }

  stop() { clearTimeout(this.timer); }

  write() {
    const { stage, place } = this;
    const tables = readable(stage).map((grid) => tableOf(stage, grid));
    place.replaceChildren(...tables.map((table) => drawn(table, place.ownerDocument)));
  }
}

function drawn({ caption, rows }, page) {
  const table = page.createElement("table");
  table.createCaption().textContent = caption;
  const head = table.createTHead().insertRow();
  head.insertCell();
  rows[0].forEach((_, column) => head.append(header(page, "col", `column ${column + 1}`)));
  const body = table.createTBody();
  rows.forEach((texts, row) => {
    const line = body.insertRow();
    line.append(header(page, "row", `row ${row + 1}`));
    for (const text of texts) line.insertCell().textContent = text;
  });
  return table;
}

function header(page, scope, text) {
  const cell = page.createElement("th");
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}
