// The pictures of a layer step by step, as app/ui/layer_steps.py lays them out.
import { grid, limit, mark, scene } from "../pages/scene.js";
import { sharedDenominator } from "./fractions.js";
import { inputTitle, outsideOf } from "./geometry.js";
import { maximumSentences, sumSentences } from "./sums.js";

const [TOP, LEGEND, WIDTH, FRAME] = [26, 28, 1000, 3];
const [WIDEST, TALLEST, LARGEST] = [60, 56, 60]; // a cell of a window, and of an output

function sizesOf({ kernel: [rows, columns] }) {
  const cell = ([width, height]) => [
    Math.min(WIDEST, width / columns), Math.min(TALLEST, height / rows),
  ];
  if (Math.max(rows, columns) <= 3) {
    const corners = [0, 1, 2].map((line) => [394, TOP + line * (112 + TOP)]);
    return { side: 350, cell: cell([150, 112]), corners, left: 560 };
  }
  const corners = [[306, TOP], [492, TOP], [399, TOP + 172 + LEGEND + TOP]];
  return { side: 280, cell: cell([177, 172]), corners, left: 692 };
}

const everyStep = ({ steps }) => Array.from({ length: steps }, (_, step) => [step]);

function windowMarks({ geometry, covered }) {
  const first = mark(0, covered, "window", { feeds: true });
  return geometry.dilation > 1 ? [first, { ...mark(0, [], "cells"), cells: 0 }] : [first];
}

function inputGrid(explained, side) {
  const { geometry, picture, padded } = explained;
  const [rows, columns] = geometry.padded;
  return {
    title: inputTitle("Input", geometry), x: 0, y: TOP, rows, columns, values: padded,
    width: side / Math.max(rows, columns), largest: limit(picture), outside: outsideOf(geometry),
    legend: true,
  };
}

const bottomOf = (grids) => Math.max(...grids.map((one) => {
  return one.y + one.rows * (one.height ?? one.width) + (one.legend ? LEGEND : FRAME);
}));

export function convolutionScene(explained, name, look, { values, weights: kernelColours }) {
  const { geometry, picture, weights, products, output } = explained;
  const { side, cell: [width, height], corners, left } = sizesOf(geometry);
  const [rows, columns] = geometry.kernel;
  const entries = { rows, columns, width, height, entries: 0 };
  const at = ([x, y]) => ({ ...entries, x, y });
  const denominator = sharedDenominator(weights);
  const grids = [
    inputGrid(explained, side),
    {
      ...at(corners[0]), title: "Window", from: 0, numbers: explained.padded,
      largest: limit(picture),
    },
    {
      ...at(corners[1]), title: denominator === null ? "× Kernel" : `× Kernel / ${denominator}`,
      denominator, values: weights, colours: kernelColours, all: true, largest: limit(weights),
      legend: Math.max(rows, columns) > 3,
    },
    {
      ...at(corners[2]), title: "= Products", each: products.flat(), secret: true,
      largest: limit(picture) * limit(weights),
    },
    {
      title: `Output ${geometry.output.join(" × ")}${explained.relu ? ", after ReLU" : ""}`,
      x: left, y: TOP, rows: geometry.output[0], columns: geometry.output[1], values: output,
      width: Math.min(LARGEST, Math.min(WIDTH - left, 350) / Math.max(...geometry.output)),
      visited: true, step: "cell", legend: true, secret: true,
    },
  ];
  return layerScene(explained, {
    title: `${name}, step by step`, grids, height: bottomOf(grids), look, colours: values,
    marks: [...windowMarks(explained), mark(4, everyStep(geometry), "current")],
    sentences: sumSentences(explained),
  });
}

export function poolingScene(explained, look, { values }) {
  const { geometry, picture, output, average } = explained;
  const largest = limit(picture);
  const [rows, columns] = geometry.kernel;
  const most = Math.max(...geometry.output);
  const maximum = {
    title: `Maximum ${geometry.output.join(" × ")}`, x: 550, y: TOP, values: output, largest,
    rows: geometry.output[0], columns: geometry.output[1], visited: true, step: "cell",
    width: Math.min(LARGEST, (average === null ? 330 : 212) / most), legend: true, secret: true,
  };
  const title = `Average ${geometry.output.join(" × ")}`;
  const means = average === null ? [] : [{ ...maximum, title, x: 786, values: average }];
  const window = {
    title: "Window", x: 386, y: TOP, rows, columns, width: Math.min(40, 128 / rows), from: 0,
    entries: 0, numbers: explained.padded, largest,
  };
  const grids = [inputGrid(explained, 350), window, maximum, ...means];
  const currents = grids.slice(2).map((_, index) => {
    return mark(2 + index, everyStep(geometry), "current");
  });
  return layerScene(explained, {
    title: "Max pooling, step by step", grids, height: TOP + 350 + LEGEND, look, colours: values,
    marks: [...windowMarks(explained), ...winnerMarks(explained), ...currents],
    sentences: maximumSentences(explained),
  });
}

// In the input and in the window: what ties with the winner, and the winner.
function winnerMarks({ covered, winners, ties }) {
  const secret = { secret: true };
  const tied = (cellOf) => ties.map((row, step) => row.map((ties, entry) => {
    return ties ? cellOf(step, entry) : -1;
  }));
  const inInput = (step, entry) => covered[step][entry];
  return [
    mark(0, tied(inInput), "tie", secret),
    mark(0, winners.map((entry, step) => [inInput(step, entry)]), "winner", secret),
    mark(1, tied((_, entry) => entry), "tie", secret),
    mark(1, winners.map((entry) => [entry]), "winner", secret),
  ];
}

function layerScene({ geometry }, { grids, colours, ...given }) {
  return scene({
    alt: given.title, width: WIDTH, signs: [], steps: geometry.steps, player: true, around: 19,
    columns: geometry.output[1], grids: grids.map((one) => grid(one, colours)), ...given,
  });
}
