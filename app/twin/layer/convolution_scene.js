// The picture of a convolution step by step, as app/ui/layer_steps.py lays it out.
import { number } from "../../components/grids/numbers.js";
import { limit, mark } from "../pages/scene.js";
import { sumSentences } from "./channel_sums.js";
import { sharedDenominator } from "./fractions.js";
import { inputTitle, outsideOf } from "./geometry.js";
import { bottomOf, cellSize, channelNames, everyStep, layerScene, LEGEND } from "./layout.js";
import { shortNames, TOP, WIDTH, windowMarks } from "./layout.js";

const MANY = 1040; // width of a picture with several channels, which is low
const LARGEST = 60; // a cell of the output
const LETTER = 10; // mean width of a title's letters in a small picture

// Of several channels, each has a row; a large kernel of one channel gets more room.
function sizesOf({ kernel }, many) {
  if (many) {
    const corners = [[130, 0], [288, 0], [446, 0]];
    return { side: 116, cell: cellSize([144, 108], kernel), corners, left: 708 };
  }
  if (Math.max(...kernel) <= 3) {
    const corners = [0, 1, 2].map((line) => [394, line * (112 + TOP)]);
    return { side: 350, cell: cellSize([150, 112], kernel), corners, left: 560 };
  }
  const corners = [[306, 0], [492, 0], [399, 172 + LEGEND + TOP]];
  return { side: 280, cell: cellSize([177, 172], kernel), corners, left: 692 };
}

// `name`: of the kernel; `index`: of the filter that is shown large; `names`: of all filters;
// `called`: of the channels.
export function convolutionScene(explained, given, look, { values, weights }) {
  const { index = 0, name, names = [name], called } = given;
  const count = explained.padded.length;
  const many = count > 1;
  const shown = { ...explained, ...explained.filters[index], index, many, kernels: weights };
  const channels = many ? (called ?? channelNames(count)) : ["Input"];
  const sizes = sizesOf(explained.geometry, many);
  const made = { grids: [], marks: [], signs: [] };
  addInput(made, shown, channels, sizes);
  addProducts(made, shown, sizes);
  addOutput(made, shown, sizes);
  const height = bottomOf(made.grids, made.signs);
  const width = explained.filters.length > 1 ? addFilters(made, shown, names) : many ? MANY : WIDTH;
  return layerScene(explained, {
    title: `${name}, step by step`, ...made, height, width, look, colours: values,
    sentences: sumSentences(explained, index, channels),
  });
}

// Each channel with its window.
function addInput({ grids, marks }, shown, names, { side }) {
  const { geometry, picture, padded, many } = shown;
  const [rows, columns] = geometry.padded;
  names.forEach((name, channel) => {
    const written = many ? { written: false } : {};
    grids.push({
      title: many ? name : inputTitle(name, geometry), x: 0, y: TOP + channel * (side + TOP),
      rows, columns, width: side / Math.max(rows, columns), values: padded[channel],
      largest: limit(picture), outside: outsideOf(geometry), says: `${name} cell`,
      legend: channel === names.length - 1, ...written,
    });
    marks.push(...windowMarks(channel, shown));
  });
}

// Window, kernel and their products, for each channel.
function addProducts({ grids, marks, signs }, shown, { side, cell: [width, height], corners }) {
  const { geometry, picture, padded, weights, products, partial, many, kernels } = shown;
  const [rows, columns] = geometry.kernel;
  const [largest, most] = [limit(picture), limit(...weights)];
  weights.forEach((own, channel) => {
    const top = TOP + many * channel * (side + TOP);
    const from = marks.findIndex((one) => one.grid === channel);
    const at = ([x, y]) => {
      return { rows, columns, width, height, entries: from, channel, x, y: top + y };
    };
    const denominator = sharedDenominator(own);
    const title = denominator === null ? "× Kernel" : `× Kernel / ${denominator}`;
    grids.push(
      { ...at(corners[0]), title: "Window", from, numbers: padded[channel], largest },
      {
        ...at(corners[1]), title, denominator, values: own, colours: kernels, all: true,
        largest: most, legend: !many && Math.max(rows, columns) > 3,
      },
      {
        ...at(corners[2]), title: "= Products", each: products[channel].flat(), secret: true,
        largest: largest * most,
      },
    );
    if (!many) return;
    const each = partial[channel].map((value) => `Σ ${number(value)}`);
    const place = { x: 602, y: top + (rows * height) / 2, size: 18, align: "left" };
    signs.push({ ...place, each, bold: false, secret: true });
  });
}

function addOutput({ grids, marks, signs }, shown, { left }) {
  const { geometry, output, sums, bias, many, relu } = shown;
  const [rows, columns] = geometry.output;
  const room = Math.min((many ? MANY : WIDTH) - left, 350);
  marks.push(mark(grids.length, everyStep(geometry), "current"));
  grids.push({
    title: `Output ${rows} × ${columns}${relu ? ", after ReLU" : ""}`, x: left, y: TOP, rows,
    columns, width: Math.min(LARGEST, room / Math.max(rows, columns)), values: output,
    visited: true, step: "cell", legend: true, secret: true,
  });
  if (!many) return;
  const added = bias ? ` ${plus(bias)} (bias)` : "";
  const each = sums.map((value) => `Σ of all${added}: ${number(value)}`);
  const place = { x: left, y: TOP + 350 + LEGEND + 8, size: 17, align: "left" };
  signs.push({ ...place, each, bold: true, secret: true });
}

// A number that is added: its sign, a space, its size.
export const plus = (value) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value))}`;

// All filters' outputs, small, at the right; a click picks one. The width of the picture.
function addFilters({ grids, marks }, { geometry, filters, index, many }, names) {
  const [rows, columns] = geometry.output;
  const side = Math.min(90, 372 / filters.length - TOP);
  const x = (many ? MANY : WIDTH - 90) + 24;
  const titles = shortNames(names);
  titles[index] = `▸ ${titles[index]}`;
  const largest = limit(...filters.map(({ output }) => output));
  filters.forEach(({ output }, one) => {
    marks.push(mark(grids.length, everyStep(geometry), "current"));
    grids.push({
      title: titles[one], x, y: TOP + one * (side + TOP), rows, columns, values: output, largest,
      width: side / Math.max(rows, columns), pick: `filter ${one + 1}`, written: false,
      secret: true,
    });
  });
  return x + Math.max(side, LETTER * Math.max(...titles.map(({ length }) => length))) + 6;
}
