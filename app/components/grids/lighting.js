// Which cells are outlined: those that belong to the step, and to what the pointer is over.
// An outline is {box, line, dash} with the thickness of its line; nothing is drawn here.
import { between, boxAround, cellBox, columnBox } from "./geometry.js";
import { cellsAt } from "./unpack.js";

const LINES = { window: 2, column: 2, cells: 1.4, winner: 3.4, tie: 1.8, current: 2.6 };
const THICK = 3; // what the pointer is over, and its partner
const FED = { line: 1.6, dash: [3, 2] }; // the outputs that a cell goes into
const CHOSEN = { line: 2.6, dash: [2, 2] };
const CODED = 3.2; // of a line of code
const MET = 1.2; // every cell that a weight meets

export function litByStep(stage, now) {
  const marks = stage.picture.marks.filter(({ style, secret }) => {
    return style !== "none" && !(stage.secret && secret);
  });
  return marks.flatMap((mark) => litByMark(stage, mark, now));
}

function litByMark(stage, mark, now) {
  const grid = stage.picture.grids[mark.grid];
  const line = LINES[mark.style];
  if (mark.style === "column") {
    const column = grid.columns === 1 ? 0 : stage.visibleStep;
    return [{ box: columnBox(grid, column), line }];
  }
  if (mark.style === "window") {
    const box = slidingWindow(stage.player, mark, grid, now);
    return box ? [{ box, line }] : [];
  }
  if (mark.style === "cells" && stage.player.slide) return []; // the window is between two places
  const dash = mark.style === "tie" ? [4, 3] : [];
  return litCells(grid, cellsAt(mark, stage.visibleStep), { line, dash });
}

function slidingWindow(player, mark, grid, now) {
  const box = boxAround(grid, cellsAt(mark, player.visibleStep));
  if (!box || !player.slide) return box;
  const before = boxAround(grid, cellsAt(mark, player.slide.from));
  return before ? between(before, box, player.progress(now)) : box;
}

function litCells(grid, cells, look) {
  const inside = [...cells].filter((cell) => cell >= 0);
  return inside.map((cell) => ({ box: cellBox(grid, cell), ...look }));
}

// What the line of code reads and makes that is looked at: one box where the cells fill one.
export function litByCode({ beside, picture, accent }) {
  const look = { line: CODED, colour: accent };
  return (beside?.cells ?? []).flatMap(({ grid: index, cells }) => {
    const grid = picture.grids[index];
    if (!grid || !cells.length) return [];
    const box = boxAround(grid, cells);
    const isFull = Math.round((box[2] * box[3]) / (grid.width * grid.height)) === cells.length;
    return isFull ? [{ box, ...look }] : litCells(grid, cells, look);
  });
}

// The cell that the keyboard has come to.
export function litByCursor({ cursor, picture }) {
  return cursor ? litCells(picture.grids[cursor.grid], [cursor.cell], CHOSEN) : [];
}

export function litByPointer(stage) {
  const { hovered } = stage;
  if (!hovered || hovered.step !== undefined || hovered.link !== undefined) return [];
  return hovered.feeds ? litByFeeding(stage, hovered) : litByEntry(stage, hovered);
}

// A cell and the outputs that it goes into.
function litByFeeding({ picture }, { grid, cell, feeds }) {
  const outputs = picture.grids.filter((other) => other.step === "cell");
  return [
    ...litCells(picture.grids[grid], [cell], { line: THICK }),
    ...outputs.flatMap((output) => litCells(output, feeds, FED)),
  ];
}

// A weight or a product, and the cells that it meets: at this step, or at all of them.
function litByEntry({ picture, visibleStep }, { entries, channel, entry, all }) {
  const same = picture.grids.filter((grid) => {
    return grid.entries === entries && grid.channel === channel;
  });
  const mark = picture.marks[entries];
  const steps = all ? [...Array(picture.steps).keys()] : [visibleStep];
  const met = steps.map((step) => cellsAt(mark, step)[entry]);
  return [
    ...same.flatMap((grid) => litCells(grid, [entry], { line: THICK })),
    ...litCells(picture.grids[mark.grid], met, { line: all ? MET : THICK }),
  ];
}
