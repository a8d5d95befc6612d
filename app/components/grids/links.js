// Links between grids: of which others a map is made, and by which kernels. All are drawn faintly;
// the one of the grid that the pointer or the keyboard is on is lit with its kernels.
import { cellColour } from "./colours.js";
import { cellBox, gridBox, rowOf } from "./geometry.js";

const FAR = 0.5; // of the way between two grids, where a curve's handles and its kernel stand
const PALE = 0.4; // opacity of the grids that the lit link leaves alone
const [THIN, THICK] = [1.2, 2];
const RIM = 1.5; // units of white around a kernel

// The link that is lit: {link, grid, cell}, or null.
export function litLink({ picture, hovered, cursor }) {
  if (hovered?.link !== undefined) return { ...hovered, ...picture.links[hovered.link] };
  const index = cursor ? linkTo(picture, cursor.grid) : -1;
  return index < 0 ? null : { cell: cursor.cell, ...picture.links[index] };
}

export const linkTo = (picture, grid) => picture.links.findIndex((link) => link.grid === grid);

// Whether a grid is drawn pale: another one is looked at, and this one has no part in it.
export function isAside(picture, lit, index) {
  return lit !== null && picture.links.length > 0 && index !== lit.grid
    && !lit.sources.includes(index);
}

export const opacityOf = (picture, lit, index) => (isAside(picture, lit, index) ? PALE : 1);

// The curve of one link: start, both handles, end.
export function curveOf(picture, link, source, cell = null) {
  const [left, top, width, height] = gridBox(picture.grids[source]);
  const target = picture.grids[link.grid];
  const end = cell !== null && link.cells ? cellBox(target, cell) : gridBox(target);
  const [from, to] = [[left + width, top + height / 2], [end[0], end[1] + end[3] / 2]];
  const middle = from[0] + (to[0] - from[0]) * FAR;
  return [from, [middle, from[1]], [middle, to[1]], to];
}

// Where a share of the way along a curve lies.
export function along([from, first, second, to], share) {
  const rest = 1 - share;
  const weights = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
  return [0, 1].map((axis) => {
    return [from, first, second, to].reduce((sum, at, index) => sum + weights[index] * at[axis], 0);
  });
}

// Under the grids: every link, and the lit one over them.
export function paintLinks(stage, lit) {
  const { pen, picture } = stage;
  pen.strokeStyle = picture.line;
  pen.lineWidth = THIN;
  pen.globalAlpha = lit ? PALE : 1;
  for (const link of picture.links) {
    for (const source of link.sources) paintCurve(pen, curveOf(picture, link, source));
  }
  pen.globalAlpha = 1;
  if (!lit) return;
  pen.strokeStyle = stage.ink;
  pen.lineWidth = THICK;
  const cell = lit.cells ? lit.cell : null;
  for (const source of lit.sources) paintCurve(pen, curveOf(picture, lit, source, cell));
}

function paintCurve(pen, [from, first, second, to]) {
  pen.beginPath();
  pen.moveTo(...from);
  pen.bezierCurveTo(...first, ...second, ...to);
  pen.stroke();
}

// Over the grids: the kernels of the lit link, each on its curve.
export function paintKernels(stage, lit) {
  if (!lit?.kernels) return;
  for (const [index, source] of lit.sources.entries()) {
    const curve = curveOf(stage.picture, lit, source);
    paintKernel(stage, lit, index, along(curve, FAR));
  }
}

function paintKernel({ pen, picture }, link, index, [x, y]) {
  const { rows, columns, side, kernels } = link;
  const unit = side / Math.max(rows, columns);
  const grid = { x: x - (columns * unit) / 2, y: y - (rows * unit) / 2, columns };
  const place = { ...grid, width: unit, height: unit };
  const [left, top, width, height] = gridBox({ ...place, rows });
  pen.fillStyle = "#ffffff";
  pen.fillRect(left - RIM, top - RIM, width + 2 * RIM, height + 2 * RIM);
  for (let cell = 0; cell < rows * columns; cell++) {
    pen.fillStyle = cellColour(link, kernels[index * rows * columns + cell]) ?? "#ffffff";
    pen.fillRect(...cellBox(place, cell));
  }
  pen.strokeStyle = picture.faint;
  pen.lineWidth = THIN;
  pen.strokeRect(left, top, width, height);
}

// Around the grid that is looked at and those that it is made of.
export function litByLink({ picture }, lit) {
  if (!lit) return [];
  const boxes = lit.sources.map((source) => ({ box: gridBox(picture.grids[source]), line: THIN }));
  return [...boxes, { box: gridBox(picture.grids[lit.grid]), line: THICK }];
}

// What the lit map is, and the number in its cell.
export function linkSentence(picture, lit, spokenValue) {
  const grid = picture.grids[lit.grid];
  const place = lit.cells
    ? lit.names[lit.cell]
    : `row ${rowOf(grid, lit.cell) + 1}, column ${(lit.cell % grid.columns) + 1}`;
  return lit.text.replace("PLACE", place).replace("VALUE", spokenValue);
}
