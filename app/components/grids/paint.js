// One frame: the grids, the outlines over them, and the signs.
import { gridBox, numbersOf, tagBox, textSize, titleRoom } from "./geometry.js";
import { litByLink, litLink, opacityOf, paintKernels, paintLinks } from "./links.js";
import { litByCode, litByCursor, litByPointer, litByStep } from "./lighting.js";
import { spoken } from "./numbers.js";
import { clearFor, paintSign, write } from "./signs.js";
import { lookOf, paintStill } from "./still.js";
import { valueAt } from "./unpack.js";

const [FRAME, FRAME_LINE] = [3, 2.6]; // units from a grid to its frame, and of its line
const LOWEST = 18; // units of a printed scale at most: Python leaves room for 28 below a grid

export function paintFrame(stage, now) {
  const { pen, canvas } = stage;
  const unit = stage.scale * stage.dots;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(unit, 0, 0, unit, 0, 0);
  const [linked, look] = [litLink(stage), lookOf(stage)];
  paintLinks(stage, linked);
  if (stage.picture.links.length) for (const sign of stage.picture.signs) clearFor(stage, sign);
  for (const [index, grid] of stage.picture.grids.entries()) {
    if (isHidden(stage, grid)) continue;
    pen.globalAlpha = opacityOf(stage.picture, linked, index);
    paintGrid(stage, grid, look);
  }
  pen.globalAlpha = 1;
  for (const lit of litByLink(stage, linked)) outline(pen, lit);
  for (const lit of litByStep(stage, now)) outline(pen, lit);
  for (const lit of litByPointer(stage)) outline(pen, lit);
  for (const lit of litByCursor(stage)) outline(pen, lit);
  for (const lit of litByCode(stage)) outline(pen, lit);
  for (const sign of stage.picture.signs) paintSign(stage, sign);
  paintKernels(stage, linked);
  for (const grid of answers(stage)) paintAnswer(stage, grid);
}

// Whether it appears with the answer only.
export const isHidden = ({ secret }, grid) => Boolean(secret && grid.appears);

// Grids with a revealed answer that its cell has no room for.
function answers({ picture, secret, puzzle, screenScale }) {
  if (!picture.puzzle || secret || puzzle?.solved) return [];
  return picture.grids.filter((grid) => grid.visited && !numbersOf(grid, screenScale).size);
}

// The number over its cell, on white: what the room was asked for is always told.
function paintAnswer(stage, grid) {
  const { pen, picture, step, screenScale } = stage;
  const text = spoken(grid, valueAt(picture, grid, step, step));
  const size = textSize(15, screenScale);
  pen.font = `600 ${size}px ${picture.font}`;
  const box = tagBox(picture, grid, step, { text: pen.measureText(text).width, size });
  pen.fillStyle = "#ffffff";
  pen.fillRect(...box);
  edge(pen, box, "#000000", 1);
  pen.fillStyle = "#000000";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, box[0] + box[2] / 2, box[1] + box[3] / 2 + 0.5);
}

function paintGrid(stage, grid, look) {
  const { pen, picture } = stage;
  const box = gridBox(grid);
  const title = { size: grid.titled ?? 14, weight: 600, baseline: "alphabetic" };
  write(stage, grid.title, grid.x, grid.y - 7, { ...title, room: [titleRoom(picture, grid)] });
  if (grid.values && !grid.visited) paintStill(stage, grid, look);
  else {
    pen.fillStyle = picture.faint;
    pen.globalAlpha = 0.18;
    pen.fillRect(...box);
    pen.globalAlpha = 1;
    stage.cells(pen, grid, stage.visibleStep, stage.secret && grid.secret);
  }
  edge(pen, box, picture.line, 0.7);
  if (grid.framed) paintFrameOf(stage, box);
  if (grid.legend) paintLegend(stage, grid);
}

// Around the grid that was chosen, with a gap, to be seen beside cells of any colour.
function paintFrameOf({ pen, ink }, [left, top, width, height]) {
  const box = [left - FRAME, top - FRAME, width + 2 * FRAME, height + 2 * FRAME];
  edge(pen, box, ink, FRAME_LINE);
}

function edge(pen, box, colour, line) {
  pen.strokeStyle = colour;
  pen.lineWidth = line;
  pen.strokeRect(...box);
}

// The colours of the smallest number, zero and the largest, with the numbers.
function paintLegend(stage, grid) {
  const { pen, picture } = stage;
  const top = grid.y + grid.rows * grid.height + 8;
  const grown = textSize(13, stage.screenScale) / 13; // with its text, which stays readable
  const side = Math.min(13 * grown, LOWEST);
  let left = grid.x;
  for (const sign of [-1, 0, 1]) {
    const box = [left, top, side, side];
    pen.fillStyle = grid.colours[sign + 1];
    pen.fillRect(...box);
    edge(pen, box, picture.faint, 1);
    const text = spoken(grid, sign * grid.largest);
    write(stage, text, left + 17 * grown, top + (7.5 / 13) * side, { size: 13 });
    left += 29 * grown + pen.measureText(text).width;
  }
}

// With a white rim, to be seen on every colour.
function outline(pen, { box, line, dash = [], colour = "#000000" }) {
  edge(pen, box, "#ffffff", line + 1.8);
  pen.setLineDash(dash);
  edge(pen, box, colour, line);
  pen.setLineDash([]);
}
