// How one number of the small CNN came about, as app/chapters/networks/trace.py shows it.
import { number } from "../../components/grids/numbers.js";
import { isShownExactly } from "../layer/fractions.js";
import { convolutionScene, plus } from "../layer/convolution_scene.js";
import { convolution, pooling } from "../layer/explained.js";
import { LEGEND, TOP, WIDTH } from "../layer/layout.js";
import { poolingScene } from "../layer/pooling_scenes.js";
import { grid, limit, scene } from "../pages/scene.js";
import { AROUND } from "./strip_scene.js";
import { indexOf, moduleOf, productOf } from "./traced.js";

const [LARGE, SMALL] = [255, 138]; // sides of the grids: of a layer, and of a window
const LOWER = { player: false, around: AROUND, share: 0.56 };

// null for a pixel.
export function detailScene(trace, cell, look, colours) {
  const { kind, shape: [, , columns], name } = trace.layers[cell.layer];
  if (kind === "input") return null;
  if (kind === "linear") return productScene(trace, cell, look, colours);
  const made = kind === "convolution"
    ? summed(trace, cell, look, colours)
    : won(trace, cell, look, colours);
  const isLow = kind === "pooling" || cell.layer === 1;
  const grids = made.grids.map((one) => ({ ...one, visited: false })); // the whole layer is there
  return {
    ...made, ...LOWER, grids: isLow ? inARow(grids) : grids,
    height: isLow ? TOP + LARGE + LEGEND : made.height,
    title: `How it came about: ${name}, channel ${cell.channel + 1}`,
    step: cell.row * columns + cell.column, pinned: true,
  };
}

function before(trace, { layer }) {
  const { values, shape: [channels, ...size] } = trace.layers[layer - 1];
  return { picture: Float32Array.from(values), channels, size };
}

function summed(trace, cell, look, colours) {
  const { picture, channels, size } = before(trace, cell);
  const { weight, bias } = moduleOf(trace, cell.layer);
  const count = channels * 9;
  const own = Float32Array.from(weight.subarray(cell.channel * count, (cell.channel + 1) * count));
  const explained = convolution(picture, own, {
    size, channels, kernel: [3, 3], stride: 1, padding: 1, dilation: 1, relu: true,
    bias: [bias[cell.channel]],
  });
  const called = Array.from({ length: channels }, (_, index) => `Channel ${index + 1}`);
  const name = `${trace.layers[cell.layer].name}, channel ${cell.channel + 1}`;
  return convolutionScene(explained, { name, called }, look, colours);
}

function won(trace, cell, look, colours) {
  const { picture, size } = before(trace, cell);
  const count = size[0] * size[1];
  const channel = picture.subarray(cell.channel * count, (cell.channel + 1) * count);
  const setting = { size, kernel: [2, 2], stride: 2, padding: 0, dilation: 1 };
  const made = poolingScene(pooling(channel, setting), look, colours);
  const title = `${trace.layers[cell.layer - 1].name}, channel ${cell.channel + 1}`;
  return { ...made, grids: made.grids.map((one, index) => (index ? one : { ...one, title })) };
}

// The same grids side by side, as wide as the picture: under the strip it must be low.
function inARow(grids) {
  const sides = grids.map(({ entries }) => (entries === null ? LARGE : SMALL));
  const gap = (WIDTH - sides.reduce((sum, side) => sum + side, 0)) / (grids.length - 1);
  let x = 0;
  return grids.map((one, index) => {
    const unit = sides[index] / Math.max(one.rows, one.columns);
    const moved = { ...one, x, y: TOP, width: unit, height: unit };
    x += sides[index] + gap;
    return moved;
  });
}

// Inputs times weights: three grids, or for every channel three one below the other.
function productScene(trace, cell, look, { values, weights }) {
  const found = productOf(trace, cell);
  const isHidden = cell.layer === 5;
  const shape = trace.layers[cell.layer - 1].shape;
  const size = shape[0] > 1 ? 96 : 250;
  const sentence = productLine(found, isHidden);
  const lines = [
    [isHidden ? "Pool 2" : "Hidden", found.inputs, values],
    ["× Weight", found.weight, weights],
    ["= Products", found.products, values],
  ];
  return scene({
    title: "How it came about", alt: `Inputs times weights, ${sentence}`, look, signs: [],
    width: WIDTH, ...LOWER, sentence: sentence[0].toUpperCase() + sentence.slice(1),
    height: TOP + (shape[0] > 1 ? 3 * (size + TOP) : size * 0.5 + 30),
    grids: lines.flatMap((line, index) => productGrids(line, index, shape, size)),
    id: `${indexOf(trace, cell)} ${found.total}`,
  });
}

function productGrids([title, values, colours], line, [channels, rows, columns], size) {
  const count = rows * columns;
  return Array.from({ length: channels }, (_, channel) => {
    const place = channels > 1
      ? { x: channel * (size + 18), y: TOP + line * (size + TOP) }
      : { x: line * (size + 30), y: TOP };
    return grid({
      ...place, title: channel ? `${channel + 1}` : title, rows, columns, written: false,
      width: size / Math.max(rows, columns), largest: limit(values), legend: channels === 1,
      values: values.subarray(channel * count, (channel + 1) * count),
    }, colours);
  });
}

function productLine({ products, bias, total }, relu) {
  const sum = Math.fround(total);
  const sign = isShownExactly(sum) ? "=" : "≈";
  const all = `sum of the ${products.length} products ${number(total - bias)}`;
  const line = `${all} ${plus(bias)} (bias) ${sign} ${number(sum)}`;
  return relu ? `${line}, ReLU: max(0, ${number(sum)}) = ${number(Math.max(0, sum))}` : line;
}
