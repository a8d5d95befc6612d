// What stands beside the code: variables with their numbers at a step.
import { number } from "../grids/numbers.js";
import { numbersAt, textAt } from "./unpack.js";

const SHORT = 4; // numbers that stand at the end of a line
const MOST = 64; // numbers that are written at all
const SMALL = 0.1; // a number below has two digits that count, however many zeros come before

// A number as the picture writes it, but for one that would be written as 0.
export function written(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= SMALL || !Number.isFinite(value)) return number(value);
  return String(Number(value.toPrecision(2))).replace(/-/g, "−");
}

// At the end of a line: what it has made.
export function madeText(code, { makes, ran }, step) {
  if (!ran) return "not run";
  return makes.map((index) => {
    const variable = code.variables[index];
    return `${variable.name} = ${shortText(code, variable, step)}`;
  }).join(", ");
}

function shortText({ memories }, variable, step) {
  const numbers = variable.places ? numbersAt(variable, memories, step) : [];
  const text = textAt(variable, step);
  if (!numbers.length || numbers.length > SHORT) return text.replace(/,? \w+$/, (type) => {
    return variable.places || /×|numbers?,/.test(text) ? "" : type;
  });
  return numbers.map(written).join(", ");
}

// {name, text, rows, isMade} of each variable that a statement reads or makes.
export function variableRows(code, { asks, reads, makes }, step) {
  return [...asks, ...reads, ...makes].map((index, order) => {
    const variable = code.variables[index];
    const isAsked = order < asks.length; // for its shape alone
    const numbers = !isAsked && variable.places ? numbersAt(variable, code.memories, step) : [];
    return {
      name: variable.name,
      text: textAt(variable, step),
      rows: numbers.length > MOST ? [] : inRows(numbers.map(written), variable.width),
      isMade: order >= asks.length + reads.length,
    };
  });
}

function inRows(texts, width) {
  const rows = [];
  for (let start = 0; start < texts.length; start += width) {
    rows.push(texts.slice(start, start + width));
  }
  return rows;
}
