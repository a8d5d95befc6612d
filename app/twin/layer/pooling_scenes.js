// The pictures of a pooling, as app/ui/layer_steps.py lays it out, and of where its gradient goes
// back, as app/chapters/convolution/backward.py does.
import { number } from "../../components/grids/numbers.js";
import { limit, mark } from "../pages/scene.js";
import { inputTitle, originOf, outsideOf, placeOf } from "./geometry.js";
import { everyStep, layerScene, LEGEND, TOP, windowMarks } from "./layout.js";
import { maximumSentences } from "./sums.js";

const LARGEST = 60; // a cell of the output

export function poolingScene(explained, look, { values }) {
  const { geometry, picture, padded, average } = explained;
  const largest = limit(picture);
  const [rows, columns] = geometry.kernel;
  const [high, wide] = geometry.padded;
  const input = {
    title: inputTitle("Input", geometry), x: 0, y: TOP, rows: high, columns: wide, values: padded,
    width: 350 / Math.max(high, wide), largest, outside: outsideOf(geometry), legend: true,
  };
  const window = {
    title: "Window", x: 386, y: TOP, rows, columns, width: Math.min(40, 128 / rows), from: 0,
    entries: 0, numbers: padded, largest,
  };
  const maximum = maximumGrid(explained, average === null ? 330 : 212);
  const title = `Average ${geometry.output.join(" × ")}`;
  const means = average === null ? [] : [{ ...maximum, title, x: 786, values: average }];
  const grids = [input, window, maximum, ...means];
  const currents = grids.slice(2).map((_, index) => {
    return mark(2 + index, everyStep(geometry), "current");
  });
  return layerScene(explained, {
    title: "Max pooling, step by step", grids, height: TOP + 350 + LEGEND, look, colours: values,
    marks: [...windowMarks(0, explained), ...winnerMarks(explained), ...currents],
    sentences: maximumSentences(explained),
  });
}

function maximumGrid({ geometry, picture, output }, side) {
  const [rows, columns] = geometry.output;
  return {
    title: `Maximum ${rows} × ${columns}`, x: 550, y: TOP, values: output, rows, columns,
    largest: limit(picture), visited: true, step: "cell", legend: true, secret: true,
    width: Math.min(LARGEST, side / Math.max(rows, columns)),
  };
}

// In the input and in the window: what ties with the winner, and the winner.
function winnerMarks({ covered, winners, ties }) {
  const secret = { secret: true };
  const tied = (cellOf) => ties.map((row, step) => row.map((ties, entry) => {
    return ties ? cellOf(step, entry) : -1;
  }));
  const inInput = (step, entry) => (entry < 0 ? -1 : covered[step][entry]);
  return [
    mark(0, tied(inInput), "tie", secret),
    mark(0, winners.map((entry, step) => [inInput(step, entry)]), "winner", secret),
    mark(1, tied((_, entry) => entry), "tie", secret),
    mark(1, winners.map((entry) => [entry]), "winner", secret),
  ];
}

// Where the gradient goes: to the winner of the window, or, of `everything`, of every window.
export function gradientScene(explained, everything, look, { values }) {
  const { geometry, covered, winners } = explained;
  const origin = originOf(geometry);
  const won = winners.map((entry, step) => [entry < 0 ? -1 : origin[covered[step][entry]]]);
  const windows = covered.map((cells) => cells.map((cell) => origin[cell]));
  return layerScene(explained, {
    title: "Where the gradient goes back", height: TOP + 300 + LEGEND, look, colours: values,
    grids: gradientGrids(explained, everything, won), around: 20.5,
    marks: [
      mark(0, windows, "window", { feeds: true }),
      mark(0, won, "winner"),
      mark(1, won, everything ? "none" : "winner", { feeds: true }),
      mark(2, everyStep(geometry), "current"),
    ],
    sentences: gradientSentences(explained, everything),
  });
}

function gradientGrids({ geometry, picture, output }, everything, won) {
  const [rows, columns] = geometry.size;
  const image = {
    title: "Input", x: 0, y: TOP, rows, columns, width: 300 / Math.max(rows, columns),
    values: picture, legend: true,
  };
  const counts = new Float32Array(picture.length);
  for (const [cell] of won) if (cell >= 0) counts[cell] += 1;
  const gradient = { ...image, title: "Gradient into the input", x: 340, values: null };
  const ones = won.map(([cell]) => Number(cell >= 0));
  const flows = everything
    ? { values: counts }
    : { from: 2, spread: ones, numbers: [...ones, 0], largest: 1 };
  const [high, wide] = geometry.output;
  const maximum = {
    title: "Maximum, gradient 1 from here", x: 690, y: TOP, rows: high, columns: wide,
    width: Math.min(LARGEST, 300 / Math.max(high, wide)), values: output, step: "cell",
    legend: true,
  };
  return [image, { ...gradient, ...flows }, maximum];
}

function gradientSentences({ geometry, output, winners }, everything) {
  return output.map((value, step) => {
    const place = placeOf(step, geometry);
    if (everything) {
      return "The sum of all output cells: each number counts how often its cell won; " +
        `${place.toLowerCase()} is lit.`;
    }
    if (winners[step] < 0) {
      return `${place}: the window sees padding alone, so no gradient goes back.`;
    }
    return `${place}: the whole gradient goes to the winner, ${number(value)}; the other cells ` +
      "get 0.";
  });
}
