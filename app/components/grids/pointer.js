// What the pointer is over, and what a click does.
import { hitAt } from "./geometry.js";
import { growFrom } from "./growth.js";
import { linkTo } from "./links.js";
import { stepsOfCells } from "./unpack.js";

// What a hit stands for: {step} of an output cell, {entries, entry, ...} of a weight or product,
// {feeds, cell, grid} of a cell that goes into these steps, {link, cell, grid} of a cell of a map
// whose link is drawn, or null.
export function meaningOf(picture, hit) {
  if (!hit) return null;
  const { grid, index, cell, column } = hit;
  const link = linkTo(picture, index);
  if (link >= 0) return { link, cell, grid: index };
  if (grid.step === "cell") return { step: cell };
  if (grid.step === "column") return { step: column };
  if (grid.entries !== null) {
    const { entries, channel, all } = grid;
    return { entries, channel, entry: cell, all, grid: index };
  }
  const mark = picture.marks.find((other) => other.grid === index && other.feeds);
  return mark ? { feeds: stepsOfCells(mark).get(cell) ?? [], cell, grid: index } : null;
}

// The step that a click there pins: an output cell's, or the only one that a cell goes into.
export function stepOf(meaning) {
  if (meaning?.feeds?.length === 1) return meaning.feeds[0];
  return meaning?.step;
}

function readAt(stage, event) {
  const box = stage.canvas.getBoundingClientRect();
  const x = (event.clientX - box.left) / stage.scale;
  const y = (event.clientY - box.top) / stage.scale;
  const hit = hitAt(stage.picture.grids, x, y);
  return { hit, meaning: stage.secret ? null : meaningOf(stage.picture, hit) };
}

export function hover(stage, event) {
  const { hit, meaning } = readAt(stage, event);
  const active = hit && ((hit.grid.pick && isHeard(stage)) || meaning);
  stage.canvas.style.cursor = active ? "pointer" : "default";
  stage.player.hover(meaning);
  stage.beside?.point(hit);
}

export function click(stage, event) {
  const { hit, meaning } = readAt(stage, event);
  stage.root.focus({ preventScroll: true });
  if (!hit) return;
  if (hit.grid.pick !== null) {
    pick(stage, hit.grid, hit.cell);
    return;
  }
  const step = stepOf(meaning);
  if (step === undefined || !stage.picture.player) return;
  pin(stage, step);
}

// In a saved page nobody answers.
const isHeard = ({ picture }) => !picture.isSaved;

// A cell of a grid was chosen.
export function pick(stage, grid, cell) {
  if (!isHeard(stage)) return;
  growFrom(stage, grid, performance.now());
  stage.tell("picked", { grid: grid.pick, cell });
}

export function pin(stage, step) {
  stage.player.pin(step);
  if (stage.player.pinned) stage.sendStep();
}
