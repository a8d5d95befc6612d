// The line below the picture, and the tally of a puzzle.
import { columnOf, rowOf } from "./geometry.js";
import { linkSentence, litLink } from "./links.js";
import { spoken } from "./numbers.js";
import { valueAt } from "./unpack.js";

const position = (picture, step) => {
  return `row ${rowOf(picture, step) + 1}, column ${columnOf(picture, step) + 1}`;
};

export function sentenceOf({ picture, visibleStep, secret, hovered, cursor, quiz }) {
  const lit = litLink({ picture, hovered, cursor, quiz });
  if (lit) return linkSentence(picture, lit, spokenOf(picture, lit));
  if (cursor) return cursorSentence(picture, cursor);
  if (hovered?.feeds) return feedingSentence(picture, hovered, visibleStep);
  if (hovered?.all) return weightSentence(picture, hovered, visibleStep);
  if (picture.quiz && secret) return "";
  if (picture.quiz && !hovered) return quiz.verdict();
  if (!secret) return picture.sentences[visibleStep];
  return picture.puzzle.question.replace("PLACE", position(picture, visibleStep));
}

function spokenOf(picture, { grid: index, cell }) {
  const grid = picture.grids[index];
  return spoken(grid, valueAt(picture, grid, cell, 0));
}

function cursorSentence(picture, { grid: index, cell }) {
  const grid = picture.grids[index];
  const place = `row ${rowOf(grid, cell) + 1}, column ${columnOf(grid, cell) + 1}`;
  return `${grid.says}, ${place}: ${spokenOf(picture, { grid: index, cell })}.`;
}

function feedingSentence(picture, { grid: index, cell, feeds }, step) {
  const grid = picture.grids[index];
  const value = spoken(grid, valueAt(picture, grid, cell, step));
  const padding = grid.outside?.has(cell) ? " (padding)" : "";
  const see = feeds.length === 1 ? "output cell sees" : "output cells see";
  return `${grid.says}, ${value}${padding}: ${feeds.length} ${see} it.`;
}

function weightSentence(picture, { grid: index, entry }, step) {
  const grid = picture.grids[index];
  const value = spoken(grid, valueAt(picture, grid, entry, step));
  const cells = picture.steps === 1 ? "the only output cell" : `all ${picture.steps} output cells`;
  return `Weight ${value}: it goes into ${cells}, and meets one input cell for each.`;
}

export function tallyOf({ tally: { right, asked }, solved, order }) {
  if (solved) return `All ${order.length} asked: right ${right} of ${asked}`;
  return `Right ${right} of ${asked}; question ${asked + 1} of ${order.length}`;
}
