// A cell in words, and its name in links, as the app's chapter on networks has them.
import { number } from "../../components/grids/numbers.js";
import { fieldOf, followingOf, shareOf, strongestOf, valueOf } from "./traced.js";

const LINKED = ["input", "conv1", "pool1", "conv2", "pool2", "hidden", "logits"];
const { fround } = Math;
const written = (value) => number(fround(value));

// One sentence: where it is, what it sees, where it goes, and its share in a logit.
export function sentenceOf(trace, cell, label) {
  const { name, kind, shape: [, , columns] } = trace.layers[cell.layer];
  const [row, column] = [cell.row + 1, cell.column + 1];
  const value = written(valueOf(trace, cell));
  if (name === "Logits") return `Logit of ${cell.row}: ${value}. It depends on the whole digit.`;
  const places = {
    input: `row ${row}, column ${column}`, linear: `unit ${cell.row * columns + column}`,
  };
  const place = places[kind] ?? `channel ${cell.channel + 1}, row ${row}, column ${column}`;
  const [rows, across] = fieldOf(trace, cell).map(([first, end]) => `${first + 1}–${end}`);
  const sees = { input: "", linear: " It sees the whole digit." };
  const field = sees[kind] ?? ` It sees rows ${rows} and columns ${across} of the digit.`;
  const share = written(shareOf(trace, cell, label));
  const whole = `the logit of ${label}, which is ${written(trace.logits[label])} with the biases.`;
  return `${name}, ${place}: ${value}.${field} It adds ${share} to ${whole}${fateOf(trace, cell)}`;
}

// Whether it wins the pooling window that it goes into.
function fateOf(trace, cell) {
  const next = followingOf(trace, cell);
  if (!next || trace.layers[next.layer].kind !== "pooling") return "";
  const winner = strongestOf(trace, next);
  const isWinner = winner.row === cell.row && winner.column === cell.column;
  if (isWinner) return " It wins its pooling window.";
  return " It loses its pooling window, so it goes no further.";
}

// pool2-4-7-6, input-9-9, hidden-37, logits-3.
export function linkOf({ layers }, { layer, channel, row, column }) {
  const unit = row * layers[layer].shape[2] + column;
  const place = {
    input: [row + 1, column + 1], hidden: [unit + 1], logits: [unit],
  }[LINKED[layer]] ?? [channel + 1, row + 1, column + 1];
  return [LINKED[layer], ...place].join("-");
}

// The cell that a link names, null where there is none.
export function cellNamed(text) {
  const [name, ...words] = text.split("-");
  const layer = LINKED.indexOf(name);
  if (layer < 0 || !words.every((word) => /^\d{1,3}$/.test(word))) return null;
  const numbers = words.map((word) => Number(word) - (name === "logits" ? 0 : 1));
  const sides = [[28, 28], [3, 28, 28], [3, 14, 14], [6, 14, 14], [6, 7, 7], [128], [10]][layer];
  const fits = numbers.length === sides.length &&
    numbers.every((one, index) => one >= 0 && one < sides[index]);
  if (!fits) return null;
  if (name === "hidden") {
    return { layer, channel: 0, row: Math.floor(numbers[0] / 16), column: numbers[0] % 16 };
  }
  if (name === "logits") return { layer, channel: 0, row: numbers[0], column: 0 };
  const [channel, row, column] = name === "input" ? [0, ...numbers] : numbers;
  return { layer, channel, row, column };
}
