// The homework's small CNN and its models A and B: their layers, one pass forward that keeps what
// every layer gave, and the gradient of a score with respect to the picture.
import { convolve, convolveBack, linear, linearBack } from "./layers.js";
import { pool, poolBack, relu, reluBack } from "./layers.js";

const IMAGE = [1, 28, 28];
const convolution = (filters, channels, kernel, padding) => {
  return { kind: "convolution", shape: [filters, channels, kernel, kernel], padding };
};
const dense = (units, inputs) => ({ kind: "linear", shape: [units, inputs] });
const RELU = { kind: "relu" };
const POOL = { kind: "pool" };

// What core.models has under these names. Bounds are the lowest and the highest pixel.
const KINDS = {
  MnistCNN: {
    bounds: [0, 1],
    layers: [
      convolution(3, 1, 3, 1), RELU, POOL, convolution(6, 3, 3, 1), RELU, POOL,
      dense(128, 294), RELU, dense(10, 128),
    ],
  },
  DigitNet: {
    bounds: [0, 255],
    layers: [
      convolution(10, 1, 5, 0), POOL, RELU, convolution(20, 10, 5, 0), POOL, RELU,
      dense(50, 320), RELU, dense(10, 50),
    ],
  },
};

const product = (shape) => shape.reduce((total, side) => total * side, 1);

// A network of a kind with its weights: of each layer first the weight and then the bias, as the
// state dict has them, one after the other. `factor`: of its logits, as core.models.Saturated does.
export function network(kind, weights, factor = 1) {
  const { bounds, layers } = KINDS[kind];
  let start = 0;
  const take = (count) => Float64Array.from(weights.subarray(start, (start += count)));
  const filled = layers.map((layer) => {
    if (!layer.shape) return layer;
    return { ...layer, weight: take(product(layer.shape)), bias: take(layer.shape[0]) };
  });
  if (start !== weights.length) {
    throw new Error(`Expected ${start} weights of a ${kind}, got ${weights.length}.`);
  }
  const scale = factor === 1 ? [] : [{ kind: "scale", factor }];
  return { kind, bounds, layers: [...filled, ...scale] };
}

// Grey values 0..255 as the network takes them.
export function toInput({ bounds: [low, high] }, image) {
  return Float64Array.from(image, (grey) => low + (grey / 255) * (high - low));
}

// What every layer gives, the picture first: [{values, shape, winners}].
export function forward({ layers }, picture) {
  const steps = [{ values: picture, shape: IMAGE }];
  for (const layer of layers) steps.push(applied(layer, steps.at(-1)));
  return steps;
}

function applied(layer, { values, shape }) {
  if (layer.kind === "relu") return { values: relu(values), shape };
  if (layer.kind === "linear") return { values: linear(layer, values), shape: [layer.shape[0]] };
  if (layer.kind === "scale") return { values: times(values, layer.factor), shape };
  const [output, size, winners] =
    layer.kind === "pool" ? pool(values, shape) : convolve(layer, values, shape);
  return { values: output, shape: size, winners };
}

const times = (values, factor) => values.map((value) => value * factor);

export const logitsOf = (steps) => steps.at(-1).values;

export const classOf = (numbers) => numbers.indexOf(Math.max(...numbers));

// From the gradient of a score with respect to the logits to the one with respect to what a step
// gave: 0 is the picture.
export function backward({ layers }, steps, gradient, step = 0) {
  let back = Float64Array.from(gradient);
  for (let index = layers.length - 1; index >= step; index--) {
    back = passedBack(layers[index], steps[index], steps[index + 1], back);
  }
  return back;
}

function passedBack(layer, before, after, gradient) {
  if (layer.kind === "relu") return reluBack(before.values, gradient);
  if (layer.kind === "pool") return poolBack(after.winners, gradient, before.shape);
  if (layer.kind === "linear") return linearBack(layer, gradient);
  if (layer.kind === "scale") return times(gradient, layer.factor);
  return convolveBack(layer, gradient, after.shape, before.shape);
}

// What each cell of a step adds to a logit, as core.explain.trace has it: its value times the
// logit's gradient. With what the biases behind it add, the cells of any step make up the logit.
export function sharesOf(net, steps, label, step) {
  const one = logitsOf(steps).map((_, index) => Number(index === label));
  const gradient = backward(net, steps, one, step);
  return gradient.map((part, index) => part * steps[step].values[index]);
}
