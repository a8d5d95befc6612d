// The maps of the small CNN from left to right, as the app's picture of it has them.
import { grid, limit, scene, sign } from "./scene.js";

const TOP = 40;
const HEIGHT = 420; // of a column of maps
// What is drawn of the steps of the engine: [step, name, side of a map, room before it, the step
// whose scale it shares]. A scale is printed once, below the first map that has it.
const COLUMNS = [
  [0, "Digit", 168, 0, 0],
  [2, "Conv 1 + ReLU", 128, 30, 2],
  [3, "Pool 1", 122, 26, 2],
  [5, "Conv 2 + ReLU", 66, 30, 5],
  [6, "Pool 2", 62, 24, 5],
];
const UNITS = [8, 16]; // of the hidden layer
const UNIT = 13;

export function networkScene(steps, look, colours) {
  const grids = [];
  const signs = [];
  let x = 2;
  for (const [step, name, side, room, first] of COLUMNS) {
    x += room;
    const { values, shape: [channels, rows, columns] } = steps[step];
    const size = `${channels} × ${rows} × ${columns}`;
    signs.push(sign(x, 10, name, 15, true), sign(x, 28, size, 13));
    const pitch = HEIGHT / channels;
    for (let channel = 0; channel < channels; channel++) {
      const own = channels > 1 ? `${name}, channel ${channel + 1}` : name;
      grids.push(grid({
        x, y: TOP + pitch * (channel + 0.5) - side / 2, rows, columns, width: side / rows,
        values: values.subarray(channel * rows * columns, (channel + 1) * rows * columns),
        largest: step === 0 ? 1 : limit(steps[first].values), written: false, says: own,
        legend: step === first && channel === channels - 1,
      }, colours));
    }
    x += Math.max(side, 8 * name.length);
  }
  x += 30;
  const hidden = steps[8].values;
  signs.push(sign(x, 10, "Hidden", 15, true), sign(x, 28, "128 units", 13));
  grids.push(grid({
    x, y: TOP + HEIGHT / 2 - (UNIT * UNITS[0]) / 2, rows: UNITS[0], columns: UNITS[1], width: UNIT,
    values: hidden, largest: limit(hidden), written: false, says: "Hidden unit", legend: true,
  }, colours));
  return scene({
    title: "The small CNN", alt: "Every map of the small CNN for this digit", grids, signs, look,
    width: x + UNIT * UNITS[1] + 2, height: TOP + HEIGHT + 30, around: 17,
    sentence: "From left to right: the digit, what each layer makes of it, and the hidden units.",
  });
}
