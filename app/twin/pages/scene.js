// Data of a picture for the component of grids, as app/ui/grids.py makes it.
import { number, rounded } from "../../components/grids/numbers.js";
import { packed } from "../engine/packed.js";

const EDGE = 2.5; // at the right, for the frame of a cell that ends there
const LARGEST_WRITTEN = 13; // cells a side up to which a grid writes its numbers
const TYPE = { digits: 17, titled: 14 };
const PLAIN = {
  title: "", height: null, each: null, from: null, spread: null, outside: null, visited: false,
  step: null, entries: null, channel: 0, all: false, pick: null, secret: false, framed: false,
  legend: false, says: "Input cell", denominator: null, appears: false, ...TYPE,
};

// The largest absolute value, 1 for nothing but zeros: the limit of a scale about 0.
export function limit(...lists) {
  const most = lists.map((list) => list.reduce((top, one) => Math.max(top, Math.abs(one)), 0));
  return Math.max(...most) || 1;
}

function longest(numbers) {
  const ends = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))];
  const write = numbers.every(Number.isInteger) ? number : rounded;
  return Math.max(...ends.map((value) => write(value, undefined).length));
}

function lengths(numbers, isWritten) {
  if (!isWritten) return { longest: 0, whole: 0, signed: false };
  if (!numbers.length) return { longest: 2, whole: 2, signed: true }; // all are "−∞"
  return {
    longest: Math.max(2, longest(numbers)),
    whole: longest(numbers.map(Math.round)),
    signed: numbers.some((value) => value < 0),
  };
}

// A grid with what differs from a plain one: `values` that stay, `each` from step to step, or
// `from` a mark, with all `numbers` that it can show.
export function grid({ written, ...given }, colours) {
  const { rows, columns, width, height, values, each, spread, outside, denominator = null } = given;
  const numbers = [...(given.numbers ?? values ?? each)].filter(Number.isFinite);
  const isWritten = written ?? Math.max(rows, columns) <= LARGEST_WRITTEN;
  const shown = numbers.map((one) => (denominator ? Math.round(one * denominator) : one));
  const pack = (list) => (list ? packed(Float32Array.from(list)) : null);
  return {
    ...PLAIN,
    colours,
    largest: limit(numbers),
    ...lengths(shown, isWritten),
    ...given,
    numbers: null,
    height: height ?? width,
    values: pack(values),
    each: pack(each),
    spread: pack(spread),
    outside: outside ? packed(outside) : null,
  };
}

// Cells of a grid that belong to each step: a list for each.
export function mark(index, cells, style, { feeds = false, secret = false } = {}) {
  return { grid: index, cells, style, feeds, secret };
}

// Cells that several marks share are sent once; the others name the first that has them.
export function packedMarks(marks) {
  return marks.map(({ cells, ...rest }, index) => {
    const first = marks.findIndex((one) => one.cells === cells);
    const own = first === index ? packed(Int32Array.from(cells.flat())) : first;
    return { ...rest, cells: own };
  });
}

// A picture, without steps unless they are given; its id is another whenever it is made.
let made = 0; // pictures

export function scene({ width, sentence, look, marks = [], ...given }) {
  made += 1;
  return {
    width: width + EDGE, steps: 1, columns: 1, marks: packedMarks(marks), sentences: [sentence],
    links: [], player: false, share: 1, puzzle: null, quiz: null, asked: null, step: 0,
    pinned: false, id: String(made), version: String(made), ...look, ...given,
  };
}

// A grid of the app's picture with other values on a scale of their own.
export function filled(one, values, largest, isWritten) {
  const own = Float32Array.from(values);
  return { ...one, values: packed(own), largest, ...lengths([...own], isWritten) };
}

// The app's picture with what differs, in the theme of the page.
export function refilled(template, differs, look) {
  made += 1;
  return { ...template, ...differs, ...look, id: String(made), version: String(made) };
}

export const sign = (x, y, text, size = 14, bold = false) => {
  return { x, y, text, size, bold, align: "left", secret: false };
};
